#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "db/database.h"
#include "secrets/inventory.h"
#include "secrets/master_key.h"

namespace mailward::secrets {

/// Opens all keys: the master key from its file, and the random sub-keys (audit, refusal, …) and the data key of every
/// sealed secret, which stand in the database sealed under it. Thread-safe.
///
/// Rotation reseals what is sealed under the master key: sub-keys and data keys, never the secrets themselves, so it
/// needs no room's help and is one transaction. In order: the new key is written to "<file>.next" and synced; sub-keys,
/// data keys and the key check are resealed and committed; "<file>.next" is renamed over the file. After a kill at any
/// point open() finds in the database's check which of the two files is the key, and puts the files in order.
class Keyring {
 public:
  /// Reads the key file, or makes it where neither it nor anything sealed exists (first start). Errors:
  /// lost_master_key, wrong_master_key (a key is never made anew over sealed data), malformed_key_file, io, DbError.
  static Result<std::unique_ptr<Keyring>> open(db::Database& database, const std::filesystem::path& key_file,
                                               const Clock& clock = Clock::system());

  /// The id of the key that open() would take into force; nothing where there is neither a key file nor anything
  /// sealed. Only reads. Errors: as open().
  static Result<std::optional<Bytes>> look(db::Database& database, const std::filesystem::path& key_file);

  /// The sub-key of that name as it stands, for those who only look (at a copy of the database, say): makes nothing and
  /// writes nothing. Errors: as open(); cannot_open where there is none of that name.
  static Result<SecretString> existing_sub_key(db::Database& database, const std::filesystem::path& key_file,
                                               std::string_view name);

  /// 32 random bytes that belong to `name`, made at the first call ("audit", "refusal").
  Result<SecretString> sub_key(std::string_view name);
  /// HMAC-SHA256 under the sub-key of that name: what can be recognised again but not read back.
  Result<Sha256> keyed_hash(std::string_view name, BytesView data);

  /// A new master key; `set_by` is the text form of the actor who asked for it. The caller holds the service lock.
  /// Others may seal and open meanwhile. Errors: as open(); after an error the old key or the new one is in force,
  /// whole, and open() tells.
  Status rotate_master_key(std::string_view set_by = kSetByItself);
  /// Opens every sub-key and the data key of every sealed secret, and says how many: the proof that nothing was lost.
  /// Errors: cannot_open.
  Result<std::int64_t> check_all(db::Session& session) const;

  /// The master key's name in the database: eight bytes, no secret.
  Bytes master_key_id() const;

  /// For SecretStore: seals a data key under the master key; the row that names the master key is locked against a
  /// rotation until the transaction ends.
  Result<Bytes> wrap(db::Transaction& tx, std::string_view purpose, BytesView associated_data,
                     const SecretString& data_key);
  Result<SecretString> unwrap(std::string_view purpose, BytesView associated_data, BytesView wrapped) const;

 private:
  Keyring(db::Database& database, std::filesystem::path key_file, const Clock& clock);
  /// Makes files and memory agree with the database's check.
  Status settle();
  std::filesystem::path next_file() const;
  void hold(MasterKey key);

  db::Database& database_;
  const std::filesystem::path key_file_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const MasterKey> current_;
  /// Kept after a rotation for those who still read an older snapshot.
  std::shared_ptr<const MasterKey> previous_;
  std::map<std::string, SecretString, std::less<>> sub_keys_;
  std::mutex rotation_;
};

}  // namespace mailward::secrets
