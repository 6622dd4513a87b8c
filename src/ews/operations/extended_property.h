#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/xml.h"

namespace mailward::ews {

/// A property outside the schema (t:ExtendedProperty). Tags are numbers: one sent as "125" comes back as "0x7d".
struct ExtendedProperty {
  std::optional<std::uint32_t> tag;
  std::string set;   ///< DistinguishedPropertySetId or PropertySetId
  std::string name;  ///< PropertyName
  std::optional<std::int64_t> id;
  std::string type;
  std::vector<std::string> values;
};

/// A property by its tag: the number without the type, and the type's name in the schema (MapiPropertyTypeType).
struct PropertyTag {
  std::uint32_t tag = 0;
  std::string_view type;
};
/// PidTagAttributeHidden (MS-OXPROPS): clients do not show a folder that has it.
inline constexpr PropertyTag kAttributeHidden{0x10F4, "Boolean"};

/// t:ExtendedFieldURI, to ask for it.
void write_extended_field(XmlWriter& writer, const PropertyTag& property);
/// t:ExtendedProperty, to set it.
void write_extended_property(XmlWriter& writer, const PropertyTag& property, std::string_view value);

ExtendedProperty read_extended_property(XmlElement element);
/// A property tag in decimal or, after 0x, hexadecimal.
std::optional<std::uint32_t> parse_property_tag(std::string_view text);

}  // namespace mailward::ews
