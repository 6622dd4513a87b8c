#include "access/totp_secrets.h"

#include "secrets/inventory.h"

namespace mailward::access::totp_secrets {

namespace {

constexpr std::string_view kPurpose = "user_totp";

Result<SecretString> open_one(db::Session& session, const secrets::SecretStore& store, UserId user,
                              const std::optional<secrets::SecretId>& secret) {
  if (!secret) return fail(AccessError::no_totp, "there is no one-time code secret");
  const std::string owner = user.text();
  return store.open(session, *secret, kPurpose, as_bytes(owner));
}

}  // namespace

Status begin(db::Transaction& tx, secrets::SecretStore& store, const rows::StoredUser& stored,
             const SecretString& secret) {
  if (stored.totp_pending) MW_CHECK(store.remove(tx, *stored.totp_pending));
  const std::string owner = stored.user.id.text();
  MW_TRY(const auto id, store.put(tx, kPurpose, as_bytes(owner), secret));
  MW_CHECK(tx.execute("UPDATE access_user SET totp_pending = $2 WHERE id = $1", {stored.user.id, id}));
  return {};
}

Result<SecretString> open(db::Session& session, const secrets::SecretStore& store, const rows::StoredUser& stored) {
  return open_one(session, store, stored.user.id, stored.totp);
}

Result<SecretString> open_pending(db::Session& session, const secrets::SecretStore& store,
                                  const rows::StoredUser& stored) {
  return open_one(session, store, stored.user.id, stored.totp_pending);
}

Status promote(db::Transaction& tx, secrets::SecretStore& store, const rows::StoredUser& stored, std::int64_t step,
               const By& by, Timestamp now) {
  if (stored.totp) MW_CHECK(store.remove(tx, *stored.totp));
  const UserId user = stored.user.id;
  MW_CHECK(
      tx.execute("UPDATE access_user SET totp_secret = totp_pending, totp_pending = NULL, totp_last_step = $2 "
                 "WHERE id = $1",
                 {user, step}));
  return secrets::record_secret(tx, {.kind = std::string(kPurpose),
                                     .id = user.text(),
                                     .opens = "Mailward as " + stored.user.name + ", with the password",
                                     .created = now,
                                     .last_used = now,
                                     .renew_by = std::nullopt,
                                     .set_by = by.actor.text()});
}

Status use_up(db::Transaction& tx, UserId user, std::int64_t step, Timestamp now) {
  MW_CHECK(tx.execute("UPDATE access_user SET totp_last_step = $2 WHERE id = $1", {user, step}));
  return secrets::record_use(tx, kPurpose, user.text(), now);
}

Status drop(db::Transaction& tx, secrets::SecretStore& store, const rows::StoredUser& stored) {
  if (stored.totp) MW_CHECK(store.remove(tx, *stored.totp));
  if (stored.totp_pending) MW_CHECK(store.remove(tx, *stored.totp_pending));
  const UserId user = stored.user.id;
  MW_CHECK(tx.execute("UPDATE access_user SET totp_secret = NULL, totp_pending = NULL WHERE id = $1", {user}));
  return secrets::forget_secret(tx, kPurpose, user.text());
}

}  // namespace mailward::access::totp_secrets
