#include "connections/maintenance_window.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/error.h"

namespace mailward::connections {
namespace {

using std::chrono::minutes;

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr int kDay = 24 * 60;
constexpr int kMonday = 1;  // struct tm counts from Sunday

std::tm local(Timestamp at) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return parts;
}

/// That time of that day, `days` days later: mktime carries what is too much into hours and days.
Timestamp moment(const std::tm& day, int days, minutes of_day) {
  std::tm parts{};
  parts.tm_year = day.tm_year;
  parts.tm_mon = day.tm_mon;
  parts.tm_mday = day.tm_mday + days;
  parts.tm_min = static_cast<int>(of_day.count());
  parts.tm_isdst = -1;
  return Timestamp(std::chrono::seconds(std::mktime(&parts)));
}

bool begins_on(const MaintenanceWindow& window, const std::tm& day, int days) {
  const int weekday = ((day.tm_wday - kMonday + days) % 7 + 7) % 7;
  return (window.days >> weekday & 1) != 0;
}

WindowTime on(const MaintenanceWindow& window, const std::tm& day, int days) {
  return {.begin = moment(day, days, window.from), .end = moment(day, days, window.from + window.length)};
}

std::unexpected<Error> malformed(std::string_view text) {
  return fail(Error(BaseError::malformed, "'" + printable(text, 60) + "' is no maintenance window")
                  .with_remedy("write it as days and times: \"mon-fri 22:00-04:00\", \"sat,sun 00:00-24:00\", "
                               "\"daily 01:30-05:00\""));
}

int day_named(std::string_view name) {
  const auto* const found = std::ranges::find(kDays, name);
  return found == kDays.end() ? -1 : static_cast<int>(found - kDays.begin());
}

/// "mon-fri,sun", "daily"; 0 where it is no such thing.
std::uint8_t parse_days(std::string_view text) {
  if (text == "daily") return 0x7f;
  std::uint8_t days = 0;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const auto dash = part.find('-');
    const int first = day_named(part.substr(0, dash));
    const int last = dash == std::string_view::npos ? first : day_named(part.substr(dash + 1));
    if (first < 0 || last < 0) return 0;
    for (int day = first;; day = (day + 1) % 7) {
      days = static_cast<std::uint8_t>(days | 1U << day);
      if (day == last) break;
    }
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return 0;
  }
  return days;
}

/// "22:00" in minutes of the day, up to 24:00; -1 where it is none.
int parse_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  int hours = 0;
  int past = 0;
  const auto* const data = text.data();
  if (std::from_chars(data, data + 2, hours).ptr != data + 2) return -1;
  if (std::from_chars(data + 3, data + 5, past).ptr != data + 5) return -1;
  const int all = hours * 60 + past;
  return hours < 0 || past < 0 || past > 59 || all > kDay ? -1 : all;
}

}  // namespace

WindowTime open_or_next(const MaintenanceWindow& window, Timestamp at) {
  const std::tm today = local(at);
  // One that began yesterday may still be open. A week has each day; the eighth is for one that is over today.
  for (int days = -1; days <= 8; ++days) {
    if (!begins_on(window, today, days)) continue;
    const WindowTime time = on(window, today, days);
    if (time.end > at && time.end > time.begin) return time;
  }
  return {.begin = at, .end = at};  // no day at all: the form refuses that
}

WindowTime last_before(const MaintenanceWindow& window, Timestamp at) {
  const WindowTime reference = open_or_next(window, at);
  const std::tm day = local(reference.begin);
  for (int days = -1; days >= -8; --days) {
    if (!begins_on(window, day, days)) continue;
    const WindowTime time = on(window, day, days);
    if (time.end > time.begin) return time;
  }
  return reference;
}

bool is_open(const MaintenanceWindow& window, Timestamp at) {
  const WindowTime time = open_or_next(window, at);
  return time.begin <= at && at < time.end;
}

Result<MaintenanceWindow> parse_window(std::string_view text) {
  const std::string all = lower_case(text);
  const std::string_view view(all);
  const auto space = view.find(' ');
  if (space == std::string_view::npos) return malformed(text);
  const std::string_view times = view.substr(
      view.find_first_not_of(' ', space) == std::string_view::npos ? view.size() : view.find_first_not_of(' ', space));
  MaintenanceWindow window;
  window.days = parse_days(view.substr(0, space));
  const auto dash = times.find('-');
  const int from = parse_time(times.substr(0, dash));
  const int until = dash == std::string_view::npos ? -1 : parse_time(times.substr(dash + 1));
  if (window.days == 0 || from < 0 || from >= kDay || until < 0 || until == from) return malformed(text);
  window.from = minutes(from);
  window.length = minutes(until > from ? until - from : until + kDay - from);
  return window;
}

std::string window_text(const MaintenanceWindow& window) {
  std::string days;
  if (window.days == 0x7f) days = "daily";
  for (int first = 0; first < 7 && days != "daily"; ++first) {
    if ((window.days >> first & 1) == 0) continue;
    int last = first;
    while (last < 6 && (window.days >> (last + 1) & 1) != 0) ++last;
    days += (days.empty() ? "" : ",") + std::string(kDays.at(static_cast<std::size_t>(first)));
    if (last > first) {
      days += (last > first + 1 ? "-" : ",") + std::string(kDays.at(static_cast<std::size_t>(last)));
    }
    first = last;
  }
  const auto from = window.from.count();
  auto until = (window.from + window.length).count();
  if (until > kDay) until -= kDay;
  return fmt::format("{} {:02}:{:02}-{:02}:{:02}", days, from / 60, from % 60, until / 60, until % 60);
}

}  // namespace mailward::connections
