#include "ews/operations/get_server_time_zones.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetServerTimeZones::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("ReturnFullTimeZoneData", full_data ? "true" : "false");
  if (!ids.empty()) {
    writer.open("m:Ids");
    for (const auto& id : ids) writer.element("t:Id", id);
    writer.close();
  }
  writer.close();
  return writer.take();
}

Outcome<GetServerTimeZones::Response> GetServerTimeZones::read(XmlElement payload) {
  return read_messages<std::vector<TimeZone>>(payload, kName, [](XmlElement message) {
    std::vector<TimeZone> zones;
    for (XmlElement at : message.child("TimeZoneDefinitions").children("TimeZoneDefinition")) {
      zones.push_back({.id = std::string(at.attribute("Id")),
                       .name = std::string(at.attribute("Name")),
                       .periods = at.child("Periods").children("Period").size()});
    }
    return zones;
  });
}

}  // namespace mailward::ews
