#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "exchange_sim/field_table.h"
#include "exchange_sim/soap.h"

/// Paths to properties (t:Path and its three kinds), as requests name them.
namespace mailward::exchange_sim {

/// t:ExtendedFieldURI. Two names of one property (a tag in decimal or hexadecimal, a set by its name or its GUID) have
/// the same key.
struct ExtendedName {
  std::string distinguished_set;  ///< "PublicStrings", as asked; empty where a GUID or a tag was named
  std::string set;                ///< the set's GUID, lower case; empty for a tag
  std::uint32_t tag = 0;          ///< property id of a tag
  std::uint32_t id = 0;           ///< within the set
  std::string name;               ///< within the set; empty: `id` counts
  std::string type;               ///< "String", "BinaryArray" …
  bool possible = true;           ///< false: attributes that do not go together (extended_checks.h)

  /// "tag:10f4:Boolean", "<set>:id:8554:String", "<set>:name:x:String".
  std::string key() const;
  bool operator==(const ExtendedName& other) const { return key() == other.key(); }
};

enum class PathKind { field, indexed, extended, folder, other };

struct PropertyPath {
  PathKind kind = PathKind::other;
  FieldId field = 0;  ///< of a field; of an indexed one: the dictionary's
  std::string uri;    ///< FieldURI as written
  std::string key;    ///< FieldIndex
  std::string part;   ///< of an address: "City"
  ExtendedName extended;

  bool operator==(const PropertyPath& other) const;
};

/// t:FieldURI, t:IndexedFieldURI or t:ExtendedFieldURI. The fault is what Exchange's validator says.
std::expected<PropertyPath, SoapFault> read_path(const SoapRequest& request, pugi::xml_node node);
/// The first child that is a path; a null node for none.
pugi::xml_node path_in(pugi::xml_node node);
void write_path(XmlWriter& xml, const PropertyPath& path);
void write_extended_name(XmlWriter& xml, const ExtendedName& name);

/// A t:ExtendedProperty's value as it is kept: t:Value or t:Values, booleans and times in one form.
std::string extended_value_xml(pugi::xml_node property, std::string_view type);

/// Whether the text has a GUID's form, without braces.
bool is_guid(std::string_view text);

/// The elements' inner XML with the prefix t:, comments and declarations left out.
std::string normalised(pugi::xml_node node);
/// Its attributes, each with a blank before it; declarations left out.
std::string normalised_attributes(pugi::xml_node node);

}  // namespace mailward::exchange_sim
