#include "connections/refusal_memory.h"

namespace mailward::connections {

namespace {

constexpr std::string_view kSubKey = "refusal";

/// How many passwords are remembered of one account.
constexpr std::int64_t kMostOfOne = 64;
constexpr std::int64_t kMostInWindow = 5;
constexpr std::chrono::days kWithoutAccount{7};
constexpr std::chrono::days kAfterDeletion{1};

/// Not those of directory readers and reset accounts ("reader:…", "resetter:…"), which go with their passwords.
Status forget_what_nobody_bears(db::Transaction& tx, Timestamp now) {
  MW_CHECK(
      tx.execute("DELETE FROM tried_password WHERE at < $1 AND account NOT LIKE 'reader:%' AND account NOT LIKE "
                 "'resetter:%' AND NOT EXISTS (SELECT 1 "
                 "FROM service_account AS one WHERE one.normalised = tried_password.account OR "
                 "'sid:' || one.sid = tried_password.account)",
                 {now - kWithoutAccount}));
  return {};
}

Status forget_all_but_newest(db::Transaction& tx, std::string_view account) {
  MW_CHECK(
      tx.execute("DELETE FROM tried_password WHERE account = $1 AND hash NOT IN (SELECT hash FROM tried_password WHERE "
                 "account = $1 ORDER BY at DESC, hash LIMIT $2)",
                 {account, kMostOfOne}));
  return {};
}

db::TransactionOptions durably() {
  return {.durability = db::Durability::full};
}

void append_with_length(Bytes& bytes, std::string_view text) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(text.size()) >> shift));
  }
  bytes.insert(bytes.end(), text.begin(), text.end());
}

}  // namespace

RefusalMemory::RefusalMemory(db::Database& database, secrets::Keyring& keyring, const Clock& clock)
    : database_(database), keyring_(keyring), clock_(clock) {}

Result<Bytes> RefusalMemory::hash(std::string_view account, const SecretString& password) const {
  Bytes both;
  // Never moved by growing: an outgrown buffer would keep the password unwiped.
  both.reserve(account.size() + password.size() + 2 * sizeof(std::uint64_t));
  append_with_length(both, account);
  append_with_length(both, password.reveal());
  const auto hashed = keyring_.keyed_hash(kSubKey, both);
  wipe(both);
  if (!hashed) return fail(hashed.error());
  return Bytes(hashed->begin(), hashed->end());
}

Result<std::optional<TriedPassword>> RefusalMemory::recall(std::string_view account,
                                                           const SecretString& password) const {
  MW_TRY(const auto key, hash(account, password));
  return database_.read([&](db::Session& session) -> Result<std::optional<TriedPassword>> {
    MW_TRY(const auto row,
           session.query_row("SELECT state, at, failure_class, pwd_last_set FROM tried_password WHERE account = $1 AND "
                             "hash = $2",
                             {account, key}));
    if (!row) return std::nullopt;
    return TriedPassword{
        .state = row->text(0) == "refused" ? TriedPassword::State::refused : TriedPassword::State::being_tried,
        .at = row->time(1),
        .failure_class = row->text(2),
        .pwd_last_set = row->maybe_time(3)};
  });
}

Result<std::optional<Timestamp>> RefusalMemory::braked_until(std::string_view account) const {
  const Timestamp since = clock_.now() - kUsualLockoutWindow;
  return database_.read([&](db::Session& session) -> Result<std::optional<Timestamp>> {
    MW_TRY(const auto row,
           session.query_row("SELECT at FROM tried_password WHERE account = $1 AND state = 'refused' AND at > $2 ORDER "
                             "BY at DESC LIMIT 1 OFFSET $3",
                             {account, since, kMostInWindow - 1}));
    if (!row) return std::nullopt;
    return row->time(0) + kUsualLockoutWindow;
  });
}

Status RefusalMemory::begin_try(std::string_view account, const SecretString& password,
                                std::optional<Timestamp> pwd_last_set) {
  MW_TRY(const auto key, hash(account, password));
  const Timestamp now = clock_.now();
  return database_.transaction(
      [&](db::Transaction& tx) -> Status {
        MW_CHECK(tx.execute(
            "INSERT INTO tried_password (account, hash, state, at, failure_class, pwd_last_set) VALUES ($1, $2, "
            "'being_tried', $3, '', $4) ON CONFLICT (account, hash) DO UPDATE SET state = excluded.state, at = "
            "excluded.at, failure_class = excluded.failure_class, pwd_last_set = excluded.pwd_last_set",
            {account, key, now, pwd_last_set}));
        // A controller that lags behind shows an older time, never a newer one.
        if (pwd_last_set) {
          MW_CHECK(tx.execute("DELETE FROM tried_password WHERE account = $1 AND pwd_last_set < $2",
                              {account, *pwd_last_set}));
        }
        MW_CHECK(forget_all_but_newest(tx, account));
        return forget_what_nobody_bears(tx, now);
      },
      durably());
}

Status RefusalMemory::refused(std::string_view account, const SecretString& password, std::string_view failure_class) {
  return keep(account, password, failure_class, clock_.now());
}

Status RefusalMemory::restore(std::string_view account, const SecretString& password, const TriedPassword& refused) {
  return keep(account, password, refused.failure_class, refused.at);
}

Status RefusalMemory::keep(std::string_view account, const SecretString& password, std::string_view failure_class,
                           Timestamp at) {
  MW_TRY(const auto key, hash(account, password));
  return database_.transaction(
      [&](db::Transaction& tx) -> Status {
        MW_CHECK(
            tx.execute("INSERT INTO tried_password (account, hash, state, at, failure_class, pwd_last_set) VALUES "
                       "($1, $2, 'refused', $3, $4, NULL) ON CONFLICT (account, hash) DO UPDATE SET state = "
                       "excluded.state, at = excluded.at, failure_class = excluded.failure_class",
                       {account, key, at, failure_class}));
        return {};
      },
      durably());
}

Status RefusalMemory::forget(std::string_view account, const SecretString& password) {
  MW_TRY(const auto key, hash(account, password));
  return database_.transaction(
      [&](db::Transaction& tx) -> Status {
        MW_CHECK(tx.execute("DELETE FROM tried_password WHERE account = $1 AND hash = $2", {account, key}));
        return {};
      },
      durably());
}

Status RefusalMemory::forget_all(db::Transaction& tx, std::string_view account) {
  MW_CHECK(tx.execute("DELETE FROM tried_password WHERE account = $1", {account}));
  return {};
}

Status RefusalMemory::forget_deleted(db::Transaction& tx, const std::vector<std::string>& names, Timestamp now) {
  for (const std::string& name : names) {
    MW_CHECK(tx.execute("DELETE FROM tried_password WHERE account = $1 AND at < $2", {name, now - kAfterDeletion}));
  }
  return {};
}

}  // namespace mailward::connections
