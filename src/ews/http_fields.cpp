#include "ews/http_fields.h"

#include <algorithm>

namespace mailward::ews {
namespace {

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

}  // namespace

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> HttpFields::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (same_ignoring_case(field, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> HttpFields::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : fields_) {
    if (same_ignoring_case(field, name)) values.emplace_back(value);
  }
  return values;
}

}  // namespace mailward::ews
