#include "connections/directory_settings.h"
#include "connections/rotation_state.h"

/// Who sets the password: the reset account, or the account itself with the password in force (both in one LDAP
/// modification; MS-ADTS 3.1.1.3.1.5.2). History and minimum age bind the account itself, and it cannot go back.
namespace mailward::connections {

using directory::DirectoryError;

bool RotationCourse::sets_itself(const ServiceAccount& stored) const {
  return rotation.mode == RotationMode::self_change || (rotation.mode == RotationMode::twin && !stored.reset_account);
}

Status RotationCourse::open_directory(const ServiceAccount& stored) {
  if (!sets_itself(stored) && !is_set_elsewhere()) {
    MW_TRY(directory, state.resets.open(stored));
    setter = directory;
    return {};
  }
  MW_TRY(directory, state.directory_of(stored));
  if (is_set_elsewhere()) return {};
  const CredentialVersion* active = stored.active();
  // A twin may have been typed and never have signed in.
  if (active == nullptr && rotation.mode == RotationMode::twin) active = stored.pending();
  if (active == nullptr || active->refused) {
    return fail(Error(ConnectionsError::cannot_rotate,
                      "no password of " + stored.name + " is known to be in force, so it cannot change it itself")
                    .with_remedy("type it and test a connection: mailward account password " + stored.id.text()));
  }
  MW_TRY(const auto secret, parts().ledger.open_in_directory(stored, *active));
  MW_TRY(const auto record, parts().ledger.directory(*stored.directory));
  MW_TRY(auto settings, reader_settings(record, secret, parts().resolver, parts().destinations));
  settings.reader_name = stored.name;
  setter = std::make_shared<const directory::Directory>(std::move(settings), parts().resolver, parts().destinations,
                                                        parts().clock);
  return {};
}

Status RotationCourse::check_own_change(const ServiceAccount& stored, const directory::LockoutPolicy& policy) const {
  const CredentialVersion* active = stored.active();
  const auto known = active != nullptr ? active->pwd_last_set : std::nullopt;
  // It would be shown, and counted as wrong.
  if (known && account->pwd_last_set && *known != *account->pwd_last_set) {
    return fail(Error(ConnectionsError::cannot_rotate, "somebody has set another password of " + stored.name + " at " +
                                                           format_timestamp(*account->pwd_last_set) +
                                                           ": the one that is known here is not in force")
                    .with_remedy("type that password: mailward account password " + stored.id.text()));
  }
  if (!account->pwd_last_set || policy.minimum_password_age.count() == 0) return {};
  const Timestamp possible = *account->pwd_last_set + policy.minimum_password_age;
  if (parts().clock.now() >= possible) return {};
  return fail(Error(ConnectionsError::cannot_rotate, "the policy " + policy.name +
                                                         " lets the account change its own password again at " +
                                                         format_timestamp(possible) + " (minimum age)")
                  .with_remedy("wait until then; a reset account is not bound by it: mailward account reset-account " +
                               stored.id.text()));
}

Result<directory::PasswordTaken> RotationCourse::send_password(const ServiceAccount& stored) {
  if (!sets_itself(stored)) return setter->reset_password(*account, password, step_deadline(), stop);
  auto taken = setter->change_own_password(*account, password, step_deadline(), stop);
  if (taken) return taken;
  // Told apart from a new one that the policy does not like: nobody shows the one in force any more.
  const bool is_foreign =
      taken.error().is(DirectoryError::bad_password) || taken.error().is(DirectoryError::old_password_refused);
  if (is_foreign && rotation.old_version) {
    MW_CHECK(parts().ledger.mark_refused(rotation.account, *rotation.old_version, "password_changed_elsewhere", by));
  }
  return taken;
}

}  // namespace mailward::connections
