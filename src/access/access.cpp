#include "access/access.h"

namespace mailward::access {

Access::Access(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock,
               const AccessSettings& settings)
    : database_(database),
      clock_(clock),
      refusals(database, trail, clock),
      passwords(keyring, settings.password_cost),
      invitations(database, keyring, passwords, trail, refusals, clock),
      users(database, keyring, invitations, trail, clock),
      sessions(database, keyring, trail, clock, settings.sessions),
      password_method(database, passwords),
      sign_in(database, keyring, password_method, sessions, trail, refusals, clock),
      profile(database, keyring, passwords, sign_in, sessions, trail, clock),
      tokens(database, keyring, trail, refusals, clock) {}

}  // namespace mailward::access
