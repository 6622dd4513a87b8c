#include "ews/base64_reader.h"

namespace mailward::ews {
namespace {

constexpr std::uint8_t kNone = 0xFF;

constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    values[static_cast<unsigned char>(kLetters[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

bool is_space(unsigned char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

}  // namespace

bool Base64Reader::take(unsigned char letter, std::uint8_t*& to) {
  if (is_space(letter)) return true;
  if (ended_) return false;
  if (letter == '=') {
    if (filled_ < 2) return false;
    ++padding_;
  } else if (padding_ > 0 || kValues[letter] == kNone) {
    return false;
  }
  group_[filled_++] = letter == '=' ? std::uint8_t{0} : kValues[letter];
  if (filled_ < 4) return true;
  const std::uint32_t bits = (std::uint32_t{group_[0]} << 18U) | (std::uint32_t{group_[1]} << 12U) |
                             (std::uint32_t{group_[2]} << 6U) | group_[3];
  *to++ = static_cast<std::uint8_t>(bits >> 16U);
  if (padding_ < 2) *to++ = static_cast<std::uint8_t>(bits >> 8U);
  if (padding_ < 1) *to++ = static_cast<std::uint8_t>(bits);
  filled_ = 0;
  ended_ = padding_ > 0;
  return true;
}

bool Base64Reader::feed(std::string_view text, Bytes& out) {
  const std::size_t begun = out.size();
  out.resize(begun + (text.size() + filled_) / 4 * 3);
  std::uint8_t* to = out.data() + begun;
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  bool good = true;
  while (good && at != end) {
    // Whole groups without space or padding, which is nearly all there is.
    while (filled_ == 0 && !ended_ && end - at >= 4) {
      const std::uint32_t a = kValues[at[0]];
      const std::uint32_t b = kValues[at[1]];
      const std::uint32_t c = kValues[at[2]];
      const std::uint32_t d = kValues[at[3]];
      if (((a | b | c | d) & 0x80U) != 0) break;
      const std::uint32_t bits = (a << 18U) | (b << 12U) | (c << 6U) | d;
      to[0] = static_cast<std::uint8_t>(bits >> 16U);
      to[1] = static_cast<std::uint8_t>(bits >> 8U);
      to[2] = static_cast<std::uint8_t>(bits);
      to += 3;
      at += 4;
    }
    if (at != end) good = take(*at++, to);
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return good;
}

}  // namespace mailward::ews
