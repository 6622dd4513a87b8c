#include "exchange_sim/calendar_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/people.h"
#include "exchange_sim/recurrence_rules.h"
#include "exchange_sim/series.h"
#include "exchange_sim/time_zones.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

using namespace std::chrono_literals;

/// RFC 5545, 3.3.11.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == ';' || c == ',') out += '\\';
    if (c == '\r') continue;
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

/// A parameter's value in quotes may hold anything but quotes.
std::string in_quotes(std::string text) {
  std::ranges::replace(text, '"', '\'');
  return '"' + one_line(std::move(text)) + '"';
}

class Lines {
 public:
  /// Folded after 75 octets, never within a character (RFC 5545, 3.1).
  void add(std::string_view name, std::string_view value) {
    constexpr std::size_t kMost = 75;
    std::string line = std::string(name) + ":" + std::string(value);
    std::size_t room = kMost;
    std::string_view rest = line;
    while (rest.size() > room) {
      std::size_t cut = room;
      while (cut > 0 && (static_cast<unsigned char>(rest[cut]) & 0xC0U) == 0x80U) --cut;
      out_ += std::string(rest.substr(0, cut)) + "\r\n ";
      rest.remove_prefix(cut);
      room = kMost - 1;
    }
    out_ += std::string(rest) + "\r\n";
  }
  void add_text(std::string_view name, std::string_view value) {
    if (!value.empty()) add(name, escaped(value));
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string offset_text(std::chrono::minutes offset) {
  const auto minutes = std::chrono::abs(offset).count();
  return fmt::format("{}{:02}{:02}", offset < 0min ? '-' : '+', minutes / 60, minutes % 60);
}

/// When daylight time begins or ends: a Sunday of a month, at 2 o'clock.
struct Change {
  std::string_view sunday;  ///< "2SU", "-1SU"
  int month = 0;
};

void add_observance(Lines& lines, std::string_view name, std::chrono::minutes from, std::chrono::minutes to,
                    const std::optional<Change>& change) {
  lines.add("BEGIN", name);
  lines.add("DTSTART", change ? "16010101T020000" : "16010101T000000");
  lines.add("TZOFFSETFROM", offset_text(from));
  lines.add("TZOFFSETTO", offset_text(to));
  if (change) {
    lines.add("RRULE", fmt::format("FREQ=YEARLY;INTERVAL=1;BYDAY={};BYMONTH={}", change->sunday, change->month));
  }
  lines.add("END", name);
}

void add_zone(Lines& lines, const TimeZone& zone) {
  std::optional<Change> to_standard;
  std::optional<Change> to_daylight;
  if (zone.rule == DaylightRule::american) {
    to_standard = {.sunday = "1SU", .month = 11};
    to_daylight = {.sunday = "2SU", .month = 3};
  } else if (zone.rule == DaylightRule::european) {
    to_standard = {.sunday = "-1SU", .month = 10};
    to_daylight = {.sunday = "-1SU", .month = 3};
  }
  const std::chrono::minutes standard = -zone.bias;
  const std::chrono::minutes daylight = to_daylight ? standard + 1h : standard;
  lines.add("BEGIN", "VTIMEZONE");
  lines.add("TZID", zone.id);
  add_observance(lines, "STANDARD", daylight, standard, to_standard);
  add_observance(lines, "DAYLIGHT", standard, daylight, to_daylight);
  lines.add("END", "VTIMEZONE");
}

template <typename Clock>
std::string compact_time(std::chrono::time_point<Clock, std::chrono::seconds> second) {
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(second - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string local_time(Timestamp at, const TimeZone& zone) {
  return compact_time(to_local(zone, std::chrono::floor<std::chrono::seconds>(at)));
}

void add_moment(Lines& lines, std::string_view name, Timestamp at, const TimeZone& zone, bool whole_days) {
  const std::string local = local_time(at, zone);
  if (whole_days) {
    lines.add(std::string(name) + ";VALUE=DATE", local.substr(0, 8));
  } else {
    lines.add(fmt::format("{};TZID={}", name, zone.id), local);
  }
}

/// MS-OXCICAL 2.1.3.1.1.20.31.
std::string_view busy_word(std::string_view status) {
  if (status == "Free") return "FREE";
  if (status == "Tentative") return "TENTATIVE";
  if (status == "OOF") return "OOF";
  return "BUSY";
}

/// The organiser: of a request or a cancellation whoever sent it, of an answer whoever it goes to; of one's own
/// appointment oneself, where others are asked to it.
void add_organizer(Lines& lines, const ItemView& view) {
  const Item& item = view.item;
  auto organizer = people_in(item.find(field_id("calendar:Organizer")));
  if (organizer.empty() && item.kind == ItemKind::calendar_item && !attendees_of(item).empty()) {
    organizer.push_back({.name = view.mailbox.display_name, .smtp = view.mailbox.smtp});
  }
  if (organizer.empty() && item.kind != ItemKind::calendar_item) {
    const bool answer = item.kind == ItemKind::meeting_response;
    organizer = people_in(item.find(field_id(answer ? "message:ToRecipients" : "message:From")));
  }
  if (organizer.empty()) return;
  lines.add("ORGANIZER;CN=" + in_quotes(organizer.front().name), "mailto:" + one_line(organizer.front().smtp));
}

void add_attendees(Lines& lines, const Item& item, std::string_view uri, std::string_view role) {
  for (const Address& each : people_in(item.find(field_id(uri)))) {
    lines.add(fmt::format("ATTENDEE;ROLE={};PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN={}", role, in_quotes(each.name)),
              "mailto:" + one_line(each.smtp));
  }
}

/// RFC 5545, 3.2.12.
std::string_view participation(std::string_view response) {
  if (response == "Accept") return "ACCEPTED";
  if (response == "Tentative") return "TENTATIVE";
  return "DECLINED";
}

/// Those who are asked; of an answer the one who gives it (RFC 5546, 3.2.3).
void add_people(Lines& lines, const Item& item) {
  if (item.kind == ItemKind::meeting_response) {
    const std::string response = plain_field(item, field_id("meeting:ResponseType"));
    for (const Address& each : people_in(item.find(field_id("message:From")))) {
      lines.add(fmt::format("ATTENDEE;PARTSTAT={};CN={}", participation(response), in_quotes(each.name)),
                "mailto:" + one_line(each.smtp));
    }
    return;
  }
  add_attendees(lines, item, "calendar:RequiredAttendees", "REQ-PARTICIPANT");
  add_attendees(lines, item, "calendar:OptionalAttendees", "OPT-PARTICIPANT");
}

}  // namespace

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return text;
}

std::string_view scheduling_method(ItemKind kind) {
  switch (kind) {
    case ItemKind::meeting_request:
      return "REQUEST";
    case ItemKind::meeting_response:
      return "REPLY";
    case ItemKind::meeting_cancellation:
      return "CANCEL";
    default:
      return {};
  }
}

namespace {

/// The times at which a series would have had what was deleted of it.
void add_deleted(Lines& lines, const Item& master, const TimeZone& zone, bool whole_days) {
  for (const SeriesException& each : master.exceptions) {
    if (!each.item) add_moment(lines, "EXDATE", each.original, zone, whole_days);
  }
}

void add_reminder(Lines& lines, const std::string& minutes) {
  lines.add("BEGIN", "VALARM");
  lines.add("DESCRIPTION", "REMINDER");
  lines.add("TRIGGER;RELATED=START", "-PT" + (minutes.empty() ? std::string("15") : minutes) + "M");
  lines.add("ACTION", "DISPLAY");
  lines.add("END", "VALARM");
}

void add_event(Lines& lines, const ItemView& view, const TimeZone& zone) {
  const Item& item = view.item;
  const auto text = [&](std::string_view uri) { return plain_field(item, field_id(uri)); };
  lines.add("BEGIN", "VEVENT");
  add_organizer(lines, view);
  add_people(lines, item);
  lines.add_text("DESCRIPTION;LANGUAGE=en-US", text_body(view));
  lines.add_text("UID", text("calendar:UID"));
  const bool whole_days = text("calendar:IsAllDayEvent") == "true";
  if (item.original_start != Timestamp{}) {
    add_moment(lines, "RECURRENCE-ID", item.original_start, zone, whole_days);
  }
  lines.add_text("SUMMARY;LANGUAGE=en-US", text("item:Subject"));
  for (const auto& [name, uri] : {std::pair("DTSTART", "calendar:Start"), std::pair("DTEND", "calendar:End")}) {
    if (const auto at = parse_ews_time(text(uri))) add_moment(lines, name, *at, zone, whole_days);
  }
  if (const Value* recurrence = item.find(field_id("calendar:Recurrence"))) {
    if (const std::string rule = recurrence_rule(recurrence->inner); !rule.empty()) lines.add("RRULE", rule);
  }
  add_deleted(lines, item, zone, whole_days);
  const std::string sensitivity = text("item:Sensitivity");
  lines.add("CLASS", sensitivity.empty() || sensitivity == "Normal" ? "PUBLIC"
                     : sensitivity == "Confidential"                ? "CONFIDENTIAL"
                                                                    : "PRIVATE");
  const std::string importance = text("item:Importance");
  lines.add("PRIORITY", importance == "High" ? "1" : importance == "Low" ? "9" : "5");
  lines.add("DTSTAMP", compact_time(std::chrono::floor<std::chrono::seconds>(item.modified)) + "Z");
  const std::string busy = text("calendar:LegacyFreeBusyStatus");
  lines.add("TRANSP", busy == "Free" ? "TRANSPARENT" : "OPAQUE");
  const bool cancelled = item.kind == ItemKind::meeting_cancellation || text("calendar:IsCancelled") == "true";
  lines.add("STATUS", cancelled ? "CANCELLED" : "CONFIRMED");
  const std::string sequence = text("calendar:AppointmentSequenceNumber");
  lines.add("SEQUENCE", sequence.empty() ? "0" : sequence);
  lines.add_text("LOCATION;LANGUAGE=en-US", text("calendar:Location"));
  lines.add("X-MICROSOFT-CDO-BUSYSTATUS", busy_word(busy));
  lines.add("X-MICROSOFT-CDO-ALLDAYEVENT", whole_days ? "TRUE" : "FALSE");
  if (text("item:ReminderIsSet") == "true") add_reminder(lines, text("item:ReminderMinutesBeforeStart"));
  lines.add("END", "VEVENT");
}

}  // namespace

std::string calendar_text(const ItemView& view) {
  const TimeZone& zone = zone_of(view.item);
  Lines lines;
  lines.add("BEGIN", "VCALENDAR");
  const std::string_view method = scheduling_method(view.item.kind);
  lines.add("METHOD", method.empty() ? "PUBLISH" : method);
  lines.add("PRODID", "Microsoft Exchange Server 2010");
  lines.add("VERSION", "2.0");
  add_zone(lines, zone);
  add_event(lines, view, zone);
  for (const SeriesException& each : view.item.exceptions) {
    if (!each.item) continue;
    add_event(lines, {view.mailbox, *make_occurrence(view.item, {.original = each.original, .exception = &each})},
              zone);
  }
  lines.add("END", "VCALENDAR");
  return lines.take();
}

}  // namespace mailward::exchange_sim
