#include "exchange_sim/extended_checks.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "exchange_sim/ews_values.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kArray = "Array";

template <typename Number>
bool is_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// xs:double and xs:float, as XmlConvert reads them.
template <typename Number>
bool is_real(std::string_view text) {
  return text == "INF" || text == "-INF" || text == "NaN" || is_number<Number>(text);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view without_braces(std::string_view text) {
  return text.starts_with('{') && text.ends_with('}') ? text.substr(1, text.size() - 2) : text;
}

/// `type`: of one value, "Integer".
bool fits(std::string_view text, std::string_view type) {
  if (type == "String") return true;
  text = trimmed(text);
  if (type == "Short") return is_number<std::int16_t>(text);
  if (type == "Integer") return is_number<std::int32_t>(text);
  if (type == "Long") return is_number<std::int64_t>(text) || is_number<std::uint64_t>(text);
  if (type == "Currency") return is_number<std::int64_t>(text);
  if (type == "Float") return is_real<float>(text);
  if (type == "Double" || type == "ApplicationTime") return is_real<double>(text);
  if (type == "SystemTime") return parse_ews_time(text).has_value();
  if (type == "CLSID") return is_guid(without_braces(text));
  if (type == "Binary") return decode_base64(text).has_value();
  if (type == "Boolean") {
    const std::string word = lower_case(text);
    return word == "true" || word == "false" || word == "1" || word == "0";
  }
  return false;
}

ResponseError invalid_value() {
  return {.code = "ErrorInvalidExtendedPropertyValue",
          .text = "The extended property value does not match the type of the property.",
          .values = {}};
}

}  // namespace

std::optional<ResponseError> refusal_of_path(const PropertyPath& path) {
  if (path.kind != PathKind::extended) return std::nullopt;
  const std::string_view type = path.extended.type;
  if (type == "Object" || type == "ObjectArray" || type == "Error" || type == "Null") {
    return ResponseError{.code = "ErrorUnsupportedMapiPropertyType",
                         .text = "The extended property type is not supported.",
                         .values = {}};
  }
  if (path.extended.possible) return std::nullopt;
  return ResponseError{.code = "ErrorInvalidExtendedProperty",
                       .text = "The extended property attribute combination is invalid.",
                       .values = {}};
}

std::optional<ResponseError> refusal_of_extended(pugi::xml_node property, const PropertyPath& path) {
  if (auto refusal = refusal_of_path(path)) return refusal;
  std::string_view type = path.extended.type;
  const auto several = child(property, kTypesNs, "Values");
  if (static_cast<bool>(several) != type.ends_with(kArray)) return invalid_value();
  if (!several) {
    if (fits(text_of(child(property, kTypesNs, "Value")), type)) return std::nullopt;
    return invalid_value();
  }
  type.remove_suffix(kArray.size());
  if (std::ranges::all_of(elements(several), [&](pugi::xml_node each) { return fits(text_of(each), type); })) {
    return std::nullopt;
  }
  return invalid_value();
}

}  // namespace mailward::exchange_sim
