#include "ews/operations/extended_property.h"

#include <charconv>

namespace mailward::ews {

void write_extended_field(XmlWriter& writer, const PropertyTag& property) {
  char digits[8];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), property.tag, 16).ptr;
  writer.open("t:ExtendedFieldURI").attribute("PropertyTag", "0x" + std::string(std::begin(digits), end));
  writer.attribute("PropertyType", property.type).close();
}

void write_extended_property(XmlWriter& writer, const PropertyTag& property, std::string_view value) {
  writer.open("t:ExtendedProperty");
  write_extended_field(writer, property);
  writer.element("t:Value", value).close();
}

std::optional<std::uint32_t> parse_property_tag(std::string_view text) {
  bool hex = text.starts_with("0x") || text.starts_with("0X");
  std::string_view digits = hex ? text.substr(2) : text;
  std::uint32_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

ExtendedProperty read_extended_property(XmlElement element) {
  ExtendedProperty property;
  XmlElement uri = element.child("ExtendedFieldURI");
  property.tag = parse_property_tag(uri.attribute("PropertyTag"));
  property.set = uri.has_attribute("DistinguishedPropertySetId") ? uri.attribute("DistinguishedPropertySetId")
                                                                 : uri.attribute("PropertySetId");
  property.name = uri.attribute("PropertyName");
  std::string_view id = uri.attribute("PropertyId");
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (!id.empty() && error == std::errc() && end == id.data() + id.size()) property.id = number;
  property.type = uri.attribute("PropertyType");
  if (XmlElement value = element.child("Value")) property.values.push_back(value.text());
  for (XmlElement value : element.child("Values").children("Value")) property.values.push_back(value.text());
  return property;
}

}  // namespace mailward::ews
