#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mailward {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// The bytes of a text, uncopied; valid as long as the text.
inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// The bytes as a text, uncopied; valid as long as the bytes. No encoding is implied.
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(std::string_view text) {
  return {as_bytes(text).begin(), as_bytes(text).end()};
}

/// ASCII letters to lower case; others stay.
std::string lower_case(std::string_view text);
/// Lower-case hexadecimal.
std::string to_hex(BytesView bytes);
/// Errors: malformed for an odd length or a letter that is no hexadecimal digit.
Result<Bytes> from_hex(std::string_view text);

/// RFC 4648 section 4, with padding, without line breaks.
std::string to_base64(BytesView bytes);
/// Errors: malformed for anything but the canonical form that to_base64 writes.
Result<Bytes> from_base64(std::string_view text);

/// UTF-8 to UTF-16LE, as NTLM and Active Directory want text. Errors: malformed for text that is not UTF-8.
Result<Bytes> to_utf16le(std::string_view utf8);
/// UTF-16LE to UTF-8. Errors: malformed for an odd length or an unpaired surrogate.
Result<std::string> from_utf16le(BytesView utf16);

/// Foreign text made fit to be shown: at most `limit` bytes of it (cut at a character, marked by "…"), control
/// characters, bidirectional overrides and bytes that are not UTF-8 escaped as \xNN or \u{NNNN}.
std::string printable(std::string_view foreign, std::size_t limit = 200);

/// Whether the text is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace mailward
