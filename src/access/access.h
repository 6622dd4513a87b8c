#pragma once

#include <memory>

#include "access/invitations.h"
#include "access/password_method.h"
#include "access/passwords.h"
#include "access/profile.h"
#include "access/refusal_lines.h"
#include "access/sessions.h"
#include "access/sign_in.h"
#include "access/tokens.h"
#include "access/users.h"

namespace mailward::access {

struct AccessSettings {
  SessionLimits sessions;
  PasswordCost password_cost;
};

/// The whole room, put together in order; what api/ holds. Thread-safe.
class Access {
 public:
  /// Makes the room's sub-keys where they are not there yet. Errors: DbError, SecretsError.
  static Result<std::unique_ptr<Access>> open(db::Database& database, secrets::Keyring& keyring,
                                              const audit::Trail& trail, const Clock& clock,
                                              const AccessSettings& settings = {});
  Access(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock,
         const AccessSettings& settings);

  /// What is due now and then (once a minute, say): ends sessions that ran out, writes counted refusals, drops old
  /// tokens and invitations. Errors: DbError, AuditError.
  Status sweep();

  RefusalLines refusals;
  Passwords passwords;
  Invitations invitations;
  Users users;
  Sessions sessions;
  PasswordMethod password_method;
  SignIn sign_in;
  Profile profile;
  Tokens tokens;
};

}  // namespace mailward::access
