#include "exchange_sim/property_path.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.h"
#include "base/clock.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/operations.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

constexpr auto kSets = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"Meeting", "6ed8da90-450b-101b-98da-00aa003f1305"},
    {"Appointment", "00062002-0000-0000-c000-000000000046"},
    {"Common", "00062008-0000-0000-c000-000000000046"},
    {"PublicStrings", "00020329-0000-0000-c000-000000000046"},
    {"Address", "00062004-0000-0000-c000-000000000046"},
    {"InternetHeaders", "00020386-0000-0000-c000-000000000046"},
    {"CalendarAssistant", "11000e07-b51b-40d6-af21-caa85edab1d0"},
    {"UnifiedMessaging", "4442858e-a9e3-4e80-b900-317a210cc15b"},
    {"Task", "00062003-0000-0000-c000-000000000046"},
    {"Sharing", "00062040-0000-0000-c000-000000000046"},
});

constexpr auto kTypes = std::to_array<std::string_view>({
    "ApplicationTime", "ApplicationTimeArray", "Binary",     "BinaryArray",     "Boolean", "CLSID",       "CLSIDArray",
    "Currency",        "CurrencyArray",        "Double",     "DoubleArray",     "Error",   "Float",       "FloatArray",
    "Integer",         "IntegerArray",         "Long",       "LongArray",       "Null",    "Object",      "ObjectArray",
    "Short",           "ShortArray",           "SystemTime", "SystemTimeArray", "String",  "StringArray",
});

/// The dictionaries that a t:IndexedFieldURI reaches into: FieldURI, the whole's FieldURI, the part.
struct Indexed {
  std::string_view uri;
  std::string_view dictionary;
  std::string_view part;
};
constexpr auto kIndexed = std::to_array<Indexed>({
    {"contacts:ImAddress", "contacts:ImAddresses", ""},
    {"contacts:PhysicalAddress:Street", "contacts:PhysicalAddresses", "Street"},
    {"contacts:PhysicalAddress:City", "contacts:PhysicalAddresses", "City"},
    {"contacts:PhysicalAddress:State", "contacts:PhysicalAddresses", "State"},
    {"contacts:PhysicalAddress:CountryOrRegion", "contacts:PhysicalAddresses", "CountryOrRegion"},
    {"contacts:PhysicalAddress:PostalCode", "contacts:PhysicalAddresses", "PostalCode"},
    {"contacts:PhoneNumber", "contacts:PhoneNumbers", ""},
    {"contacts:EmailAddress", "contacts:EmailAddresses", ""},
    {"item:InternetMessageHeader", "item:InternetMessageHeaders", ""},
    {"distributionlist:Members:Member", "distributionlist:Members", ""},
});

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// "0x" and one to four hexadecimal digits, or an xs:unsignedShort.
bool is_tag(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) {
    return text.size() > 2 && text.size() <= 6 && is_hex(text.substr(2));
  }
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// What t:ExtendedFieldURI's attributes may be by the schema.
std::optional<SoapFault> check_extended(const SoapRequest& request, pugi::xml_node node) {
  const std::string_view tag = node.attribute("PropertyTag").value();
  if (node.attribute("PropertyTag") && !is_tag(tag)) {
    return invalid_attribute(
        request, node, "PropertyTag", std::string(kTypesNs) + ":PropertyTagType",
        "The value '" + std::string(tag) + "' is not valid according to any of the memberTypes of the union.");
  }
  if (node.attribute("PropertySetId") && !is_guid(node.attribute("PropertySetId").value())) {
    return invalid_attribute(request, node, "PropertySetId", std::string(kTypesNs) + ":GuidType",
                             "The Pattern constraint failed.");
  }
  return check_int_attribute(request, node, "PropertyId");
}

/// Which attributes may stand together (Microsoft's documentation of ExtendedFieldURI): a tag alone, and none of the
/// range that each database numbers for itself; else a set with either a name or an id.
bool goes_together(pugi::xml_node node, std::uint32_t tag) {
  constexpr std::uint32_t kFirstCustom = 0x8000;
  const auto has = [&](const char* name) { return static_cast<bool>(node.attribute(name)); };
  const bool named = has("PropertyName") || has("PropertyId");
  const bool in_set = has("DistinguishedPropertySetId") || has("PropertySetId");
  if (has("PropertyTag")) return !named && !in_set && tag < kFirstCustom;
  return has("DistinguishedPropertySetId") != has("PropertySetId") && has("PropertyName") != has("PropertyId");
}

std::uint32_t number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

std::string hex(std::uint32_t value) {
  std::array<char, 16> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, 16).ptr;
  return {text.data(), end};
}

std::expected<ExtendedName, SoapFault> read_extended(const SoapRequest& request, pugi::xml_node node) {
  if (auto fault = check_attribute(request, node, "PropertyType", "MapiPropertyTypeType", kTypes)) {
    return std::unexpected(*std::move(fault));
  }
  if (auto fault = check_extended(request, node)) return std::unexpected(*std::move(fault));
  ExtendedName name;
  name.type = node.attribute("PropertyType").value();
  name.tag = number(node.attribute("PropertyTag").value());
  name.possible = goes_together(node, name.tag);
  name.id = static_cast<std::uint32_t>(read_int(node.attribute("PropertyId").value()).value_or(0));
  name.name = node.attribute("PropertyName").value();
  name.set = lower_case(node.attribute("PropertySetId").value());
  name.distinguished_set = node.attribute("DistinguishedPropertySetId").value();
  if (!name.distinguished_set.empty()) {
    const auto* set =
        std::ranges::find(kSets, name.distinguished_set, &std::pair<std::string_view, std::string_view>::first);
    if (set == kSets.end()) {
      return std::unexpected(schema_violation(
          request.xml, node,
          "The 'DistinguishedPropertySetId' attribute is invalid - The value '" + name.distinguished_set +
              "' is invalid according to its datatype '" + std::string(kTypesNs) +
              ":DistinguishedPropertySetType' - The Enumeration constraint failed."));
    }
    name.set = set->second;
  }
  return name;
}

std::string scalar(std::string_view text, std::string_view type) {
  if (type.starts_with("Boolean")) return lower_case(text) == "true" || text == "1" ? "true" : "false";
  if (type.starts_with("SystemTime")) {
    if (const auto time = parse_ews_time(text)) return ews_time(*time);
  }
  return std::string(text);
}

void append_normalised(std::string& out, pugi::xml_node node) {  // NOLINT(misc-no-recursion): the reader bounds depth
  for (const auto inside : node.children()) {
    if (inside.type() == pugi::node_pcdata || inside.type() == pugi::node_cdata) {
      out += escape_text(inside.value());
    } else if (inside.type() == pugi::node_element) {
      const std::string name = "t:" + std::string(local_name(inside));
      out += "<" + name + normalised_attributes(inside);
      if (!inside.first_child()) {
        out += "/>";
        continue;
      }
      out += ">";
      append_normalised(out, inside);
      out += "</" + name + ">";
    }
  }
}

}  // namespace

std::string ExtendedName::key() const {
  if (set.empty()) return "tag:" + hex(tag) + ":" + type;
  if (name.empty()) return set + ":id:" + hex(id) + ":" + type;
  return set + ":name:" + name + ":" + type;
}

bool PropertyPath::operator==(const PropertyPath& other) const {
  if (kind != other.kind) return false;
  if (kind == PathKind::extended) return extended == other.extended;
  return uri == other.uri && key == other.key;
}

std::expected<PropertyPath, SoapFault> read_path(const SoapRequest& request, pugi::xml_node node) {
  PropertyPath path;
  if (is(node, kTypesNs, "ExtendedFieldURI")) {
    auto name = read_extended(request, node);
    if (!name) return std::unexpected(std::move(name).error());
    path.kind = PathKind::extended;
    path.extended = *std::move(name);
    return path;
  }
  const bool indexed = is(node, kTypesNs, "IndexedFieldURI");
  const std::string_view type = indexed ? "DictionaryURIType" : "UnindexedFieldURIType";
  if (auto fault = check_attribute(request, node, "FieldURI", type, {})) return std::unexpected(*std::move(fault));
  path.uri = node.attribute("FieldURI").value();
  const auto unknown = [&] {
    return std::unexpected(schema_violation(request.xml, node,
                                            "The 'FieldURI' attribute is invalid - The value '" + path.uri +
                                                "' is invalid according to its datatype '" + std::string(kTypesNs) +
                                                ":" + std::string(type) + "' - The Enumeration constraint failed."));
  };
  if (indexed) {
    const auto* found = std::ranges::find(kIndexed, path.uri, &Indexed::uri);
    if (found == kIndexed.end()) return unknown();
    if (auto fault = check_attribute(request, node, "FieldIndex", "string", {}))
      return std::unexpected(*std::move(fault));
    path.kind = PathKind::indexed;
    path.field = field_id(found->dictionary);
    path.key = node.attribute("FieldIndex").value();
    path.part = found->part;
    return path;
  }
  if (const auto id = find_field(path.uri)) {
    path.kind = PathKind::field;
    path.field = *id;
  } else if (path.uri.starts_with("folder:")) {
    path.kind = PathKind::folder;
  } else if (!is_field_uri(path.uri)) {
    return unknown();
  }
  return path;
}

pugi::xml_node path_in(pugi::xml_node node) {
  for (const auto inside : elements(node)) {
    const std::string_view name = local_name(inside);
    if (name == "FieldURI" || name == "IndexedFieldURI" || name == "ExtendedFieldURI") return inside;
  }
  return {};
}

void write_extended_name(XmlWriter& xml, const ExtendedName& name) {
  std::string out = "<t:ExtendedFieldURI";
  const auto attribute = [&out](std::string_view key, std::string_view value) {
    out += " " + std::string(key) + "=\"" + escape_attribute(value) + "\"";
  };
  if (!name.distinguished_set.empty()) {
    attribute("DistinguishedPropertySetId", name.distinguished_set);
  } else if (!name.set.empty()) {
    attribute("PropertySetId", name.set);
  }
  // Recorded answers spell a tag as the server does, not as it was asked for.
  if (name.set.empty()) attribute("PropertyTag", "0x" + hex(name.tag));
  if (!name.set.empty() && !name.name.empty()) attribute("PropertyName", name.name);
  if (!name.set.empty() && name.name.empty()) attribute("PropertyId", std::to_string(name.id));
  attribute("PropertyType", name.type);
  xml.raw(out + "/>");
}

void write_path(XmlWriter& xml, const PropertyPath& path) {
  if (path.kind == PathKind::extended) return write_extended_name(xml, path.extended);
  if (path.kind == PathKind::indexed) {
    return xml.empty("t:IndexedFieldURI", {{"FieldURI", path.uri}, {"FieldIndex", path.key}});
  }
  xml.empty("t:FieldURI", {{"FieldURI", path.uri}});
}

std::string extended_value_xml(pugi::xml_node property, std::string_view type) {
  XmlWriter xml;
  if (const auto values = child(property, kTypesNs, "Values")) {
    xml.open("t:Values");
    for (const auto value : elements(values)) xml.text("t:Value", scalar(text_of(value), type));
    xml.close("t:Values");
  } else {
    xml.text("t:Value", scalar(text_of(child(property, kTypesNs, "Value")), type));
  }
  return xml.take();
}

bool is_guid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((kForm[i] == '-') != (text[i] == '-')) return false;
    if (kForm[i] != '-' && !is_hex(text.substr(i, 1))) return false;
  }
  return true;
}

std::string normalised(pugi::xml_node node) {
  std::string out;
  append_normalised(out, node);
  return out;
}

std::string normalised_attributes(pugi::xml_node node) {
  std::string out;
  for (const auto attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (name == "xmlns" || name.starts_with("xmlns:")) continue;
    out += " " + std::string(name) + "=\"" + escape_attribute(attribute.value()) + "\"";
  }
  return out;
}

}  // namespace mailward::exchange_sim
