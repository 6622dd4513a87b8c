#include "ews/soap_head.h"

namespace mailward::ews {
namespace {

unsigned number_in(XmlElement element, std::string_view attribute) {
  unsigned value = 0;
  for (char letter : element.attribute(attribute)) {
    if (letter < '0' || letter > '9' || value > 100'000'000) return 0;
    value = value * 10 + static_cast<unsigned>(letter - '0');
  }
  return value;
}

}  // namespace

ServerVersion read_version(XmlElement header) {
  XmlElement info = header.child(kTypesNamespace, "ServerVersionInfo");
  if (!info) return {};
  return {.major = number_in(info, "MajorVersion"),
          .minor = number_in(info, "MinorVersion"),
          .build = number_in(info, "MajorBuildNumber"),
          .revision = number_in(info, "MinorBuildNumber"),
          .schema = std::string(info.attribute("Version"))};
}

}  // namespace mailward::ews
