#include "connections/powershell.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "connections/error.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

constexpr std::size_t kLimit = 500;

/// From and to: what nobody sees when he reads the script over before he runs it.
constexpr std::array<std::pair<char32_t, char32_t>, 7> kUnseen{{{0xad, 0xad},
                                                                {0x61c, 0x61c},
                                                                {0x200b, 0x200f},
                                                                {0x2028, 0x202e},
                                                                {0x2060, 0x2069},
                                                                {0xfeff, 0xfeff},
                                                                {0xfff9, 0xfffb}}};

bool is_unseen(char32_t c) {
  return std::ranges::any_of(kUnseen, [&](const auto& range) { return c >= range.first && c <= range.second; });
}

bool is_single_quote(char32_t c) {
  return c == U'\'' || (c >= 0x2018 && c <= 0x201b);
}

/// The first character of well-formed UTF-8, and its length.
std::pair<char32_t, std::size_t> first_character(std::string_view utf8) {
  const auto lead = static_cast<std::uint8_t>(utf8.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t c = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) c = (c << 6) | (static_cast<std::uint8_t>(utf8[k]) & 0x3fU);
  return {c, length};
}

}  // namespace

Result<std::string> powershell_literal(std::string_view value) {
  if (const auto problem = text_problem(value, kLimit)) {
    return fail(ConnectionsError::invalid_form, "a value of the script " + *problem);
  }
  std::string literal = "'";
  while (!value.empty()) {
    const auto [c, length] = first_character(value);
    if (is_unseen(c)) {
      return fail(ConnectionsError::invalid_form, "a value of the script may hold no characters that cannot be seen");
    }
    literal += value.substr(0, length);
    if (is_single_quote(c)) literal += value.substr(0, length);
    value.remove_prefix(length);
  }
  return literal + "'";
}

Result<std::string> powershell_list(const std::vector<std::string>& values) {
  std::string list = "@(";
  for (const std::string& value : values) {
    MW_TRY(const std::string literal, powershell_literal(value));
    list += (list.size() > 2 ? ", " : "") + literal;
  }
  return list + ")";
}

}  // namespace mailward::connections
