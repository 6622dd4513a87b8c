#include <algorithm>

#include "base/log.h"
#include "connections/rotation_state.h"

namespace mailward::connections {

bool RotationCourse::prove_typed() {
  const auto waits = [&]() -> Result<bool> {
    MW_TRY(const auto stored, parts().ledger.account(rotation.account));
    const CredentialVersion* pending = stored.pending();
    return pending != nullptr && pending->id == rotation.version && !pending->refused;
  };
  const auto connections = parts().ledger.connections_of(rotation.account);
  if (!connections) return false;
  bool was_shown = false;
  for (const ServerConnection& connection : *connections) {
    const auto still = waits();
    if (!still) return false;
    if (!*still) break;
    if (connection.state == ConnectionState::disabled) continue;
    steps.begin("prove");
    const nlohmann::json result = test_of(connection);
    was_shown = true;
    steps.end(works(result) ? work::StepOutcome::ok : work::StepOutcome::failed,
              Facts()
                  .add("connection", connection.form.description)
                  .add("verdict", result.value("verdict", ""))
                  .add("test", result.value("run", "")),
              result.value("remedy", ""));
    remedy = works(result) ? "" : result.value("remedy", "");
  }
  const auto stored = parts().ledger.account(rotation.account);
  if (!stored) return false;
  if (stored->active() != nullptr && stored->active()->id == rotation.version) {
    rotation.front_end_accepted = true;
    const Status on = advance(RotationState::promoted);
    parts().gate.open_door(rotation.account, rotation.version, nullptr);
    if (!on) log::failure("rotation.not_promoted", on.error());
    return on.has_value();
  }
  if (!was_shown) {
    return give_up("No connection of the account is enabled, so nobody has tried the new password.",
                   "enable one and test it: mailward connection enable");
  }
  return end_unaccepted();
}

bool RotationCourse::end_unaccepted() {
  const std::string refused = "The new password was not accepted. ";
  const auto unknown = [&] {
    return give_up(refused + "Whether the one before is still in force cannot be told here.", remedy);
  };
  const auto stored = parts().ledger.account(rotation.account);
  const CredentialVersion* active = stored ? stored->active() : nullptr;
  if (active == nullptr || !active->pwd_last_set) return unknown();
  const auto opened = state.directory_of(*stored);
  if (!opened) return unknown();
  const auto found = (*opened)->find_account(stored->name, step_deadline(), stop);
  if (!found) return unknown();
  const auto counters = (*opened)->sign_in_counters(*found, step_deadline(), stop);
  const directory::SignInCounters* newest = newest_of(counters);
  if (newest == nullptr) return unknown();
  if (*newest->pwd_last_set > *active->pwd_last_set) {
    return end_without_password(refused + "The one before is not in force any more: another was set at " +
                                format_timestamp(*newest->pwd_last_set) + ", as " + newest->controller + " shows.");
  }
  if (!give_up(refused + "The one before is in force, as " + newest->controller + " shows.", remedy)) return false;
  // The connections show what came of the refused one: the one in force makes them well again.
  const auto connections = parts().ledger.connections_of(rotation.account);
  if (!connections) return true;
  for (const ServerConnection& connection : *connections) {
    if (connection.state == ConnectionState::disabled) continue;
    const auto test = parts().tests.start({.connection = connection.id}, by);
    if (!test) log::failure("rotation.test_after_refusal", test.error());
  }
  return true;
}

}  // namespace mailward::connections
