#include "secrets/secret_store.h"

#include "secrets/seal.h"

namespace mailward::secrets {

namespace {

constexpr std::string_view kDataKeyPurpose = "data key of a secret";

Bytes id_bytes(SecretId id) {
  return to_bytes(std::to_string(id.value()));
}

}  // namespace

Result<SecretId> SecretStore::put(db::Transaction& tx, std::string_view purpose, BytesView associated_data,
                                  const SecretString& secret) {
  const SecretId id = SecretId::make(clock_);
  const SecretString data_key = random_master_key().bytes.clone();
  MW_TRY(const Bytes wrapped, keyring_.wrap(tx, kDataKeyPurpose, id_bytes(id), data_key));
  const Bytes sealed = seal(data_key, purpose, associated_data, secret);
  MW_CHECK(
      tx.execute("INSERT INTO sealed_secret (id, purpose, wrapped_key, sealed, created) VALUES ($1, $2, $3, $4, $5)",
                 {id, purpose, wrapped, sealed, clock_.now()}));
  return id;
}

Result<SecretString> SecretStore::open(db::Session& session, SecretId id, std::string_view purpose,
                                       BytesView associated_data) const {
  MW_TRY(const auto row, session.query_row("SELECT wrapped_key, sealed FROM sealed_secret WHERE id = $1", {id}));
  if (!row) return fail(SecretsError::unknown_secret, "there is no secret " + id.text());
  MW_TRY(const SecretString data_key, keyring_.unwrap(kDataKeyPurpose, id_bytes(id), row->bytes(0)));
  return secrets::open(data_key, purpose, associated_data, row->bytes(1));
}

Status SecretStore::remove(db::Transaction& tx, SecretId id) {
  MW_CHECK(tx.execute("DELETE FROM sealed_secret WHERE id = $1", {id}));
  return {};
}

Result<bool> SecretStore::exists(db::Session& session, SecretId id) const {
  MW_TRY(const auto row, session.query_row("SELECT 1 FROM sealed_secret WHERE id = $1", {id}));
  return row.has_value();
}

}  // namespace mailward::secrets
