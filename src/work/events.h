#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "work/error.h"

namespace mailward::work {

/// Something that happened, for whoever wants to know: products meet through events.
struct Event {
  std::int64_t number = 0;
  std::string kind;
  std::string subject;
  /// JSON, without secrets.
  std::string payload = "{}";
  Timestamp at;
};

namespace events {

/// The channel that Database::wait takes for them.
inline constexpr std::string_view kChannel = "events";

/// Numbered in the order of commits, without a gap (one locked head row), so that a reader who goes on from the last
/// number that he saw misses none. Emit late in the transaction.
Result<std::int64_t> emit(db::Transaction& tx, std::string_view kind, std::string_view subject,
                          std::string_view payload, Timestamp now);
/// Those numbered above `after`, in order; an empty kind stands for any.
Result<std::vector<Event>> list_after(db::Session& session, std::int64_t after, std::size_t limit,
                                      std::string_view kind = {});
/// The number of the newest event; 0 where there never was one.
Result<std::int64_t> last_number(db::Session& session);
/// Drops what is older than `before`; returns how many.
Result<std::int64_t> drop_before(db::Transaction& tx, Timestamp before);

}  // namespace events

}  // namespace mailward::work
