#include "access/password_method.h"

#include "access/rows.h"
#include "base/log.h"

namespace mailward::access {

Result<std::optional<UserId>> PasswordMethod::prove(const Claim& claim) {
  MW_TRY(const auto found, database_.read([&](db::Session& session) { return rows::user_named(session, claim.name); }));
  const rows::StoredUser nobody;
  const rows::StoredUser& stored = found ? *found : nobody;
  MW_TRY(const bool right, passwords_.verify(stored.user.id, stored.password_hash, claim.password, claim.lane));
  if (!right) return std::nullopt;

  if (passwords_.outdated(stored.password_hash)) {
    const auto renewed = passwords_.hash(stored.user.id, claim.password);
    const Status written = renewed ? database_.transaction([&](db::Transaction& tx) {
      return rows::replace_hash(tx, stored.user.id, stored.password_hash, *renewed);
    })
                                   : fail(renewed.error());
    // The sign-in stands; the next one tries again.
    if (!written) log::failure("password not hashed anew", written.error());
  }
  return stored.user.id;
}

}  // namespace mailward::access
