#include "secrets/keyring.h"

#include <algorithm>

#include "base/log.h"
#include "secrets/inventory.h"
#include "secrets/seal.h"

namespace mailward::secrets {

namespace {

constexpr std::string_view kCheckPurpose = "master key check";
constexpr std::string_view kSubKeyPurpose = "sub-key";
constexpr std::string_view kDataKeyPurpose = "data key of a secret";
constexpr std::size_t kIdSize = 8;

/// What the database says about its master key.
struct Check {
  Bytes key_id;
  Bytes sealed;
};

Result<std::optional<Check>> read_check(db::Session& session, std::string_view lock) {
  MW_TRY(const auto row,
         session.query_row("SELECT key_id, key_check FROM master_key WHERE id = 1" + std::string(lock)));
  if (!row) return std::nullopt;
  return Check{.key_id = row->bytes(0), .sealed = row->bytes(1)};
}

bool fits(const MasterKey& key, const Check& check) {
  return key.id() == check.key_id && open(key.bytes, kCheckPurpose, check.key_id, check.sealed).has_value();
}

/// `stands`: there is a key file, with a key that does not fit.
Error no_fitting_key(const std::filesystem::path& key_file, bool stands) {
  if (!stands) {
    return Error(SecretsError::lost_master_key, "the master key file " + key_file.string() +
                                                    " is not there, and the database holds data sealed under it")
        .with_remedy(
            "Put the file back from your copy of it. Without it no stored password can be opened: then start with a "
            "new database and type all passwords anew.");
  }
  return Error(SecretsError::wrong_master_key,
               "the master key file " + key_file.string() + " holds another key than the one of this database")
      .with_remedy("Put back the key that belongs to this database (a restored older copy needs the key of its time).");
}

Error no_check() {
  return Error(SecretsError::wrong_master_key, "the database holds sealed data but no longer says under which key")
      .with_remedy("The database was changed from outside: restore a copy of it.");
}

Status write_check(db::Transaction& tx, const MasterKey& key, Timestamp now, std::string_view set_by) {
  const Bytes id = key.id();
  MW_CHECK(
      tx.execute("INSERT INTO master_key (id, key_id, key_check, since) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO "
                 "UPDATE SET key_id = excluded.key_id, key_check = excluded.key_check, since = excluded.since",
                 {id, seal(key.bytes, kCheckPurpose, id, SecretString("mailward")), now}));
  return record_secret(tx, {.kind = std::string(kMasterKeyKind),
                            .id = "master",
                            .opens = "every secret that is sealed in the database",
                            .created = now,
                            .last_used = std::nullopt,
                            .renew_by = std::nullopt,
                            .set_by = std::string(set_by)});
}

Result<bool> anything_sealed(db::Session& session) {
  MW_TRY(const auto row, session.query_row("SELECT 1 FROM sub_key UNION ALL SELECT 1 FROM sealed_secret LIMIT 1"));
  return row.has_value();
}

/// Sealed under the master key, which is named before it.
Bytes wrap_under(const MasterKey& master, std::string_view purpose, BytesView associated_data,
                 const SecretString& key) {
  Bytes wrapped = master.id();
  const Bytes sealed = seal(master.bytes, purpose, associated_data, key);
  wrapped.insert(wrapped.end(), sealed.begin(), sealed.end());
  return wrapped;
}

Result<SecretString> unwrap_under(const MasterKey& master, std::string_view purpose, BytesView associated_data,
                                  BytesView wrapped) {
  if (wrapped.size() < kIdSize) return fail(SecretsError::cannot_open, "sealed data is cut off");
  return open(master.bytes, purpose, associated_data, wrapped.subspan(kIdSize));
}

Bytes id_bytes(std::int64_t id) {
  return to_bytes(std::to_string(id));
}

Status rewrap_sub_keys(db::Transaction& tx, const MasterKey& from, const MasterKey& to) {
  MW_TRY(const auto rows, tx.query("SELECT name, sealed FROM sub_key ORDER BY name" + std::string(tx.lock_rows())));
  for (const db::Row& row : rows) {
    const BytesView name = as_bytes(row.text(0));
    MW_TRY(const SecretString key, unwrap_under(from, kSubKeyPurpose, name, row.bytes(1)));
    MW_CHECK(tx.execute("UPDATE sub_key SET sealed = $2 WHERE name = $1",
                        {row.text(0), wrap_under(to, kSubKeyPurpose, name, key)}));
  }
  return {};
}

Status rewrap_data_keys(db::Transaction& tx, const MasterKey& from, const MasterKey& to) {
  MW_TRY(const auto rows,
         tx.query("SELECT id, wrapped_key FROM sealed_secret ORDER BY id" + std::string(tx.lock_rows())));
  for (const db::Row& row : rows) {
    const Bytes id = id_bytes(row.integer(0));
    MW_TRY(const SecretString key, unwrap_under(from, kDataKeyPurpose, id, row.bytes(1)));
    MW_CHECK(tx.execute("UPDATE sealed_secret SET wrapped_key = $2 WHERE id = $1",
                        {row.integer(0), wrap_under(to, kDataKeyPurpose, id, key)}));
  }
  return {};
}

/// What a kill left behind while a key file was being written: keys that never came into use.
void remove_parts(const std::filesystem::path& key_file) {
  std::error_code ignored;
  const std::filesystem::path folder = key_file.has_parent_path() ? key_file.parent_path() : ".";
  const std::string name = key_file.filename().string();
  for (const auto& file : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string found = file.path().filename().string();
    if (found.starts_with(name + ".part-") || found.starts_with(name + ".next.part-")) {
      std::filesystem::remove(file.path(), ignored);
    }
  }
}

}  // namespace

Keyring::Keyring(db::Database& database, std::filesystem::path key_file, const Clock& clock)
    : database_(database), key_file_(std::move(key_file)), clock_(clock) {}

std::filesystem::path Keyring::next_file() const {
  return key_file_.string() + ".next";
}

Result<std::unique_ptr<Keyring>> Keyring::open(db::Database& database, const std::filesystem::path& key_file,
                                               const Clock& clock) {
  auto keyring = std::unique_ptr<Keyring>(new Keyring(database, key_file, clock));
  remove_parts(key_file);
  MW_CHECK(keyring->settle());
  return keyring;
}

Result<std::optional<Bytes>> Keyring::look(db::Database& database, const std::filesystem::path& key_file) {
  MW_TRY(const auto key, read_master_key(key_file));
  MW_TRY(const auto next, read_master_key(key_file.string() + ".next"));
  std::optional<Check> check;
  bool sealed = false;
  MW_CHECK(database.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(check, read_check(tx, ""));
    MW_TRY(sealed, anything_sealed(tx));
    return {};
  }));
  if (!check) {
    if (sealed) return fail(no_check());
    return key ? std::optional(key->id()) : std::nullopt;
  }
  if ((key && fits(*key, *check)) || (next && fits(*next, *check))) return check->key_id;
  return fail(no_fitting_key(key_file, key.has_value()));
}

Result<SecretString> Keyring::existing_sub_key(db::Database& database, const std::filesystem::path& key_file,
                                               std::string_view name) {
  MW_TRY(const auto key, read_master_key(key_file));
  MW_TRY(const auto next, read_master_key(key_file.string() + ".next"));
  std::optional<Check> check;
  std::optional<Bytes> sealed;
  MW_CHECK(database.read([&](db::Session& session) -> Status {
    MW_TRY(check, read_check(session, ""));
    MW_TRY(const auto row, session.query_row("SELECT sealed FROM sub_key WHERE name = $1", {name}));
    sealed = row ? std::optional(row->bytes(0)) : std::nullopt;
    return {};
  }));
  if (!check) return fail(no_check());
  const MasterKey* fitting = key && fits(*key, *check) ? &*key : next && fits(*next, *check) ? &*next : nullptr;
  if (fitting == nullptr) return fail(no_fitting_key(key_file, key.has_value()));
  if (!sealed) return fail(SecretsError::cannot_open, "the database holds no key named '" + std::string(name) + "'");
  return unwrap_under(*fitting, kSubKeyPurpose, as_bytes(name), *sealed);
}

void Keyring::hold(MasterKey key) {
  const std::scoped_lock lock(mutex_);
  if (current_ && current_->id() == key.id()) return;
  previous_ = std::move(current_);
  current_ = std::make_shared<const MasterKey>(std::move(key));
}

Status Keyring::settle() {
  MW_TRY(auto key, read_master_key(key_file_));
  MW_TRY(auto next, read_master_key(next_file()));
  // Locked, so that a rotation whose COMMIT is still under way somewhere has ended when we look.
  struct Found {
    std::optional<Check> check;
    bool sealed = false;
  };
  MW_TRY(const Found found, database_.transaction([&](db::Transaction& tx) -> Result<Found> {
    Found read;
    MW_TRY(read.check, read_check(tx, tx.lock_rows()));
    MW_TRY(read.sealed, anything_sealed(tx));
    return read;
  }));

  if (!found.check) {
    if (found.sealed) return fail(no_check());
    if (!key) {
      key = random_master_key();
      MW_CHECK(write_new_master_key(key_file_, *key));
      log::info("made a new master key", {{"file", key_file_.string()}});
    }
    MW_CHECK(
        database_.transaction([&](db::Transaction& tx) { return write_check(tx, *key, clock_.now(), kSetByItself); }));
    hold(*std::move(key));
    return {};
  }
  if (key && fits(*key, *found.check)) {
    // A rotation that did not come as far as its commit.
    std::error_code ignored;
    if (next) std::filesystem::remove(next_file(), ignored);
    hold(*std::move(key));
    return {};
  }
  if (next && fits(*next, *found.check)) {
    MW_CHECK(replace_master_key_file(next_file(), key_file_));
    log::info("finished an interrupted rotation of the master key", {{"file", key_file_.string()}});
    hold(*std::move(next));
    return {};
  }
  return fail(no_fitting_key(key_file_, key.has_value()));
}

Result<SecretString> Keyring::sub_key(std::string_view name) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = sub_keys_.find(name); known != sub_keys_.end()) return known->second.clone();
  }
  const BytesView bound = as_bytes(name);
  MW_TRY(const Bytes wrapped, database_.transaction([&](db::Transaction& tx) -> Result<Bytes> {
    MW_TRY(const auto row, tx.query_row("SELECT sealed FROM sub_key WHERE name = $1", {name}));
    if (row) return row->bytes(0);
    MW_TRY(const Bytes made, wrap(tx, kSubKeyPurpose, bound, random_master_key().bytes));
    // Another process may have been faster; its key stands.
    const Timestamp now = clock_.now();
    MW_TRY(const auto inserted,
           tx.execute("INSERT INTO sub_key (name, sealed, created) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
                      {name, made, now}));
    if (inserted == 1) {
      MW_CHECK(record_secret(tx, {.kind = std::string(kSubKeyKind),
                                  .id = std::string(name),
                                  .opens = "what is hashed or authenticated as \"" + std::string(name) + "\"",
                                  .created = now,
                                  .last_used = std::nullopt,
                                  .renew_by = std::nullopt,
                                  .set_by = std::string(kSetByItself)}));
    }
    MW_TRY(const auto stands, tx.query_row("SELECT sealed FROM sub_key WHERE name = $1", {name}));
    if (!stands) return fail(db::DbError::retry, "the sub-key is not there yet");
    return stands->bytes(0);
  }));
  MW_TRY(SecretString key, unwrap(kSubKeyPurpose, bound, wrapped));
  const std::scoped_lock lock(mutex_);
  sub_keys_.insert_or_assign(std::string(name), key.clone());
  return key;
}

Result<Sha256> Keyring::keyed_hash(std::string_view name, BytesView data) {
  MW_TRY(const SecretString key, sub_key(name));
  return hmac_sha256(key.reveal_bytes(), data);
}

Bytes Keyring::master_key_id() const {
  const std::scoped_lock lock(mutex_);
  return current_->id();
}

Result<Bytes> Keyring::wrap(db::Transaction& tx, std::string_view purpose, BytesView associated_data,
                            const SecretString& data_key) {
  // FOR SHARE: many may seal at once, and a rotation waits for them and they for it.
  const bool shared = tx.backend() == db::Backend::postgresql;
  MW_TRY(const auto check, read_check(tx, shared ? " FOR SHARE" : ""));
  std::shared_ptr<const MasterKey> master;
  {
    const std::scoped_lock lock(mutex_);
    master = current_;
  }
  if (!check || check->key_id != master->id()) {
    // The rotation has been committed but this keyring does not hold the new key yet: a moment later it does.
    return fail(db::DbError::retry, "the master key is being rotated");
  }
  return wrap_under(*master, purpose, associated_data, data_key);
}

Result<SecretString> Keyring::unwrap(std::string_view purpose, BytesView associated_data, BytesView wrapped) const {
  std::shared_ptr<const MasterKey> master;
  {
    const std::scoped_lock lock(mutex_);
    master = current_;
    const Bytes current = current_->id();
    const bool older = wrapped.size() >= kIdSize && !std::equal(current.begin(), current.end(), wrapped.begin());
    if (older && previous_) master = previous_;
  }
  return unwrap_under(*master, purpose, associated_data, wrapped);
}

Result<std::int64_t> Keyring::check_all(db::Session& session) const {
  std::int64_t opened = 0;
  const auto check = [&](std::string_view purpose, BytesView bound, BytesView wrapped) -> Status {
    MW_TRY(const SecretString key, unwrap(purpose, bound, wrapped));
    ++opened;
    return {};
  };
  MW_CHECK(session.each("SELECT name, sealed FROM sub_key", {}, [&](const db::Row& row) {
    return check(kSubKeyPurpose, as_bytes(row.text(0)), row.bytes(1));
  }));
  MW_CHECK(session.each("SELECT id, wrapped_key FROM sealed_secret", {}, [&](const db::Row& row) {
    return check(kDataKeyPurpose, id_bytes(row.integer(0)), row.bytes(1));
  }));
  return opened;
}

Status Keyring::rotate_master_key(std::string_view set_by) {
  const std::scoped_lock one_at_a_time(rotation_);
  MW_CHECK(settle());
  std::shared_ptr<const MasterKey> old_key;
  {
    const std::scoped_lock lock(mutex_);
    old_key = current_;
  }
  MasterKey new_key = random_master_key();
  MW_CHECK(write_new_master_key(next_file(), new_key));
  const Status resealed = database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto check, read_check(tx, tx.lock_rows()));
    if (!check || check->key_id != old_key->id()) {
      return fail(SecretsError::wrong_master_key, "the master key was rotated elsewhere at the same time");
    }
    MW_CHECK(rewrap_sub_keys(tx, *old_key, new_key));
    MW_CHECK(rewrap_data_keys(tx, *old_key, new_key));
    return write_check(tx, new_key, clock_.now(), set_by);
  });
  if (!resealed) {
    // Committed or not: the database's check tells, and the files follow it.
    if (const Status settled = settle(); !settled)
      log::failure("the master key's files could not be put in order", settled.error());
    return resealed;
  }
  hold(std::move(new_key));
  return replace_master_key_file(next_file(), key_file_);
}

}  // namespace mailward::secrets
