#pragma once

#include <optional>
#include <string>

#include "base/secret.h"
#include "secrets/keyring.h"
#include "secrets/secret_store.h"

namespace mailward::secrets {

/// The recovery key: an X25519 pair (RFC 7748). What Mailward makes up and nobody knows is sealed to its public half a
/// second time, outside the database; its private half is shown once, to be kept elsewhere, and is then gone from here.
/// Thread-safe.
class RecoveryKey {
 public:
  /// Makes the pair where there is none. Errors: DbError; cannot_open where the public half in the database is not the
  /// one that was made here (somebody would have new passwords sealed to a key of his own).
  static Result<RecoveryKey> open(db::Database& database, Keyring& keyring, const Clock& clock);

  /// Seals to the public half (libsodium's sealed box: X25519, XSalsa20-Poly1305).
  Bytes seal(const SecretString& secret) const;
  /// Opens with the private half as shown; of a longer text its first line that is not empty is taken. Errors:
  /// cannot_open; malformed where it is no private half at all.
  static Result<SecretString> open_sealed(BytesView sealed, const SecretString& private_half);

  /// Sixteen hexadecimal digits that name the pair: no secret.
  const std::string& id() const { return id_; }
  /// Whether the private half was shown, and when; nothing: it still lies here.
  static Result<std::optional<Timestamp>> taken(db::Session& session);
  /// The private half, as text of one line ("mailward-recovery-key-1 …"), and is gone with the transaction's commit.
  /// Errors: unknown_secret where it was taken already.
  static Result<SecretString> take(db::Transaction& tx, SecretStore& store, Timestamp now);
  /// Drops the pair, so that open() makes another: what was sealed before opens with the old private half alone.
  static Status renew(db::Transaction& tx, SecretStore& store);

 private:
  RecoveryKey(Bytes public_half, std::string id) : public_half_(std::move(public_half)), id_(std::move(id)) {}
  Bytes public_half_;
  std::string id_;
};

}  // namespace mailward::secrets
