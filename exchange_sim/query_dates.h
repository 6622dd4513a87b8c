#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

/// Dates as query strings spell them (Microsoft: Perform an AQS search by using EWS; QueryString (QueryStringType)).
namespace mailward::exchange_sim {

/// From a moment up to another that no longer belongs to it; an end that is none is open.
struct DateRange {
  std::optional<Timestamp> from;
  std::optional<Timestamp> until;

  bool holds(Timestamp time) const { return (!from || time >= *from) && (!until || time < *until); }
};

struct ReadDates {
  DateRange range;
  std::size_t size = 0;  ///< how much of the text it took
};

/// What stands at the text's beginning: a date or a word for one ("11/30/2026", "12/11", "December 11, 2013",
/// "2026-11-30", "Tuesday", "this week"), a comparison with one (">=yesterday"), or a range of two
/// ("12/1/2013..today"); each also in quotes. Days are those of UTC, weeks begin on Sunday, "past month" ends with
/// today and "coming month" begins with it (likely). None: it is no date.
std::optional<ReadDates> read_query_dates(std::string_view text, Timestamp now);

}  // namespace mailward::exchange_sim
