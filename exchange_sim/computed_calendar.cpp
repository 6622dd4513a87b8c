#include <algorithm>

#include "exchange_sim/computed_fields.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/meeting_roles.h"
#include "exchange_sim/people.h"
#include "exchange_sim/series.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/time_zones.h"
#include "exchange_sim/xml_writing.h"

/// What the store makes of appointments, series and meeting mail.
namespace mailward::exchange_sim {
namespace {

/// A series that never ends has a last occurrence nowhere; one that ends is looked through to here.
constexpr std::size_t kMostOccurrences = 1000;

Value boolean(bool value) {
  return {.inner = value ? "true" : "false"};
}
Value text(std::string_view value) {
  return {.inner = escape_text(value)};
}
const Value* stored(const ItemView& view, std::string_view uri) {
  return view.item.find(field_id(uri));
}
bool has(const ItemView& view, std::string_view uri) {
  return stored(view, uri) != nullptr;
}
std::string stored_text(const ItemView& view, std::string_view uri) {
  return plain_field(view.item, field_id(uri));
}

/// From what a client wrote: an appointment's length as xs:duration.
std::optional<Value> duration(const ItemView& view) {
  const auto start = parse_timestamp(stored_text(view, "calendar:Start"));
  const auto end = parse_timestamp(stored_text(view, "calendar:End"));
  if (!start || !end || *end < *start) return std::nullopt;
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(*end - *start).count();
  std::string out = "P";
  if (minutes >= 24 * 60) out += std::to_string(minutes / (24 * 60)) + "D";
  if (minutes % (24 * 60) != 0 || minutes == 0) {
    out += "T";
    if (minutes % (24 * 60) >= 60) out += std::to_string(minutes % (24 * 60) / 60) + "H";
    if (minutes % 60 != 0 || minutes == 0) out += std::to_string(minutes % 60) + "M";
  }
  return Value{.inner = out};
}

bool has_attendees(const ItemView& view) {
  return has(view, "calendar:RequiredAttendees") || has(view, "calendar:OptionalAttendees") ||
         has(view, "calendar:Resources");
}

std::optional<Value> organizer(const ItemView& view) {
  if (const Value* given = stored(view, "calendar:Organizer")) return *given;
  return owner_value(view.mailbox);
}

std::optional<Value> is_organizer(const ItemView& view) {
  return boolean(organizes(view.mailbox, view.item));
}

std::optional<Value> calendar_item_type(const ItemView& view) {
  switch (view.item.series_part) {
    case SeriesPart::occurrence:
      return text("Occurrence");
    case SeriesPart::exception:
      return text("Exception");
    case SeriesPart::none:
      break;
  }
  if (view.item.original_start != Timestamp{}) return text("Occurrence");
  return text(has(view, "calendar:Recurrence") ? "RecurringMaster" : "Single");
}

/// Bits: a meeting, one that was received, one that was cancelled (Microsoft: AppointmentState).
std::optional<Value> appointment_state(const ItemView& view) {
  const bool received = !organizes(view.mailbox, view.item);
  const bool cancelled = stored_text(view, "calendar:IsCancelled") == "true";
  const int state = (received || has_attendees(view) ? 1 : 0) + (received ? 2 : 0) + (cancelled ? 4 : 0);
  return text(std::to_string(state));
}

std::optional<Value> zone_name(const ItemView& view) {
  const TimeZone& zone = zone_of(view.item);
  return text(zone.id == "UTC" ? zone.id : zone.name);
}

std::optional<Value> original_start(const ItemView& view) {
  if (view.item.original_start == Timestamp{}) return std::nullopt;
  return text(ews_time(view.item.original_start));
}

/// t:OccurrenceInfoType.
std::string described(const ItemView& view, const SeriesDate& date) {
  const auto item = make_occurrence(view.item, date);
  XmlWriter xml;
  xml.empty("t:ItemId", {{"Id", item->id}, {"ChangeKey", view.mailbox.change_key(*item)}});
  xml.text("t:Start", plain_field(*item, field_id("calendar:Start")));
  xml.text("t:End", plain_field(*item, field_id("calendar:End")));
  xml.text("t:OriginalStart", ews_time(date.original));
  return xml.take();
}

std::vector<SeriesDate> dates_of_bounded(const ItemView& view) {
  std::vector<SeriesDate> dates;
  if (is_master(view.item)) {
    dates =
        series_dates(view.item, {.until = view.item.created + std::chrono::hours(24 * 366 * 100)}, kMostOccurrences);
  }
  std::erase_if(dates, [](const SeriesDate& date) { return date.exception != nullptr && !date.exception->item; });
  return dates;
}

std::optional<Value> first_occurrence(const ItemView& view) {
  const auto dates = dates_of_bounded(view);
  if (dates.empty()) return std::nullopt;
  return Value{.inner = described(view, dates.front())};
}

std::optional<Value> last_occurrence(const ItemView& view) {
  const Value* recurrence = stored(view, "calendar:Recurrence");
  if (recurrence == nullptr || recurrence->inner.find("NoEndRecurrence") != std::string::npos) return std::nullopt;
  const auto dates = dates_of_bounded(view);
  if (dates.empty()) return std::nullopt;
  return Value{.inner = described(view, dates.back())};
}

std::optional<Value> modified_occurrences(const ItemView& view) {
  XmlWriter xml;
  for (const SeriesException& each : view.item.exceptions) {
    if (!each.item) continue;
    xml.open("t:Occurrence");
    xml.raw(described(view, {.index = 0, .original = each.original, .exception = &each}));
    xml.close("t:Occurrence");
  }
  if (xml.str().empty()) return std::nullopt;
  return Value{.inner = xml.take()};
}

std::optional<Value> deleted_occurrences(const ItemView& view) {
  XmlWriter xml;
  for (const SeriesException& each : view.item.exceptions) {
    if (each.item) continue;
    xml.open("t:DeletedOccurrence");
    xml.text("t:Start", ews_time(each.original));
    xml.close("t:DeletedOccurrence");
  }
  if (xml.str().empty()) return std::nullopt;
  return Value{.inner = xml.take()};
}

/// The meeting in the calendar that a request, an answer or a cancellation is about.
std::optional<Value> associated_calendar_item(const ItemView& view) {
  const auto meeting = find_meeting_of(view.mailbox, view.item);
  if (meeting == nullptr) return std::nullopt;
  return Value{.inner = {},
               .attributes = " Id=\"" + meeting->id + "\" ChangeKey=\"" + view.mailbox.change_key(*meeting) + "\""};
}

}  // namespace

/// Recorded of one's own appointments: garethp-php-ews, thunderbird-ews-rs. Of others: Microsoft's documentation.
std::optional<Value> calendar_responses(const ItemView& view) {
  if (organizes(view.mailbox, view.item)) {
    return Value{.inner = has_attendees(view) ? "<t:CancelCalendarItem/><t:ForwardItem/>" : "<t:ForwardItem/>"};
  }
  return Value{.inner = std::string(kMeetingAnswers) + std::string(kReplies)};
}

void add_calendar_fields(ComputedTable& table) {
  const auto add = [&](std::string_view uri, Computed computed) { table.emplace(field_id(uri), computed); };
  add("calendar:Duration", duration);
  add("calendar:AppointmentState", appointment_state);
  add("calendar:TimeZone", zone_name);
  add("calendar:IsMeeting", [](const ItemView& v) { return std::optional(boolean(has_attendees(v))); });
  // True of what belongs to a series, not of the series itself (recorded: garethp-php-ews 15.2.1748).
  add("calendar:IsRecurring",
      [](const ItemView& v) { return std::optional(boolean(v.item.original_start != Timestamp{})); });
  add("calendar:CalendarItemType", calendar_item_type);
  add("calendar:RecurrenceId", original_start);
  add("calendar:OriginalStart", original_start);
  add("calendar:FirstOccurrence", first_occurrence);
  add("calendar:LastOccurrence", last_occurrence);
  add("calendar:ModifiedOccurrences", modified_occurrences);
  add("calendar:DeletedOccurrences", deleted_occurrences);
  add("calendar:Organizer", organizer);
  add("calendar:IsOrganizer", is_organizer);
  add("meeting:AssociatedCalendarItemId", associated_calendar_item);
  add("meeting:IsOutOfDate", [](const ItemView& v) {
    return std::optional(boolean(v.item.kind == ItemKind::meeting_request && is_out_of_date(v.mailbox, v.item)));
  });
}

}  // namespace mailward::exchange_sim
