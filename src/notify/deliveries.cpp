#include "notify/deliveries.h"

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "notify/rows.h"
#include "notify/text.h"
#include "secrets/inventory.h"

namespace mailward::notify {

namespace {

constexpr std::size_t kThreads = 8;
constexpr std::string_view kRested = "the password was refused before; it is not tried again until it is typed anew";

}  // namespace

/// The one thread that sends by a channel, as long as it lives.
class Deliveries::Turn {
 public:
  Turn(Deliveries& deliveries, ChannelId channel) : deliveries_(deliveries), channel_(channel) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    {
      const std::scoped_lock lock(deliveries_.mutex_);
      deliveries_.busy_.erase(channel_);
    }
    deliveries_.freed_.notify_all();
  }

 private:
  Deliveries& deliveries_;
  const ChannelId channel_;
};

Deliveries::Deliveries(Parts parts, Pacing pacing)
    : parts_(std::move(parts)), pacing_(std::move(pacing)), pool_("notices", kThreads, Channels::kMostChannels) {}

Deliveries::~Deliveries() {
  stop_.request_stop();
}

Status Deliveries::take_up() {
  return parts_.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(tx.execute(
        "UPDATE notice_delivery SET leased_until = 0, lease = '' WHERE state = 'waiting' AND leased_until > 0"));
    return {};
  });
}

Status Deliveries::deliver_due() {
  MW_TRY(const auto channels,
         parts_.database.read([&](db::Session& session) { return outbox::due_channels(session, parts_.clock.now()); }));
  for (const ChannelId channel : channels) {
    {
      const std::scoped_lock lock(mutex_);
      if (!busy_.insert(channel).second) continue;
    }
    auto turn = std::make_unique<Turn>(*this, channel);
    // Where the pool is full it is due again in a second.
    MW_CHECK(pool_.submit([this, channel, held = std::move(turn)] { drain(channel); }));
  }
  return {};
}

void Deliveries::drain(ChannelId channel) {
  while (!stop_.stop_requested()) {
    const auto more = deliver_one(channel);
    if (!more) log::failure("delivering notices", more.error());
    if (!more || !*more) return;
  }
}

Result<bool> Deliveries::deliver_one(ChannelId channel) {
  std::optional<Channel> by;
  MW_TRY(const auto claimed,
         parts_.database.transaction([&](db::Transaction& tx) -> Result<std::optional<outbox::Claimed>> {
           const auto standing = rows::channel(tx, channel);
           if (!standing && standing.error().is(NotifyError::unknown_channel)) return std::nullopt;
           MW_TRY(by, standing);
           return outbox::claim(tx, channel, pacing_, parts_.clock.now());
         }));
  if (!claimed) return false;
  MW_TRY(const auto nobodys, unwanted(*claimed, channel));
  if (!nobodys.empty()) {
    MW_CHECK(parts_.database.transaction([&](db::Transaction& tx) {
      return outbox::drop(tx, *claimed, nobodys, "nobody is subscribed any more who may see this", parts_.clock.now());
    }));
    return true;
  }
  const Attempt attempt = send(*by, claimed->address, claimed->message, stop_.get_token());
  if (stop_.stop_requested() && attempt.outcome == Attempt::Outcome::failed) return false;
  MW_CHECK(parts_.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(outbox::settle(tx, *claimed, attempt, pacing_, parts_.clock.now()));
    return note(tx, *by, attempt);
  }));
  if (attempt.outcome == Attempt::Outcome::accepted) return true;
  log::warn("notice not delivered", {{"channel", by->form.name},
                                     {"delivery", claimed->id.text()},
                                     {"attempt", std::to_string(claimed->attempts)},
                                     {"said", attempt.said}});
  return !attempt.password_refused && !attempt.turned_away;
}

Result<std::vector<DeliveryId>> Deliveries::unwanted(const outbox::Claimed& claimed, ChannelId channel) const {
  MW_TRY(const auto subscriptions,
         parts_.database.read([](db::Session& session) { return rows::subscriptions(session, std::nullopt); }));
  const auto may_go = [&](const outbox::Claimed::Part& part) -> Result<bool> {
    const Kind* kind = kind_named(part.kind);
    for (const Subscription& one : subscriptions) {
      const bool same_way = one.channel == channel && one.address == claimed.address && one.confirmed;
      if (!same_way || !one.wants(part.kind, part.severity)) continue;
      if (one.owner.empty() || !parts_.may_hear) return true;
      if (kind == nullptr) continue;
      MW_TRY(const bool may, parts_.may_hear(one.owner, *kind));
      if (may) return true;
    }
    return false;
  };
  std::vector<DeliveryId> nobodys;
  for (const outbox::Claimed::Part& part : claimed.parts) {
    MW_TRY(const bool goes, may_go(part));
    if (!goes) nobodys.push_back(part.id);
  }
  return nobodys;
}

Attempt Deliveries::send(const Channel& channel, const std::string& address, const Message& message,
                         const std::stop_token& stop) const {
  const auto secret = parts_.channels.open_secret(channel);
  if (!secret) {
    return Attempt().failing_at(Stage::sign_in, "the stored password cannot be opened: " + secret.error().message(),
                                "edit the channel and type the password again");
  }
  const House house = parts_.house ? parts_.house() : House();
  const Way way{.channel = channel,
                .secret = *secret,
                .resolver = parts_.resolver,
                .destinations = parts_.destinations,
                .house = house};
  const Deadline deadline = Deadline::after(pacing_.patience);
  return channel.form.kind == ChannelKind::relay ? send_by_relay(way, address, message, deadline, stop)
                                                 : send_by_webhook(way, message, deadline, stop);
}

Status Deliveries::note(db::Transaction& tx, const Channel& channel, const Attempt& attempt) const {
  const Timestamp now = parts_.clock.now();
  if (channel.secret) MW_CHECK(secrets::record_use(tx, name_of(channel.form.kind), channel.id.text(), now));
  if (attempt.outcome == Attempt::Outcome::accepted) {
    MW_CHECK(
        tx.execute("UPDATE notice_channel SET last_accepted = $2, last_remedy = '' WHERE id = $1", {channel.id, now}));
    // The first that goes well takes along what waits.
    return channel.turned_away ? outbox::hurry(tx, channel.id, now) : Status();
  }
  MW_CHECK(tx.execute("UPDATE notice_channel SET last_refused = $2, last_refusal = $3, last_remedy = $4 WHERE id = $1",
                      {channel.id, now, one_line(attempt.said, 400), one_line(attempt.remedy, 400)}));
  if (attempt.turned_away) {
    MW_CHECK(tx.execute("UPDATE notice_channel SET turned_away = COALESCE(turned_away, $2) WHERE id = $1",
                        {channel.id, now}));
  }
  // Unless another password was typed meanwhile.
  if (attempt.password_refused) {
    MW_CHECK(tx.execute("UPDATE notice_channel SET resting = $2 WHERE id = $1 AND secret_id = $3",
                        {channel.id, now, channel.secret}));
  }
  return {};
}

Status Deliveries::tidy(Timestamp before) {
  return parts_.database.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const std::int64_t given_up, outbox::give_up_stale(tx, pacing_, parts_.clock.now()));
    if (given_up > 0) log::warn("notices given up", {{"count", std::to_string(given_up)}});
    MW_CHECK(drop_notices_before(tx, before));
    return {};
  });
}

Status Deliveries::take_turn(ChannelId channel) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, pacing_.patience, [&] { return !busy_.contains(channel); })) {
    return fail(Error(NotifyError::channel_busy, "something is being sent by this channel, and takes its time")
                    .with_remedy("try again in half a minute"));
  }
  busy_.insert(channel);
  return {};
}

Result<Deliveries::TestReport> Deliveries::send_now(
    const Channel& channel, const std::string& owner, const std::string& to, Notice notice, const std::string& stored,
    const std::stop_token& stop, const std::function<Status(db::Transaction&, const Attempt&)>& more) {
  const Timestamp now = parts_.clock.now();
  TestReport report{.attempt = {}, .notice = NoticeId::make(parts_.clock), .to = to};
  const auto delivery = DeliveryId::make(parts_.clock);
  const PostedNotice posted{
      .id = report.notice, .notice = std::move(notice), .posted = now, .last_posted = now, .deliveries = {}};
  if (channel.resting) {
    report.attempt =
        Attempt().failing_at(Stage::sign_in, std::string(kRested), "edit the channel and type the password");
    report.attempt.outcome = Attempt::Outcome::refused;
  } else {
    report.attempt = send(channel, to, message_of(delivery, posted), stop);
  }
  const bool accepted = report.attempt.outcome == Attempt::Outcome::accepted;
  const bool refused = report.attempt.outcome == Attempt::Outcome::refused;
  MW_CHECK(parts_.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(
        tx.execute("INSERT INTO notice (id, kind, subject, title, body, severity, posted, last_posted, times, sealed) "
                   "VALUES ($1, $2, $3, $4, $5, 0, $6, $6, 1, 1)",
                   {report.notice, posted.notice.kind, posted.notice.subject, posted.notice.title, stored, now}));
    MW_CHECK(tx.execute(
        "INSERT INTO notice_delivery (id, notice_id, channel_id, channel_name, owner, address, state, due, attempts, "
        "leased_until, lease, held, lead_id, said, ended) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 0, '', 0, NULL, "
        "$9, $10)",
        {delivery, report.notice, channel.id, channel.form.name, owner, to,
         accepted  ? "sent"
         : refused ? "refused"
                   : "given_up",
         now, one_line(report.attempt.said, 400), parts_.clock.now()}));
    if (!channel.resting) MW_CHECK(note(tx, channel, report.attempt));
    return more ? more(tx, report.attempt) : Status();
  }));
  return report;
}

Result<Deliveries::TestReport> Deliveries::test(ChannelId id, const std::string& to, const By& by,
                                                const std::stop_token& stop) {
  MW_CHECK(take_turn(id));
  const Turn turn(*this, id);
  MW_TRY(const Channel channel, parts_.database.read([&](db::Session& session) { return rows::channel(session, id); }));
  const bool relay = channel.form.kind == ChannelKind::relay;
  const std::string address = relay ? trimmed(to.empty() ? channel.form.from : to) : std::string();
  if (const auto problem = relay ? address_problem(address) : std::nullopt) {
    return fail(form_error({{"to", *problem}}));
  }
  Notice notice{.kind = "test",
                .subject = "channel:" + id.text(),
                .title = "Test of the channel " + channel.form.name,
                .text = "Somebody asked Mailward to send this. If you read it, the channel works.",
                .severity = Severity::info};
  const std::string text = notice.text;
  return send_now(
      channel, {}, address, std::move(notice), text, stop, [&](db::Transaction& tx, const Attempt& attempt) {
        return parts_.channels.note_test(tx, channel, address, attempt.outcome == Attempt::Outcome::accepted, by);
      });
}

Status Deliveries::send_code(SubscriptionId id, const std::stop_token& stop) {
  MW_TRY(const Subscription one, parts_.channels.subscription(id));
  if (one.confirmed) return {};
  MW_CHECK(take_turn(one.channel));
  const Turn turn(*this, one.channel);
  MW_TRY(const Channel channel,
         parts_.database.read([&](db::Session& session) { return rows::channel(session, one.channel); }));
  MW_TRY(const SecretString code, parts_.channels.make_code(id));
  constexpr std::string_view kAsked =
      "Somebody wants to get Mailward's notices at this address. If it was you, type this code on the page Notices, "
      "within half an hour:";
  constexpr std::string_view kElse =
      "If it was not you, do nothing: nothing else comes to this address, and the code is worth nothing elsewhere.";
  Notice notice{.kind = "confirmation",
                .subject = "subscription:" + id.text(),
                .title = "Is this address yours?",
                .text = std::string(kAsked) + "\n\n    " + std::string(code.reveal()) + "\n\n" + std::string(kElse),
                .severity = Severity::info};
  MW_TRY(const TestReport report,
         send_now(channel, one.owner, one.address, std::move(notice),
                  "A code was sent to the address, by which its owner confirms it.", stop, {}));
  if (report.attempt.outcome == Attempt::Outcome::accepted) return {};
  return fail(Error(NotifyError::code_not_sent, "the code could not be sent: " + report.attempt.said)
                  .with_remedy("have somebody test the channel who may change it, then let another code be sent"));
}

}  // namespace mailward::notify
