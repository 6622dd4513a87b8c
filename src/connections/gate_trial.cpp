#include "connections/gate_trial.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/rows.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::chrono::seconds kLeaseSpan = 60s;
constexpr std::chrono::milliseconds kGlance = 20ms;
/// Clocks of controllers and ours, where nothing better is known.
constexpr std::chrono::seconds kClockDoubt = 2s;
/// For a look at the directory beside a sign-in.
constexpr std::chrono::seconds kLook = 15s;
/// Between a try that was cut short and the next, where nobody can say what became of it: ten of them take longer than
/// any usual lock-out window.
constexpr std::chrono::minutes kAfterInterruption{5};

By by_gate() {
  return {.actor = audit::Actor::system("gate"), .source = {}, .token = {}, .request_id = {}};
}

void note(const Status& kept) {
  if (!kept) log::failure("gate.books_not_kept", kept.error());
}

Shown ask_directory(Gate::State& state, const GateView& view, Timestamp since, Deadline deadline,
                    const std::stop_token& stop) {
  Shown shown;
  if (!view.directory) return shown;
  const auto reader = state.parts.readers.open(*view.directory);
  if (!reader || !reader->directory) return shown;
  const auto account = reader->directory->find_account(view.account.name, deadline, stop);
  const auto counters = account ? reader->directory->sign_in_counters(*account, deadline, stop)
                                : std::vector<directory::SignInCounters>{};
  for (const auto& one : counters) {
    if (one.error) continue;
    shown.readable = true;
    const auto& known = view.account.active()->pwd_last_set;
    if (known && one.pwd_last_set && *one.pwd_last_set < *known) shown.behind = true;
    if (one.bad_password_time && *one.bad_password_time + kClockDoubt >= since) shown.counted = true;
    if (one.pwd_last_set && (!shown.pwd_last_set || *one.pwd_last_set > *shown.pwd_last_set)) {
      shown.pwd_last_set = one.pwd_last_set;
      shown.controller = one.controller;
    }
  }
  shown.cut_short = !shown.readable && (stop.stop_requested() || deadline.expired());
  return shown;
}

/// The directory shows that nobody has set another since: whatever was counted, it was not this password.
bool is_in_force(const GateView& view, const Shown& shown) {
  const auto& known = view.account.active()->pwd_last_set;
  return known && shown.pwd_last_set && *shown.pwd_last_set == *known;
}

}  // namespace

Alone::~Alone() {
  if (lease_) {
    note(state_.parts.ledger.database().transaction(
        [&](db::Transaction& tx) { return work::leases::release(tx, *lease_); }));
  }
  if (!held_) return;
  const std::scoped_lock lock(state_.mutex);
  state_.keys[account_].alone = false;
  state_.changed.notify_all();
}

Status Alone::take(Deadline deadline, const std::stop_token& stop) {
  std::unique_lock lock(state_.mutex);
  const auto ended = [&]() -> Status {
    if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
    if (deadline.expired(state_.parts.clock)) return fail(BaseError::timed_out, "another sign-in took all the time");
    return {};
  };
  while (state_.keys[account_].alone) {
    MW_CHECK(ended());
    state_.changed.wait_until(lock, stop, deadline.moment(), [&] { return !state_.keys[account_].alone; });
  }
  state_.keys[account_].alone = held_ = true;
  if (among_ == Among::threads) return {};
  const std::string holder = state_.parts.process + "/" + Id<struct AloneTag>::make(state_.parts.clock).text();
  for (;;) {
    lock.unlock();
    auto lease = state_.parts.ledger.database().transaction([&](db::Transaction& tx) {
      return work::leases::acquire(tx, "sign_in/" + account_.text(), holder, kLeaseSpan, state_.parts.clock.now());
    });
    if (lease) {
      lease_ = *std::move(lease);
      return {};
    }
    if (!lease.error().is(work::WorkError::lease_taken)) return fail(std::move(lease).error());
    lock.lock();
    MW_CHECK(ended());
    state_.changed.wait_until(lock, stop, std::min(deadline.moment(), state_.parts.clock.monotonic() + kGlance),
                              [] { return false; });
  }
}

Status Trial::begin() {
  begun = state.parts.clock.now();
  MW_TRY(const auto account, state.parts.ledger.account(view.account.id));
  const CredentialVersion* active = account.active();
  if (active == nullptr || active->id != version || active->refused) {
    return fail(ConnectionsError::account_parked,
                "the password of " + view.account.name + " was refused or replaced meanwhile");
  }
  MW_TRY(const auto rotation, state.parts.ledger.database().read([&](db::Session& session) {
    return rotation_rows::open_of(session, view.account.id);
  }));
  if (rotation && info_of(rotation->state).door == Door::closed) {
    return fail(ConnectionsError::account_busy, "the sign-in door was closed meanwhile");
  }
  // Refused since this call looked: it is not shown once more before somebody has found out why.
  const bool is_doubted = [&] {
    const std::scoped_lock lock(state.mutex);
    const GateKeys& keys = state.keys[view.account.id];
    return keys.version == version && keys.doubted.has_value();
  }();
  if (is_doubted) return fail(ConnectionsError::account_busy, "it was refused meanwhile");
  MW_TRY(const auto tried, state.parts.refusals.recall(view.account.normalised, password));
  if (tried && tried->state == TriedPassword::State::refused) {
    MW_CHECK(state.parts.ledger.mark_refused(view.account.id, version, tried->failure_class, by_gate()));
    return fail(ConnectionsError::account_parked,
                "the password of " + view.account.name + " was refused at " + format_timestamp(tried->at));
  }
  if (tried) MW_CHECK(resume(tried->at));
  return state.parts.refusals.begin_try(view.account.normalised, password, std::nullopt);
}

void Trial::forget() const {
  note(state.parts.refusals.forget(view.account.normalised, password));
}

void Trial::accepted() const {
  forget();
  const std::scoped_lock lock(state.mutex);
  GateKeys& keys = state.keys[view.account.id];
  keys.version = version;
  keys.proven = true;
  keys.doubted.reset();
}

Shown ask_directory(const Trial& trial, Deadline deadline, const std::stop_token& stop) {
  return ask_directory(trial.state, trial.view, trial.begun, deadline, stop);
}

std::vector<std::string> behind(Gate::State& state, const GateView& view, Deadline deadline,
                                const std::stop_token& stop) {
  std::vector<std::string> hosts;
  const CredentialVersion& active = *view.account.active();
  if (!active.pwd_last_set || !view.directory) return hosts;
  const auto reader = state.parts.readers.open(*view.directory);
  if (!reader || !reader->directory) return hosts;
  const auto account = reader->directory->find_account(view.account.name, deadline, stop);
  if (!account) return hosts;
  for (const auto& one : reader->directory->sign_in_counters(*account, deadline, stop)) {
    if (!one.error && one.pwd_last_set && *one.pwd_last_set < *active.pwd_last_set) hosts.push_back(one.controller);
  }
  return hosts;
}

void await_replication(Gate::State& state, const GateView& view) {
  const std::scoped_lock lock(state.mutex);
  state.keys[view.account.id].awaits_replication = true;
}

Status check_replicated(Gate::State& state, const GateView& view, Deadline deadline, const std::stop_token& stop) {
  {
    const std::scoped_lock lock(state.mutex);
    if (!state.keys[view.account.id].awaits_replication) return {};
  }
  const auto late = behind(state, view, deadline, stop);
  if (!late.empty()) {
    state.rest(view.connection.id, std::nullopt);
    return fail(
        Error(ConnectionsError::account_busy,
              "the controller " + late.front() + " has not heard of the new password yet: nobody shows it there")
            .with_remedy("let it replicate: repadmin /syncall /AdeP"));
  }
  const std::scoped_lock lock(state.mutex);
  state.keys[view.account.id].awaits_replication = false;
  return {};
}

bool was_changed(const GateView& view, const Shown& shown) {
  return view.account.active()->was_replaced(shown.pwd_last_set);
}

Status Trial::resume(Timestamp interrupted) const {
  const Shown shown = ask_directory(state, view, interrupted, Deadline::after(kLook), {});
  if (is_in_force(view, shown)) return {};
  if (was_changed(view, shown)) return fail(park(*this, FailureClass::password_changed_elsewhere, shown));
  if (shown.readable && !shown.counted) return {};
  const Timestamp again = interrupted + kAfterInterruption;
  if (state.parts.clock.now() >= again) return {};
  state.rest(view.connection.id, std::nullopt);
  return fail(ConnectionsError::account_busy,
              "a sign-in of " + view.account.name + " was cut short at " + format_timestamp(interrupted) +
                  " and nobody can say what became of it: the next one is due at " + format_timestamp(again));
}

Error park(const Trial& trial, FailureClass failure, const Shown& shown) {
  const GateView& view = trial.view;
  std::string sentence(info_of(failure).title);
  if (failure == FailureClass::password_changed_elsewhere) {
    sentence = "The password of " + view.account.name + " was changed at " + format_timestamp(*shown.pwd_last_set) +
               ", as " + printable(shown.controller, 100) + " shows, and not by Mailward";
  }
  bool is_replaced = false;
  note(trial.state.parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto account, rows::account(tx, view.account.id, tx.lock_rows()));
    MW_TRY(const auto rotation, rotation_rows::open_of(tx, view.account.id));
    is_replaced = account.active() == nullptr || account.active()->id != trial.version ||
                  (rotation && info_of(rotation->state).door == Door::closed);
    if (is_replaced) return {};
    MW_TRY(const auto users, trial.state.parts.ledger.connections_of(tx, view.account.id));
    for (const ServerConnection& user : users) {
      MW_CHECK(trial.state.parts.ledger.note_state(tx, user.id, ConnectionState::needs_credential, name_of(failure),
                                                   sentence, {}, by_gate()));
    }
    return trial.state.parts.ledger.mark_refused(tx, view.account.id, trial.version, name_of(failure), by_gate());
  }));
  if (is_replaced) {
    trial.forget();
    return Error(ConnectionsError::account_busy, "the password of " + view.account.name + " is being renewed");
  }
  note(trial.state.parts.refusals.refused(view.account.normalised, trial.password, name_of(failure)));
  log::warn("gate.account_parked", {{"account", view.account.id.text()}, {"why", std::string(name_of(failure))}});
  return Error(ConnectionsError::account_parked, sentence)
      .with_remedy("type the new password: mailward account password " + view.account.id.text());
}

ews::Failure judge(const Trial& trial, ews::Failure failure, Deadline deadline, const std::stop_token& stop) {
  const Shown shown = ask_directory(trial, deadline, stop);
  if (was_changed(trial.view, shown)) {
    return gate_failure(park(trial, FailureClass::password_changed_elsewhere, shown));
  }
  if (shown.behind) {
    trial.forget();
    await_replication(trial.state, trial.view);
    trial.state.rest(trial.view.connection.id, std::nullopt);
    return failure;
  }
  if (shown.counted && !is_in_force(trial.view, shown))
    return gate_failure(park(trial, FailureClass::bad_password, shown));
  // The next one goes on from there (Trial::resume).
  if (shown.cut_short) return failure;
  if (!shown.readable) return gate_failure(park(trial, FailureClass::refused_or_overloaded, shown));
  // Not counted, and nobody has set another: the password is right, and the server refuses it for a reason of its own.
  trial.forget();
  trial.state.rest(trial.view.connection.id, std::nullopt);
  return failure;
}

Status Gate::State::settle_doubt(const GateView& view, const SecretString& password, Deadline deadline,
                                 const std::stop_token& stop) {
  const CredentialVersion& active = *view.account.active();
  const auto doubted = [&]() -> std::optional<Timestamp> {
    const std::scoped_lock lock(mutex);
    const GateKeys& one = keys[view.account.id];
    return one.version == active.id ? one.doubted : std::nullopt;
  };
  if (!doubted()) return {};
  Alone alone(*this, view.account.id);
  MW_CHECK(alone.take(deadline, stop));
  const auto since = doubted();
  if (!since) return {};
  const Trial trial{.state = *this, .view = view, .password = password, .version = active.id, .begun = *since};
  const Shown shown = ask_directory(trial, deadline, stop);
  const auto let_go = [&](bool is_right) {
    const std::scoped_lock lock(mutex);
    GateKeys& one = keys[view.account.id];
    one.doubted.reset();
    one.proven = is_right;
    if (!is_right) one.tickets.reset();
  };
  if (was_changed(view, shown)) return fail(park(trial, FailureClass::password_changed_elsewhere, shown));
  if (shown.counted && !is_in_force(view, shown)) return fail(park(trial, FailureClass::bad_password, shown));
  if (shown.readable) {
    // The password is right, and the server refuses it for a reason of its own, or asks a controller that is behind.
    let_go(true);
    if (shown.behind) await_replication(*this, view);
    rest(view.connection.id, std::nullopt);
    return fail(ConnectionsError::account_busy, "the server refused a password that is right");
  }
  if (shown.cut_short) {
    return fail(BaseError::timed_out, "the call's time ended before the directory had said why it was refused");
  }
  const bool kdc_can_tell = view.directory && !view.directory->form.realm.empty();
  if (!kdc_can_tell) return fail(park(trial, FailureClass::refused_or_overloaded, shown));
  let_go(false);
  return {};
}

}  // namespace mailward::connections
