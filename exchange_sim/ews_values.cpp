#include "exchange_sim/ews_values.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace mailward::exchange_sim {

namespace {

/// What .NET's DateTime holds, and xs:dateTime writes with four digits.
constexpr Timestamp kFirstTime = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr Timestamp kEndOfTime = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);

}  // namespace

std::optional<Timestamp> parse_ews_time(std::string_view text) {
  std::string trimmed(text);
  const auto first = trimmed.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return std::nullopt;
  trimmed = trimmed.substr(first, trimmed.find_last_not_of(" \t\r\n") - first + 1);
  const auto clock = trimmed.find('T');
  if (clock == std::string::npos) {
    constexpr std::size_t kDate = 10;
    trimmed.resize(std::min(trimmed.size(), kDate));
  } else {
    // Seven digits of a second occur; the seventh is below what is kept.
    const auto dot = trimmed.find('.', clock);
    if (dot != std::string::npos) {
      const auto end = trimmed.find_first_not_of("0123456789", dot + 1);
      const std::size_t digits = (end == std::string::npos ? trimmed.size() : end) - dot - 1;
      constexpr std::size_t kKept = 6;
      if (digits > kKept) trimmed.erase(dot + 1 + kKept, digits - kKept);
    }
    if (trimmed.find_first_of("Z+-", clock) == std::string::npos) trimmed += 'Z';
  }
  const auto parsed = parse_timestamp(trimmed);
  if (!parsed || *parsed < kFirstTime || *parsed >= kEndOfTime) return std::nullopt;
  return *parsed;
}

std::optional<int> read_int(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string packed;
  packed.reserve(text.size());
  std::ranges::copy_if(text, std::back_inserter(packed),
                       [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
  const auto bytes = from_base64(packed);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

}  // namespace mailward::exchange_sim
