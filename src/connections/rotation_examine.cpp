#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "base/shell.h"
#include "connections/generated_password.h"
#include "connections/rotation_plan.h"
#include "connections/rotation_state.h"

/// What can be found out before anything is changed: a dry run is this alone.
namespace mailward::connections {
namespace {

using directory::DirectoryError;

/// Names that Active Directory's complexity forbids inside a password.
std::vector<std::string> names_in(const directory::Account& account) {
  std::vector<std::string> names{account.sam_account_name};
  std::string part;
  for (const char letter : account.display_name + " ") {
    const bool delimits = std::string_view(",.-_ #\t").find(letter) != std::string_view::npos;
    if (!delimits) {
      part += letter;
    } else if (!part.empty()) {
      names.push_back(std::exchange(part, {}));
    }
  }
  return names;
}

}  // namespace

std::optional<std::string> trouble_of(const directory::Account& account) {
  if (!account.enabled) return "the account is disabled in Active Directory";
  if (account.locked) {
    return "the account is locked out in Active Directory, so that nobody could prove a new password "
           "(Unlock-ADAccount)";
  }
  if (account.account_expired) return "the account has expired in Active Directory";
  if (account.smart_card_required) return "the account may sign in with a smart card alone";
  return std::nullopt;
}

Result<directory::LockoutPolicy> RotationCourse::examine() {
  MW_TRY(const auto stored, parts().ledger.account(rotation.account));
  steps.begin("account");
  Facts facts;
  facts.add("account", stored.name);
  const CredentialVersion* active = stored.active();
  const auto stop_here = [&](Error error) -> std::unexpected<Error> {
    steps.end(work::StepOutcome::failed, facts.add("error", error.describe()), error.remedy());
    return std::unexpected(std::move(error));
  };
  // The controllers must be those that the password in force is meant for: they get the new one, and that one if they
  // lie.
  if (active == nullptr && rotation.mode == RotationMode::twin) active = stored.pending();
  const auto old = active == nullptr ? Result<SecretString>(fail(ConnectionsError::no_password, "it has no password"))
                                     : parts().ledger.open_in_directory(stored, *active);
  if (!old) return stop_here(old.error());
  if (Status opened = open_directory(stored); !opened) return stop_here(std::move(opened).error());
  std::string see_to =
      "see to the directory's reader, then type its password again: mailward directory edit --ask-password";
  if (stored.reset_account) {
    MW_TRY(const auto resetting, parts().ledger.account(*stored.reset_account));
    facts.add("reset_account", resetting.name);
    if (const CredentialVersion* typed = resetting.pending(); typed != nullptr && typed->refused) {
      facts.add("typed_password", "it was refused; the one before is used");
    }
    see_to = "see to the reset account " + resetting.name +
             ", then type its password again: mailward account reset-account " + stored.id.text() + " --name " +
             shell_word(resetting.name) + " --ask-password";
  }
  auto found = directory->find_account(stored.name, step_deadline(), stop);
  if (!found && directory::is_refused_bind(found.error())) {
    return stop_here(std::move(found).error().with_remedy(see_to));
  }
  if (!found) return stop_here(std::move(found).error());
  account = *std::move(found);
  facts.add("dn", account->dn).add("controller", account->controller);
  if (account->pwd_last_set) facts.add("password_last_set", format_timestamp(*account->pwd_last_set));
  if (const auto trouble = trouble_of(*account)) {
    return stop_here(Error(ConnectionsError::cannot_rotate, *trouble)
                         .with_remedy("mend the account first: mailward connection test says how"));
  }
  steps.end(work::StepOutcome::ok, facts);

  steps.begin("policy");
  Facts rules;
  work::StepOutcome outcome = work::StepOutcome::ok;
  std::string advice;
  auto policy = directory->lockout_policy(*account, step_deadline(), stop);
  // The reset account needs one right alone: what it may not read, the directory's reader may.
  if (!policy && policy.error().is(DirectoryError::policy_unreadable)) {
    const auto record = parts().ledger.directory(*stored.directory);
    const auto reader = record ? parts().readers.open(*record) : Result<OpenedReader>(fail(record.error()));
    if (reader && reader->directory) policy = reader->directory->lockout_policy(*account, step_deadline(), stop);
  }
  if (!policy && policy.error().is(DirectoryError::policy_unreadable)) {
    rules.add("fine_grained_policy", policy.error().message());
    advice = policy.error().remedy();
    outcome = work::StepOutcome::note;
    policy = directory->domain_lockout_policy(step_deadline(), stop);
  }
  if (policy) {
    rules.add("policy", policy->name)
        .add("minimum_length", static_cast<std::int64_t>(policy->minimum_password_length))
        .add("complexity", policy->complexity)
        .add("history", static_cast<std::int64_t>(policy->password_history))
        .add("length", static_cast<std::int64_t>(
                           std::max(request.length, static_cast<std::size_t>(policy->minimum_password_length))));
  }
  const auto sample =
      policy ? generated_password(
                   {.length = request.length,
                    .minimum_length = static_cast<std::size_t>(std::max(0, policy->minimum_password_length)),
                    .plain = request.plain,
                    .names = names_in(*account)})
             : Result<SecretString>(fail(policy.error()));
  if (policy && sets_itself(stored)) {
    if (Status may = check_own_change(stored, *policy); !may) {
      steps.end(work::StepOutcome::failed, rules.add("error", may.error().describe()), may.error().remedy());
      return fail(std::move(may).error());
    }
  }
  if (!sample) {
    steps.end(work::StepOutcome::failed, rules.add("error", sample.error().describe()), sample.error().remedy());
    return fail(sample.error());
  }
  password = sample->clone();
  steps.end(outcome, rules, advice);
  return policy;
}

std::string RotationCourse::show_setters() {
  steps.begin("password_setters");
  Facts facts;
  const auto setters = directory->password_setters(*account, step_deadline(), stop);
  if (!setters) {
    steps.end(work::StepOutcome::note, facts.add("error", setters.error().message()), setters.error().remedy());
    return {};
  }
  std::map<std::string, std::string> ways;
  for (const directory::PasswordSetter& one : *setters) {
    std::string& all = ways[one.name];
    all += (all.empty() ? "" : "; ") + one.reason;
  }
  for (const auto& [name, way] : ways) facts.add(name, way);
  // Nothing but a reset itself is proof of the right: this is said, and nothing depends on it.
  const auto stored = parts().ledger.account(rotation.account);
  if (stored && (sets_itself(*stored) || is_set_elsewhere())) {
    steps.end(work::StepOutcome::ok, facts);
    return {};
  }
  const auto resetting = stored && stored->reset_account ? parts().ledger.account(*stored->reset_account)
                                                         : fail(ConnectionsError::cannot_rotate, "none is named");
  const auto found = resetting ? directory->find_account(resetting->name, step_deadline(), stop)
                               : Result<directory::Account>(fail(resetting.error()));
  const auto may =
      found ? directory->is_among(*setters, *found, step_deadline(), stop) : Result<bool>(fail(found.error()));
  if (!may || *may) {
    steps.end(work::StepOutcome::ok, facts);
    return {};
  }
  std::string doubt = "The reset account " + resetting->name +
                      " is not among those who may set the password, nor is any of its groups.";
  steps.end(work::StepOutcome::warning, facts.add("reset_account_may", false),
            "Let it: dsacls \"" + printable(account->dn, 300) + "\" /G \"" + printable(resetting->name, 100) +
                ":CA;Reset Password\"");
  return doubt;
}

void RotationCourse::show_unlock_right() {
  const auto stored = parts().ledger.account(rotation.account);
  const auto plan = parts().ledger.plan(rotation.account);
  if (!stored || !plan || !plan->unlocks) return;
  steps.begin("unlock_right");
  Facts facts;
  const auto resetting = stored->reset_account ? parts().ledger.account(*stored->reset_account)
                                               : fail(ConnectionsError::cannot_rotate, "none is named");
  if (!resetting) {
    steps.end(work::StepOutcome::warning,
              facts.add("error", "there is no reset account: a lock-out is left to a person, with the command for it"),
              "name one: mailward account reset-account " + stored->id.text() + " --name NAME");
    return;
  }
  facts.add("reset_account", resetting->name);
  const std::string grant = "let it: dsacls \"" + printable(account->dn, 300) + "\" /G \"" +
                            printable(resetting->name, 100) + ":RPWP;lockoutTime\"";
  const auto door = state.resets.open(*stored);
  const auto may = door ? (*door)->may_unlock(*account, step_deadline(), stop) : Result<bool>(fail(door.error()));
  if (!may) {
    facts.add("may_unlock", "unknown").add("error", may.error().message());
    steps.end(work::StepOutcome::note, facts, "where it may not lift a lock-out, " + grant);
    return;
  }
  facts.add("may_unlock", *may);
  steps.end(*may ? work::StepOutcome::ok : work::StepOutcome::warning, facts, *may ? std::string() : grant);
}

}  // namespace mailward::connections
