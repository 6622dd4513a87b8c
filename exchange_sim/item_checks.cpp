#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

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

constexpr std::string_view kXsd = "http://www.w3.org/2001/XMLSchema:";

std::optional<SoapFault> check_int(const SoapRequest& request, pugi::xml_node node, const Field& property) {
  const std::string_view text = text_of(node);
  const auto value = read_int(text);
  if (!value) {
    return invalid_value(request, node, std::string(kXsd) + "int",
                         "The string '" + std::string(text) + "' is not a valid Int32 value.");
  }
  // t:ReminderMinutesBeforeStartType: five years, or a mark.
  constexpr int kMostMinutes = 2'629'800;
  constexpr int kMark = 1'525'252'321;
  const bool minutes = property.uri == "item:ReminderMinutesBeforeStart";
  if (minutes && (*value < 0 || (*value > kMostMinutes && *value != kMark))) {
    return invalid_value(request, node, std::string(kTypesNs) + ":ReminderMinutesBeforeStartType",
                         "The MinInclusive or MaxInclusive constraint failed.");
  }
  return std::nullopt;
}

bool is_double(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

/// xs:language: "en-US".
bool is_language(std::string_view text) {
  constexpr std::size_t kMost = 8;
  bool first = true;
  while (true) {
    const std::string_view part = text.substr(0, text.find('-'));
    const auto fits = [&](char c) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      return letter || (!first && c >= '0' && c <= '9');
    };
    if (part.empty() || part.size() > kMost || !std::ranges::all_of(part, fits)) return false;
    if (part.size() == text.size()) return true;
    text.remove_prefix(part.size() + 1);
    first = false;
  }
}

/// t:FlagType is kept as it came: its times must be such as can be given back.
std::optional<SoapFault> check_flag(const SoapRequest& request, pugi::xml_node flag) {
  for (const auto node : elements(flag)) {
    const std::string_view text = text_of(node);
    if (!local_name(node).ends_with("Date")) continue;
    const auto clock = text.find('T');
    if (clock != std::string_view::npos && !text.substr(clock).contains(":60") && parse_ews_time(text)) continue;
    return invalid_value(request, node, std::string(kXsd) + "dateTime",
                         "The string '" + std::string(text) + "' is not a valid XsdDateTime value.");
  }
  return std::nullopt;
}

std::optional<SoapFault> check_value(const SoapRequest& request, pugi::xml_node node, const Field& property) {
  if (const auto inside = elements(node); is_text_only(property.type) && !inside.empty()) {
    return schema_violation(request.xml, inside.front(),
                            "The element " + named(node) + " cannot contain child element " + named(inside.front()) +
                                " because the parent element's content model is text only.");
  }
  const std::string_view text = text_of(node);
  switch (property.type) {
    case ValueType::boolean:
      if (text == "true" || text == "false" || text == "1" || text == "0") return std::nullopt;
      return invalid_value(request, node, std::string(kXsd) + "boolean",
                           "The string '" + std::string(text) + "' is not a valid Boolean value.");
    case ValueType::integer:
      return check_int(request, node, property);
    case ValueType::number:
      if (is_double(text)) return std::nullopt;
      return invalid_value(request, node, std::string(kXsd) + "double",
                           "The string '" + std::string(text) + "' is not a valid Double value.");
    case ValueType::text:
      if (property.uri != "item:Culture" || is_language(text)) return std::nullopt;
      return invalid_value(request, node, std::string(kXsd) + "language", "The Pattern constraint failed.");
    case ValueType::structure:
      return property.uri == "item:Flag" ? check_flag(request, node) : std::nullopt;
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
