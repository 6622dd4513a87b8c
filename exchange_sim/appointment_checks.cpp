#include "exchange_sim/appointment_checks.h"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/recurrence.h"
#include "exchange_sim/series.h"

namespace mailward::exchange_sim {
namespace {

using namespace std::chrono;

/// By Microsoft's list of response codes.
constexpr days kLongest{5 * 366};
constexpr local_days kLastEnd{year(4500) / September / 1};

ResponseError refuse(std::string code, std::string text, std::string_view uri) {
  return {.code = std::move(code), .text = std::move(text), .values = {}, .path = std::string(uri)};
}

std::optional<Timestamp> time_in(const Item& item, std::string_view uri) {
  const Value* value = item.find(field_id(uri));
  return value == nullptr ? std::nullopt : parse_ews_time(plain_text(value->inner));
}

std::optional<ResponseError> refusal_of_times(const Item& item) {
  const auto start = time_in(item, "calendar:Start");
  const auto end = time_in(item, "calendar:End");
  if (!start || !end) return std::nullopt;
  if (*end < *start) {
    return refuse("ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate", "calendar:End");
  }
  if (*end - *start <= kLongest) return std::nullopt;
  return refuse("ErrorCalendarDurationIsTooLong", "The calendar item is longer than five years.", "calendar:End");
}

/// In days of the wall clock, by which a series happens: a change of the zone's offset makes no overlap. What a pattern
/// has of nearness it shows in its first days.
bool overlaps_itself(const Item& item, const Recurrence& recurrence) {
  constexpr std::size_t kLooked = 64;
  constexpr days kFurthest{366 * 200};
  const auto start = time_in(item, "calendar:Start");
  const auto end = time_in(item, "calendar:End");
  if (!start || !end) return false;
  const auto found = recurrence.days(recurrence.first(), recurrence.first() + kFurthest, kLooked);
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (*end - *start > found[i].day - found[i - 1].day) return true;
  }
  return false;
}

ResponseError too_long() {
  return refuse("ErrorOccurrenceTimeSpanTooBig", "The occurrence overlaps with another one of its series.",
                "calendar:End");
}

struct Neighbours {
  std::unique_ptr<Item> before;
  std::unique_ptr<Item> behind;
};

Neighbours neighbours_of(const Item& master, Timestamp original) {
  const auto is_there = [](const SeriesDate& date) { return date.exception == nullptr || date.exception->item; };
  Neighbours found;
  const auto earlier = series_dates(master, {.until = original - seconds(1)}, SIZE_MAX);
  const auto before = std::find_if(earlier.rbegin(), earlier.rend(), is_there);
  if (before != earlier.rend()) found.before = make_occurrence(master, *before);
  constexpr days kFurthest{366 * 200};
  // Of so many one at least was not deleted, and days before the first do not count.
  const auto later = series_dates(master, {.from = original + seconds(1), .until = original + kFurthest},
                                  master.exceptions.size() + 3);
  const auto behind = std::ranges::find_if(later, is_there);
  if (behind != later.end()) found.behind = make_occurrence(master, *behind);
  return found;
}

}  // namespace

std::optional<ResponseError> refusal_of_appointment(const Item& item) {
  if (item.kind != ItemKind::calendar_item) return std::nullopt;
  if (auto refusal = refusal_of_times(item)) return refusal;
  const Value* value = item.find(field_id("calendar:Recurrence"));
  if (value == nullptr) return std::nullopt;
  const auto recurrence = Recurrence::read(value->inner);
  if (!recurrence) {
    return refuse("ErrorCalendarInvalidRecurrence", "The specified recurrence cannot be created.",
                  "calendar:Recurrence");
  }
  if (recurrence->last_day() && *recurrence->last_day() > kLastEnd) {
    return refuse("ErrorRecurrenceEndDateTooBig", "The recurrence's end date is too big.", "calendar:Recurrence");
  }
  if (!recurrence->happens()) {
    return refuse("ErrorRecurrenceHasNoOccurrence", "The recurrence has no occurrences in its range.",
                  "calendar:Recurrence");
  }
  if (overlaps_itself(item, *recurrence)) return too_long();
  return std::nullopt;
}

std::optional<ResponseError> refusal_of_moving(const Item& master, const Item& occurrence, const Item& changed) {
  const auto start = time_in(changed, "calendar:Start");
  const auto end = time_in(changed, "calendar:End");
  const bool moved = start != time_in(occurrence, "calendar:Start") || end != time_in(occurrence, "calendar:End");
  if (!moved || !start || !end) return std::nullopt;
  const Neighbours near = neighbours_of(master, occurrence.original_start);
  const auto from = [](const std::unique_ptr<Item>& item) {
    return item ? time_in(*item, "calendar:Start") : std::nullopt;
  };
  const auto until = [](const std::unique_ptr<Item>& item) {
    return item ? time_in(*item, "calendar:End") : std::nullopt;
  };
  if ((from(near.before) && *start <= *from(near.before)) || (from(near.behind) && *start >= *from(near.behind))) {
    return refuse("ErrorOccurrenceCrossingBoundary",
                  "The occurrence would begin before the one before it or after the one behind it.", "calendar:Start");
  }
  if ((until(near.before) && *start < *until(near.before)) || (from(near.behind) && *end > *from(near.behind))) {
    return too_long();
  }
  return std::nullopt;
}

}  // namespace mailward::exchange_sim
