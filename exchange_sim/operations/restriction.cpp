#include <algorithm>
#include <charconv>

#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

std::optional<long long> as_number(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

int compare(const std::string& a, std::string_view b) {
  const auto left = as_number(a);
  const auto right = as_number(b);
  if (left && right) return *left < *right ? -1 : *left > *right ? 1 : 0;
  const int order = lower_case(a).compare(lower_case(b));
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

std::string field_of(pugi::xml_node node) {
  return child(node, kTypesNs, "FieldURI").attribute("FieldURI").value();
}

bool contains(pugi::xml_node node, const FieldReader& read) {
  const std::string value = lower_case(read(field_of(node)));
  const std::string wanted = lower_case(child(node, kTypesNs, "Constant").attribute("Value").value());
  const std::string_view mode = node.attribute("ContainmentMode").value();
  if (mode == "FullString") return value == wanted;
  if (mode == "Prefixed") return value.starts_with(wanted);
  return value.find(wanted) != std::string::npos;
}

bool compares(pugi::xml_node node, const FieldReader& read) {
  const std::string_view name = local_name(node);
  const std::string value = read(field_of(node));
  const auto other = child(node, kTypesNs, "FieldURIOrConstant");
  const auto constant = child(other, kTypesNs, "Constant");
  const std::string wanted = constant ? std::string(constant.attribute("Value").value()) : read(field_of(other));
  const int order = compare(value, wanted);
  if (name == "IsEqualTo") return order == 0;
  if (name == "IsNotEqualTo") return order != 0;
  if (value.empty()) return false;
  if (name == "IsGreaterThan") return order > 0;
  if (name == "IsGreaterThanOrEqualTo") return order >= 0;
  if (name == "IsLessThan") return order < 0;
  if (name == "IsLessThanOrEqualTo") return order <= 0;
  return false;
}

/// The reader of requests bounds the depth.
bool holds(pugi::xml_node node, const FieldReader& read) {  // NOLINT(misc-no-recursion)
  const std::string_view name = local_name(node);
  const auto inside = elements(node);
  const auto inner = [&](pugi::xml_node each) { return holds(each, read); };
  if (name == "And") return std::ranges::all_of(inside, inner);
  if (name == "Or") return std::ranges::any_of(inside, inner);
  if (name == "Not") return std::ranges::none_of(inside, inner);
  if (name == "Exists") return !read(field_of(node)).empty();
  if (name == "Contains") return contains(node, read);
  return compares(node, read);
}

}  // namespace

bool matches(pugi::xml_node restriction, const FieldReader& read) {
  const auto inside = elements(restriction);
  return inside.empty() || holds(inside.front(), read);
}

}  // namespace mailward::exchange_sim
