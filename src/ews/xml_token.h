#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ews/failure.h"
#include "ews/xml.h"

/// Inner part of the scanner: the reading of one token that is whole.
namespace mailward::ews {

inline bool is_xml_space(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}
/// XML 1.0, production Char.
bool is_xml_character(std::uint32_t code);

Failure malformed_xml(std::string what);
Failure truncated_xml();
Failure refused_xml(std::string_view what);

/// The first letter from `from` on that text cannot hold as it is: `<`, `&`, a control character, or what may be the
/// beginning of U+FFFE or U+FFFF.
std::size_t find_special(std::string_view text, std::size_t from);

/// How long the character at `where` is that XML does not allow; 0 where it is allowed. The text is UTF-8, so that only
/// controls and U+FFFE, U+FFFF are left to find.
std::size_t illegal_length(std::string_view text, std::size_t where);

/// A whole reference, `&` to `;`: whether it stands for a character that XML allows (false: it is to be replaced).
/// Errors: malformed_xml, xml_limit for an entity that is none of XML's five.
Outcome<bool> read_reference(std::string_view reference);

/// A start tag written again in its plainest form.
struct PlainTag {
  std::size_t name_length = 0;  ///< right behind the `<`
  bool empty = false;
  std::size_t attributes = 0;
  std::size_t replaced = 0;
};
/// `tag` is whole, from `<` to `>`; `out` becomes the plain form. Errors: malformed_xml, xml_limit.
Outcome<PlainTag> read_start_tag(std::string_view tag, const XmlLimits& limits, std::string& out);
/// The name of a whole end tag. Errors: as above.
Outcome<std::string_view> read_end_tag(std::string_view tag, const XmlLimits& limits);

inline constexpr std::string_view kXmlReplacement = "\xEF\xBF\xBD";

}  // namespace mailward::ews
