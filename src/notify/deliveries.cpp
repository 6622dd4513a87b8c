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
  if (parts_.may_hear && !claimed->owner.empty()) {
    MW_TRY(const bool may, may_go(*claimed, channel));
    if (!may) {
      MW_CHECK(parts_.database.transaction([&](db::Transaction& tx) {
        return outbox::drop(tx, *claimed, "whoever subscribed may not see this any more", parts_.clock.now());
      }));
      return true;
    }
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
  return !attempt.password_refused;
}

/// Whether anybody may still hear it who subscribed that address there: the delivery bears one of their names.
Result<bool> Deliveries::may_go(const outbox::Claimed& claimed, ChannelId channel) const {
  MW_TRY(const bool may, parts_.may_hear(claimed.owner));
  if (may) return true;
  std::vector<std::string> others;
  MW_CHECK(parts_.database.read([&](db::Session& session) -> Status {
    MW_TRY(const auto row, session.query_row("SELECT n.kind, n.severity FROM notice n JOIN notice_delivery d ON "
                                             "d.notice_id = n.id WHERE d.id = $1",
                                             {claimed.id}));
    if (!row) return {};
    MW_TRY(const auto subscriptions, rows::subscriptions(session, std::nullopt));
    for (const Subscription& one : subscriptions) {
      const bool same_way = one.channel == channel && one.address == claimed.address && one.owner != claimed.owner;
      if (same_way && one.wants(row->text(0), static_cast<Severity>(row->integer(1)))) others.push_back(one.owner);
    }
    return {};
  }));
  for (const std::string& owner : others) {
    if (owner.empty()) return true;
    MW_TRY(const bool other, parts_.may_hear(owner));
    if (other) return true;
  }
  return false;
}

Attempt Deliveries::send(const Channel& channel, const std::string& address, const Message& message,
                         const std::stop_token& stop) const {
  const auto secret = parts_.channels.open_secret(channel);
  if (!secret) {
    return Attempt().failing_at(Stage::sign_in, "the stored password cannot be opened: " + secret.error().message(),
                                "edit the channel and type the password again");
  }
  const Way way{
      .channel = channel, .secret = *secret, .resolver = parts_.resolver, .destinations = parts_.destinations};
  const Deadline deadline = Deadline::after(pacing_.patience);
  return channel.form.kind == ChannelKind::relay ? send_by_relay(way, address, message, deadline, stop)
                                                 : send_by_webhook(way, message, deadline, stop);
}

Status Deliveries::note(db::Transaction& tx, const Channel& channel, const Attempt& attempt) const {
  const Timestamp now = parts_.clock.now();
  if (channel.secret) MW_CHECK(secrets::record_use(tx, name_of(channel.form.kind), channel.id.text(), now));
  if (attempt.outcome == Attempt::Outcome::accepted) {
    MW_CHECK(tx.execute("UPDATE notice_channel SET last_accepted = $2 WHERE id = $1", {channel.id, now}));
    return {};
  }
  MW_CHECK(tx.execute("UPDATE notice_channel SET last_refused = $2, last_refusal = $3 WHERE id = $1",
                      {channel.id, now, one_line(attempt.said, 400)}));
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

Result<Deliveries::TestReport> Deliveries::test(ChannelId id, const std::string& to, const By& by,
                                                const std::stop_token& stop) {
  {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, pacing_.patience, [&] { return !busy_.contains(id); })) {
      return fail(Error(NotifyError::channel_busy, "something is being sent by this channel, and takes its time")
                      .with_remedy("try again in half a minute"));
    }
    busy_.insert(id);
  }
  const Turn turn(*this, id);
  MW_TRY(const Channel channel, parts_.database.read([&](db::Session& session) { return rows::channel(session, id); }));
  const bool relay = channel.form.kind == ChannelKind::relay;
  TestReport report;
  report.to = relay ? trimmed(to.empty() ? channel.form.from : to) : std::string();
  if (const auto problem = relay ? address_problem(report.to) : std::nullopt) {
    return fail(form_error({{"to", *problem}}));
  }
  const Timestamp now = parts_.clock.now();
  report.notice = NoticeId::make(parts_.clock);
  const auto delivery = DeliveryId::make(parts_.clock);
  const Notice notice{.kind = "test",
                      .subject = "channel:" + id.text(),
                      .title = "Test of the channel " + channel.form.name,
                      .text = "Somebody asked Mailward to send this. If you read it, the channel works.",
                      .severity = Severity::info};
  const PostedNotice posted{.id = report.notice, .notice = notice, .posted = now, .last_posted = now, .deliveries = {}};
  if (channel.resting) {
    report.attempt =
        Attempt().failing_at(Stage::sign_in, std::string(kRested), "edit the channel and type the password");
    report.attempt.outcome = Attempt::Outcome::refused;
  } else {
    report.attempt = send(channel, report.to, message_of(delivery, posted), stop);
  }
  const bool accepted = report.attempt.outcome == Attempt::Outcome::accepted;
  const bool refused = report.attempt.outcome == Attempt::Outcome::refused;
  MW_CHECK(parts_.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(
        tx.execute("INSERT INTO notice (id, kind, subject, title, body, severity, posted, last_posted, times, sealed) "
                   "VALUES ($1, $2, $3, $4, $5, 0, $6, $6, 1, 1)",
                   {report.notice, notice.kind, notice.subject, notice.title, notice.text, now}));
    MW_CHECK(tx.execute(
        "INSERT INTO notice_delivery (id, notice_id, channel_id, channel_name, owner, address, state, due, attempts, "
        "leased_until, lease, held, lead_id, said, ended) VALUES ($1, $2, $3, $4, '', $5, $6, $7, 1, 0, '', 0, NULL, "
        "$8, $9)",
        {delivery, report.notice, id, channel.form.name, report.to,
         accepted  ? "sent"
         : refused ? "refused"
                   : "given_up",
         now, one_line(report.attempt.said, 400), parts_.clock.now()}));
    if (!channel.resting) MW_CHECK(note(tx, channel, report.attempt));
    return parts_.channels.note_test(tx, channel, report.to, accepted, by);
  }));
  return report;
}

}  // namespace mailward::notify
