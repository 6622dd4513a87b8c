#include "exchange_sim/local_times.h"

#include <algorithm>
#include <array>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/field_table.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/time_zones.h"

namespace mailward::exchange_sim {
namespace {

/// Elements and attributes that hold a time. Those of free and busy requests have a zone of their own.
constexpr std::array<std::string_view, 11> kTimes{"Start",     "End",     "OriginalStart", "ReminderDueBy",
                                                  "StartDate", "EndDate", "DueDate",       "CompleteDate",
                                                  "StartTime", "EndTime", "NewStart"};
constexpr std::string_view kFreeBusy = "GetUserAvailabilityRequest";

struct Zones {
  std::string_view start;
  std::string_view end;
  std::string_view context;
};

bool is_time_name(std::string_view name) {
  return std::ranges::find(kTimes, name) != kTimes.end();
}

bool is_plain(std::string_view text) {
  constexpr std::size_t kDate = 10;
  return text.size() > kDate && text[kDate] == 'T' && text.find_first_of("Z+-", kDate) == std::string_view::npos;
}

std::string in_utc(std::string_view text, std::string_view zone) {
  const auto read = parse_ews_time(text);
  if (!read) return std::string(text);
  const auto whole = std::chrono::floor<std::chrono::seconds>(read->time_since_epoch());
  const std::chrono::sys_seconds utc = to_utc(time_zone(zone), std::chrono::local_seconds(whole));
  return ews_time(from_micros(utc.time_since_epoch().count() * 1'000'000));
}

std::string_view first_id(pugi::xml_node below, std::string_view element, const char* attribute) {
  const auto found = below.find_node([&](pugi::xml_node each) { return local_name(each) == element; });
  return found.attribute(attribute).value();
}

/// Of a new item, or of all that is changed of one.
Zones zones_of(pugi::xml_node item, std::string_view context) {
  std::string_view start = first_id(item, "StartTimeZone", "Id");
  if (start.empty()) start = first_id(item, "MeetingTimeZone", "TimeZoneName");
  if (start.empty()) start = context;
  const std::string_view end = first_id(item, "EndTimeZone", "Id");
  return {.start = start, .end = end.empty() ? start : end, .context = context};
}

void resolve_text(pugi::xml_node node, const Zones& zones) {
  const std::string_view name = local_name(node);
  if (!is_time_name(name)) return;
  const std::string_view text = text_of(node);
  constexpr std::size_t kDate = 10;
  if (text.size() == kDate && local_name(node.parent()).ends_with("Recurrence")) {
    node.text().set((std::string(text) + 'Z').c_str());
  } else if (is_plain(text)) {
    const bool of_item = name == "Start" || name == "End";
    const std::string_view zone = !of_item ? zones.context : name == "End" ? zones.end : zones.start;
    node.text().set(in_utc(text, zone).c_str());
  }
}

/// A new appointment keeps the zone by which its start was read.
void keep_zone(pugi::xml_node item, std::string_view zone) {
  if (zone.empty() || time_zone(zone).id != zone || child(item, kTypesNs, "StartTimeZone")) return;
  if (!is_plain(text_of(child(item, kTypesNs, "Start")))) return;
  const auto inside = elements(item);
  // Into its place in the schema's sequence.
  static const auto kPlace = place_of(ItemKind::calendar_item, field_id("calendar:StartTimeZone"));
  const auto behind = std::ranges::find_if(inside, [](pugi::xml_node each) {
    const auto id = field_of_element(ItemKind::calendar_item, local_name(each));
    return id && place_of(ItemKind::calendar_item, *id) > kPlace;
  });
  const std::string_view whole = item.name();
  const auto colon = whole.find(':');
  const std::string prefix(colon == std::string_view::npos ? std::string_view() : whole.substr(0, colon + 1));
  const std::string name = prefix + "StartTimeZone";
  auto made =
      behind == inside.end() ? item.append_child(name.c_str()) : item.insert_child_before(name.c_str(), *behind);
  made.append_attribute("Id") = std::string(zone).c_str();
}

void resolve(pugi::xml_node node, Zones zones) {  // NOLINT(misc-no-recursion): the reader limits the depth
  const std::string_view name = local_name(node);
  const bool in_updates = local_name(node.parent()).ends_with("ItemField");
  if (name == "Updates" || (name == "CalendarItem" && !in_updates)) zones = zones_of(node, zones.context);
  if (name == "CalendarItem" && !in_updates) keep_zone(node, zones.start);
  for (pugi::xml_attribute each : node.attributes()) {
    const bool is_time = is_time_name(each.name()) || (name == "Constant" && each.name() == std::string_view("Value"));
    if (is_time && is_plain(each.value())) {
      each.set_value(in_utc(each.value(), zones.context).c_str());
    }
  }
  const auto inside = elements(node);
  if (inside.empty()) resolve_text(node, zones);
  for (const pugi::xml_node each : inside) resolve(each, zones);
}

}  // namespace

void resolve_local_times(const SoapRequest& request) {
  if (request.operation == kFreeBusy) return;
  const auto header = child(request.xml.root(), kSoapNs, "Header");
  const auto context = child(header, kTypesNs, "TimeZoneContext");
  const std::string_view zone = child(context, kTypesNs, "TimeZoneDefinition").attribute("Id").value();
  resolve(request.body, {.start = zone, .end = zone, .context = zone});
}

}  // namespace mailward::exchange_sim
