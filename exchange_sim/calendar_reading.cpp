#include "exchange_sim/calendar_reading.h"

#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/people.h"
#include "exchange_sim/recurrence_rules.h"
#include "exchange_sim/series.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/time_zones.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostBytes = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kMostExceptions = 1000;

using Component = std::unique_ptr<icalcomponent, void (*)(icalcomponent*)>;

std::string text_or(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

void set(Item& item, std::string_view uri, const std::string& value) {
  if (!value.empty()) item.set(field_id(uri), {.inner = escape_text(value)});
}

/// Of a property that libical knows by no kind of its own.
std::string extension(icalcomponent* event, std::string_view name) {
  for (icalproperty* each = icalcomponent_get_first_property(event, ICAL_X_PROPERTY); each != nullptr;
       each = icalcomponent_get_next_property(event, ICAL_X_PROPERTY)) {
    if (text_or(icalproperty_get_x_name(each)) == name) return text_or(icalproperty_get_x(each));
  }
  return {};
}

std::string zone_of_property(icalproperty* property) {
  icalparameter* parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
  return parameter == nullptr ? std::string() : text_or(icalparameter_get_tzid(parameter));
}
std::string zone_name(icalcomponent* event, icalproperty_kind kind) {
  icalproperty* property = icalcomponent_get_first_property(event, kind);
  return property == nullptr ? std::string() : zone_of_property(property);
}

/// In UTC. The object's own description of the zone comes first, then Windows' zone of that name.
Timestamp moment(icaltimetype time, icalcomponent* calendar, const std::string& zone) {
  icaltimezone* described = zone.empty() ? nullptr : icalcomponent_get_timezone(calendar, zone.c_str());
  if (icaltime_is_utc(time) != 0 || described != nullptr) {
    return from_micros(std::int64_t{icaltime_as_timet_with_zone(time, described)} * 1'000'000);
  }
  const auto local = std::chrono::local_seconds(std::chrono::seconds(icaltime_as_timet(time)));
  return to_utc(time_zone(zone), local);
}

Address address_of(icalproperty* property, const char* value) {
  std::string smtp = text_or(value);
  constexpr std::string_view kScheme = "mailto:";
  if (lower_case(smtp.substr(0, kScheme.size())) == kScheme) smtp.erase(0, kScheme.size());
  icalparameter* name = icalproperty_get_first_parameter(property, ICAL_CN_PARAMETER);
  return {.name = name == nullptr ? smtp : text_or(icalparameter_get_cn(name)), .smtp = smtp};
}

void take_people(Item& item, icalcomponent* event) {
  if (icalproperty* organizer = icalcomponent_get_first_property(event, ICAL_ORGANIZER_PROPERTY)) {
    item.set(field_id("calendar:Organizer"),
             people_value({address_of(organizer, icalproperty_get_organizer(organizer))}));
  }
  std::string required;
  std::string optional;
  for (icalproperty* each = icalcomponent_get_first_property(event, ICAL_ATTENDEE_PROPERTY); each != nullptr;
       each = icalcomponent_get_next_property(event, ICAL_ATTENDEE_PROPERTY)) {
    icalparameter* role = icalproperty_get_first_parameter(each, ICAL_ROLE_PARAMETER);
    const bool may_stay_away = role != nullptr && icalparameter_get_role(role) == ICAL_ROLE_OPTPARTICIPANT;
    (may_stay_away ? optional : required) +=
        "<t:Attendee>" + people_value({address_of(each, icalproperty_get_attendee(each))}).inner + "</t:Attendee>";
  }
  if (!required.empty()) item.set(field_id("calendar:RequiredAttendees"), {.inner = required});
  if (!optional.empty()) item.set(field_id("calendar:OptionalAttendees"), {.inner = optional});
}

void take_reminder(Item& item, icalcomponent* event) {
  icalcomponent* alarm = icalcomponent_get_first_component(event, ICAL_VALARM_COMPONENT);
  icalproperty* trigger = alarm == nullptr ? nullptr : icalcomponent_get_first_property(alarm, ICAL_TRIGGER_PROPERTY);
  if (trigger == nullptr) return;
  const icaltriggertype when = icalproperty_get_trigger(trigger);
  if (icaltime_is_null_time(when.time) == 0) return;
  set(item, "item:ReminderIsSet", "true");
  set(item, "item:ReminderMinutesBeforeStart", std::to_string(-icaldurationtype_as_int(when.duration) / 60));
}

void take_categories(Item& item, icalcomponent* event) {
  std::string inner;
  for (icalproperty* each = icalcomponent_get_first_property(event, ICAL_CATEGORIES_PROPERTY); each != nullptr;
       each = icalcomponent_get_next_property(event, ICAL_CATEGORIES_PROPERTY)) {
    inner += "<t:String>" + escape_text(text_or(icalproperty_get_categories(each))) + "</t:String>";
  }
  if (!inner.empty()) item.set(field_id("item:Categories"), {.inner = inner});
}

void take_words(Item& item, icalcomponent* event) {
  set(item, "item:Subject", text_or(icalcomponent_get_summary(event)));
  set(item, "calendar:Location", text_or(icalcomponent_get_location(event)));
  set(item, "calendar:UID", text_or(icalcomponent_get_uid(event)));
  if (icalproperty* secrecy = icalcomponent_get_first_property(event, ICAL_CLASS_PROPERTY)) {
    const auto value = icalproperty_get_class(secrecy);
    if (value == ICAL_CLASS_PRIVATE) set(item, "item:Sensitivity", "Private");
    if (value == ICAL_CLASS_CONFIDENTIAL) set(item, "item:Sensitivity", "Confidential");
  }
  if (icalproperty* priority = icalcomponent_get_first_property(event, ICAL_PRIORITY_PROPERTY)) {
    const int value = icalproperty_get_priority(priority);
    if (value >= 1 && value <= 4) set(item, "item:Importance", "High");
    if (value >= 6) set(item, "item:Importance", "Low");
  }
  const std::string busy = extension(event, "X-MICROSOFT-CDO-BUSYSTATUS");
  icalproperty* shown = icalcomponent_get_first_property(event, ICAL_TRANSP_PROPERTY);
  if (busy == "FREE" ||
      (busy.empty() && shown != nullptr && icalproperty_get_transp(shown) == ICAL_TRANSP_TRANSPARENT)) {
    set(item, "calendar:LegacyFreeBusyStatus", "Free");
  } else if (busy == "TENTATIVE") {
    set(item, "calendar:LegacyFreeBusyStatus", "Tentative");
  } else if (busy == "OOF") {
    set(item, "calendar:LegacyFreeBusyStatus", "OOF");
  }
}

/// Windows' zone that keeps the same time, through that year, as the one that the object describes; empty for none.
std::string_view zone_like(icaltimezone* described, int year) {
  const auto keeps_the_same_time = [&](const TimeZone& zone) {
    for (unsigned month = 1; month <= 12; ++month) {
      // Of the days on which daylight time begins or ends somewhere, none is the 1st at noon, the 15th or the 24th.
      for (const unsigned day : {1U, 15U, 24U}) {
        icaltimetype noon = icaltime_null_time();
        noon.year = year;
        noon.month = static_cast<int>(month);
        noon.day = static_cast<int>(day);
        noon.hour = 12;
        int daylight = 0;
        const std::chrono::seconds offset(icaltimezone_get_utc_offset(described, &noon, &daylight));
        const auto local =
            std::chrono::local_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) +
            std::chrono::hours(12);
        if (offset != -bias_at(zone, local)) return false;
      }
    }
    return true;
  };
  const auto zones = time_zones();
  const auto found = std::ranges::find_if(zones, keeps_the_same_time);
  return found == zones.end() ? std::string_view() : found->id;
}

/// In which zone a series keeps its hour.
void take_zone(Item& item, icalcomponent* calendar, const std::string& zone, int year) {
  std::string_view id = zone;
  if (zone.empty()) return;
  if (time_zone(zone).id != zone) {
    icaltimezone* described = icalcomponent_get_timezone(calendar, zone.c_str());
    id = described == nullptr ? std::string_view() : zone_like(described, year);
  }
  if (id.empty()) return;
  item.set(field_id("calendar:StartTimeZone"), {.inner = "", .attributes = " Id=\"" + escape_attribute(id) + "\""});
}

/// False where it does not begin, or recurs as nothing in Exchange does.
bool take_event(Item& item, const Mailbox& mailbox, icalcomponent* calendar, icalcomponent* event) {
  const icaltimetype start = icalcomponent_get_dtstart(event);
  const icaltimetype end = icalcomponent_get_dtend(event);
  if (icaltime_is_null_time(start) != 0) return false;
  take_words(item, event);
  take_people(item, event);
  take_reminder(item, event);
  take_categories(item, event);
  if (const std::string text = text_or(icalcomponent_get_description(event)); !text.empty()) {
    item.body = Body{.html = false, .text = mailbox.blobs.add(text)};
  }
  const std::string zone = zone_name(event, ICAL_DTSTART_PROPERTY);
  set(item, "calendar:Start", ews_time(moment(start, calendar, zone)));
  set(item, "calendar:End",
      ews_time(moment(icaltime_is_null_time(end) != 0 ? start : end, calendar, zone_name(event, ICAL_DTEND_PROPERTY))));
  if (start.is_date != 0) set(item, "calendar:IsAllDayEvent", "true");
  take_zone(item, calendar, zone, start.year);
  icalproperty* rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
  if (rule == nullptr) return true;
  icalrecurrencetype read = icalproperty_get_rrule(rule);
  const auto inner = recurrence_inner(text_or(icalrecurrencetype_as_string(&read)),
                                      fmt::format("{:04}-{:02}-{:02}", start.year, start.month, start.day));
  if (inner) item.set(field_id("calendar:Recurrence"), {.inner = *inner});
  return inner.has_value();
}

/// What was deleted of a series (EXDATE), and what differs from it (events with a RECURRENCE-ID). What is no day of it
/// is passed over.
bool take_exceptions(Item& series, const Mailbox& mailbox, icalcomponent* calendar, icalcomponent* master) {
  const auto keep = [&](Timestamp original, std::unique_ptr<Item> changed) {
    if (series.exceptions.size() < kMostExceptions && find_series_date(series, original)) {
      keep_exception(series, original, std::move(changed));
    }
  };
  for (icalproperty* each = icalcomponent_get_first_property(master, ICAL_EXDATE_PROPERTY); each != nullptr;
       each = icalcomponent_get_next_property(master, ICAL_EXDATE_PROPERTY)) {
    keep(moment(icalproperty_get_exdate(each), calendar, zone_of_property(each)), nullptr);
  }
  // By an iterator of its own: what reads an event walks through its properties.
  icalcompiter at = icalcomponent_begin_component(calendar, ICAL_VEVENT_COMPONENT);
  for (icalcomponent* event = icalcompiter_deref(&at); event != nullptr; event = icalcompiter_next(&at)) {
    icalproperty* of = icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY);
    if (of == nullptr) continue;
    const Timestamp original = moment(icalproperty_get_recurrenceid(of), calendar, zone_of_property(of));
    std::unique_ptr<Item> changed = series.clone();
    changed->exceptions.clear();
    changed->erase(field_id("calendar:Recurrence"));
    if (!take_event(*changed, mailbox, calendar, event)) return false;
    keep(original, std::move(changed));
  }
  return true;
}

/// The event itself, not one of its occurrences.
icalcomponent* first_event(icalcomponent* calendar) {
  icalcompiter at = icalcomponent_begin_component(calendar, ICAL_VEVENT_COMPONENT);
  icalcomponent* first = icalcompiter_deref(&at);
  for (icalcomponent* event = first; event != nullptr; event = icalcompiter_next(&at)) {
    if (icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY) == nullptr) return event;
  }
  return first;
}

}  // namespace

bool fill_from_calendar(Item& item, const Mailbox& mailbox, const std::string& bytes) {
  if (bytes.size() > kMostBytes || bytes.find('\0') != std::string::npos) return false;
  const Component parsed(icalparser_parse_string(bytes.c_str()), icalcomponent_free);
  if (parsed == nullptr || icalcomponent_isa(parsed.get()) != ICAL_VCALENDAR_COMPONENT) return false;
  icalcomponent* event = first_event(parsed.get());
  if (event == nullptr) return false;
  item.item_class = "IPM.Appointment";
  item.created = item.modified = item.received = item.sent = mailbox.now();
  if (!take_event(item, mailbox, parsed.get(), event)) return false;
  return !is_master(item) || take_exceptions(item, mailbox, parsed.get(), event);
}

}  // namespace mailward::exchange_sim
