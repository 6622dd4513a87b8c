#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "db/session.h"
#include "notify/error.h"
#include "notify/kinds.h"

namespace mailward::notify {

using NoticeId = Id<struct NoticeTag>;
using DeliveryId = Id<struct DeliveryTag>;

/// Something that people should hear of.
struct Notice {
  std::string kind;  ///< one of kinds()
  std::string
      subject;  ///< "account:<id>", "connection:<id>": what it is about; with the kind, what storms are counted by
  std::string title;  ///< one line without secrets; control characters become spaces, cut after 200 bytes
  std::string text;   ///< what happened and what to do; plain text, cut after 10,000 bytes
  Severity severity = Severity::info;
};

/// For so long after a notice what follows of the same kind about the same subject is gathered into one.
inline constexpr std::chrono::minutes kStormWindow{15};

/// Writes the notice down for everybody who subscribed to it, within the transaction that makes it true, so that a
/// notice is neither lost nor sent for what never happened. The first of a kind about a subject goes out at once; what
/// follows within kStormWindow is counted and goes out as one when the window ends, and again at most once a window as
/// long as it goes on. One that is graver than those before goes out at once. Errors: unknown_kind, DbError.
Status post(db::Transaction& tx, const Notice& notice, Timestamp now);

/// When a notice of that kind was last posted about that subject; nothing where it was not, or is dropped by now. What
/// a clock that had run ahead has written down as later than `now` counts as not posted.
Result<std::optional<Timestamp>> last_posted(db::Session& session, std::string_view kind, std::string_view subject,
                                             Timestamp now);

/// What became of a notice on one of its ways.
struct DeliveryRecord {
  DeliveryId id;
  std::string channel;  ///< its name then
  std::string owner;    ///< whose subscription
  std::string address;  ///< empty for a webhook
  std::string state;    ///< "waiting", "joined" (goes within another message), "sent", "refused", "given_up", "dropped"
  std::int64_t attempts = 0;
  std::optional<Timestamp> due;  ///< of a waiting one: when it is tried next
  std::string said;              ///< what the other side, or the network, said last
  std::optional<Timestamp> ended;
};

/// A notice as it stands in the books.
struct PostedNotice {
  NoticeId id;
  Notice notice;
  Timestamp posted;
  Timestamp last_posted;
  std::int64_t times = 1;  ///< how many posts it stands for
  std::vector<DeliveryRecord> deliveries;
};

/// Newest first, those before `before` where it is given; at most `limit`. Only those of `kinds`, where they are given.
Result<std::vector<PostedNotice>> list_notices(db::Session& session, std::optional<NoticeId> before, std::size_t limit,
                                               const std::optional<std::vector<const Kind*>>& kinds = std::nullopt);
/// Errors: unknown_notice.
Result<PostedNotice> find_notice(db::Session& session, NoticeId id);
/// Drops notices that were posted before that and are no longer on their way; returns how many.
Result<std::int64_t> drop_notices_before(db::Transaction& tx, Timestamp before);

/// The title with the count: "… (and 41 more)".
std::string counted_title(const std::string& title, std::int64_t times);

}  // namespace mailward::notify
