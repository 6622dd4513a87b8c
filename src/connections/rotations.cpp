#include "connections/rotations.h"

#include <algorithm>

#include "base/log.h"
#include "connections/audit_lines.h"
#include "connections/notices.h"
#include "connections/rotation_plan.h"
#include "connections/rotation_schedule.h"
#include "connections/rotation_state.h"
#include "connections/rows.h"

namespace mailward::connections {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""s;

constexpr std::chrono::seconds kStep = 30s;
constexpr std::chrono::seconds kSecondLook = 5s;
constexpr std::size_t kLongestPassword = 127;

std::string subject_of(AccountId account) {
  return "account:" + account.text();
}

Status check(const RotationRequest& request) {
  if (request.length >= 12 && request.length <= kLongestPassword) return {};
  return fail(form_error({{"length", "a password is made of 12 to 127 characters"}}));
}

/// What a run of a rotation is asked for, as it stands in its row.
std::string input_text(const RotationRequest& request, RotationMode mode) {
  return nlohmann::ordered_json{{"account", request.account.text()},
                                {"mode", name_of(mode)},
                                {"dry_run", request.dry_run},
                                {"length", request.length},
                                {"plain", request.plain}}
      .dump();
}

RotationRequest request_of(const work::Run& run, AccountId account) {
  RotationRequest request{.account = account};
  const auto input = nlohmann::json::parse(run.input, nullptr, false);
  if (!input.is_object()) return request;
  request.length = input.value("length", request.length);
  request.plain = input.value("plain", request.plain);
  return request;
}

Result<RotationMode> mode_of(const work::Run& run) {
  const auto input = nlohmann::json::parse(run.input, nullptr, false);
  return parse_rotation_mode(input.is_object() ? input.value("mode", "") : "");
}

By by_itself() {
  return {.actor = audit::Actor::system("rotation"), .source = {}, .token = {}, .request_id = {}};
}

/// The version that was in force before that one: the active one while it waits, else the one before.
std::optional<CredentialVersionId> replaced_by(const ServiceAccount& account, CredentialVersionId version) {
  const CredentialVersion* active = account.active();
  if (active != nullptr && active->id != version) return active->id;
  const auto previous = std::ranges::find(account.credentials, CredentialState::previous, &CredentialVersion::state);
  return previous == account.credentials.end() ? std::nullopt : std::optional(previous->id);
}

std::string sentence_of(const RotationCourse& course) {
  const Rotation& rotation = course.rotation;
  std::string sentence(info_of(rotation.state).meaning);
  if (!rotation.why.empty()) sentence += " " + rotation.why;
  if (course.degraded) sentence += " Not everything is as it should be: see the steps.";
  return sentence;
}

}  // namespace

Deadline RotationCourse::step_deadline() const {
  return Deadline::after(kStep, parts().clock);
}

nlohmann::ordered_json RotationCourse::result() const {
  nlohmann::ordered_json json;
  json["state"] = name_of(rotation.state);
  json["sentence"] = sentence_of(*this);
  json["remedy"] = remedy;
  json["mode"] = name_of(rotation.mode);
  json["controller"] = rotation.controller;
  json["degraded"] = degraded;
  if (rotation.door_closed && rotation.door_opened) {
    const auto span = *rotation.door_opened - *rotation.door_closed;
    json["door_closed_ms"] = std::chrono::duration_cast<milliseconds>(span).count();
    json["directory_ms"] = directory_time.count();
  }
  json["front_ends"] = front_ends;
  json["behind"] = rotation.behind;
  json["loads"] = json_of(rotation.loads);
  std::uint64_t failed = 0;
  for (const LoadReport& one : rotation.loads) failed += one.failed;
  json["calls_failed"] = failed;
  return json;
}

Status RotationCourse::finish(db::Transaction& tx) {
  MW_CHECK(begin_watch(tx));
  MW_CHECK(notices::rotation_ended(tx, rotation, degraded, sentence_of(*this), remedy, parts().clock.now()));
  const bool well = rotation.state == RotationState::finished;
  const std::string text = result().dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  const nlohmann::json details = {{"run", rotation.run.text()},
                                  {"mode", name_of(rotation.mode)},
                                  {"state", name_of(rotation.state)},
                                  {"why", rotation.why},
                                  {"controller", rotation.controller}};
  MW_CHECK(audit_lines::append(tx, parts().trail, by,
                               {"account.rotate", "account", rotation.account.text(), details,
                                well ? (degraded ? "degraded" : "ok") : name_of(rotation.state)}));
  return parts().runs.finish(tx, rotation.run, well ? work::RunState::succeeded : work::RunState::failed, text);
}

Status RotationCourse::advance(RotationState to, const std::function<Status(db::Transaction&)>& more) {
  MW_CHECK(steps.flush());
  const RotationState from = rotation.state;
  const Timestamp now = parts().clock.now();
  Rotation next = rotation;
  next.state = to;
  next.loads = parts().gate.loads(rotation.account);
  next.updated = now;
  const bool closes = info_of(to).door == Door::closed && info_of(from).door == Door::open;
  const bool opens = info_of(to).door == Door::open && info_of(from).door == Door::closed;
  if (closes) next.door_closed = closing_since.value_or(now);
  if (opens) next.door_opened = now;
  if (info_of(to).ended) next.ended = now;
  const Rotation before = std::exchange(rotation, next);
  Status written = parts().ledger.database().transaction([&](db::Transaction& tx) -> Status {
    if (more) MW_CHECK(more(tx));
    MW_CHECK(rotation_rows::update(tx, rotation, from));
    return info_of(to).ended ? finish(tx) : Status();
  });
  if (!written) {
    rotation = before;
    return written;
  }
  log::info("rotation." + std::string(name_of(to)), {{"run", rotation.run.text()}, {"account", rotation.account_name}});
  return written;
}

void RotationCourse::keep_loads() {
  rotation.loads = parts().gate.loads(rotation.account);
  const Status kept = parts().ledger.database().transaction(
      [&](db::Transaction& tx) { return rotation_rows::note_loads(tx, rotation); });
  if (!kept) log::failure("rotation.loads_not_kept", kept.error());
}

void RotationCourse::open_door() {
  parts().gate.open_door(rotation.account);
}

Status RotationCourse::mark_recovery(std::int64_t number, secrets::RecoveryFate fate) {
  return parts().recovery.mark(rotation.account.text(), number, fate, parts().clock.now());
}

bool RotationCourse::give_up(const std::string& why, const std::string& what_to_do) {
  rotation.why = why;
  remedy = what_to_do;
  const auto stored = parts().ledger.account(rotation.account);
  const CredentialVersion* pending = stored ? stored->pending() : nullptr;
  // A typed one stays, marked as refused, for the person to see; one that was made here goes.
  const bool drops = pending != nullptr && pending->id == rotation.version && !pending->is_typed();
  // Before the rotation's end, which is the last that is written of it. Of one that was recovered nothing is proven by
  // a refusal: it may be wanted again.
  if (drops && !is_set_elsewhere()) {
    const Status marked = mark_recovery(pending->number, secrets::RecoveryFate::dropped);
    if (!marked) log::failure("rotation.recovery_not_marked", marked.error());
  }
  const Status written = advance(RotationState::undone, [&](db::Transaction& tx) -> Status {
    return drops ? parts().ledger.drop_pending(tx, rotation.account, *rotation.version, by) : Status();
  });
  open_door();
  if (written) return true;
  log::failure("rotation.not_ended", written.error());
  return false;
}

Status RotationCourse::try_out() {
  MW_CHECK(parts().ledger.database().read([&](db::Session& session) -> Status {
    MW_TRY(const auto stored, rows::account(session, rotation.account));
    MW_TRY(auto obstacle, obstacle_to(session, stored, rotation.mode));
    return obstacle ? Status(fail(*std::move(obstacle))) : Status();
  }));
  if (rotation.mode == RotationMode::external) return try_source();
  MW_CHECK(examine());
  std::string doubt = show_setters();
  show_unlock_right();
  return doubt.empty() ? Status() : Status(fail(ConnectionsError::cannot_rotate, std::move(doubt)));
}

void RotationCourse::drive() {
  if (info_of(rotation.state).door == Door::closed) parts().gate.close_door(rotation.account, Deadline::after(5s));
  bool goes_on = true;
  while (goes_on && !rotation.ended && !stop.stop_requested()) {
    switch (rotation.state) {
      case RotationState::planned:
        goes_on = prepare();
        break;
      case RotationState::sealed:
        goes_on = send_reset();
        break;
      case RotationState::resetting:
        goes_on = settle();
        break;
      case RotationState::taken:
        goes_on = rotation.mode == RotationMode::manual ? prove_typed() : prove();
        break;
      case RotationState::promoted:
        goes_on = verify();
        break;
      case RotationState::undoing:
        goes_on = undo();
        break;
      case RotationState::undone:
      case RotationState::finished:
      case RotationState::unclear:
        goes_on = false;
        break;
    }
  }
  if (const Status flushed = steps.flush(); !flushed) log::failure("rotation.steps_not_kept", flushed.error());
}

Rotations::Rotations(const Parts& parts) : state_(std::make_unique<State>(parts)) {}

Rotations::~Rotations() {
  state_->stop.request_stop();
}

/// Counts from here on what the account's loads experience; nothing where this process counts for it already.
void Rotations::State::begin_to_count(work::RunId run, AccountId account, const std::vector<LoadReport>& counted) {
  {
    const std::scoped_lock lock(mutex);
    if (!counting.insert(run).second) return;
  }
  parts.gate.reset_loads(account, counted);
}

/// Gives the rotation to a thread; nothing happens where one has it already.
Status Rotations::State::submit(work::RunId run, const RotationRequest& request, bool dry) {
  {
    const std::scoped_lock lock(mutex);
    if (!driven.insert(run).second) return {};
  }
  const Status taken = pool.submit([this, run, request, dry] {
    const auto go = [&]() -> Status {
      MW_TRY(const auto changes, parts.runs.changes_after(run, 0));
      RotationCourse course{
          .state = *this,
          .rotation = {},
          .request = request,
          .by = {.actor = changes.run.actor, .source = {}, .token = {}, .request_id = changes.run.request_id},
          .steps = StepLog(parts.ledger.database(), parts.runs, run),
          .stop = stop.get_token(),
          .directory = nullptr,
          .account = std::nullopt,
          .password = {},
          .tickets = nullptr,
          .closing_since = std::nullopt,
          .remedy = {},
          .probes = nullptr};
      if (changes.run.state == work::RunState::queued) MW_CHECK(parts.runs.start(run));
      if (!dry) {
        MW_TRY(course.rotation,
               parts.ledger.database().read([&](db::Session& session) { return rotation_rows::get(session, run); }));
        course.drive();
        // What the controllers show now is what they are compared with from here on.
        return course.rotation.state == RotationState::finished ? look_for_old_passwords() : Status();
      }
      course.rotation.run = run;
      course.rotation.account = request.account;
      MW_TRY(course.rotation.mode, mode_of(changes.run));
      const Status possible = course.try_out();
      MW_CHECK(course.steps.flush());
      const bool is_possible = possible.has_value();
      nlohmann::ordered_json result{
          {"state", "dry_run"},
          {"possible", is_possible},
          {"sentence",
           is_possible ? "It would go well as far as can be told; nothing was changed." : possible.error().message()},
          {"remedy", is_possible ? std::string() : possible.error().remedy()}};
      return parts.runs.finish(run, is_possible ? work::RunState::succeeded : work::RunState::failed, result.dump());
    };
    try {
      if (const Status gone = go(); !gone) log::failure("rotation.not_driven", gone.error());
    } catch (const std::exception& broken) {
      log::error("rotation.broken", {{"run", run.text()}, {"what", broken.what()}});
    }
    const std::scoped_lock lock(mutex);
    driven.erase(run);
  });
  if (!taken) {
    const std::scoped_lock lock(mutex);
    driven.erase(run);
  }
  return taken;
}

Result<work::RunId> Rotations::start(const RotationRequest& request, const By& by) {
  return state_->begin(request, by);
}

Result<work::RunId> Rotations::State::begin(const RotationRequest& request, const By& by) {
  MW_CHECK(check(request));
  const Timestamp now = parts.clock.now();
  AccountId rotated = request.account;
  MW_TRY(const auto run, parts.ledger.database().transaction([&](db::Transaction& tx) -> Result<work::RunId> {
    MW_TRY(auto account, rows::account(tx, request.account, tx.lock_rows()));
    MW_TRY(const auto plan, rotation_plans::of(tx, account));
    const RotationMode mode = request.mode.value_or(way_of(plan));
    MW_TRY(auto obstacle, obstacle_to(tx, account, mode));
    // What is not set up yet a dry run says as one of its steps.
    const bool is_said_later = request.dry_run && obstacle && obstacle->is(ConnectionsError::cannot_rotate);
    if (obstacle && !is_said_later) return fail(*std::move(obstacle));
    std::optional<AccountId> partner;
    if (mode == RotationMode::twin && !obstacle) {
      MW_TRY(account, idle_twin(tx, account));
      partner = account.twin;
      rotated = account.id;
    }
    MW_TRY(const auto id, parts.runs.create(tx, {.kind = std::string(kRotationRun),
                                                 .subject = subject_of(account.id),
                                                 .actor = by.actor,
                                                 .request_id = by.request_id,
                                                 .input = input_text(request, mode)}));
    if (request.dry_run) return id;
    Rotation rotation;
    rotation.run = id;
    rotation.account = account.id;
    rotation.account_name = account.name;
    rotation.mode = mode;
    rotation.partner = partner;
    if (account.active() != nullptr) rotation.old_version = account.active()->id;
    rotation.created = now;
    MW_CHECK(rotation_rows::insert(tx, rotation));
    const nlohmann::json details = {{"run", id.text()}};
    MW_CHECK(
        audit_lines::append(tx, parts.trail, by, {"account.begin_rotation", "account", account.id.text(), details}));
    return id;
  }));
  if (!request.dry_run) begin_to_count(run, rotated, {});
  // Where no thread is free, resume() takes it up.
  RotationRequest resolved = request;
  resolved.account = rotated;
  if (Status taken = submit(run, resolved, request.dry_run); !taken && request.dry_run) {
    MW_CHECK(parts.runs.finish(run, work::RunState::cancelled));
    return fail(std::move(taken).error());
  }
  return run;
}

Status Rotations::State::follow(AccountId account, const By& by, bool only_promoted) {
  const RotationRequest request{.account = account};
  MW_TRY(const auto run,
         parts.ledger.database().transaction([&](db::Transaction& tx) -> Result<std::optional<work::RunId>> {
           MW_TRY(const auto stands, rows::account(tx, account, tx.lock_rows()));
           MW_TRY(const auto version, rotation_rows::typed_version_to_follow(tx, account));
           MW_TRY(const auto open, rotation_rows::open_of(tx, account));
           const bool is_promoted = stands.active() != nullptr && version && stands.active()->id == *version;
           if (!version || open || (only_promoted && !is_promoted)) return std::nullopt;
           MW_TRY(const auto id, parts.runs.create(tx, {.kind = std::string(kRotationRun),
                                                        .subject = subject_of(account),
                                                        .actor = by.actor,
                                                        .request_id = by.request_id,
                                                        .input = input_text(request, RotationMode::manual)}));
           Rotation rotation;
           rotation.run = id;
           rotation.account = account;
           rotation.account_name = stands.name;
           rotation.mode = RotationMode::manual;
           rotation.version = version;
           rotation.old_version = replaced_by(stands, *version);
           rotation.created = parts.clock.now();
           MW_CHECK(rotation_rows::insert(tx, rotation));
           return id;
         }));
  if (!run) return {};
  begin_to_count(*run, account, {});
  if (const Status taken = submit(*run, request, false); !taken) {
    log::failure("rotation.waits_for_a_thread", taken.error());
  }
  return {};
}

Status Rotations::follow_typed(AccountId account, const By& by) {
  return state_->follow(account, by, false);
}

Status Rotations::follow_promoted(AccountId account, const By& by) {
  return state_->follow(account, by, true);
}

Status Rotations::end(work::RunId run, const By& by) {
  const Parts& parts = state_->parts;
  AccountId account;
  MW_CHECK(parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(Rotation rotation, rotation_rows::get(tx, run, tx.lock_rows()));
    account = rotation.account;
    const RotationState from = rotation.state;
    if (info_of(from).door == Door::open) {
      return fail(Error(ConnectionsError::illegal_transition,
                        rotation.ended ? "the rotation " + run.text() + " has ended already"
                                       : "the rotation " + run.text() + " holds nobody up: it ends by itself")
                      .with_remedy("mailward rotation show " + run.text()));
    }
    rotation.state = RotationState::unclear;
    rotation.why = by.actor.text() + " ended it while it was \"" + std::string(name_of(from)) + "\".";
    rotation.loads = parts.gate.loads(account);
    rotation.updated = parts.clock.now();
    rotation.ended = rotation.door_opened = rotation.updated;
    MW_CHECK(rotation_rows::update(tx, rotation, from));
    const nlohmann::json details = {
        {"run", run.text()}, {"mode", name_of(rotation.mode)}, {"state", "unclear"}, {"was", name_of(from)}};
    MW_CHECK(audit_lines::append(tx, parts.trail, by, {"account.end_rotation", "account", account.text(), details}));
    const nlohmann::ordered_json result{
        {"state", "unclear"},
        {"sentence", std::string(info_of(RotationState::unclear).meaning) + " " + rotation.why},
        {"remedy",
         "Test a connection, twice if need be: the new password is tried first, then the one before. "
         "mailward connection test"},
        {"mode", name_of(rotation.mode)},
        {"degraded", true},
        {"loads", json_of(rotation.loads)}};
    return parts.runs.finish(tx, run, work::RunState::failed, result.dump());
  }));
  parts.gate.open_door(account);
  return {};
}

Result<std::size_t> Rotations::resume() {
  const Parts& parts = state_->parts;
  MW_TRY(const auto adopted, parts.runs.adopt_orphans(kRotationRun));
  MW_TRY(const auto open,
         parts.ledger.database().read([&](db::Session& session) { return rotation_rows::open(session); }));
  // A dry run, or one that was ended with the database it was in: nothing is left to do.
  for (const work::RunId run : adopted) {
    if (std::ranges::find(open, run, &Rotation::run) != open.end()) continue;
    MW_CHECK(parts.runs.finish(run, work::RunState::interrupted));
  }
  std::size_t taken_up = 0;
  for (const Rotation& one : open) {
    // Its door is closed by the row, for everybody who wants to sign in.
    state_->begin_to_count(one.run, one.account, one.loads);
    MW_TRY(const auto changes, parts.runs.changes_after(one.run, 0));
    const bool is_new = parts.clock.now() - one.updated < kSecondLook && changes.run.state == work::RunState::queued;
    if (is_new) continue;
    // Where no thread is free it is taken up another time.
    const Status taken = state_->submit(one.run, request_of(changes.run, one.account), false);
    if (taken) ++taken_up;
    if (!taken) log::failure("rotation.waits_for_a_thread", taken.error());
  }
  MW_TRY(const auto typed,
         parts.ledger.database().read([](db::Session& session) { return rotation_rows::accounts_to_follow(session); }));
  for (const AccountId account : typed) MW_CHECK(follow_promoted(account, by_itself()));
  MW_TRY(const auto late, parts.ledger.database().read(
                              [](db::Session& session) { return rotation_rows::with_controllers_behind(session); }));
  for (const Rotation& one : late) state_->look_at_controllers(one);
  MW_CHECK(state_->look_at_sources());
  MW_CHECK(state_->look_for_old_passwords());
  return taken_up;
}

Result<RotationReport> Rotations::report(work::RunId id) const {
  MW_TRY(auto rotation,
         state_->parts.ledger.database().read([&](db::Session& session) { return rotation_rows::get(session, id); }));
  MW_TRY(auto changes, state_->parts.runs.changes_after(id, 0));
  RotationReport report{.rotation = std::move(rotation), .run = std::move(changes.run), .loads = {}};
  if (!report.rotation.ended) report.loads = state_->parts.gate.loads(report.rotation.account);
  return report;
}

Result<std::vector<RotationReport>> Rotations::list(std::optional<AccountId> account, std::size_t limit,
                                                    std::optional<work::RunId> before) const {
  MW_TRY(auto rotations, state_->parts.ledger.database().read([&](db::Session& session) {
    return rotation_rows::list(session, account, limit, before);
  }));
  std::vector<RotationReport> all;
  for (Rotation& rotation : rotations) {
    MW_TRY(auto one, report(rotation.run));
    all.push_back(std::move(one));
  }
  return all;
}

Result<std::optional<Rotation>> Rotations::open_of(AccountId account) const {
  return state_->parts.ledger.database().read(
      [&](db::Session& session) { return rotation_rows::open_of(session, account); });
}

}  // namespace mailward::connections
