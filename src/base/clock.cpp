#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace mailward {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }
  MonotonicTime monotonic() const override { return std::chrono::steady_clock::now(); }
};

/// A whole number of exactly these digits, or -1.
int digits_at(std::string_view text, std::size_t at, std::size_t length) {
  if (at + length > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, length)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "Z", "+01:00": what to take off, or nothing where it is no zone.
std::optional<std::chrono::minutes> zone_offset(std::string_view zone) {
  if (zone == "Z" || zone == "z") return std::chrono::minutes(0);
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const int hours = digits_at(zone, 1, 2);
  const int minutes = digits_at(zone, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(hours * 60 + minutes);
  return zone[0] == '-' ? -offset : offset;
}

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

const Clock& Clock::system() {
  static const SystemClock clock;
  return clock;
}

std::chrono::milliseconds Deadline::remaining(const Clock& clock) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment_ - clock.monotonic());
  return std::max(left, std::chrono::milliseconds(0));
}

std::string format_timestamp(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string format_timestamp_exactly(Timestamp time) {
  const std::string text = format_timestamp(time);
  const auto below = (time - std::chrono::floor<std::chrono::milliseconds>(time)).count();
  return text.substr(0, text.size() - 1) + fmt::format("{:03}Z", below);
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  const auto malformed = [] {
    return fail(BaseError::malformed, "not a time of the form \"2026-01-31T09:05:00Z\" or \"2026-01-31\"");
  };
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return malformed();
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return malformed();
  const Timestamp midnight = std::chrono::sys_days(date);
  if (text.size() == 10) return midnight;
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    return malformed();
  }
  std::string_view rest = text.substr(19);
  Duration fraction(0);
  if (rest.starts_with('.')) {
    const std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end < 2 || end > 7) return malformed();
    std::string micros(rest.substr(1, end - 1));
    micros.resize(6, '0');
    fraction = Duration(digits_at(micros, 0, 6));
    rest.remove_prefix(end);
  }
  const auto offset = zone_offset(rest);
  if (!offset) return malformed();
  return midnight + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) + fraction -
         *offset;
}

Result<Timestamp> parse_http_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT": fixed places.
  const auto malformed = [] {
    return fail(BaseError::malformed, "not a date of the form \"Sun, 06 Nov 1994 08:49:37 GMT\"");
  };
  if (text.size() != 29 || text.substr(25) != " GMT" || text[3] != ',' || text[4] != ' ') return malformed();
  bool right = true;
  auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    const char* end = text.data() + at + length;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    right = right && error == std::errc() && stop == end && value >= 0;
    return value;
  };
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  const int day = number(5, 2);
  const int year = number(12, 4);
  const int hour = number(17, 2);
  const int minute = number(20, 2);
  const int second = number(23, 2);
  if (!right || month == kMonths.end() || hour > 23 || minute > 59 || second > 60) return malformed();
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return malformed();
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace mailward
