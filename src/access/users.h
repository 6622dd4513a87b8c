#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "access/invitations.h"
#include "access/source.h"
#include "access/user.h"
#include "audit/trail.h"
#include "db/database.h"
#include "secrets/secret_store.h"

namespace mailward::access {

/// A role, and what the house asks of those who have it.
struct RolePolicy {
  Role role = Role::auditor;
  /// Who has the role must use one-time codes; until he has enrolled, his sessions and tokens have no rights.
  bool totp_required = false;
};

/// Users as administrators keep them; what one does to one's own is Profile's. Every change is one durable transaction
/// with its line in the audit trail. Thread-safe. Versions guard against two administrators at once. Whoever is
/// disabled, loses his password or is deleted has his sessions ended in the same transaction; changed roles hold from
/// the next look at a session or token on.
///
/// Errors of all: AccessError, DbError.
class Users {
 public:
  Users(db::Database& database, secrets::Keyring& keyring, Invitations& invitations, const audit::Trail& trail,
        const Clock& clock);

  struct Created {
    User user;
    Invitation invitation;
  };
  /// Without password: the invitation is the way in. Errors: invalid_form, already_exists.
  Result<Created> create(const NewUser& form, const By& by);
  /// Errors: unknown_user, invalid_form, version_changed, last_administrator (as long as another enabled administrator
  /// with a password exists, this one may go).
  Result<User> update(UserId id, std::int64_t version, const UserChanges& changes, const By& by);
  /// With sessions, tokens and secrets. Errors: unknown_user, version_changed, last_administrator.
  Status remove(UserId id, std::int64_t version, const By& by);
  /// Voids the password, ends sessions and makes an invitation. One-time codes stay. Errors: unknown_user.
  Result<Created> reset(UserId id, const By& by);
  /// Ends sessions; his next sign-in is for choosing another password, and for nothing else. Returns how many sessions.
  /// Errors: unknown_user.
  Result<std::int64_t> demand_new_password(UserId id, const By& by);
  /// Drops the one-time code secret, also a pending one. Errors: unknown_user.
  Result<User> reset_totp(UserId id, const By& by);

  /// By name.
  Result<std::vector<User>> list() const;
  /// Errors: unknown_user.
  Result<User> find(UserId id) const;
  /// By name in any case, or by id text. Errors: unknown_user.
  Result<User> find_named(std::string_view name_or_id) const;
  /// Whether anybody enabled has the role of administrator and a password.
  Result<bool> has_administrator() const;

  /// All four, in the order of Role.
  Result<std::vector<RolePolicy>> roles() const;
  Result<RolePolicy> set_totp_required(Role role, bool required, const By& by);

 private:
  db::Database& database_;
  secrets::SecretStore store_;
  Invitations& invitations_;
  const audit::Trail& trail_;
  const Clock& clock_;
};

}  // namespace mailward::access
