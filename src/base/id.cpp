#include "base/id.h"

#include <algorithm>

#include "base/digest.h"

namespace mailward {
namespace {

constexpr std::string_view kLetters = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kTextLength = 13;
constexpr std::int64_t kEpochMillis = 1'735'689'600'000;  // 2025-01-01T00:00:00Z
constexpr int kRandomBits = 22;

}  // namespace

std::int64_t new_id_value(const Clock& clock) {
  const std::int64_t millis = std::max<std::int64_t>(to_micros(clock.now()) / 1000 - kEpochMillis, 1);
  std::array<std::uint8_t, 3> random{};
  fill_random(random);
  const std::int64_t low = (random[0] | (random[1] << 8) | (random[2] << 16)) & ((1 << kRandomBits) - 1);
  return ((millis & ((std::int64_t{1} << 41) - 1)) << kRandomBits) | low;
}

Timestamp id_time(std::int64_t value) {
  return Timestamp(std::chrono::milliseconds((value >> kRandomBits) + kEpochMillis));
}

std::string id_text(std::int64_t value) {
  std::string text(kTextLength, '0');
  auto rest = static_cast<std::uint64_t>(value);
  for (std::size_t i = kTextLength; i-- > 0; rest >>= 5) text[i] = kLetters[rest & 31];
  return text;
}

Result<std::int64_t> parse_id_text(std::string_view text) {
  const auto malformed = [&] {
    return fail(BaseError::malformed,
                "\"" + printable(text, 40) + "\" is no identifier: 13 letters and digits are expected");
  };
  if (text.size() != kTextLength) return malformed();
  std::uint64_t value = 0;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const std::size_t digit = kLetters.find(lower);
    if (digit == std::string_view::npos || value >> 58 != 0) return malformed();
    value = (value << 5) | digit;
  }
  if (value == 0) return malformed();
  return static_cast<std::int64_t>(value);
}

}  // namespace mailward
