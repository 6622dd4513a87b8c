#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ews/operations/extended_property.h"
#include "ews/xml.h"

namespace mailward::ews {

/// One of a property's several values (t:IndexedFieldURI): {"contacts:EmailAddress", "EmailAddress1"}.
struct IndexedField {
  std::string uri;
  std::string index;
  bool operator==(const IndexedField&) const = default;
};

/// A property outside the schema (t:ExtendedFieldURI): by its tag, or by a set with a name or an id.
struct ExtendedField {
  std::optional<std::uint32_t> tag{};  ///< the number without the type
  std::string set{};                   ///< a DistinguishedPropertySetId ("PublicStrings") or a GUID
  std::string name{};
  std::optional<std::int64_t> id{};
  std::string type = "String";  ///< MapiPropertyTypeType
  bool operator==(const ExtendedField&) const = default;
};

/// Which property is meant, wherever EWS wants to be told (t:Path). A text is a FieldURI of the schema: "item:Subject".
struct FieldPath {
  FieldPath(const char* uri) : path(std::string(uri)) {}       // NOLINT(google-explicit-constructor)
  FieldPath(std::string_view uri) : path(std::string(uri)) {}  // NOLINT(google-explicit-constructor)
  FieldPath(std::string uri) : path(std::move(uri)) {}         // NOLINT(google-explicit-constructor)
  FieldPath(IndexedField field) : path(std::move(field)) {}    // NOLINT(google-explicit-constructor)
  FieldPath(ExtendedField field) : path(std::move(field)) {}   // NOLINT(google-explicit-constructor)
  FieldPath(const PropertyTag& property)                       // NOLINT(google-explicit-constructor)
      : path(ExtendedField{.tag = property.tag, .type = std::string(property.type)}) {}

  std::variant<std::string, IndexedField, ExtendedField> path;
};

/// t:FieldURI, t:IndexedFieldURI or t:ExtendedFieldURI.
void write_field_path(XmlWriter& writer, const FieldPath& field);
/// t:ExtendedProperty with one value, or where `several` with t:Values.
void write_extended_value(XmlWriter& writer, const ExtendedField& field, const std::vector<std::string>& values,
                          bool several);

}  // namespace mailward::ews
