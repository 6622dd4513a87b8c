#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailward::ews {

/// The fields of an HTTP head in their order, repeats kept; names compare without case (RFC 9110 5.1).
class HttpFields {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void clear() { fields_.clear(); }
  /// The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The first value of that name, or empty.
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
  std::vector<std::string_view> all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& list() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Whether two ASCII texts are equal but for case.
bool same_ignoring_case(std::string_view a, std::string_view b);

}  // namespace mailward::ews
