#include "ews/operations/field_path.h"

#include <charconv>
#include <iterator>

namespace mailward::ews {
namespace {

std::string hexadecimal(std::uint32_t number) {
  char digits[8];
  const char* begin = &digits[0];
  const char* end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
  return "0x" + std::string(begin, end);
}

bool is_guid(std::string_view set) {
  constexpr std::size_t kLength = 36;
  return set.size() == kLength && set[8] == '-' && set[13] == '-' && set[18] == '-' && set[23] == '-';
}

void write_extended(XmlWriter& writer, const ExtendedField& field) {
  writer.open("t:ExtendedFieldURI");
  if (field.tag) writer.attribute("PropertyTag", hexadecimal(*field.tag));
  if (!field.set.empty()) {
    writer.attribute(is_guid(field.set) ? "PropertySetId" : "DistinguishedPropertySetId", field.set);
  }
  if (!field.name.empty()) writer.attribute("PropertyName", field.name);
  if (field.id) writer.attribute("PropertyId", std::to_string(*field.id));
  writer.attribute("PropertyType", field.type).close();
}

}  // namespace

void write_field_path(XmlWriter& writer, const FieldPath& field) {
  if (const auto* uri = std::get_if<std::string>(&field.path)) {
    writer.open("t:FieldURI").attribute("FieldURI", *uri).close();
  } else if (const auto* indexed = std::get_if<IndexedField>(&field.path)) {
    writer.open("t:IndexedFieldURI").attribute("FieldURI", indexed->uri);
    writer.attribute("FieldIndex", indexed->index).close();
  } else {
    write_extended(writer, std::get<ExtendedField>(field.path));
  }
}

void write_extended_value(XmlWriter& writer, const ExtendedField& field, const std::vector<std::string>& values,
                          bool several) {
  writer.open("t:ExtendedProperty");
  write_extended(writer, field);
  if (several) writer.open("t:Values");
  for (const auto& value : values) writer.element("t:Value", value);
  if (several) writer.close();
  writer.close();
}

}  // namespace mailward::ews
