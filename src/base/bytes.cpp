#include "base/bytes.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace mailward {
namespace {

constexpr std::string_view kBase64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto kBase64Values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64Letters.size(); ++i) {
    values[static_cast<unsigned char>(kBase64Letters[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

struct Decoded {
  char32_t code_point = 0;
  std::size_t length = 0;
};

/// The character at `position`, or nothing where the bytes there are not UTF-8 (RFC 3629: shortest form, no
/// surrogates).
std::optional<Decoded> decode_at(std::string_view text, std::size_t position) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[position + i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return Decoded{first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || position + length > text.size()) return std::nullopt;
  char32_t value = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return std::nullopt;
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return std::nullopt;
  return Decoded{value, length};
}

void append_utf8(std::string& out, char32_t c) {
  auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

/// Control characters, and those that change the direction or are invisible: they could make a shown text lie.
bool must_be_escaped(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  for (char& letter : lowered) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lowered;
}

std::string to_hex(BytesView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(BaseError::malformed, "hexadecimal text of an odd length");
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return fail(BaseError::malformed, fmt::format("no hexadecimal digit at position {}", i));
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

std::string to_base64(BytesView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* to = text.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group =
        (std::uint32_t{bytes[i]} << 16U) | (std::uint32_t{bytes[i + 1]} << 8U) | std::uint32_t{bytes[i + 2]};
    for (const unsigned shift : {18U, 12U, 6U, 0U}) *to++ = kBase64Letters[(group >> shift) & 63U];
  }
  if (const std::size_t rest = bytes.size() - i; rest > 0) {
    const std::uint32_t group = (std::uint32_t{bytes[i]} << 16U) | (rest > 1 ? std::uint32_t{bytes[i + 1]} << 8U : 0U);
    for (std::size_t k = 0; k <= rest; ++k) *to++ = kBase64Letters[(group >> (18 - 6 * k)) & 63U];
  }
  return text;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(BaseError::malformed, "base64 text whose length is no multiple of four");
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t padding = !last || text[i + 3] != '=' ? 0 : text[i + 2] == '=' ? 2 : 1;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k < 4 - padding ? kBase64Values[static_cast<unsigned char>(text[i + k])] : 0;
      if (value < 0) return fail(BaseError::malformed, fmt::format("no base64 letter at position {}", i + k));
      group = (group << 6) | static_cast<std::uint32_t>(value);
    }
    if (padding > 0 && (group & (padding == 2 ? 0xFFFFu : 0xFFu)) != 0) {
      return fail(BaseError::malformed, "base64 text with bits left over in its last letter");
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) bytes.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * k)));
  }
  return bytes;
}

Result<Bytes> to_utf16le(std::string_view utf8) {
  Bytes out;
  out.reserve(utf8.size() * 2);
  auto put = [&](char32_t unit) {
    out.push_back(static_cast<std::uint8_t>(unit & 0xFF));
    out.push_back(static_cast<std::uint8_t>(unit >> 8));
  };
  for (std::size_t i = 0; i < utf8.size();) {
    const auto decoded = decode_at(utf8, i);
    if (!decoded) return fail(BaseError::malformed, fmt::format("the text is not UTF-8 at byte {}", i));
    i += decoded->length;
    if (decoded->code_point < 0x10000) {
      put(decoded->code_point);
    } else {
      put(0xD800 + ((decoded->code_point - 0x10000) >> 10));
      put(0xDC00 + ((decoded->code_point - 0x10000) & 0x3FF));
    }
  }
  return out;
}

Result<std::string> from_utf16le(BytesView utf16) {
  if (utf16.size() % 2 != 0) return fail(BaseError::malformed, "UTF-16 text of an odd number of bytes");
  auto unit = [&](std::size_t i) { return static_cast<char32_t>(utf16[i] | (utf16[i + 1] << 8)); };
  std::string out;
  for (std::size_t i = 0; i < utf16.size(); i += 2) {
    char32_t c = unit(i);
    if (c >= 0xD800 && c <= 0xDFFF) {
      const bool paired = c < 0xDC00 && i + 3 < utf16.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) <= 0xDFFF;
      if (!paired) return fail(BaseError::malformed, fmt::format("an unpaired surrogate at byte {}", i));
      c = 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    }
    append_utf8(out, c);
  }
  return out;
}

std::string printable(std::string_view foreign, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < foreign.size();) {
    const auto decoded = decode_at(foreign, i);
    const std::size_t length = decoded ? decoded->length : 1;
    if (i + length > limit) return out + "…";
    if (!decoded) {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(foreign[i]));
    } else if (!must_be_escaped(decoded->code_point)) {
      out += foreign.substr(i, length);
    } else if (decoded->code_point < 0x100) {
      out += fmt::format("\\x{:02X}", static_cast<unsigned>(decoded->code_point));
    } else {
      out += fmt::format("\\u{{{:04X}}}", static_cast<unsigned>(decoded->code_point));
    }
    i += length;
  }
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto decoded = decode_at(text, i);
    if (!decoded) return false;
    i += decoded->length;
  }
  return true;
}

}  // namespace mailward
