#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "notify/channels.h"
#include "notify/rows.h"

/// An address gets nothing before its owner has typed the code that was sent to it.
namespace mailward::notify {

namespace {

constexpr std::string_view kCodeKey = "notice_code";

/// Under a key, for eight digits are found in a second by whoever reads the database.
Result<std::string> hash_of(secrets::Keyring& keyring, SubscriptionId id, const SecretString& code) {
  MW_TRY(const Sha256 hash, keyring.keyed_hash(kCodeKey, as_bytes(id.text() + ":" + std::string(code.reveal()))));
  return to_hex(hash);
}

}  // namespace

Result<SecretString> Channels::make_code(SubscriptionId id) const {
  constexpr std::uint32_t kCodes = 100'000'000;
  const SecretString code(fmt::format("{:08}", random_below(kCodes)));
  const Timestamp now = clock_.now();
  // Before the transaction: the keyring may need one of its own.
  MW_TRY(const std::string hash, hash_of(keyring_, id, code));
  MW_CHECK(database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const Subscription one, rows::subscription(tx, id));
    MW_TRY(const auto sent, tx.query_row("SELECT COUNT(*) FROM notice_delivery d JOIN notice n ON n.id = d.notice_id "
                                         "WHERE n.kind = 'confirmation' AND n.posted > $3 AND n.posted <= $4 AND "
                                         "(d.owner = $1 OR d.address = $2)",
                                         {one.owner, one.address, now - std::chrono::hours(1), now}));
    if (sent && sent->integer(0) >= kMostCodesAnHour) {
      return fail(Error(NotifyError::too_many_codes, "five codes were sent within an hour")
                      .with_remedy("look into the mailbox, also among what was taken for junk, or wait an hour"));
    }
    MW_CHECK(tx.execute("UPDATE notice_subscription SET code_hash = $2, code_made = $3, code_tries = 0 WHERE id = $1",
                        {id, hash, now}));
    return {};
  }));
  return code.clone();
}

Result<Subscription> Channels::confirm(SubscriptionId id, const SecretString& code, const By& by) {
  const Timestamp now = clock_.now();
  MW_TRY(const std::string shown, hash_of(keyring_, id, code));
  bool right = false;
  MW_TRY(Subscription after, database_.transaction([&](db::Transaction& tx) -> Result<Subscription> {
    MW_TRY(Subscription one, rows::subscription(tx, id));
    if (one.confirmed) {
      right = true;
      return one;
    }
    MW_TRY(const auto row,
           tx.query_row("SELECT code_hash, code_made, code_tries FROM notice_subscription WHERE id = $1" +
                            std::string(tx.lock_rows()),
                        {id}));
    const auto made = row ? row->maybe_time(1) : std::nullopt;
    const bool stands = made && *made <= now && now < *made + kCodeLife && row->integer(2) < kMostCodeTries;
    const std::string wanted = row ? row->text(0) : std::string();
    right = stands && !wanted.empty() && SecretString(wanted).equals(SecretString(shown));
    if (!right) {
      MW_CHECK(tx.execute("UPDATE notice_subscription SET code_tries = code_tries + 1 WHERE id = $1", {id}));
      return one;
    }
    MW_CHECK(tx.execute("UPDATE notice_subscription SET confirmed = $2, code_hash = '', code_made = NULL WHERE id = $1",
                        {id, now}));
    one.confirmed = now;
    const nlohmann::json details{{"owner", one.owner}, {"channel", one.channel_name}, {"address", one.address}};
    MW_CHECK(append(tx, by, "notice_subscription.confirm", "notice_subscription", id.text(), details.dump()));
    return one;
  }));
  if (right) return after;
  return fail(Error(NotifyError::wrong_code, "this code does not confirm the address")
                  .with_remedy("type the newest one that was sent, within half an hour; after five wrong ones, and "
                               "later, let another one be sent"));
}

}  // namespace mailward::notify
