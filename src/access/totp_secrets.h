#pragma once

#include "access/rows.h"
#include "access/source.h"
#include "secrets/secret_store.h"

/// The secrets of users' one-time codes: sealed, bound to their user. Internal to access/.
namespace mailward::access::totp_secrets {

/// Makes it the user's pending one, in place of another.
Status begin(db::Transaction& tx, secrets::SecretStore& store, const rows::StoredUser& stored,
             const SecretString& secret);
/// Errors: no_totp where the user has none; SecretsError.
Result<SecretString> open(db::Session& session, const secrets::SecretStore& store, const rows::StoredUser& stored);
Result<SecretString> open_pending(db::Session& session, const secrets::SecretStore& store,
                                  const rows::StoredUser& stored);
/// The pending one comes into force in place of the old; the code of `step` is used up.
Status promote(db::Transaction& tx, secrets::SecretStore& store, const rows::StoredUser& stored, std::int64_t step,
               const By& by, Timestamp now);
/// Codes up to that step are used up.
Status use_up(db::Transaction& tx, UserId user, std::int64_t step, Timestamp now);
/// Both, where there are any.
Status drop(db::Transaction& tx, secrets::SecretStore& store, const rows::StoredUser& stored);

}  // namespace mailward::access::totp_secrets
