#include <algorithm>

#include "base/log.h"
#include "connections/external_source.h"
#include "connections/rotation_plan.h"
#include "connections/rotation_state.h"
#include "connections/rows.h"
#include "directory/directory_error.h"

/// Another vault sets the password and hands it over: it is fetched, proven at the controller that shows the newest
/// pwdLastSet, and goes on as any other.
namespace mailward::connections {
namespace {

using std::chrono_literals::operator""s;

constexpr std::chrono::seconds kPatience = 60s;  ///< with a vault that still has the one before
constexpr std::chrono::seconds kBetween = 5s;
constexpr int kMostFailures = 3;
/// A controller's clock may be so far behind this one: five minutes are what Kerberos allows (RFC 4120 8.2).
constexpr Duration kMostSkew = std::chrono::minutes(5);
constexpr Duration kFirstPause = std::chrono::minutes(5);
constexpr Duration kLongestPause = std::chrono::hours(6);

}  // namespace

Status RotationCourse::find_in_directory(const ServiceAccount& stored) {
  steps.begin("account");
  Facts facts;
  facts.add("account", stored.name);
  const auto find = [&]() -> Status {
    MW_CHECK(open_directory(stored));
    MW_TRY(account, directory->find_account(stored.name, step_deadline(), stop));
    if (const auto trouble = trouble_of(*account)) {
      return fail(Error(ConnectionsError::cannot_rotate, *trouble)
                      .with_remedy("mend the account first: mailward connection test says how"));
    }
    return {};
  };
  if (Status found = find(); !found) {
    steps.end(work::StepOutcome::failed, facts.add("error", found.error().describe()), found.error().remedy());
    return found;
  }
  const auto counters = directory->sign_in_counters(*account, step_deadline(), stop);
  const directory::SignInCounters* newest = newest_of(counters);
  rotation.controller = newest != nullptr ? newest->controller : account->controller;
  rotation.pwd_last_set_after = newest != nullptr ? newest->pwd_last_set : account->pwd_last_set;
  facts.add("controller", rotation.controller);
  if (rotation.pwd_last_set_after) facts.add("password_last_set", format_timestamp(*rotation.pwd_last_set_after));
  steps.end(work::StepOutcome::ok, facts);
  return {};
}

Status RotationCourse::try_source() {
  MW_TRY(const auto stored, parts().ledger.account(rotation.account));
  MW_CHECK(find_in_directory(stored));
  steps.begin("fetch");
  const auto handed =
      parts().ledger.fetch_password(stored, parts().resolver, parts().destinations, stop, parts().source_patience);
  if (!handed) {
    steps.end(work::StepOutcome::failed, Facts().add("error", handed.error().describe()), handed.error().remedy());
    return fail(handed.error());
  }
  const CredentialVersion* active = stored.active();
  const auto in_force =
      active != nullptr ? parts().ledger.open_version(stored, *active) : fail(ConnectionsError::no_password, "none");
  steps.end(work::StepOutcome::ok, Facts()
                                       .add("length", static_cast<std::int64_t>(handed->size()))
                                       .add("same_as_in_force", in_force && in_force->equals(*handed)));
  return {};
}

bool RotationCourse::fetch() {
  AccountHold hold(parts().ledger.database(), parts().runs.process() + "/" + rotation.run.text(), parts().clock);
  if (const Status held = take_account(hold); !held) return give_up(held.error().message(), held.error().remedy());
  const auto stored = parts().ledger.account(rotation.account);
  if (!stored) return give_up(stored.error().message(), stored.error().remedy());
  if (const Status there = find_in_directory(*stored); !there) {
    return give_up(there.error().message(), there.error().remedy());
  }
  steps.begin("fetch");
  Facts facts;
  const auto end_here = [&](const Error& error) {
    steps.end(work::StepOutcome::failed, facts.add("error", error.describe()), error.remedy());
    return give_up(error.message(), error.remedy());
  };
  const CredentialVersion* active = stored->active();
  const CredentialVersion* refused = stored->pending();
  // One wrong password for each that is set there, whoever asks: a vault that hands over nonsense locks nobody out.
  if (refused != nullptr && refused->refused && !refused->is_typed() && refused->pwd_last_set &&
      refused->pwd_last_set == rotation.pwd_last_set_after) {
    return end_here(Error(ConnectionsError::external_source,
                          "The directory has refused a password that was handed over since the one in force was set; "
                          "no other is tried.")
                        .with_remedy("let the vault set a new password, or type the one in force: mailward account "
                                     "password " +
                                     stored->id.text()));
  }
  const auto was_refused_before = [&] {
    const auto remembered = parts().refusals.recall(stored->normalised, password);
    return !remembered || remembered->has_value();  // what cannot be looked up is not shown
  };
  const auto same_as = [&](const CredentialVersion* version) {
    if (version == nullptr) return false;
    const auto secret = parts().ledger.open_version(*stored, *version);
    return secret && secret->equals(password);
  };
  const bool has_moved = active == nullptr || active->refused || !active->pwd_last_set ||
                         active->pwd_last_set != rotation.pwd_last_set_after;
  const Deadline patience = Deadline::after(kPatience, parts().clock);
  std::int64_t asked = 0;
  int failures = 0;
  for (;;) {
    ++asked;
    const Deadline given = Deadline::after(parts().source_patience);
    auto handed =
        parts().ledger.fetch_password(*stored, parts().resolver, parts().destinations, stop, parts().source_patience);
    // One that hangs is not waited for again: whoever asked would wait all that time.
    if (!handed && (++failures >= kMostFailures || given.expired() || stop.stop_requested())) {
      facts.add("asked", asked);
      return end_here(handed.error());
    }
    if (handed) {
      password = *std::move(handed);
      const bool is_old = same_as(active);
      const bool was_refused = !is_old && ((same_as(refused) && refused->refused) || was_refused_before());
      if (!is_old && !was_refused) break;
      password = SecretString();
      if (is_old && !has_moved) {
        steps.end(work::StepOutcome::note, facts.add("asked", asked).add("same_as_in_force", true));
        return give_up("What is handed over is the password that is in force already.", {});
      }
      if (patience.expired(parts().clock)) {
        return end_here(
            Error(ConnectionsError::external_source,
                  is_old ? "The directory shows another password, and what is handed over is still the one before."
                         : "What is handed over is a password that the directory has refused already.")
                .with_remedy("see to the vault: it must hand over what it has set; it is asked again by itself"));
      }
    }
    pause(kBetween, stop);
    if (stop.stop_requested()) return false;
  }
  steps.end(work::StepOutcome::ok, facts.add("asked", asked).add("length", static_cast<std::int64_t>(password.size())));

  steps.begin("seal");
  CredentialVersion version;
  const Status sealed = advance(RotationState::taken, [&](db::Transaction& tx) -> Status {
    MW_TRY(version, parts().ledger.add_generated(tx, rotation.account, password, by, PasswordOrigin::fetched));
    rotation.version = version.id;
    return {};
  });
  if (!sealed) {
    rotation.version.reset();
    return end_here(sealed.error());
  }
  steps.end(work::StepOutcome::ok, Facts().add("password", version.number));
  parts().gate.close_door(rotation.account, Deadline::after(5s));
  return true;
}

Result<std::optional<std::string>> RotationCourse::begin_handed_try(const ServiceAccount& stored) {
  MW_TRY(const auto tried, parts().refusals.recall(stored.normalised, password));
  if (!tried) {
    MW_CHECK(parts().refusals.begin_try(stored.normalised, password, rotation.pwd_last_set_after));
    return std::nullopt;
  }
  if (tried->state == TriedPassword::State::refused) return "What was handed over was refused before.";
  // Cut short: where the controller has counted a wrong password since, it may have been this one.
  const auto counters = directory->sign_in_counters(*account, step_deadline(), stop);
  const auto at = std::ranges::find(counters, rotation.controller, &directory::SignInCounters::controller);
  if (at == counters.end() || at->error) {
    return fail(directory::DirectoryError::unreachable, "the controller " + rotation.controller + " cannot be read");
  }
  if (!at->bad_password_time || *at->bad_password_time <= tried->at - kMostSkew) return std::nullopt;
  return "A sign-in with what was handed over was interrupted at " + format_timestamp(tried->at) + ", and " +
         rotation.controller + " has counted a wrong password at " + format_timestamp(*at->bad_password_time) +
         ": whether it is right is not known.";
}

bool RotationCourse::end_unfit(const std::string& why, Facts& facts) {
  steps.end(work::StepOutcome::failed, facts, "see to the vault: it must hand over what it has set");
  rotation.why = why;
  remedy =
      "See to the vault: it must hand over the password that it has set. It is asked again by itself; this one is "
      "not shown a second time.";
  const Status on = advance(RotationState::undone, [&](db::Transaction& tx) -> Status {
    MW_CHECK(parts().ledger.mark_refused(tx, rotation.account, *rotation.version, "bad_password", by));
    return parts().ledger.note_known(tx, *rotation.version, rotation.controller, rotation.pwd_last_set_after);
  });
  if (const auto stored = parts().ledger.account(rotation.account)) {
    const Status kept = parts().refusals.refused(stored->normalised, password, "bad_password");
    if (!kept) log::failure("rotation.refusal_not_kept", kept.error());
  }
  open_door();
  if (!on) log::failure("rotation.not_ended", on.error());
  return on.has_value();
}

Status Rotations::State::look_at_sources() {
  std::vector<ServiceAccount> handed_over;
  MW_CHECK(parts.ledger.database().read([&](db::Session& session) -> Status {
    MW_TRY(const auto plans, rotation_plans::all(session));
    for (const RotationPlan& plan : plans) {
      if (plan.mode != RotationMode::external) continue;
      MW_TRY(const auto open, rotation_rows::open_of(session, plan.account));
      if (open) continue;
      MW_TRY(auto account, rows::account(session, plan.account));
      if (account.enabled && account.directory) handed_over.push_back(std::move(account));
    }
    return {};
  }));
  if (handed_over.empty()) return {};
  look(sources, [this, handed_over] {
    for (const ServiceAccount& account : handed_over) {
      if (const Status looked = look_at_source(account); !looked) log::failure("rotation.source", looked.error());
    }
  });
  return {};
}

Status Rotations::State::look_at_source(const ServiceAccount& account) {
  const auto deadline = [&] { return Deadline::after(30s, parts.clock); };
  MW_TRY(const auto directory, directory_of(account));
  MW_TRY(const auto found, directory->find_account(account.name, deadline(), stop.get_token()));
  const auto counters = directory->sign_in_counters(found, deadline(), stop.get_token());
  const directory::SignInCounters* newest = newest_of(counters);
  if (newest == nullptr) return {};
  const CredentialVersion* active = account.active();
  const bool knows_when = active != nullptr && active->pwd_last_set;
  // Of a typed one nobody has read when it was set: it is the one that stood when it first signed in.
  if (active != nullptr && !knows_when && active->promoted && *newest->pwd_last_set <= *active->promoted) {
    return parts.ledger.database().transaction([&](db::Transaction& tx) {
      return parts.ledger.note_known(tx, active->id, newest->controller, newest->pwd_last_set);
    });
  }
  if (knows_when && *newest->pwd_last_set == *active->pwd_last_set && !active->refused) return {};
  MW_TRY(const auto failures, parts.ledger.database().read([&](db::Session& session) {
    return rotation_rows::failures_since(session, account.id, *newest->pwd_last_set);
  }));
  if (failures.last) {
    const auto times = std::int64_t{1} << std::min<std::int64_t>(failures.count - 1, 8);
    if (parts.clock.now() < *failures.last + std::min(kLongestPause, kFirstPause * times)) return {};
  }
  MW_TRY(const auto run,
         begin({.account = account.id, .mode = RotationMode::external},
               {.actor = audit::Actor::system("rotation"), .source = {}, .token = {}, .request_id = {}}));
  log::info("rotation.set_elsewhere", {{"account", account.name}, {"run", run.text()}});
  return {};
}

}  // namespace mailward::connections
