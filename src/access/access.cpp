#include "access/access.h"

namespace mailward::access {

Access::Access(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock,
               const AccessSettings& settings)
    : refusals(database, trail, clock),
      passwords(keyring, settings.password_cost),
      invitations(database, keyring, passwords, trail, refusals, clock),
      users(database, keyring, invitations, trail, clock),
      sessions(database, keyring, trail, clock, settings.sessions),
      password_method(database, passwords),
      sign_in(database, keyring, password_method, sessions, trail, refusals, clock),
      profile(database, keyring, passwords, sign_in, trail, clock),
      tokens(database, keyring, trail, refusals, clock) {}

Result<std::unique_ptr<Access>> Access::open(db::Database& database, secrets::Keyring& keyring,
                                             const audit::Trail& trail, const Clock& clock,
                                             const AccessSettings& settings) {
  // Made in transactions of their own; later they are asked for inside of others.
  for (const std::string_view name : {"session", "session_csrf", "api_token", "invitation", "user_password"}) {
    MW_CHECK(keyring.sub_key(name));
  }
  return std::make_unique<Access>(database, keyring, trail, clock, settings);
}

Status Access::sweep() {
  MW_CHECK(refusals.flush());
  MW_CHECK(sessions.sweep());
  MW_CHECK(tokens.sweep());
  return invitations.sweep();
}

}  // namespace mailward::access
