#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/failure_class.h"
#include "connections/rotation_state.h"
#include "connections/rows.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::chrono::seconds kTest = 90s;

/// Of those, one that is as it should be.
bool is_healthy(const nlohmann::json& result) {
  return result.value("state", "") == name_of(ConnectionState::healthy);
}

/// Each connection's test as a step: fresh sign-ins at every front end, each with the mailbox check. Whether all are
/// healthy; `accepted` whether any front end took the password.
bool test_connections(RotationCourse& course, const std::vector<ServerConnection>& connections, bool& accepted) {
  bool all_healthy = true;
  for (const ServerConnection& connection : connections) {
    if (connection.state == ConnectionState::disabled) continue;
    course.steps.begin("front_ends");
    const nlohmann::json result = course.test_of(connection);
    Facts facts;
    facts.add("connection", connection.form.description).add("connection_id", connection.id.text());
    facts.add("verdict", result.value("verdict", "")).add("test", result.value("run", ""));
    std::string shown;
    for (const auto& one : result.value("front_ends", nlohmann::json::array())) {
      shown += (shown.empty() ? "" : ", ") + one.value("address", "") + ": " + one.value("verdict", "");
      course.front_ends.push_back({{"connection", connection.id.text()},
                                   {"address", one.value("address", "")},
                                   {"verdict", one.value("verdict", "")}});
      accepted = accepted || (one.value("verdict", "") == "none" && RotationCourse::works(result));
    }
    facts.add("front_ends", shown);
    const bool healthy = is_healthy(result);
    all_healthy = all_healthy && healthy;
    if (!healthy) facts.add("sentence", result.value("sentence", ""));
    course.steps.end(healthy ? work::StepOutcome::ok
                             : (RotationCourse::works(result) ? work::StepOutcome::warning : work::StepOutcome::failed),
                     facts, result.value("remedy", ""));
    if (!healthy && course.remedy.empty()) course.remedy = result.value("remedy", "");
  }
  return all_healthy;
}

}  // namespace

bool RotationCourse::works(const nlohmann::json& result) {
  const std::string state = result.value("state", "");
  return state == name_of(ConnectionState::healthy) || state == name_of(ConnectionState::degraded);
}

nlohmann::json RotationCourse::test_of(const ServerConnection& connection, std::optional<ConnectionForm> form) {
  nlohmann::json none{{"verdict", "cancelled"}, {"state", "untested"}, {"sentence", ""}};
  const auto run = parts().tests.start({.connection = connection.id, .form = std::move(form)}, by);
  if (!run) {
    none["sentence"] = run.error().message();
    return none;
  }
  none["run"] = run->text();
  const Deadline deadline = Deadline::after(kTest, parts().clock);
  std::int64_t seq = 0;
  while (!deadline.expired(parts().clock) && !stop.stop_requested()) {
    const auto changes = parts().runs.wait_for_change(*run, seq, deadline, stop);
    if (!changes) break;
    seq = changes->seq;
    if (!work::ended(changes->run.state)) continue;
    auto result = nlohmann::json::parse(changes->run.result, nullptr, false);
    if (!result.is_object() || !result.contains("verdict")) break;
    result["run"] = run->text();
    return result;
  }
  none["sentence"] = "the test did not end in time";
  return none;
}

bool RotationCourse::verify() {
  const auto stored = parts().ledger.account(rotation.account);
  const auto connections = parts().ledger.connections_of(rotation.account);
  if (!stored || !connections) return false;
  if (rotation.mode == RotationMode::twin) {
    switch_over();
  } else {
    bool accepted = false;
    if (!test_connections(*this, *connections, accepted)) degraded = true;
    rotation.front_end_accepted = rotation.front_end_accepted || accepted;
  }

  keep_loads();
  follow_controllers();
  if (stop.stop_requested()) return false;  // the next start goes on from here

  const Lent lent = rotation.version ? parts().gate.retire_old(rotation.account, *rotation.version) : Lent{};
  steps.add("retire", work::StepOutcome::ok,
            Facts()
                .add("calls_under_way", static_cast<std::int64_t>(lent.calls))
                .add("streams_under_way", static_cast<std::int64_t>(lent.streams)));
  probes.reset();
  std::uint64_t failed = 0;
  std::uint64_t calls = 0;
  std::uint64_t held = 0;
  std::chrono::milliseconds longest{0};
  for (const LoadReport& one : parts().gate.loads(rotation.account)) {
    calls += one.calls;
    failed += one.failed;
    held += one.held;
    longest = std::max(longest, one.longest_hold);
  }
  steps.add("loads", failed == 0 ? work::StepOutcome::ok : work::StepOutcome::warning,
            Facts()
                .add("calls", static_cast<std::int64_t>(calls))
                .add("calls_held", static_cast<std::int64_t>(held))
                .add("longest_hold_ms", longest.count())
                .add("calls_failed", static_cast<std::int64_t>(failed)));
  if (failed > 0) degraded = true;
  const Status on = advance(RotationState::finished);
  if (!on) log::failure("rotation.not_finished", on.error());
  return on.has_value();
}

}  // namespace mailward::connections
