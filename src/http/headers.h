#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailward::http {

/// Header fields in the order in which they were sent, repeats kept. Names are compared without regard to case and kept
/// as they were written. Values are bytes without surrounding white space.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// The first field of that name, or null; valid until the headers change.
  const std::string* find(std::string_view name) const;
  /// The first field's value, or `fallback`.
  std::string_view get(std::string_view name, std::string_view fallback = {}) const;
  std::vector<std::string_view> all(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Whether one of the fields of that name, read as a comma-separated list, holds `token` (in any case).
  bool has_token(std::string_view name, std::string_view token) const;

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string value);
  /// Removes every field of that name; how many there were.
  std::size_t remove(std::string_view name);

  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

/// Whether two texts are equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace mailward::http
