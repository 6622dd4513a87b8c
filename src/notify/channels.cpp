#include "notify/channels.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/tls.h"
#include "notify/outbox.h"
#include "notify/rows.h"
#include "notify/text.h"
#include "secrets/inventory.h"

namespace mailward::notify {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kSecretLimit = 1000;

std::string purpose_of(ChannelKind kind) {
  return std::string(name_of(kind));  // also its kind in the inventory
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// As the trail shows it: no password, no path of a webhook, trust by its certificates' hash.
Json told(const Channel& channel) {
  const ChannelForm& form = channel.form;
  Json json{{"name", form.name},
            {"kind", name_of(form.kind)},
            {"destination", channel.shown_destination()},
            {"enabled", form.enabled}};
  const auto trust = CertificateTrust::from_pem(form.trust_pem);
  json["trust"] = form.trust_pem.empty() ? "system" : trust ? trust->identity() : "unreadable";
  if (form.kind == ChannelKind::relay) {
    json["security"] = name_of(form.security);
    json["user"] = form.user;
    json["from"] = form.from;
  } else {
    json["proof"] = name_of(form.proof);
  }
  return json;
}

Json told(const Subscription& one) {
  return {{"owner", one.owner},
          {"channel", one.channel_name},
          {"address", one.address},
          {"kinds", one.all ? Json("all") : Json(one.kinds)},
          {"least_severity", name_of(one.least)},
          {"confirmed", one.confirmed.has_value()}};
}

/// {"before": …, "after": …}, each with only the fields that differ.
Json change(const Json& before, const Json& after) {
  Json differing{{"before", Json::object()}, {"after", Json::object()}};
  for (const auto& [field, value] : after.items()) {
    const auto old = before.find(field);
    if (old != before.end() && *old == value) continue;
    if (old != before.end()) differing["before"][field] = *old;
    differing["after"][field] = value;
  }
  return differing;
}

/// What no protocol below could carry, or would carry as something else.
std::optional<std::string> secret_problem(const ChannelForm& form, const SecretString& password) {
  const std::string_view text = password.reveal();
  if (text.empty()) return "is empty";
  if (text.size() > kSecretLimit) return "is longer than 1,000 bytes";
  if (!is_utf8(text)) return "is not UTF-8";
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) return "may hold no line ends";
  if (form.proof == Proof::bearer && text.contains(' ')) return "may hold no spaces";
  return std::nullopt;
}

Status check(const ChannelForm& form, const std::optional<SecretString>& password) {
  auto problems = check_form(form);
  if (password && !form.takes_secret()) {
    const bool relay = form.kind == ChannelKind::relay;
    problems.push_back({relay ? "user" : "proof",
                        relay ? "a password was given, and no user's name" : "a secret was given, and no use for it"});
  } else if (password) {
    if (auto problem = secret_problem(form, *password)) problems.push_back({"password", *std::move(problem)});
  }
  return problems.empty() ? Status() : fail(form_error(problems));
}

Status check_name_free(db::Session& session, const std::string& name, ChannelId self) {
  MW_TRY(const auto standing, rows::channel_named(session, name));
  if (!standing || *standing == self) return {};
  return fail(NotifyError::already_exists, "a channel '" + name + "' stands there already");
}

Status check_version(const Channel& channel, std::int64_t version) {
  if (channel.version == version) return {};
  return fail(Error(NotifyError::version_conflict,
                    "the channel '" + channel.form.name + "' was changed in the meantime, by " + channel.updated_by)
                  .with_remedy("look at it as it is now, and decide again"));
}

}  // namespace

Channels::Channels(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock)
    : database_(database), keyring_(keyring), store_(keyring, clock), trail_(trail), clock_(clock) {}

Status Channels::append(db::Transaction& tx, const By& by, std::string_view action, std::string_view kind,
                        const std::string& id, const std::string& details, std::string_view outcome) const {
  MW_CHECK(trail_.append(tx, {.by = by,
                              .action = std::string(action),
                              .object_kind = std::string(kind),
                              .object_id = id,
                              .outcome = std::string(outcome),
                              .details = details}));
  return {};
}

Status Channels::store_secret(db::Transaction& tx, Channel& channel, const SecretString& password, const By& by) const {
  MW_TRY(const std::string destination, destination_text(channel.form));
  const std::string purpose = purpose_of(channel.form.kind);
  // Sealed for another destination it does not open, and counts as another.
  const auto standing = channel.secret
                            ? store_.open(tx, *channel.secret, purpose, sealing_context(channel.id, destination))
                            : fail(secrets::SecretsError::unknown_secret, "none");
  const bool same = standing && standing->equals(password);
  MW_TRY(const Timestamp made, secrets::made_when(tx, purpose, channel.id.text(), same, clock_.now()));
  MW_CHECK(drop_secret(tx, channel));
  MW_TRY(channel.secret, store_.put(tx, purpose, sealing_context(channel.id, destination), password));
  const std::string as = channel.form.user.empty() ? std::string() : " as " + channel.form.user;
  return secrets::record_secret(tx, {.kind = purpose,
                                     .id = channel.id.text(),
                                     .opens = "notices by " + channel.shown_destination() + as,
                                     .created = made,
                                     .last_used = std::nullopt,
                                     .renew_by = std::nullopt,
                                     .set_by = by.actor.text()});
}

Status Channels::drop_secret(db::Transaction& tx, Channel& channel) const {
  if (!channel.secret) return {};
  MW_CHECK(store_.remove(tx, *channel.secret));
  channel.secret.reset();
  for (const ChannelKind kind : {ChannelKind::relay, ChannelKind::webhook}) {
    MW_CHECK(secrets::forget_secret(tx, name_of(kind), channel.id.text()));
  }
  return {};
}

Result<std::vector<Channel>> Channels::list() const {
  return database_.read([&](db::Session& session) { return rows::channels(session); });
}

Result<Channel> Channels::find(std::string_view id_or_name) const {
  const std::string wanted = trimmed(id_or_name);
  return database_.read([&](db::Session& session) -> Result<Channel> {
    if (const auto id = ChannelId::parse(wanted)) {
      auto found = rows::channel(session, *id);
      if (found || !found.error().is(NotifyError::unknown_channel)) return found;
    }
    std::optional<ChannelId> named;
    if (is_utf8(wanted) && !wanted.contains('\0')) {
      MW_TRY(named, rows::channel_named(session, wanted));
    }
    if (named) return rows::channel(session, *named);
    return fail(NotifyError::unknown_channel, "there is no channel '" + printable(wanted) + "'");
  });
}

Result<Channel> Channels::create(const ChannelForm& form, const std::optional<SecretString>& password, const By& by) {
  Channel made;
  made.form = tidied(form);
  MW_CHECK(check(made.form, password));
  if (made.form.takes_secret() && !password) {
    return fail(form_error({{"password", "is missing: the form says that there is one"}}));
  }
  made.id = ChannelId::make(clock_);
  made.version = 1;
  made.created = made.updated = clock_.now();
  made.updated_by = by.actor.text();
  return database_.transaction([&](db::Transaction& tx) -> Result<Channel> {
    MW_TRY(const auto standing, rows::channels(tx));
    if (standing.size() >= kMostChannels) {
      return fail(form_error({{"name", "there are 50 channels, as many as there may be"}}));
    }
    MW_CHECK(check_name_free(tx, made.form.name, made.id));
    made.secret.reset();
    if (password) MW_CHECK(store_secret(tx, made, *password, by));
    MW_CHECK(rows::insert(tx, made));
    Json details{{"after", told(made)}};
    details["after"]["password"] = password ? "typed" : "none";
    MW_CHECK(append(tx, by, "notice_channel.create", "notice_channel", made.id.text(), text_of(details)));
    return made;
  });
}

Result<Channel> Channels::update(ChannelId id, std::int64_t version, const ChannelForm& form,
                                 const std::optional<SecretString>& password, const By& by) {
  const ChannelForm wanted = tidied(form);
  MW_CHECK(check(wanted, password));
  return database_.transaction([&](db::Transaction& tx) -> Result<Channel> {
    MW_TRY(const Channel before, rows::channel(tx, id, tx.lock_rows()));
    MW_CHECK(check_version(before, version));
    MW_CHECK(check_name_free(tx, wanted.name, id));
    if (wanted.kind != before.form.kind) {
      return fail(form_error({{"kind", "stays as it was: make another channel"}}));
    }
    Channel after = before;
    after.form = wanted;
    after.updated = clock_.now();
    after.updated_by = by.actor.text();
    after.resting.reset();
    const auto destination_before = destination_text(before.form);
    MW_TRY(const std::string destination, destination_text(wanted));
    if (password) {
      MW_CHECK(store_secret(tx, after, *password, by));
    } else if (!wanted.takes_secret()) {
      MW_CHECK(drop_secret(tx, after));
    } else if (!before.secret || !destination_before || *destination_before != destination) {
      const std::string changed = destination_before ? difference(*destination_before, destination) : "its destination";
      return fail(Error(NotifyError::password_must_be_typed,
                        "the password goes only where it was typed for: " + changed + " changed")
                      .with_remedy("type the password again"));
    } else if (before.resting) {
      // What was refused is not tried again because somebody renamed the channel.
      after.resting = before.resting;
    }
    MW_CHECK(rows::update(tx, after));
    MW_CHECK(outbox::hurry(tx, id, after.updated));
    Json details = change(told(before), told(after));
    details["after"]["password"] = password ? "typed" : after.secret ? "unchanged" : "none";
    MW_CHECK(append(tx, by, "notice_channel.update", "notice_channel", id.text(), text_of(details)));
    return rows::channel(tx, id);
  });
}

Status Channels::remove(ChannelId id, std::int64_t version, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(Channel before, rows::channel(tx, id, tx.lock_rows()));
    MW_CHECK(check_version(before, version));
    const Json details{{"before", told(before)}};
    MW_CHECK(drop_secret(tx, before));
    MW_CHECK(tx.execute("DELETE FROM notice_subscription WHERE channel_id = $1", {id}));
    MW_CHECK(
        tx.execute("UPDATE notice_delivery SET state = 'dropped', said = 'the channel was removed', ended = $2 "
                   "WHERE channel_id = $1 AND state IN ('waiting', 'joined')",
                   {id, clock_.now()}));
    MW_CHECK(tx.execute("DELETE FROM notice_channel WHERE id = $1", {id}));
    return append(tx, by, "notice_channel.delete", "notice_channel", id.text(), text_of(details));
  });
}

Result<std::optional<SecretString>> Channels::open_secret(const Channel& channel) const {
  if (!channel.form.takes_secret()) return std::nullopt;
  if (!channel.secret) {
    return fail(Error(NotifyError::password_must_be_typed, "the channel '" + channel.form.name + "' has no password")
                    .with_remedy("edit the channel and type it"));
  }
  MW_TRY(const std::string destination, destination_text(channel.form));
  return database_.read([&](db::Session& session) -> Result<std::optional<SecretString>> {
    MW_TRY(auto secret, store_.open(session, *channel.secret, purpose_of(channel.form.kind),
                                    sealing_context(channel.id, destination)));
    return std::optional<SecretString>(std::move(secret));
  });
}

Result<std::vector<Subscription>> Channels::subscriptions(std::optional<std::string_view> owner) const {
  return database_.read([&](db::Session& session) { return rows::subscriptions(session, owner); });
}

Result<Subscription> Channels::subscription(SubscriptionId id) const {
  return database_.read([&](db::Session& session) { return rows::subscription(session, id); });
}

Result<Subscription> Channels::subscribe(const SubscriptionForm& form, const By& by) {
  const SubscriptionForm wanted = {.owner = form.owner,
                                   .channel = form.channel,
                                   .address = trimmed(form.address),
                                   .all = form.all,
                                   .kinds = form.all ? std::vector<std::string>() : form.kinds,
                                   .least = form.least,
                                   .vouched = form.vouched};
  const auto id = SubscriptionId::make(clock_);
  return database_.transaction([&](db::Transaction& tx) -> Result<Subscription> {
    MW_TRY(const Channel channel, rows::channel(tx, wanted.channel, tx.lock_rows()));
    auto problems = check_form(wanted, channel.form.kind);
    MW_TRY(const auto standing, rows::subscriptions(tx, std::nullopt));
    const Subscription* before = nullptr;
    std::size_t of_owner = 0;
    const Timestamp now = clock_.now();
    std::optional<Timestamp> confirmed;
    if (wanted.vouched || channel.form.kind == ChannelKind::webhook) confirmed = now;
    for (const Subscription& one : standing) {
      if (one.owner != wanted.owner) continue;
      ++of_owner;
      if (one.address == wanted.address && one.confirmed) confirmed = std::min(confirmed.value_or(now), *one.confirmed);
      if (one.channel == wanted.channel && one.address == wanted.address) before = &one;
    }
    if (before == nullptr && (standing.size() >= kMostSubscriptions || of_owner >= kMostOfOwner)) {
      problems.push_back({"address", "there are as many subscriptions as there may be: 20 of one, 1,000 of all"});
    }
    if (!problems.empty()) return fail(form_error(problems));

    std::string kinds;
    for (const std::string& kind : wanted.kinds) kinds += (kinds.empty() ? "" : " ") + kind;
    MW_CHECK(tx.execute(
        "INSERT INTO notice_subscription (id, owner, channel_id, address, kinds, least_severity, updated, updated_by, "
        "confirmed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (owner, channel_id, address) DO UPDATE SET "
        "kinds = excluded.kinds, least_severity = excluded.least_severity, updated = excluded.updated, "
        "updated_by = excluded.updated_by, confirmed = excluded.confirmed",
        {id, wanted.owner, wanted.channel, wanted.address, wanted.all ? std::string("all") : kinds,
         static_cast<int>(wanted.least), now, by.actor.text(), confirmed}));
    MW_TRY(Subscription after, rows::subscription(tx, before != nullptr ? before->id : id));
    const Json details = before != nullptr ? change(told(*before), told(after)) : Json{{"after", told(after)}};
    MW_CHECK(append(tx, by, before != nullptr ? "notice_subscription.update" : "notice_subscription.create",
                    "notice_subscription", after.id.text(), text_of(details)));
    return after;
  });
}

Status Channels::unsubscribe(SubscriptionId id, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const Subscription before, rows::subscription(tx, id));
    MW_CHECK(tx.execute("DELETE FROM notice_subscription WHERE id = $1", {id}));
    // What others want there is looked at when it is due.
    MW_CHECK(
        tx.execute("UPDATE notice_delivery SET state = 'dropped', said = 'the subscription was removed', "
                   "ended = $3 WHERE channel_id = $1 AND address = $2 AND state = 'waiting' AND leased_until <= $3 "
                   "AND NOT EXISTS (SELECT 1 FROM notice_subscription s WHERE s.channel_id = $1 AND "
                   "s.address = $2)",
                   {before.channel, before.address, clock_.now()}));
    return append(tx, by, "notice_subscription.delete", "notice_subscription", id.text(),
                  text_of(Json{{"before", told(before)}}));
  });
}

Status Channels::forget_owner(std::string_view owner, const By& by) {
  MW_TRY(const auto standing, subscriptions(owner));
  for (const Subscription& one : standing) {
    const auto gone = unsubscribe(one.id, by);
    if (!gone && !gone.error().is(NotifyError::unknown_subscription)) return gone;
  }
  return {};
}

Status Channels::note_test(db::Transaction& tx, const Channel& channel, const std::string& to, bool accepted,
                           const By& by) const {
  const Json details{{"name", channel.form.name}, {"destination", channel.shown_destination()}, {"to", to}};
  return append(tx, by, "notice_channel.test", "notice_channel", channel.id.text(), text_of(details),
                accepted ? "ok" : "failed");
}

}  // namespace mailward::notify
