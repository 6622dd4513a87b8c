#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "db/session.h"
#include "notify/attempt.h"
#include "notify/channel.h"
#include "notify/message.h"
#include "notify/notice.h"

/// The table of deliveries: what is due, claimed under a lease, and what became of it. Internal to notify/.
namespace mailward::notify {

/// How sending is paced.
struct Pacing {
  /// After the first, second … failure; after the last of them it is given up. A day in all.
  std::vector<std::chrono::minutes> pauses{std::chrono::minutes(1), std::chrono::minutes(5), std::chrono::minutes(15),
                                           std::chrono::hours(1),   std::chrono::hours(2),   std::chrono::hours(4),
                                           std::chrono::hours(8),   std::chrono::hours(8)};
  int most_an_hour = 30;  ///< to one address, or to one webhook; what is over goes as one
  std::chrono::seconds patience{30};
  /// Longer than `patience`, so that nobody else takes up what is being sent.
  std::chrono::seconds lease{90};
};

namespace outbox {

/// A delivery that is ours to send until its lease ends.
struct Claimed {
  DeliveryId id;
  std::string lease;
  std::string owner;
  std::string address;
  std::int64_t attempts = 0;  ///< with this one
  Message message;
  /// What the message is made of: the delivery itself first, then those that go with it.
  struct Part {
    DeliveryId id;
    std::string kind;
    Severity severity = Severity::info;
  };
  std::vector<Part> parts;
};

/// The channels by which something is due. Not those that rest or are off.
Result<std::vector<ChannelId>> due_channels(db::Session& session, Timestamp now);

/// The delivery of that channel that is due the longest; nothing where there is none, or where the hour is full (then
/// it waits for its place, and all that waits with it goes as one).
Result<std::optional<Claimed>> claim(db::Transaction& tx, ChannelId channel, const Pacing& pacing, Timestamp now);

/// Writes down what became of it, also for those that went with it. Nothing where the lease passed to another.
Status settle(db::Transaction& tx, const Claimed& claimed, const Attempt& attempt, const Pacing& pacing, Timestamp now);
/// These are not sent at all; what is left of the message is free to be claimed again, and has lost no attempt.
Status drop(db::Transaction& tx, const Claimed& claimed, const std::vector<DeliveryId>& parts, std::string_view why,
            Timestamp now);

/// What waited for the channel to be mended need not wait longer; what waits for its place, or gathers, does.
Status hurry(db::Transaction& tx, ChannelId channel, Timestamp now);

/// What was posted longer ago than all pauses together, and still waits behind a channel that rests, is off or is away,
/// is given up; returns how much.
Result<std::int64_t> give_up_stale(db::Transaction& tx, const Pacing& pacing, Timestamp now);

}  // namespace outbox

}  // namespace mailward::notify
