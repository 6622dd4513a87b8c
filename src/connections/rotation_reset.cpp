#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/directory_settings.h"
#include "connections/generated_password.h"
#include "connections/password.h"
#include "connections/rotation_state.h"
#include "connections/rows.h"

namespace mailward::connections {
namespace {

using directory::DirectoryError;
using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// A request that was sent before its connection broke may still be at work: for how long, from when it was sent.
constexpr milliseconds kStillAtWork = 5000ms;
constexpr std::chrono::seconds kDrain = 5s;
/// A test of the account is waited for.
constexpr std::chrono::seconds kLongestTest = 90s;
constexpr milliseconds kBetweenAttempts = 100ms;

milliseconds since(MonotonicTime moment, const Clock& clock) {
  return std::chrono::duration_cast<milliseconds>(clock.monotonic() - moment);
}

/// The counters of one controller, where they can be read.
const directory::SignInCounters* shown_by(const std::vector<directory::SignInCounters>& all, std::string_view host) {
  const auto found = std::ranges::find(all, host, &directory::SignInCounters::controller);
  return found == all.end() || found->error ? nullptr : &*found;
}

}  // namespace

std::string bind_name(const directory::Account& account, const std::string& domain) {
  if (!account.user_principal_name.empty()) return account.user_principal_name;
  return domain.empty() ? account.sam_account_name : domain + "\\" + account.sam_account_name;
}

Status RotationCourse::take_account(AccountHold& hold) {
  MW_TRY(const auto stored, parts().ledger.account(rotation.account));
  const Deadline patience = Deadline::after(kLongestTest, parts().clock);
  Status held = hold.take(stored.normalised);
  while (!held && !patience.expired(parts().clock) && !stop.stop_requested()) {
    pause(kBetweenAttempts, stop);
    held = hold.take(stored.normalised);
  }
  if (held) return {};
  return fail(Error(ConnectionsError::account_busy, "Tests of the account took all the time.")
                  .with_remedy("repeat it when they have ended"));
}

bool RotationCourse::prepare() {
  if (rotation.mode == RotationMode::manual) {
    if (const Status on = advance(RotationState::taken); !on) {
      log::failure("rotation.not_advanced", on.error());
      return false;
    }
    parts().gate.close_door(rotation.account, Deadline::after(kDrain));
    return true;
  }
  if (rotation.mode == RotationMode::external) return fetch();
  AccountHold hold(parts().ledger.database(), parts().runs.process() + "/" + rotation.run.text(), parts().clock);
  if (const Status held = take_account(hold); !held) return give_up(held.error().message(), held.error().remedy());
  if (const auto connections = parts().ledger.connections_of(rotation.account)) {
    probes = std::make_unique<RotationProbes>(state.probes, parts().gate, parts().clock, *connections);
  }
  if (const auto policy = examine(); !policy) return give_up(policy.error().message(), policy.error().remedy());

  steps.begin("seal");
  const auto recovery_key = secrets::RecoveryKey::open(parts().ledger.database(), parts().keyring, parts().clock);
  if (!recovery_key) {
    steps.end(work::StepOutcome::failed, Facts().add("error", recovery_key.error().describe()),
              recovery_key.error().remedy());
    return give_up(recovery_key.error().message(), recovery_key.error().remedy());
  }
  std::int64_t generation = 0;
  CredentialVersion version;
  rotation.controller = account->controller;
  rotation.pwd_last_set_before = account->pwd_last_set;
  const Status sealed = advance(RotationState::sealed, [&](db::Transaction& tx) -> Status {
    MW_TRY(version, parts().ledger.add_generated(tx, rotation.account, password, by));
    MW_TRY(generation, secrets::GenerationFile::raise(tx));
    rotation.version = version.id;
    // Before the commit: should this fail, nothing has changed.
    return parts().recovery.append({.at = parts().clock.now(),
                                    .generation = generation,
                                    .kind = "service_account",
                                    .owner = rotation.account.text(),
                                    .name = rotation.account_name,
                                    .number = version.number,
                                    .key_id = recovery_key->id(),
                                    .sealed = recovery_key->seal(password)});
  });
  if (!sealed) {
    rotation.version.reset();
    steps.end(work::StepOutcome::failed, Facts().add("error", sealed.error().describe()), sealed.error().remedy());
    return give_up(sealed.error().message(), sealed.error().remedy());
  }
  if (const Status noted = parts().generation.note(generation); !noted) {
    steps.end(work::StepOutcome::failed, Facts().add("error", noted.error().describe()), noted.error().remedy());
    return give_up(noted.error().message(), noted.error().remedy());
  }
  if (const Status marked = mark_recovery(version.number, secrets::RecoveryFate::committed); !marked) {
    steps.end(work::StepOutcome::failed, Facts().add("error", marked.error().describe()), marked.error().remedy());
    return give_up(marked.error().message(), marked.error().remedy());
  }
  steps.end(work::StepOutcome::ok, Facts()
                                       .add("password", version.number)
                                       .add("length", static_cast<std::int64_t>(password.size()))
                                       .add("recovery_file", parts().recovery.path().filename().string())
                                       .add("generation", generation));
  return send_reset();
}

/// Comes here with `password` made by this process; a process that finds the state after a kill has not, and gives up:
/// nobody was told the password.
bool RotationCourse::send_reset() {
  if (password.empty() || !account) return give_up("The service ended before the new password was sent.", "repeat it");
  steps.begin("close_door");
  const MonotonicTime closing = parts().clock.monotonic();
  closing_since = parts().clock.now();
  parts().gate.close_door(rotation.account, Deadline::after(kDrain, parts().clock));
  if (const Status on = advance(RotationState::resetting); !on) {
    steps.end(work::StepOutcome::failed, Facts().add("error", on.error().describe()));
    return give_up(on.error().message(), on.error().remedy());
  }
  steps.end(work::StepOutcome::ok, Facts().add("waited_for_sign_ins_ms", since(closing, parts().clock).count()));

  steps.begin("reset");
  Facts facts;
  facts.add("controller", rotation.controller);
  const MonotonicTime sent = parts().clock.monotonic();
  const auto stored = parts().ledger.account(rotation.account);
  const auto taken =
      stored ? send_password(*stored) : Result<directory::PasswordTaken>(std::unexpected(stored.error()));
  directory_time += since(sent, parts().clock);
  facts.add("milliseconds", since(sent, parts().clock).count());
  if (taken) {
    rotation.pwd_last_set_after = taken->pwd_last_set;
    rotation.confirmed = true;
    if (taken->pwd_last_set) facts.add("password_last_set", format_timestamp(*taken->pwd_last_set));
    steps.end(work::StepOutcome::ok, facts);
    return advance(RotationState::taken).has_value();
  }
  const Error& error = taken.error();
  facts.add("error", error.describe());
  if (error.is(DirectoryError::outcome_unknown)) {
    steps.end(work::StepOutcome::warning, facts,
              "Nothing need be done: what the controller shows is read until it is known.");
    return true;
  }
  // Anything else means that nothing was sent, or that the controller said no.
  steps.end(work::StepOutcome::failed, facts, error.remedy());
  return give_up(error.message(), error.remedy());
}

bool RotationCourse::settle() {
  const auto sent_ago = std::chrono::duration_cast<milliseconds>(parts().clock.now() - rotation.updated);
  pause(std::clamp(kStillAtWork - sent_ago, 0ms, kStillAtWork), stop);
  if (stop.stop_requested()) return false;
  steps.begin("settle");
  Facts facts;
  facts.add("controller", rotation.controller);
  const auto wait = [&](const std::string& why, const std::string& what_to_do) {
    steps.end(work::StepOutcome::warning, facts.add("waits_for", why), what_to_do);
    return false;
  };
  const auto stored = parts().ledger.account(rotation.account);
  if (!stored) return wait(stored.error().message(), {});
  auto opened = state.directory_of(*stored);
  if (!opened) return wait(opened.error().message(), opened.error().remedy());
  directory = *std::move(opened);
  const auto found = directory->find_account(stored->name, step_deadline(), stop);
  if (!found) return wait(found.error().message(), found.error().remedy());
  const auto counters = directory->sign_in_counters(*found, step_deadline(), stop);
  const directory::SignInCounters* at = shown_by(counters, rotation.controller);
  if (at == nullptr) {
    return wait("the controller " + rotation.controller + " cannot be read",
                "let this machine reach it: whether it has taken the new password only it can tell");
  }
  account = *found;
  account->controller = rotation.controller;
  if (at->pwd_last_set != rotation.pwd_last_set_before) {
    rotation.pwd_last_set_after = at->pwd_last_set;
    steps.end(work::StepOutcome::ok, facts.add("has_taken_it", true));
    return advance(RotationState::taken).has_value();
  }
  // Not there. Nobody else may have it either, before it is given up.
  const auto pdc = directory->pdc_emulator(step_deadline(), stop);
  if (!pdc) return wait("the PDC emulator cannot be found: " + pdc.error().message(), {});
  facts.add("has_taken_it", false).add("pdc_emulator", *pdc);
  const bool is_named =
      std::ranges::find(counters, lower_case(*pdc), &directory::SignInCounters::controller) != counters.end();
  const directory::SignInCounters* first = shown_by(counters, lower_case(*pdc));
  if (is_named && first == nullptr) {
    return wait("the PDC emulator " + *pdc + " cannot be read", "let this machine reach it");
  }
  if (first != nullptr && first->pwd_last_set != rotation.pwd_last_set_before) {
    return wait("the PDC emulator shows another password than " + rotation.controller,
                "wait for replication: repadmin /syncall");
  }
  // One that the directory does not name is asked nothing: a controller writes to itself before it tells the emulator.
  if (!is_named) facts.add("pdc_emulator_asked", false);
  steps.end(work::StepOutcome::ok, facts);
  return give_up("The controller had not taken the new password: the old one is in force.", "repeat it");
}

bool RotationCourse::prove() {
  steps.begin("prove");
  Facts facts;
  facts.add("controller", rotation.controller);
  const auto wait = [&](const Error& error) {
    steps.end(work::StepOutcome::warning, facts.add("waits_for", error.describe()), error.remedy());
    pause(1000ms, stop);
    return false;
  };
  const auto stored = parts().ledger.account(rotation.account);
  if (!stored) return wait(stored.error());
  const CredentialVersion* version = stored->pending();
  if (version == nullptr || version->id != rotation.version) {
    // Promoted before the kill, perhaps.
    const bool there = stored->active() != nullptr && stored->active()->id == rotation.version;
    steps.end(work::StepOutcome::note, facts.add("already", there));
    open_door();
    return advance(there ? RotationState::promoted : RotationState::unclear).has_value();
  }
  // Right after the reset nobody can have set another; later somebody may have, and this one would count as wrong.
  const bool is_at_once = !password.empty() && !was_tried;
  was_tried = true;
  auto secret = parts().ledger.open_in_directory(*stored, *version);
  if (!secret) return wait(secret.error());
  password = *std::move(secret);
  const auto record = parts().ledger.directory(*stored->directory);
  if (!record) return wait(record.error());
  if (!directory || !account) {
    auto opened = state.directory_of(*stored);
    if (!opened) return wait(opened.error());
    directory = *std::move(opened);
    auto found = directory->find_account(stored->name, step_deadline(), stop);
    if (!found) return wait(found.error());
    account = *std::move(found);
  }
  if (!is_at_once) {
    const auto set = pwd_last_set_at_controller();
    if (rotation.pwd_last_set_after && set && *set != rotation.pwd_last_set_after) return end_as_foreign(*set, facts);
  }
  if (rotation.mode == RotationMode::external) {
    const auto unknown = begin_handed_try(*stored);
    if (!unknown) return wait(unknown.error());
    if (*unknown) return end_unfit(**unknown, facts);
  }
  const std::string name = bind_name(*account, record->form.domain);
  const MonotonicTime begun = parts().clock.monotonic();
  Status accepted;
  bool asked_kdc = false;
  if (!record->form.realm.empty()) {
    auto realm = realm_settings(*record, parts().resolver, parts().destinations, step_deadline(),
                                {.first = rotation.controller, .behind = {}});
    const auto addresses = parts().resolver.resolve(rotation.controller, step_deadline());
    if (realm && addresses) {
      // This controller and no other: another may not know the password yet, and would count it as wrong.
      std::erase_if(realm->home.controllers, [&](const SocketAddress& one) {
        return std::ranges::find(*addresses, one.ip) == addresses->end();
      });
      auto got = kerberos::acquire(*realm, name, password, step_deadline(), stop);
      asked_kdc = true;
      if (got) {
        tickets = std::make_shared<kerberos::Tickets>(*std::move(got));
      } else {
        accepted = fail(std::move(got).error());
      }
    }
  }
  const bool kdc_silent = asked_kdc && !accepted &&
                          (accepted.error().is(kerberos::KerberosError::unreachable) ||
                           accepted.error().is(kerberos::KerberosError::no_kdc_known) ||
                           accepted.error().is(kerberos::KerberosError::clock_skew) ||
                           accepted.error().is(kerberos::KerberosError::etype_mismatch) ||
                           accepted.error().is(kerberos::KerberosError::malformed_answer));
  if (!asked_kdc || kdc_silent) {
    if (kdc_silent) facts.add("kdc", accepted.error().message());
    accepted = directory->try_password(rotation.controller, name, password, step_deadline(), stop);
  }
  directory_time += since(begun, parts().clock);
  facts.add("by", asked_kdc && !kdc_silent ? "kdc" : "bind").add("milliseconds", since(begun, parts().clock).count());
  if (accepted) {
    // Where it could not be read after the reset, it is read now; what was read before says nothing.
    if (!rotation.pwd_last_set_after) rotation.pwd_last_set_after = pwd_last_set_at_controller().value_or(std::nullopt);
    steps.end(work::StepOutcome::ok, facts);
    if (rotation.mode == RotationMode::external) {
      const Status forgotten = parts().refusals.forget(stored->normalised, password);
      if (!forgotten) log::failure("rotation.try_not_forgotten", forgotten.error());
    }
    const Status on = advance(RotationState::promoted, [&](db::Transaction& tx) -> Status {
      MW_CHECK(parts().ledger.promote(tx, rotation.account, *rotation.version, by));
      return parts().ledger.note_known(tx, *rotation.version, rotation.controller, rotation.pwd_last_set_after);
    });
    if (const Status marked = mark_recovery(version->number, secrets::RecoveryFate::taken); on && !marked) {
      log::failure("rotation.recovery_not_marked", marked.error());
    }
    if (on) parts().gate.open_door(rotation.account, rotation.version, tickets);
    if (!on) log::failure("rotation.not_promoted", on.error());
    return on.has_value();
  }
  const bool refused =
      accepted.error().is(kerberos::KerberosError::bad_password) || accepted.error().is(DirectoryError::bad_password);
  if (!refused) return wait(accepted.error());
  if (rotation.mode == RotationMode::external) {
    return end_unfit(
        "The directory does not take the password that was handed over: " + accepted.error().message() + ".", facts);
  }
  // The very controller that took it does not know it: it said what is not so, or somebody else set another since.
  facts.add("error", accepted.error().describe());
  const auto set = pwd_last_set_at_controller();
  if (!set) return wait(accepted.error());
  const bool is_ours = rotation.confirmed && rotation.pwd_last_set_after && *set == rotation.pwd_last_set_after;
  if (!is_ours) return end_as_foreign(*set, facts);
  steps.end(work::StepOutcome::failed, facts);
  return advance(RotationState::undoing).has_value();
}

std::optional<std::optional<Timestamp>> RotationCourse::pwd_last_set_at_controller() const {
  const auto counters = directory->sign_in_counters(*account, step_deadline(), stop);
  const directory::SignInCounters* at = shown_by(counters, rotation.controller);
  if (at == nullptr) return std::nullopt;
  return at->pwd_last_set;
}

bool RotationCourse::end_as_foreign(std::optional<Timestamp> set, Facts& facts) {
  steps.end(work::StepOutcome::failed, facts.add("changed_elsewhere", true));
  const std::string when = set ? " at " + format_timestamp(*set) : std::string();
  return end_without_password("Somebody else set another password" + when + ", as " + rotation.controller +
                              " shows: neither the old nor the new one is in force.");
}

bool RotationCourse::end_without_password(const std::string& why) {
  rotation.why = why;
  remedy = "Rotate again (mailward account rotate), or type that password: mailward account password " +
           rotation.account.text();
  const Status on = advance(RotationState::unclear, [&](db::Transaction& tx) -> Status {
    for (const auto& version : {rotation.version, rotation.old_version}) {
      if (version)
        MW_CHECK(parts().ledger.mark_refused(tx, rotation.account, *version, "password_changed_elsewhere", by));
    }
    MW_TRY(const auto users, parts().ledger.connections_of(tx, rotation.account));
    for (const ServerConnection& user : users) {
      MW_CHECK(parts().ledger.note_state(tx, user.id, ConnectionState::needs_credential, "password_changed_elsewhere",
                                         rotation.why, {}, by));
    }
    return {};
  });
  open_door();
  return on.has_value();
}

bool RotationCourse::undo() {
  steps.begin("undo");
  Facts facts;
  facts.add("controller", rotation.controller);
  const auto wait = [&](const Error& error) {
    steps.end(work::StepOutcome::warning, facts.add("waits_for", error.describe()), error.remedy());
    pause(1000ms, stop);
    return false;
  };
  const auto stored = parts().ledger.account(rotation.account);
  if (!stored) return wait(stored.error());
  const CredentialVersion* active = stored->active();
  if (active == nullptr) return advance(RotationState::unclear).has_value();
  if (sets_itself(*stored)) {
    steps.end(work::StepOutcome::failed, facts);
    return end_without_password("The controller " + rotation.controller +
                                " said that it took the new password, and then did not accept it; the account itself "
                                "cannot set the old one again.");
  }
  auto opened = state.resets.open(*stored);
  if (!opened) return wait(opened.error());
  directory = *std::move(opened);
  auto old = parts().ledger.open_in_directory(*stored, *active);
  if (!old) return wait(old.error());
  auto found = directory->find_account(stored->name, step_deadline(), stop);
  if (!found) return wait(found.error());
  found->controller = rotation.controller;
  account = *found;
  const auto shown = pwd_last_set_at_controller();
  if (!shown) return wait(Error(DirectoryError::unreachable, rotation.controller + " cannot be read"));
  if (*shown != rotation.pwd_last_set_after) return end_as_foreign(*shown, facts);
  const auto set = directory->reset_password(*found, *old, step_deadline(), stop);
  if (!set) return wait(set.error());
  steps.end(work::StepOutcome::ok, facts.add("password", "the old one was set again"));
  const Status known = parts().ledger.database().transaction([&](db::Transaction& tx) {
    return parts().ledger.note_known(tx, active->id, set->controller, set->pwd_last_set);
  });
  if (!known) log::failure("rotation.undo_not_noted", known.error());
  return give_up("The controller " + rotation.controller +
                     " said that it took the new password, and then did not accept it; the old one was set again.",
                 "see to that controller: dcdiag, repadmin /showrepl");
}

}  // namespace mailward::connections
