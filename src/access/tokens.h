#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/refusal_lines.h"
#include "access/source.h"
#include "access/user.h"
#include "audit/trail.h"
#include "db/database.h"
#include "secrets/keyring.h"

namespace mailward::access {

using TokenId = Id<struct TokenTag>;

/// What an API token is made of.
struct NewToken {
  std::string description;         ///< 1–200 bytes of printable UTF-8
  Rights rights;                   ///< at least one, all of them the owner's
  std::chrono::days expires_in{};  ///< 1–366
};
/// Field by field what does not hold, for that owner.
std::vector<FieldProblem> check_token(const NewToken& form, Rights owner);

/// An API token as it is listed; never what opens it.
struct Token {
  TokenId id;
  UserId user;
  std::string user_name;
  std::string description;
  Rights rights;
  Timestamp created;
  Timestamp expires_at;
  std::optional<Timestamp> last_used;
  std::string last_source;  ///< an address; empty when never used
};

/// API tokens, with which programs come: "mw_", 64 hexadecimal digits of 32 random bytes, and 8 more of their SHA-256,
/// so that scanners find leaked ones without false alarm ("mw_[0-9a-f]{72}"). Stored as a keyed hash (sub-key
/// "api_token"). Thread-safe.
class Tokens {
 public:
  static constexpr std::chrono::days kLongest{366};
  static constexpr std::size_t kPerUser = 50;

  Tokens(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, RefusalLines& refusals,
         const Clock& clock);

  struct Created {
    Token token;
    SecretString secret;  ///< shown once
  };
  /// Errors: invalid_form, unknown_user.
  Result<Created> create(UserId owner, const NewToken& form, const By& by);
  /// Errors: unknown_token where there is none of that id, or `owner` is given and it is another's.
  Status revoke(TokenId id, std::optional<UserId> owner, const By& by);
  /// Newest first; of one user, or of all.
  Result<std::vector<Token>> list(std::optional<UserId> owner) const;

  /// Who comes with a token.
  struct Use {
    Token token;
    User user;
    /// The token's rights as far as the owner has them now; none while the owner must enrol one-time codes.
    Rights rights;
  };
  /// `secret` as it stood after "Bearer ". Use is written down at most once a minute. Errors: not_signed_in, alike for
  /// a token that is unknown, revoked, expired, or of a disabled user.
  Result<Use> look(std::string_view secret, const Source& source, std::string_view request_id);

  /// The same for one that was let in before, without noting its use; nothing where it would not be any more.
  Result<Use> peek(TokenId id) const;

  /// Removes tokens that expired 30 days ago; to be called now and then. Returns how many.
  Result<std::int64_t> sweep();

 private:
  /// By one of its columns. Errors: unknown_token.
  Result<Use> find(std::string_view column, const db::Param& value) const;
  Status write_use(TokenId id, const Source& source, Timestamp now);

  db::Database& database_;
  secrets::Keyring& keyring_;
  const audit::Trail& trail_;
  RefusalLines& refusals_;
  const Clock& clock_;
};

}  // namespace mailward::access
