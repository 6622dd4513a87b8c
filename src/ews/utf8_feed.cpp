#include "ews/utf8_feed.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace mailward::ews {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::string_view kLittle = "\xFF\xFE";
constexpr std::string_view kBig = "\xFE\xFF";

unsigned char at(std::string_view text, std::size_t where) {
  return static_cast<unsigned char>(text[where]);
}

/// What may follow a first byte (RFC 3629 4): how many bytes there are, and the range of the second.
struct Shape {
  std::size_t length = 0;  ///< 0: begins nothing
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

Shape shape_of(unsigned char first) {
  if (first < 0xC2) return {};
  if (first < 0xE0) return {.length = 2};
  if (first == 0xE0) return {.length = 3, .low = 0xA0};
  if (first == 0xED) return {.length = 3, .high = 0x9F};
  if (first < 0xF0) return {.length = 3};
  if (first == 0xF0) return {.length = 4, .low = 0x90};
  if (first < 0xF4) return {.length = 4};
  if (first == 0xF4) return {.length = 4, .high = 0x8F};
  return {};
}

/// Where the ASCII from `from` on ends.
std::size_t ascii_end(std::string_view text, std::size_t from) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  while (from + sizeof kHighBits <= text.size()) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + from, sizeof eight);
    if ((eight & kHighBits) != 0) break;
    from += sizeof eight;
  }
  while (from < text.size() && at(text, from) < 0x80) ++from;
  return from;
}

}  // namespace

Utf8Prefix utf8_prefix(std::string_view text) {
  for (std::size_t i = 0;;) {
    i = ascii_end(text, i);
    if (i == text.size()) return {.length = i};
    const Shape shape = shape_of(at(text, i));
    if (shape.length == 0) return {.length = i};
    for (std::size_t k = 1; k < shape.length; ++k) {
      if (i + k == text.size()) return {.length = i, .rest_may_become_text = true};
      const unsigned char low = k == 1 ? shape.low : 0x80;
      const unsigned char high = k == 1 ? shape.high : 0xBF;
      if (at(text, i + k) < low || at(text, i + k) > high) return {.length = i};
    }
    i += shape.length;
  }
}

std::string_view Utf8Feed::take(std::string_view bytes) {
  if (broken_) return {};
  if (encoding_ != Encoding::unknown) {
    return encoding_ == Encoding::utf8 ? take_utf8(bytes) : take_utf16(bytes);
  }
  held_ += bytes;
  if (!find_encoding()) return {};
  begun_ = std::move(held_);
  held_.clear();
  return encoding_ == Encoding::utf8 ? take_utf8(begun_) : take_utf16(begun_);
}

/// False while the bytes may still become a mark.
bool Utf8Feed::find_encoding() {
  for (auto [mark, encoding] : {std::pair(kMark, Encoding::utf8), std::pair(kLittle, Encoding::utf16_little),
                                std::pair(kBig, Encoding::utf16_big)}) {
    if (held_.starts_with(mark)) {
      held_.erase(0, mark.size());
      encoding_ = encoding;
      return true;
    }
    if (mark.starts_with(held_)) return false;
  }
  encoding_ = Encoding::utf8;
  return true;
}

std::string_view Utf8Feed::take_utf8(std::string_view bytes) {
  if (!held_.empty()) {
    text_ = std::move(held_);
    text_ += bytes;
    held_.clear();
    bytes = text_;
  }
  const Utf8Prefix prefix = utf8_prefix(bytes);
  if (prefix.length < bytes.size()) {
    if (prefix.rest_may_become_text) {
      held_ = bytes.substr(prefix.length);
    } else {
      broken_ = true;
    }
  }
  return bytes.substr(0, prefix.length);
}

std::string_view Utf8Feed::take_utf16(std::string_view bytes) {
  std::string units = std::move(held_);
  held_.clear();
  units += bytes;
  std::size_t whole = units.size() - units.size() % 2;
  const auto high_byte = [&](std::size_t end) {
    return at(units, encoding_ == Encoding::utf16_little ? end - 1 : end - 2);
  };
  // A first half of a pair waits for its second.
  if (whole >= 2 && high_byte(whole) >= 0xD8 && high_byte(whole) <= 0xDB) whole -= 2;
  held_ = units.substr(whole);
  units.resize(whole);
  if (encoding_ == Encoding::utf16_big) {
    for (std::size_t i = 0; i + 1 < units.size(); i += 2) std::swap(units[i], units[i + 1]);
  }
  text_.clear();
  // Unit by unit only where the whole is no text, to give what stands before the break.
  if (auto converted = from_utf16le(as_bytes(units))) {
    text_ = *std::move(converted);
    return text_;
  }
  for (std::size_t i = 0; i + 1 < units.size();) {
    const auto high = at(units, i + 1);
    const std::size_t length = high >= 0xD8 && high <= 0xDB ? 4 : 2;
    auto one = from_utf16le(as_bytes(std::string_view(units).substr(i, length)));
    if (!one || i + length > units.size()) break;
    text_ += *one;
    i += length;
  }
  broken_ = true;
  held_.clear();
  return text_;
}

}  // namespace mailward::ews
