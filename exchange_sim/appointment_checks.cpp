#include "exchange_sim/appointment_checks.h"

#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/recurrence.h"

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
  return std::nullopt;
}

}  // namespace mailward::exchange_sim
