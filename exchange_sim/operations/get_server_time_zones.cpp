#include <algorithm>
#include <array>
#include <cstdlib>

#include "exchange_sim/shapes.h"
#include "exchange_sim/time_zones.h"

namespace mailward::exchange_sim {
namespace {

/// xs:duration, as Windows' biases are written.
std::string duration_text(std::chrono::minutes bias) {
  if (bias.count() == 0) return "PT0S";
  const auto total = std::abs(bias.count());
  std::string text = bias.count() < 0 ? "-PT" : "PT";
  if (total >= 60) text += std::to_string(total / 60) + "H";
  if (total % 60 != 0) text += std::to_string(total % 60) + "M";
  return text;
}

std::string period_id(const TimeZone& zone, std::string_view kind) {
  return "trule:Microsoft/Registry/" + std::string(zone.id) + "-" + std::string(kind);
}

void write_transition(XmlWriter& xml, const std::string& to, std::chrono::minutes clock, std::string_view month,
                      std::string_view occurrence) {
  xml.open("t:RecurringDayTransition");
  xml.text("t:To", to, {{"Kind", "Period"}});
  xml.text("t:TimeOffset", duration_text(clock));
  xml.text("t:Month", month);
  xml.text("t:DayOfWeek", "Sunday");
  xml.text("t:Occurrence", occurrence);
  xml.close("t:RecurringDayTransition");
}

void write_full(XmlWriter& xml, const TimeZone& zone) {
  const std::string standard = period_id(zone, "Standard");
  const std::string daylight = period_id(zone, "Daylight");
  xml.open("t:Periods");
  xml.empty("t:Period", {{"Bias", duration_text(zone.bias)}, {"Name", "Standard"}, {"Id", standard}});
  if (zone.rule != DaylightRule::none) {
    xml.empty("t:Period",
              {{"Bias", duration_text(zone.bias - std::chrono::hours(1))}, {"Name", "Daylight"}, {"Id", daylight}});
  }
  xml.close("t:Periods");
  xml.open("t:TransitionsGroups");
  xml.open("t:TransitionsGroup", {{"Id", "0"}});
  if (zone.rule == DaylightRule::none) {
    xml.open("t:Transition");
    xml.text("t:To", standard, {{"Kind", "Period"}});
    xml.close("t:Transition");
  } else {
    const bool american = zone.rule == DaylightRule::american;
    using std::chrono::hours;
    // Europe changes at one o'clock UTC.
    write_transition(xml, daylight, american ? hours(2) : hours(1) - zone.bias, "3", american ? "2" : "-1");
    write_transition(xml, standard, american ? hours(2) : hours(2) - zone.bias, american ? "11" : "10",
                     american ? "1" : "-1");
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
  if (const auto ids = child(request.body, kMessagesNs, "Ids"); ids && elements(ids).empty()) {
    return std::unexpected(incomplete(request, ids));
  }
  const std::string_view full = request.body.attribute("ReturnFullTimeZoneData").value();
  if (!full.empty() && !is_true(full) && full != "false" && full != "0") {
    return std::unexpected(invalid_attribute(request, request.body, "ReturnFullTimeZoneData",
                                             "http://www.w3.org/2001/XMLSchema:boolean",
                                             "The string '" + std::string(full) + "' is not a valid Boolean value."));
  }
  const bool with_rules = full.empty() || is_true(full);
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
