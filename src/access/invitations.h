#pragma once

#include <string_view>

#include "access/passwords.h"
#include "access/refusal_lines.h"
#include "access/source.h"
#include "access/user.h"
#include "audit/trail.h"
#include "base/digest.h"
#include "db/database.h"

namespace mailward::access {

/// One-use links by which a user gets his first or a new password. A token of 32 random bytes, stored as a keyed hash,
/// good for 15 minutes; a user has at most one, and a new one voids the old. Users::create() and Users::reset() issue
/// them. Thread-safe.
class Invitations {
 public:
  static constexpr std::chrono::minutes kGoodFor{15};

  Invitations(db::Database& database, secrets::Keyring& keyring, Passwords& passwords, const audit::Trail& trail,
              RefusalLines& refusals, const Clock& clock);

  struct Opened {
    std::string name;
    std::string display_name;
    Timestamp expires_at;
  };
  /// Whom it is for; it stays good. Errors: invitation_void.
  Result<Opened> open(std::string_view token, const Source& source, std::string_view request_id) const;
  /// Sets the password, ends the user's sessions, and remembers the source as the user's own. Errors: invitation_void,
  /// weak_password, busy.
  Attempt<User> accept(std::string_view token, const SecretString& password, const Source& source,
                       std::string_view request_id);

  /// Drops what has expired. Users stay without a way in until a new one is made.
  Status sweep();

  /// For Users: a token, and its row within the caller's transaction. The token is made before the transaction, for its
  /// hash needs the keyring.
  struct Made {
    Invitation invitation;
    Bytes hash;
  };
  Result<Made> make() const;
  static Status issue(db::Transaction& tx, UserId user, const Made& made);

 private:
  struct Found {
    User user;
    Timestamp expires;
    Sha256 hash;
  };
  Result<Found> find(std::string_view token, const Source& source, std::string_view request_id) const;

  db::Database& database_;
  secrets::Keyring& keyring_;
  Passwords& passwords_;
  const audit::Trail& trail_;
  RefusalLines& refusals_;
  const Clock& clock_;
};

}  // namespace mailward::access
