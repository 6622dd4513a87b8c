#include "directory/attribute_values.h"

#include <charconv>
#include <limits>

#include "base/bytes.h"

namespace mailward::directory {
namespace {

constexpr std::int64_t kTicksPerSecond = 10'000'000;
constexpr std::int64_t kUnixEpochInFileTime = 116'444'736'000'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

}  // namespace

std::string escape_filter(std::string_view value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string escaped;
  for (char letter : value) {
    auto byte = static_cast<std::uint8_t>(letter);
    bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                 (letter >= '0' && letter <= '9') ||
                 std::string_view("@.-_:/+=, ").find(letter) != std::string_view::npos;
    if (plain) {
      escaped += letter;
    } else {
      escaped += '\\';
      escaped += kDigits[byte >> 4U];
      escaped += kDigits[byte & 15U];
    }
  }
  return escaped;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<Timestamp> file_time(std::string_view text) {
  auto ticks = number(text);
  if (!ticks || *ticks <= 0 || *ticks == kNever) return std::nullopt;
  return Timestamp(Duration((*ticks - kUnixEpochInFileTime) / 10));
}

std::optional<std::chrono::seconds> interval(std::string_view text) {
  auto ticks = number(text);
  if (!ticks || *ticks == std::numeric_limits<std::int64_t>::min() || *ticks > 0) return std::nullopt;
  return std::chrono::seconds(-*ticks / kTicksPerSecond);
}

Result<Timestamp> generalized_time(std::string_view text) {
  auto malformed = [&] { return fail(BaseError::malformed, "not a time: " + printable(text, 40)); };
  if (text.size() < 15 || text.back() != 'Z') return malformed();
  auto part = [&](std::size_t at, std::size_t length) { return number(text.substr(at, length)).value_or(-1); };
  std::int64_t year = part(0, 4);
  std::int64_t month = part(4, 2);
  std::int64_t day = part(6, 2);
  std::int64_t hour = part(8, 2);
  std::int64_t minute = part(10, 2);
  std::int64_t second = part(12, 2);
  if (year < 1601 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 || month < 1 ||
      day < 1) {
    return malformed();
  }
  std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                   std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return malformed();
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

std::string sid_text(std::string_view binary) {
  if (binary.size() < 8 || binary.size() != 8 + std::size_t{4} * byte_at(binary, 1)) return {};
  std::uint64_t authority = 0;
  for (std::size_t at = 2; at < 8; ++at) authority = authority << 8U | byte_at(binary, at);
  std::string text = "S-" + std::to_string(byte_at(binary, 0)) + "-" + std::to_string(authority);
  for (std::size_t at = 8; at < binary.size(); at += 4) {
    std::uint32_t part = byte_at(binary, at) | byte_at(binary, at + 1) << 8U | byte_at(binary, at + 2) << 16U |
                         byte_at(binary, at + 3) << 24U;
    text += "-" + std::to_string(part);
  }
  return text;
}

Result<std::string> sid_binary(std::string_view text) {
  auto malformed = [&] { return fail(BaseError::malformed, "not a SID: " + printable(text, 80)); };
  if (!text.starts_with("S-1-") || text.size() > 184) return malformed();
  std::vector<std::uint64_t> parts;
  std::string_view rest = text.substr(4);
  while (!rest.empty()) {
    auto dash = rest.find('-');
    auto part = number(rest.substr(0, dash));
    if (!part || *part < 0) return malformed();
    parts.push_back(static_cast<std::uint64_t>(*part));
    if (dash == std::string_view::npos) break;
    rest.remove_prefix(dash + 1);
    if (rest.empty()) return malformed();
  }
  if (parts.empty() || parts.size() > 16 || parts[0] >= 1ULL << 48U) return malformed();
  std::string binary{1, static_cast<char>(parts.size() - 1)};
  for (unsigned shift : {40U, 32U, 24U, 16U, 8U, 0U}) binary += static_cast<char>(parts[0] >> shift & 0xffU);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i] > std::numeric_limits<std::uint32_t>::max()) return malformed();
    for (unsigned shift : {0U, 8U, 16U, 24U}) binary += static_cast<char>(parts[i] >> shift & 0xffU);
  }
  return binary;
}

std::string guid_text(std::string_view binary) {
  if (binary.size() != 16) return {};
  // The first three groups are little-endian (MS-DTYP 2.3.4.2).
  constexpr std::size_t kOrder[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  Bytes ordered;
  for (std::size_t at : kOrder) ordered.push_back(static_cast<std::uint8_t>(binary[at]));
  std::string text = to_hex(ordered);
  for (std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

std::vector<std::string> encryption_type_names(std::int64_t bits) {
  constexpr std::pair<std::int64_t, const char*> kNames[] = {{0x20, "aes256-cts-hmac-sha1-96-sk"},
                                                             {0x10, "aes256-cts-hmac-sha1-96"},
                                                             {0x8, "aes128-cts-hmac-sha1-96"},
                                                             {0x4, "arcfour-hmac"},
                                                             {0x2, "des-cbc-md5"},
                                                             {0x1, "des-cbc-crc"}};
  std::vector<std::string> names;
  for (const auto& [bit, name] : kNames) {
    if ((bits & bit) != 0) names.emplace_back(name);
  }
  return names;
}

}  // namespace mailward::directory
