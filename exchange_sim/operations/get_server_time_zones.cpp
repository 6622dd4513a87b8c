#include <algorithm>
#include <chrono>

#include "exchange_sim/shapes.h"
#include "exchange_sim/time_zones.h"

namespace mailward::exchange_sim {
namespace {

using namespace std::chrono_literals;

/// A difference to UTC as the XML counts it, the other way round: east of Greenwich is less.
std::string bias(std::chrono::minutes offset) {
  const auto minutes = std::chrono::abs(offset).count();
  if (minutes == 0) return "PT0S";
  std::string out = offset > 0min ? "-PT" : "PT";
  if (minutes >= 60) out += std::to_string(minutes / 60) + "H";
  if (minutes % 60 != 0) out += std::to_string(minutes % 60) + "M";
  return out;
}

std::string period_id(const TimeZone& zone, std::string_view kind) {
  return "trule:Microsoft/Registry/" + std::string(zone.id) + "-" + std::string(kind);
}

void write_transition(XmlWriter& xml, const std::string& to, const ZoneChange& change) {
  xml.open("t:RecurringDayTransition");
  xml.text("t:To", to, {{"Kind", "Period"}});
  xml.text("t:TimeOffset", "PT2H");
  xml.text("t:Month", std::to_string(change.month));
  xml.text("t:DayOfWeek", "Sunday");
  xml.text("t:Occurrence", std::to_string(change.sunday));
  xml.close("t:RecurringDayTransition");
}

void write_full(XmlWriter& xml, const TimeZone& zone) {
  const std::string standard = period_id(zone, "Standard");
  const std::string daylight = period_id(zone, "Daylight");
  xml.open("t:Periods");
  xml.empty("t:Period", {{"Bias", bias(zone.standard)}, {"Name", "Standard"}, {"Id", standard}});
  if (zone.changes) {
    xml.empty("t:Period", {{"Bias", bias(zone.daylight)}, {"Name", "Daylight"}, {"Id", daylight}});
  }
  xml.close("t:Periods");
  xml.open("t:TransitionsGroups");
  xml.open("t:TransitionsGroup", {{"Id", "0"}});
  if (!zone.changes) {
    xml.open("t:Transition");
    xml.text("t:To", standard, {{"Kind", "Period"}});
    xml.close("t:Transition");
  } else {
    write_transition(xml, daylight, zone.changes->to_daylight);
    write_transition(xml, standard, zone.changes->to_standard);
  }
  xml.close("t:TransitionsGroup");
  xml.close("t:TransitionsGroups");
  xml.open("t:Transitions");
  xml.open("t:Transition");
  xml.text("t:To", "0", {{"Kind", "Group"}});
  xml.close("t:Transition");
  xml.close("t:Transitions");
}

}  // namespace

/// MS-OXWSGTZ 3.1.4.1. Recorded: garethp-php-ews 15.20.9073; without full data periods and groups are empty and
/// transitions missing, against the schema (exchange.md, fact 8).
OperationResult get_server_time_zones(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"Ids?"})) return std::unexpected(*fault);
  const std::string_view full = request.body.attribute("ReturnFullTimeZoneData").value();
  const bool with_rules = full.empty() || full == "true" || full == "1";
  std::vector<std::string_view> asked;
  for (const auto node : elements(child(request.body, kMessagesNs, "Ids"))) asked.push_back(text_of(node));

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  if (context.mailbox_error) {
    write_error(xml, "GetServerTimeZones", *context.mailbox_error);
  } else {
    XmlWriter content;
    content.open("m:TimeZoneDefinitions");
    for (const TimeZone& zone : time_zones()) {
      if (!asked.empty() && std::ranges::find(asked, zone.id) == asked.end()) continue;
      content.open("t:TimeZoneDefinition", {{"Name", zone.name}, {"Id", zone.id}});
      if (with_rules) {
        write_full(content, zone);
      } else {
        content.empty("t:Periods");
        content.empty("t:TransitionsGroups");
      }
      content.close("t:TimeZoneDefinition");
    }
    content.close("m:TimeZoneDefinitions");
    write_success(xml, "GetServerTimeZones", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
