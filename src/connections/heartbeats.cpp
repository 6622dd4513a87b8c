#include "connections/heartbeats.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "work/schedules.h"

namespace mailward::connections {

namespace {

/// How long a claimed schedule is ours: far above what starting a test takes.
constexpr std::chrono::seconds kClaim{60};
constexpr std::size_t kAtOnce = 16;

std::string text_member(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Beat beat_of(const work::Run& run) {
  Beat beat{.run = run.id, .at = run.started.value_or(run.created)};
  beat.by_schedule = run.actor == audit::Actor::system(kHeartbeat);
  if (run.ended)
    beat.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(*run.ended - beat.at).count();
  const auto result = nlohmann::json::parse(run.result, nullptr, false);
  if (!work::ended(run.state)) {
    beat.outcome = "running";
  } else if (run.state == work::RunState::interrupted || run.state == work::RunState::cancelled ||
             !result.is_object()) {
    beat.outcome = name_of(run.state);
  } else {
    beat.outcome = text_member(result, "state");
    beat.reason = text_member(result, "verdict");
    beat.sentence = text_member(result, "sentence");
    if (beat.reason == name_of(FailureClass::none)) beat.reason.clear();
  }
  return beat;
}

}  // namespace

Status Heartbeats::schedule(db::Transaction& tx, const ServerConnection& connection, Timestamp now) {
  if (connection.form.heartbeat_seconds == 0 || connection.state == ConnectionState::disabled) {
    return unschedule(tx, connection.id);
  }
  const std::chrono::seconds every(connection.form.heartbeat_seconds);
  return work::schedules::set(
      tx, {.kind = std::string(kHeartbeat), .subject = connection.id.text(), .every = every, .next_due = now + every});
}

Status Heartbeats::unschedule(db::Transaction& tx, ConnectionId connection) {
  return work::schedules::remove(tx, kHeartbeat, connection.text());
}

Result<bool> Heartbeats::beat_one(const std::string& subject) {
  MW_TRY(const ConnectionId id, ConnectionId::parse(subject));
  MW_TRY(const auto connection, parts_.ledger.connection(id));
  const bool parked = connection.state == ConnectionState::needs_credential;
  if (parked || connection.state == ConnectionState::disabled) return false;
  TestRequest request;
  request.connection = id;
  const By by{.actor = audit::Actor::system(kHeartbeat), .source = {}, .token = {}, .request_id = random_uuid()};
  MW_TRY(const auto run, parts_.tests.start(std::move(request), by));
  return static_cast<bool>(run);
}

Result<std::size_t> Heartbeats::beat() {
  db::Database& database = parts_.ledger.database();
  const std::string holder = parts_.runs.process();
  const Timestamp now = parts_.clock.now();
  MW_TRY(const auto due, database.transaction([&](db::Transaction& tx) {
    return work::schedules::claim_due(tx, kHeartbeat, holder, kClaim, kAtOnce, now);
  }));
  std::size_t begun = 0;
  for (const work::Schedule& schedule : due) {
    const auto started = beat_one(schedule.subject);
    if (started && *started) ++begun;
    if (!started) log::failure("heartbeat connection=" + schedule.subject, started.error());
    const auto done = database.transaction(
        [&](db::Transaction& tx) { return work::schedules::done(tx, schedule, holder, parts_.clock.now()); });
    // Gone or changed in the meantime: then it is no more ours to say when it is due.
    if (!done && !done.error().is(work::WorkError::lease_taken)) return fail(done.error());
  }
  return begun;
}

Result<std::vector<Beat>> Heartbeats::history(ConnectionId connection, std::size_t limit) const {
  // Those of unsaved forms stand among them, and say nothing about what is stored.
  const std::size_t most = limit * 4;
  MW_TRY(const auto runs, parts_.runs.list(kTestRun, "connection:" + connection.text(), most));
  std::vector<Beat> beats;
  beats.reserve(limit);
  for (const work::Run& run : runs) {
    const auto input = nlohmann::json::parse(run.input, nullptr, false);
    const bool unsaved = input.is_object() && input.value("unsaved", false);
    if (!unsaved && beats.size() < limit) beats.push_back(beat_of(run));
  }
  return beats;
}

Result<std::int64_t> Heartbeats::drop_before(Timestamp before) {
  return parts_.runs.drop_before(kTestRun, audit::Actor::system(kHeartbeat), before);
}

}  // namespace mailward::connections
