#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mailward::testing {

/// Seeded changes to what is valid, as a broken or hostile peer makes them: the same seed makes the same texts. For one
/// thread.
class Mutations {
 public:
  explicit Mutations(std::uint32_t seed) : random_(seed) {}

  /// One to three changes of any kind: letters, lines and pieces.
  std::string of_bytes(std::string_view text);
  /// The same of XML, four times in five such that it stays XML: values, attributes, elements that are missing,
  /// doubled, exchanged or named like another.
  std::string of_xml(std::string_view xml);

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  void change_bytes(std::string& text);
  void change_xml(std::string& xml);
  std::string_view odd_value();

  std::mt19937 random_;
};

}  // namespace mailward::testing
