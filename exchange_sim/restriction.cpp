#include "exchange_sim/restriction.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/bytes.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_reading.h"
#include "exchange_sim/query_checks.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/text_folding.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 12> kExpressions{"Contains",     "Excludes",
                                                        "Exists",       "IsEqualTo",
                                                        "IsNotEqualTo", "IsGreaterThan",
                                                        "And",          "IsGreaterThanOrEqualTo",
                                                        "IsLessThan",   "IsLessThanOrEqualTo",
                                                        "Not",          "Or"};
constexpr std::array<std::string_view, 5> kModes{"FullString", "Prefixed", "Substring", "PrefixOnWords", "ExactPhrase"};
constexpr std::array<std::string_view, 8> kComparisons{"Exact",
                                                       "IgnoreCase",
                                                       "IgnoreNonSpacingCharacters",
                                                       "Loose",
                                                       "IgnoreCaseAndNonSpacingCharacters",
                                                       "LooseAndIgnoreCase",
                                                       "LooseAndIgnoreNonSpace",
                                                       "LooseAndIgnoreCaseAndIgnoreNonSpace"};
/// Microsoft's list of response codes: ErrorRestrictionTooLong.
constexpr std::size_t kMostExpressions = 255;
/// Enumerations whose values have an order (importance, sensitivity).
constexpr std::array<std::string_view, 3> kOrdered{"low", "normal", "high"};

std::optional<double> as_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

template <typename T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

bool truth(std::string_view text) {
  return text == "true" || text == "1" || text == "True";
}

bool is_word(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool at_word_start(std::string_view text, std::size_t at) {
  return at == 0 || !is_word(text[at - 1]);
}

bool at_word_end(std::string_view text, std::size_t at) {
  return at == text.size() || !is_word(text[at]);
}

/// t:ContainmentComparisonType. What is loose leaves out of account all that can be.
Folding folding_of(std::string_view comparison) {
  const bool loose = comparison.starts_with("Loose");
  return {.letter_case = loose || comparison.starts_with("IgnoreCase"),
          .marks = loose || comparison.ends_with("NonSpacingCharacters")};
}

bool contains(std::string_view text, std::string_view wanted, std::string_view mode) {
  if (mode == "FullString") return text == wanted;
  if (mode == "Prefixed") return text.starts_with(wanted);
  for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
    if (mode == "PrefixOnWords" && !at_word_start(text, at)) continue;
    if (mode == "ExactPhrase" && !(at_word_start(text, at) && at_word_end(text, at + wanted.size()))) continue;
    return true;
  }
  return false;
}

}  // namespace

int compare_texts(std::string_view a, std::string_view b, ValueType type) {
  switch (type) {
    case ValueType::integer:
    case ValueType::number: {
      const auto left = as_number(a);
      const auto right = as_number(b);
      if (left && right) return order(*left, *right);
      break;
    }
    case ValueType::boolean:
      return order(truth(a), truth(b));
    case ValueType::time: {
      const auto left = parse_timestamp(a);
      const auto right = parse_timestamp(b);
      if (left && right) return order(*left, *right);
      break;
    }
    case ValueType::choice: {
      const auto* left = std::ranges::find(kOrdered, lower_case(a));
      const auto* right = std::ranges::find(kOrdered, lower_case(b));
      if (left != kOrdered.end() && right != kOrdered.end()) return order(left, right);
      break;
    }
    default:
      break;
  }
  return order(lower_case(a), lower_case(b));
}

namespace {

/// Whether a property of that type can have the value at all.
bool fits(const PropertyPath& path, std::string_view text) {
  switch (type_of(path)) {
    case ValueType::integer: {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      return error == std::errc{} && end == text.data() + text.size();
    }
    case ValueType::number:
      return as_number(text).has_value();
    case ValueType::boolean:
      return lower_case(text) == "true" || lower_case(text) == "false" || text == "1" || text == "0";
    case ValueType::time:
      return parse_ews_time(text).has_value();
    case ValueType::choice:
      return is_choice(path.uri, text);
    default:
      return true;
  }
}

ResponseError invalid_value_for(const PropertyPath& path) {
  return {.code = "ErrorInvalidValueForProperty",
          .text = "The specified value is invalid for property.",
          .values = {},
          .path = path.kind == PathKind::extended ? std::string() : path.uri};
}

bool is_mask(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  return text.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "0123456789", hex ? 2 : 0) == std::string_view::npos;
}

}  // namespace

struct Restriction::Node {
  std::string name;
  std::vector<Node> inside;
  PropertyPath path;
  std::optional<PropertyPath> other;  ///< the right side, where it is a property
  std::string constant;
  std::string mode;
  Folding folding{};
  std::uint32_t mask = 0;
  std::optional<ResponseError> refusal{};

  static std::expected<Node, SoapFault> read(const SoapRequest& request, pugi::xml_node node);
  bool holds(const TextReader& reader) const;
  bool compares(const TextReader& reader) const;
  /// With those inside it.
  std::size_t count() const {  // NOLINT(misc-no-recursion): the reader limits the depth
    std::size_t all = 1;
    for (const Node& each : inside) all += each.count();
    return all;
  }

 private:
  std::optional<SoapFault> read_operands(const SoapRequest& request, pugi::xml_node node);
  std::optional<SoapFault> read_mask(const SoapRequest& request, pugi::xml_node node);
};

std::optional<SoapFault> Restriction::Node::read_mask(const SoapRequest& request, pugi::xml_node node) {
  const std::string_view text = node.attribute("Value").value();
  if (!is_mask(text)) {
    return invalid_attribute(request, node, "Value", std::string(kTypesNs) + ":ExcludesAttributeType",
                             "The Pattern constraint failed.");
  }
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = text.substr(hex ? 2 : 0);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), mask, hex ? 16 : 10);
  if (read.ec != std::errc{}) {
    refusal = ResponseError{
        .code = "ErrorInvalidExcludesRestriction", .text = "The bitmask could not be parsed.", .values = {}};
  }
  return std::nullopt;
}

std::optional<SoapFault> Restriction::Node::read_operands(const SoapRequest& request, pugi::xml_node node) {
  const auto left = path_in(node);
  if (!left) return check_sequence(request, node, {"FieldURI|IndexedFieldURI|ExtendedFieldURI", "*"});
  auto read_left = read_path(request, left);
  if (!read_left) return std::move(read_left).error();
  path = *std::move(read_left);
  refusal = refusal_of_restricting(path, name);
  if (name == "Exists") return std::nullopt;
  if (name == "Excludes") {
    return read_mask(request, child(node, kTypesNs, "Bitmask"));
  }
  if (name == "Contains") {
    if (node.attribute("ContainmentMode")) {
      if (auto fault = check_attribute(request, node, "ContainmentMode", "ContainmentModeType", kModes)) return fault;
    }
    if (node.attribute("ContainmentComparison")) {
      if (auto fault =
              check_attribute(request, node, "ContainmentComparison", "ContainmentComparisonType", kComparisons)) {
        return fault;
      }
    }
    mode = node.attribute("ContainmentMode").as_string("Substring");
    folding = folding_of(node.attribute("ContainmentComparison").as_string("IgnoreCase"));
    constant = child(node, kTypesNs, "Constant").attribute("Value").value();
    return std::nullopt;
  }
  const auto right = child(node, kTypesNs, "FieldURIOrConstant");
  if (!right) return check_sequence(request, node, {"FieldURI|IndexedFieldURI|ExtendedFieldURI", "FieldURIOrConstant"});
  constant = child(right, kTypesNs, "Constant").attribute("Value").value();
  if (const auto property = path_in(right)) {
    auto read_right = read_path(request, property);
    if (!read_right) return std::move(read_right).error();
    other = *std::move(read_right);
    if (!refusal) refusal = refusal_of_restricting(*other, name);
  } else if (!refusal && !fits(path, constant)) {
    refusal = invalid_value_for(path);
  } else if (!refusal && type_of(path) == ValueType::time) {
    constant = ews_time(*parse_ews_time(constant));
  }
  return std::nullopt;
}

/// The reader of requests bounds the depth.
std::expected<Restriction::Node, SoapFault> Restriction::Node::read(  // NOLINT(misc-no-recursion)
    const SoapRequest& request, pugi::xml_node node) {
  Node made;
  made.name = local_name(node);
  if (std::ranges::find(kExpressions, made.name) == kExpressions.end() || namespace_of(node) != kTypesNs) {
    return std::unexpected(schema_violation(request.xml, node,
                                            "The element 'Restriction' in namespace '" + std::string(kMessagesNs) +
                                                "' has invalid child element '" + made.name + "' in namespace '" +
                                                std::string(namespace_of(node)) +
                                                "'. List of possible elements expected: 'SearchExpression' in "
                                                "namespace '" +
                                                std::string(kTypesNs) + "'."));
  }
  if (made.name == "And" || made.name == "Or" || made.name == "Not") {
    for (const auto each : elements(node)) {
      auto inner = read(request, each);
      if (!inner) return inner;
      if (!made.refusal) made.refusal = inner->refusal;
      made.inside.push_back(*std::move(inner));
    }
    return made;
  }
  if (auto fault = made.read_operands(request, node)) return std::unexpected(*std::move(fault));
  return made;
}

bool Restriction::Node::compares(const TextReader& reader) const {
  const ValueType type = type_of(path);
  const auto values = reader(path);
  std::string wanted = constant;
  if (other) {
    const auto right = reader(*other);
    if (right.empty()) return name == "IsNotEqualTo" && !values.empty();
    wanted = right.front();
  }
  const auto is = [&](const auto& fits) {
    return std::ranges::any_of(values,
                               [&](const std::string& each) { return fits(compare_texts(each, wanted, type)); });
  };
  if (name == "IsEqualTo") return is([](int sign) { return sign == 0; });
  if (name == "IsNotEqualTo") return !is([](int sign) { return sign == 0; });
  if (name == "IsGreaterThan") return is([](int sign) { return sign > 0; });
  if (name == "IsGreaterThanOrEqualTo") return is([](int sign) { return sign >= 0; });
  if (name == "IsLessThan") return is([](int sign) { return sign < 0; });
  return is([](int sign) { return sign <= 0; });
}

bool Restriction::Node::holds(const TextReader& reader) const {  // NOLINT(misc-no-recursion)
  const auto inner = [&](const Node& each) { return each.holds(reader); };
  if (name == "And") return std::ranges::all_of(inside, inner);
  if (name == "Or") return std::ranges::any_of(inside, inner);
  if (name == "Not") return std::ranges::none_of(inside, inner);
  if (name == "Exists") return !reader(path).empty();
  if (name == "Excludes") {
    const auto values = reader(path);
    const auto number = values.empty() ? std::nullopt : as_number(values.front());
    return number && (static_cast<std::uint32_t>(*number) & mask) == 0;
  }
  if (name == "Contains") {
    const std::string wanted = folded(constant, folding);
    return std::ranges::any_of(reader(path),
                               [&](const std::string& each) { return contains(folded(each, folding), wanted, mode); });
  }
  return compares(reader);
}

std::expected<Restriction, SoapFault> Restriction::read(const SoapRequest& request, pugi::xml_node node) {
  Restriction made;
  const auto inside = elements(node);
  if (inside.empty()) return made;
  auto root = Node::read(request, inside.front());
  if (!root) return std::unexpected(std::move(root).error());
  made.refusal_ = root->refusal;
  if (root->count() > kMostExpressions) {
    made.refusal_ = ResponseError{
        .code = "ErrorRestrictionTooLong", .text = "The restriction holds more than 255 expressions.", .values = {}};
  }
  made.root_ = std::make_shared<const Node>(*std::move(root));
  return made;
}

bool Restriction::holds(const TextReader& reader) const {
  return root_ == nullptr || root_->holds(reader);
}

}  // namespace mailward::exchange_sim
