#include "connections/text.h"

#include <algorithm>

#include "base/bytes.h"

namespace mailward::connections {

namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::string_view trimmed_text(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

std::string upper_case(std::string_view text) {
  std::string raised(text);
  std::ranges::transform(raised, raised.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return raised;
}

std::size_t character_count(std::string_view utf8) {
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(utf8, starts_character));
}

std::optional<std::string> text_problem(std::string_view text, std::size_t limit) {
  if (!is_utf8(text)) return "is not UTF-8";
  // C1 controls (U+0080 to U+009F) are C2 80 to C2 9F in UTF-8.
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool c1 = static_cast<unsigned char>(text[at]) == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0;
    if (is_control(text[at]) || c1) return "may hold no line ends and no control characters";
  }
  if (character_count(text) > limit) return "may have at most " + std::to_string(limit) + " characters";
  return std::nullopt;
}

}  // namespace mailward::connections
