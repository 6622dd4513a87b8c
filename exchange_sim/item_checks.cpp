#include <algorithm>
#include <array>
#include <charconv>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_reading.h"

/// The schema's part of reading items.
namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kDeepestAttachment = 8;

struct Choices {
  std::string_view uri;
  std::string_view type;
  std::array<std::string_view, 6> names;
};
/// Enumerations that clients are known to get wrong; of others any name passes.
constexpr auto kChoices = std::to_array<Choices>({
    {"item:Importance", "ImportanceChoicesType", {"Low", "Normal", "High"}},
    {"item:Sensitivity", "SensitivityChoicesType", {"Normal", "Personal", "Private", "Confidential"}},
    {"calendar:LegacyFreeBusyStatus",
     "LegacyFreeBusyType",
     {"Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData"}},
    {"task:Status", "TaskStatusType", {"NotStarted", "InProgress", "Completed", "WaitingOnOthers", "Deferred"}},
});

/// Whether the schema allows the property no elements inside: HTML in a body, too, is text.
bool is_text_only(ValueType type) {
  switch (type) {
    case ValueType::text:
    case ValueType::integer:
    case ValueType::number:
    case ValueType::boolean:
    case ValueType::time:
    case ValueType::choice:
    case ValueType::binary:
    case ValueType::body:
      return true;
    default:
      return false;
  }
}

std::string named(pugi::xml_node node) {
  const std::string name = "'" + std::string(local_name(node)) + "'";
  const std::string_view ns = namespace_of(node);
  return ns.empty() ? name : name + " in namespace '" + std::string(ns) + "'";
}

std::optional<SoapFault> check_value(const SoapRequest& request, pugi::xml_node node, const Field& property) {
  if (const auto inside = elements(node); is_text_only(property.type) && !inside.empty()) {
    return schema_violation(request.xml, inside.front(),
                            "The element " + named(node) + " cannot contain child element " + named(inside.front()) +
                                " because the parent element's content model is text only.");
  }
  const std::string_view text = text_of(node);
  constexpr std::string_view kXsd = "http://www.w3.org/2001/XMLSchema:";
  switch (property.type) {
    case ValueType::boolean:
      if (text == "true" || text == "false" || text == "1" || text == "0") return std::nullopt;
      return invalid_value(request, node, std::string(kXsd) + "boolean",
                           "The string '" + std::string(text) + "' is not a valid Boolean value.");
    case ValueType::integer: {
      long long value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc{} && end == text.data() + text.size()) return std::nullopt;
      return invalid_value(request, node, std::string(kXsd) + "int",
                           "The string '" + std::string(text) + "' is not a valid Int32 value.");
    }
    case ValueType::time:
      if (parse_ews_time(text)) return std::nullopt;
      return invalid_value(request, node, std::string(kXsd) + "dateTime",
                           "The string '" + std::string(text) + "' is not a valid XsdDateTime value.");
    case ValueType::choice: {
      const auto* choices = std::ranges::find(kChoices, property.uri, &Choices::uri);
      if (choices == kChoices.end() || std::ranges::find(choices->names, text) != choices->names.end()) {
        return std::nullopt;
      }
      return invalid_value(request, node, std::string(kTypesNs) + ":" + std::string(choices->type),
                           "The Enumeration constraint failed.");
    }
    default:
      return std::nullopt;
  }
}

std::optional<SoapFault> check_at(const SoapRequest& request, pugi::xml_node node, std::size_t depth);

/// What may follow in the kind's sequence.
std::vector<std::string_view> possible_from(ItemKind kind, std::size_t place) {
  std::vector<std::string_view> found;
  for (const FieldId id : fields_of(kind).subspan(place)) found.push_back(field(id).element);
  return found;
}

std::optional<SoapFault> check_attachments(  // NOLINT(misc-no-recursion)
    const SoapRequest& request, pugi::xml_node list, std::size_t depth) {
  for (const auto attachment : elements(list)) {
    const std::string_view name = local_name(attachment);
    if (name != "FileAttachment" && name != "ItemAttachment" && name != "ReferenceAttachment")
      return unexpected_child(request, list, attachment, {"ItemAttachment", "FileAttachment", "ReferenceAttachment"});
    for (const auto inside : elements(attachment)) {
      if (!kind_of_element(local_name(inside))) continue;
      if (auto fault = check_at(request, inside, depth + 1)) return fault;
    }
  }
  return std::nullopt;
}

std::optional<SoapFault> check_at(  // NOLINT(misc-no-recursion)
    const SoapRequest& request, pugi::xml_node node, std::size_t depth) {
  const auto kind = kind_of_element(local_name(node));
  if (!kind || namespace_of(node) != kTypesNs || depth > kDeepestAttachment) {
    return unexpected_child(request, node.parent(), node);
  }
  std::size_t reached = 0;
  for (const auto element : elements(node)) {
    const auto id = field_of_element(*kind, local_name(element));
    const auto place = id ? place_of(*kind, *id) : std::nullopt;
    if (!place || *place < reached || namespace_of(element) != kTypesNs) {
      return unexpected_child(request, node, element, possible_from(*kind, reached));
    }
    const Field& property = field(*id);
    reached = property.type == ValueType::extended ? *place : *place + 1;
    if (auto fault = check_value(request, element, property)) return fault;
    if (property.type == ValueType::extended) {
      if (auto fault = check_sequence(request, element, {"ExtendedFieldURI", "Value|Values"})) return fault;
      const auto path = read_path(request, child(element, kTypesNs, "ExtendedFieldURI"));
      if (!path) return path.error();
    }
    if (property.element == "Attachments") {
      if (auto fault = check_attachments(request, element, depth)) return fault;
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_choice(std::string_view uri, std::string_view text) {
  const auto* choices = std::ranges::find(kChoices, uri, &Choices::uri);
  return choices == kChoices.end() ||
         (!text.empty() && std::ranges::find(choices->names, text) != choices->names.end());
}

std::optional<SoapFault> check_item(const SoapRequest& request, pugi::xml_node node) {
  return check_at(request, node, 0);
}

}  // namespace mailward::exchange_sim
