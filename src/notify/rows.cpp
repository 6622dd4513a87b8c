#include "notify/rows.h"

#include <algorithm>

#include "base/bytes.h"

namespace mailward::notify::rows {

namespace {

constexpr std::string_view kAll = "all";
constexpr std::string_view kChannelColumns =
    "SELECT id, version, name, kind, host, port, security, user_name, from_address, url, proof, trust_pem, enabled, "
    "secret_id, resting, last_accepted, last_refused, last_refusal, created, updated, updated_by, last_remedy, "
    "turned_away FROM notice_channel";
constexpr std::string_view kSubscriptionColumns =
    "SELECT s.id, s.owner, s.channel_id, c.name, s.address, s.kinds, s.least_severity, s.updated, s.updated_by, "
    "s.confirmed "
    "FROM notice_subscription s JOIN notice_channel c ON c.id = s.channel_id";

/// What a row that somebody edited may hold is taken for the strictest that it could mean.
Channel channel_of(const db::Row& row) {
  Channel channel;
  channel.id = row.id<ChannelId>(0);
  channel.version = row.integer(1);
  channel.form.name = row.text(2);
  channel.form.kind = channel_kind_named(row.text(3)).value_or(ChannelKind::relay);
  channel.form.host = row.text(4);
  channel.form.port = static_cast<std::uint16_t>(std::clamp<std::int64_t>(row.integer(5), 0, 65535));
  channel.form.security = security_named(row.text(6)).value_or(Security::tls);
  channel.form.user = row.text(7);
  channel.form.from = row.text(8);
  channel.form.url = row.text(9);
  channel.form.proof = proof_named(row.text(10)).value_or(Proof::none);
  channel.form.trust_pem = row.text(11);
  channel.form.enabled = row.flag(12);
  channel.secret = row.maybe_id<secrets::SecretId>(13);
  channel.resting = row.maybe_time(14);
  channel.last_accepted = row.maybe_time(15);
  channel.last_refused = row.maybe_time(16);
  channel.last_refusal = row.text(17);
  channel.created = row.time(18);
  channel.updated = row.time(19);
  channel.updated_by = row.text(20);
  channel.last_remedy = row.text(21);
  channel.turned_away = row.maybe_time(22);
  return channel;
}

Subscription subscription_of(const db::Row& row) {
  Subscription one;
  one.id = row.id<SubscriptionId>(0);
  one.owner = row.text(1);
  one.channel = row.id<ChannelId>(2);
  one.channel_name = row.text(3);
  one.address = row.text(4);
  one.all = row.text(5) == kAll;
  for (std::string_view rest = one.all ? std::string_view() : row.text(5); !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(' '));
    if (!name.empty()) one.kinds.emplace_back(name);
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  const auto least = std::clamp<std::int64_t>(row.integer(6), 0, static_cast<std::int64_t>(Severity::alarm));
  one.least = static_cast<Severity>(least);
  one.updated = row.time(7);
  one.updated_by = row.text(8);
  one.confirmed = row.maybe_time(9);
  return one;
}

}  // namespace

Result<Channel> channel(db::Session& session, ChannelId id, std::string_view lock) {
  MW_TRY(const auto row, session.query_row(std::string(kChannelColumns).append(" WHERE id = $1").append(lock), {id}));
  if (!row) return fail(NotifyError::unknown_channel, "there is no channel " + id.text());
  return channel_of(*row);
}

Result<std::optional<ChannelId>> channel_named(db::Session& session, std::string_view name) {
  MW_TRY(const auto row, session.query_row("SELECT id FROM notice_channel WHERE name = $1", {name}));
  return row ? std::optional(row->id<ChannelId>(0)) : std::nullopt;
}

Result<std::vector<Channel>> channels(db::Session& session) {
  MW_TRY(const auto found, session.query(std::string(kChannelColumns) + " ORDER BY name, id"));
  std::vector<Channel> all;
  all.reserve(found.size());
  for (const db::Row& row : found) all.push_back(channel_of(row));
  return all;
}

Status insert(db::Transaction& tx, const Channel& channel) {
  const ChannelForm& form = channel.form;
  MW_CHECK(tx.execute(
      "INSERT INTO notice_channel (id, version, name, kind, host, port, security, user_name, from_address, url, proof, "
      "trust_pem, enabled, secret_id, created, updated, updated_by) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
      {channel.id, channel.version, form.name, name_of(form.kind), form.host, static_cast<int>(form.port),
       name_of(form.security), form.user, form.from, form.url, name_of(form.proof), form.trust_pem, form.enabled,
       channel.secret, channel.created, channel.updated, channel.updated_by}));
  return {};
}

Status update(db::Transaction& tx, const Channel& channel) {
  const ChannelForm& form = channel.form;
  MW_CHECK(tx.execute(
      "UPDATE notice_channel SET version = version + 1, name = $2, kind = $3, host = $4, port = $5, security = $6, "
      "user_name = $7, from_address = $8, url = $9, proof = $10, trust_pem = $11, enabled = $12, secret_id = $13, "
      "resting = $14, updated = $15, updated_by = $16, turned_away = NULL, next_try = NULL WHERE id = $1",
      {channel.id, form.name, name_of(form.kind), form.host, static_cast<int>(form.port), name_of(form.security),
       form.user, form.from, form.url, name_of(form.proof), form.trust_pem, form.enabled, channel.secret,
       channel.resting, channel.updated, channel.updated_by}));
  return {};
}

Result<std::vector<Subscription>> subscriptions(db::Session& session, std::optional<std::string_view> owner) {
  const std::string sql(kSubscriptionColumns);
  const std::string_view order = " ORDER BY s.owner, c.name, s.address";
  MW_TRY(const auto found, owner ? session.query(sql + " WHERE s.owner = $1" + std::string(order), {*owner})
                                 : session.query(sql + std::string(order)));
  std::vector<Subscription> all;
  all.reserve(found.size());
  for (const db::Row& row : found) all.push_back(subscription_of(row));
  return all;
}

Result<Subscription> subscription(db::Session& session, SubscriptionId id) {
  MW_TRY(const auto row, session.query_row(std::string(kSubscriptionColumns) + " WHERE s.id = $1", {id}));
  if (!row) return fail(NotifyError::unknown_subscription, "there is no subscription " + id.text());
  return subscription_of(*row);
}

}  // namespace mailward::notify::rows
