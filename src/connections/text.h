#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What the fields of forms are made of. Internal to connections/.
namespace mailward::connections {

/// Without outer white space (ASCII's).
std::string_view trimmed_text(std::string_view text);
/// ASCII letters to upper case; others stay.
std::string upper_case(std::string_view text);
/// Characters, not bytes, of UTF-8 text.
std::size_t character_count(std::string_view utf8);
/// What is wrong with one line of text, as the end of a sentence ("is not UTF-8"); nothing where all is well: UTF-8
/// without control characters, at most `limit` characters.
std::optional<std::string> text_problem(std::string_view text, std::size_t limit);

}  // namespace mailward::connections
