#include "notify/outbox.h"

#include <algorithm>

#include "base/digest.h"

namespace mailward::notify::outbox {

namespace {

constexpr std::int64_t kMostInDigest = 1000;
constexpr std::size_t kMostChannels = 100;

struct Due {
  DeliveryId id;
  NoticeId notice;
  std::string owner;
  std::string address;
  std::int64_t attempts = 0;
  bool held = false;
};

/// Nothing waits longer than that by any rule here: what is written down as later was so by a clock that had run ahead,
/// and is due.
constexpr std::chrono::hours kLongestWait{12};
/// Of a delivery `d` and its channel `c`; $1 is now, $2 the latest moment that anything waits for.
constexpr std::string_view kIsDue =
    "d.state = 'waiting' AND (d.due <= $1 OR d.due > $2) AND (d.leased_until <= $1 OR d.leased_until > $2) AND "
    "c.enabled = 1 AND c.resting IS NULL AND (c.next_try IS NULL OR c.next_try <= $1 OR c.next_try > $2)";

Result<std::optional<Due>> longest_due(db::Transaction& tx, ChannelId channel, Timestamp now) {
  MW_TRY(
      const auto row,
      tx.query_row("SELECT d.id, d.notice_id, d.owner, d.address, d.attempts, d.held FROM notice_delivery d "
                   "WHERE d.channel_id = $3 AND EXISTS (SELECT 1 FROM notice_channel c WHERE c.id = d.channel_id AND " +
                       std::string(kIsDue) + ") ORDER BY d.due, d.id LIMIT 1" + std::string(tx.lock_rows_not_taken()),
                   {now, now + kLongestWait, channel}));
  if (!row) return std::nullopt;
  return Due{.id = row->id<DeliveryId>(0),
             .notice = row->id<NoticeId>(1),
             .owner = row->text(2),
             .address = row->text(3),
             .attempts = row->integer(4),
             .held = row->flag(5)};
}

/// When there is place for another message to that address; nothing where there is now.
Result<std::optional<Timestamp>> place_free_at(db::Session& session, ChannelId channel, const std::string& address,
                                               int most_an_hour, Timestamp now) {
  MW_TRY(
      const auto sent,
      session.query("SELECT ended FROM notice_delivery WHERE channel_id = $1 AND address = $2 AND state = 'sent' AND "
                    "lead_id IS NULL AND ended > $3 AND ended <= $5 ORDER BY ended DESC LIMIT $4",
                    {channel, address, now - std::chrono::hours(1), most_an_hour, now}));
  if (static_cast<int>(sent.size()) < most_an_hour) return std::nullopt;
  return sent.back().time(0) + std::chrono::hours(1);
}

/// All that is due with it, and everything that waited for a place, goes with it.
Status join_others(db::Transaction& tx, ChannelId channel, const Due& lead, Timestamp now) {
  MW_CHECK(tx.execute(
      "UPDATE notice_delivery SET state = 'joined', lead_id = $1 WHERE id IN (SELECT id FROM notice_delivery WHERE "
      "channel_id = $2 AND address = $3 AND state = 'waiting' AND due <= $4 AND leased_until <= $4 AND id <> $1 "
      "ORDER BY due, id LIMIT $5)",
      {lead.id, channel, lead.address, now, kMostInDigest}));
  return {};
}

/// The notices that it carries, oldest first. From here on nothing is counted into them any more.
Result<std::vector<PostedNotice>> carried(db::Transaction& tx, const Due& lead) {
  constexpr std::string_view kCarried =
      " IN (SELECT notice_id FROM notice_delivery WHERE id = $1 OR (lead_id = $1 AND state = 'joined'))";
  MW_CHECK(tx.execute("UPDATE notice SET sealed = 1 WHERE id" + std::string(kCarried), {lead.id}));
  MW_TRY(const auto found,
         tx.query("SELECT id FROM notice WHERE id" + std::string(kCarried) + " ORDER BY id", {lead.id}));
  std::vector<PostedNotice> notices;
  notices.reserve(found.size());
  for (const db::Row& row : found) {
    MW_TRY(auto one, find_notice(tx, row.id<NoticeId>(0)));
    notices.push_back(std::move(one));
  }
  return notices;
}

/// Whether it was the channel that failed, and not this message.
bool failed_on_the_way(const Attempt& attempt) {
  return !attempt.stages.empty() && attempt.stages.back().outcome == StageReport::Outcome::failed &&
         attempt.stages.back().stage != Stage::accept;
}

std::chrono::minutes all_of(const Pacing& pacing) {
  std::chrono::minutes all{0};
  for (const std::chrono::minutes pause : pacing.pauses) all += pause;
  return all;
}

/// Whether it is still ours; locks the row.
Result<bool> still_ours(db::Transaction& tx, const Claimed& claimed) {
  MW_TRY(const auto row,
         tx.query_row("SELECT 1 FROM notice_delivery WHERE id = $1 AND lease = $2 AND state = 'waiting'" +
                          std::string(tx.lock_rows()),
                      {claimed.id, claimed.lease}));
  return row.has_value();
}

/// With the severity that each notice has.
Result<std::vector<Claimed::Part>> parts_of(db::Session& session, DeliveryId lead) {
  MW_TRY(const auto found,
         session.query("SELECT d.id, n.kind, n.severity FROM notice_delivery d JOIN notice n ON n.id = d.notice_id "
                       "WHERE d.id = $1 OR (d.lead_id = $1 AND d.state = 'joined') ORDER BY d.id = $1 DESC, d.id",
                       {lead}));
  std::vector<Claimed::Part> parts;
  parts.reserve(found.size());
  for (const db::Row& row : found) {
    const auto severity = std::clamp<std::int64_t>(row.integer(2), 0, static_cast<std::int64_t>(Severity::alarm));
    parts.push_back({.id = row.id<DeliveryId>(0), .kind = row.text(1), .severity = static_cast<Severity>(severity)});
  }
  return parts;
}

Status end(db::Transaction& tx, const Claimed& claimed, std::string_view state, std::string_view said, Timestamp now) {
  MW_CHECK(
      tx.execute("UPDATE notice_delivery SET state = $2, said = $3, ended = $4, leased_until = 0 "
                 "WHERE id = $1 OR (lead_id = $1 AND state = 'joined')",
                 {claimed.id, state, said, now}));
  return {};
}

}  // namespace

Result<std::vector<ChannelId>> due_channels(db::Session& session, Timestamp now) {
  MW_TRY(const auto found,
         session.query("SELECT c.id FROM notice_channel c WHERE EXISTS (SELECT 1 FROM notice_delivery d WHERE "
                       "d.channel_id = c.id AND " +
                           std::string(kIsDue) + ") LIMIT $3",
                       {now, now + kLongestWait, static_cast<std::int64_t>(kMostChannels)}));
  std::vector<ChannelId> channels;
  channels.reserve(found.size());
  for (const db::Row& row : found) channels.push_back(row.id<ChannelId>(0));
  return channels;
}

Result<std::optional<Claimed>> claim(db::Transaction& tx, ChannelId channel, const Pacing& pacing, Timestamp now) {
  while (true) {
    MW_TRY(const auto due, longest_due(tx, channel, now));
    if (!due) return std::nullopt;
    MW_TRY(const auto free_at, place_free_at(tx, channel, due->address, pacing.most_an_hour, now));
    if (free_at) {
      MW_CHECK(
          tx.execute("UPDATE notice_delivery SET due = $4, held = 1 WHERE channel_id = $1 AND address = $2 AND "
                     "state = 'waiting' AND due <= $3 AND leased_until <= $3",
                     {channel, due->address, now, *free_at}));
      continue;
    }
    if (due->held) MW_CHECK(join_others(tx, channel, *due, now));
    MW_TRY(const auto notices, carried(tx, *due));
    MW_TRY(auto parts, parts_of(tx, due->id));
    Claimed claimed{.id = due->id,
                    .lease = random_uuid(),
                    .owner = due->owner,
                    .address = due->address,
                    .attempts = due->attempts + 1,
                    .message = notices.size() == 1 ? message_of(due->id, notices.front()) : digest_of(due->id, notices),
                    .parts = std::move(parts)};
    MW_CHECK(tx.execute("UPDATE notice_delivery SET lease = $2, leased_until = $3, attempts = $4 WHERE id = $1",
                        {claimed.id, claimed.lease, now + pacing.lease, claimed.attempts}));
    return claimed;
  }
}

Status settle(db::Transaction& tx, const Claimed& claimed, const Attempt& attempt, const Pacing& pacing,
              Timestamp now) {
  MW_TRY(const bool ours, still_ours(tx, claimed));
  if (!ours) return {};
  if (attempt.outcome == Attempt::Outcome::accepted) return end(tx, claimed, "sent", attempt.said, now);
  if (attempt.outcome == Attempt::Outcome::refused) return end(tx, claimed, "refused", attempt.said, now);
  // A refused password is the channel's affair: the delivery waits until that is edited, and has lost no attempt.
  const std::int64_t attempts = claimed.attempts - (attempt.password_refused ? 1 : 0);
  if (attempts > static_cast<std::int64_t>(pacing.pauses.size())) {
    return end(tx, claimed, "given_up", attempt.said, now);
  }
  const auto pause = static_cast<std::size_t>(std::max<std::int64_t>(attempts - 1, 0));
  const Timestamp due = now + pacing.pauses[pause];
  MW_CHECK(tx.execute("UPDATE notice_delivery SET due = $2, attempts = $3, said = $4, leased_until = 0 WHERE id = $1",
                      {claimed.id, due, attempts, attempt.said}));
  // What else waits for a relay that is away need not find it out one by one.
  if (failed_on_the_way(attempt)) {
    MW_CHECK(
        tx.execute("UPDATE notice_delivery SET due = $2 WHERE state = 'waiting' AND due < $2 AND leased_until <= $3 "
                   "AND channel_id = (SELECT channel_id FROM notice_delivery WHERE id = $1)",
                   {claimed.id, due, now}));
  }
  // Nor what comes meanwhile.
  if (attempt.turned_away) {
    MW_CHECK(
        tx.execute("UPDATE notice_channel SET next_try = $2 WHERE id = (SELECT channel_id FROM notice_delivery "
                   "WHERE id = $1)",
                   {claimed.id, due}));
  }
  return {};
}

Status drop(db::Transaction& tx, const Claimed& claimed, const std::vector<DeliveryId>& parts, std::string_view why,
            Timestamp now) {
  MW_TRY(const bool ours, still_ours(tx, claimed));
  if (!ours) return {};
  for (const DeliveryId part : parts) {
    MW_CHECK(
        tx.execute("UPDATE notice_delivery SET state = 'dropped', said = $2, ended = $3, leased_until = 0, "
                   "lead_id = NULL WHERE id = $1 AND state IN ('waiting', 'joined')",
                   {part, why, now}));
  }
  MW_CHECK(
      tx.execute("UPDATE notice_delivery SET state = 'waiting', lead_id = NULL WHERE lead_id = $1 AND "
                 "state = 'joined'",
                 {claimed.id}));
  MW_CHECK(tx.execute("UPDATE notice_delivery SET leased_until = 0, attempts = $2 WHERE id = $1 AND state = 'waiting'",
                      {claimed.id, claimed.attempts - 1}));
  return {};
}

Status hurry(db::Transaction& tx, ChannelId channel, Timestamp now) {
  MW_CHECK(tx.execute("UPDATE notice_channel SET next_try = NULL, turned_away = NULL WHERE id = $1", {channel}));
  MW_CHECK(tx.execute(
      "UPDATE notice_delivery SET due = $2 WHERE channel_id = $1 AND state = 'waiting' AND held = 0 AND due > $2 AND "
      "notice_id NOT IN (SELECT notice_id FROM notice_window WHERE notice_id IS NOT NULL AND ends > $2)",
      {channel, now}));
  return {};
}

Result<std::int64_t> give_up_stale(db::Transaction& tx, const Pacing& pacing, Timestamp now) {
  // An hour more, for what had to wait for its place.
  const Timestamp before = now - all_of(pacing) - std::chrono::hours(2);
  MW_TRY(const auto given_up,
         tx.execute(
             "UPDATE notice_delivery SET state = 'given_up', ended = $2, said = CASE WHEN said = '' THEN 'the "
             "channel was off or rested all the time' ELSE said END WHERE state = 'waiting' AND leased_until <= $2 AND "
             "notice_id IN (SELECT id FROM notice WHERE posted < $1)",
             {before, now}));
  MW_CHECK(
      tx.execute("UPDATE notice_delivery SET state = 'given_up', ended = $1, said = 'the message that it was to go "
                 "with was given up' WHERE state = 'joined' AND EXISTS (SELECT 1 FROM notice_delivery l WHERE "
                 "l.id = notice_delivery.lead_id AND l.state = 'given_up')",
                 {now}));
  return given_up;
}

}  // namespace mailward::notify::outbox
