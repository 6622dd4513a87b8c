#include "exchange_sim/recurrence.h"

#include <algorithm>
#include <array>
#include <bit>

#include "exchange_sim/associated_items.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/xml_reading.h"

namespace mailward::exchange_sim {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 5> kIndexes{"First", "Second", "Third", "Fourth", "Last"};
constexpr int kLastIndex = 5;
constexpr unsigned kEveryDay = 0x7f;
constexpr unsigned kWeekend = 0x41;
/// As Exchange limits them.
constexpr unsigned kMostInterval = 999;
constexpr unsigned kMostOccurrences = 999;
/// What the store can hold as a day: from the first year of its clock up to the last of its calendar.
constexpr local_days kFirstDay{year(1601) / January / 1};
constexpr local_days kLastDay{year(4500) / August / 31};

/// 1 where it is not there, 0 where it is no number from 1 up to `most`.
unsigned number_in(pugi::xml_node node, std::string_view name, unsigned most) {
  const auto found = child(node, kTypesNs, name);
  if (!found) return 1;
  const auto value = read_int(text_of(found));
  return value && *value > 0 && static_cast<unsigned>(*value) <= most ? static_cast<unsigned>(*value) : 0;
}

unsigned days_in(std::string_view text) {
  unsigned days = 0;
  while (!text.empty()) {
    const auto blank = text.find(' ');
    const std::string_view name = text.substr(0, blank);
    const auto* found = std::ranges::find(kDays, name);
    if (found != kDays.end()) days |= 1U << (found - kDays.begin());
    if (name == "Day") days |= kEveryDay;
    if (name == "Weekday") days |= kEveryDay & ~kWeekend;
    if (name == "WeekendDay") days |= kWeekend;
    if (blank == std::string_view::npos) break;
    text.remove_prefix(blank + 1);
  }
  return days;
}

template <std::size_t N>
int place_in(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto* found = std::ranges::find(names, name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

/// A date, whatever zone is written behind it.
std::optional<local_days> date_in(pugi::xml_node node, std::string_view name) {
  constexpr std::size_t kDate = 10;
  const auto time = parse_ews_time(text_of(child(node, kTypesNs, name)).substr(0, kDate));
  if (!time) return std::nullopt;
  return local_days(floor<days>(*time).time_since_epoch());
}

}  // namespace

std::optional<Recurrence> Recurrence::read(std::string_view inner) {
  const pugi::xml_document document = parse_kept(inner);
  const auto parts = elements(document.document_element());
  if (parts.size() != 2) return std::nullopt;
  const auto pattern = parts[0];
  const auto range = parts[1];
  const std::string_view name = local_name(pattern);
  Recurrence made;
  made.interval_ = number_in(pattern, "Interval", kMostInterval);
  if (made.interval_ == 0) return std::nullopt;
  made.days_ = days_in(text_of(child(pattern, kTypesNs, "DaysOfWeek")));
  made.index_ = place_in(kIndexes, text_of(child(pattern, kTypesNs, "DayOfWeekIndex"))) + 1;
  made.day_of_month_ = number_in(pattern, "DayOfMonth", 31);
  if (made.day_of_month_ == 0) return std::nullopt;
  const int month = place_in(kMonths, text_of(child(pattern, kTypesNs, "Month")));
  made.month_ = std::chrono::month(static_cast<unsigned>(month < 0 ? 1 : month + 1));
  const int begins = place_in(kDays, text_of(child(pattern, kTypesNs, "FirstDayOfWeek")));
  made.week_begins_ = weekday(static_cast<unsigned>(begins < 0 ? 0 : begins));
  const bool relative = name.starts_with("Relative");
  if (relative && (made.days_ == 0 || made.index_ == 0)) return std::nullopt;
  if (name.ends_with("YearlyRecurrence") && month < 0) return std::nullopt;
  // The 31st of February is no day of any year.
  if (month >= 0 && made.day_of_month_ > static_cast<unsigned>((year(2000) / made.month_ / last).day())) {
    return std::nullopt;
  }
  if (name == "DailyRecurrence") {
    made.pattern_ = Pattern::daily;
  } else if (name == "WeeklyRecurrence") {
    if (made.days_ == 0) return std::nullopt;
    made.pattern_ = Pattern::weekly;
  } else if (name == "AbsoluteMonthlyRecurrence" || name == "RelativeMonthlyRecurrence") {
    made.pattern_ = relative ? Pattern::monthly_relative : Pattern::monthly;
  } else if (name == "AbsoluteYearlyRecurrence" || name == "RelativeYearlyRecurrence") {
    made.pattern_ = relative ? Pattern::yearly_relative : Pattern::yearly;
  } else {
    return std::nullopt;
  }
  const auto first = date_in(range, "StartDate");
  if (!first || *first < kFirstDay || *first > kLastDay) return std::nullopt;
  made.first_ = *first;
  if (local_name(range) == "EndDateRecurrence") {
    made.last_ = date_in(range, "EndDate");
    if (!made.last_ || *made.last_ < made.first_) return std::nullopt;
  } else if (local_name(range) == "NumberedRecurrence") {
    made.count_ = number_in(range, "NumberOfOccurrences", kMostOccurrences);
    if (*made.count_ == 0) return std::nullopt;
  } else if (local_name(range) != "NoEndRecurrence") {
    return std::nullopt;
  }
  return made;
}

local_days Recurrence::relative_day(year_month month) const {
  const local_days begin(month / 1);
  const local_days end(month / last);
  if (index_ == kLastIndex) {
    local_days day = end;
    while (!on(weekday(day))) day -= std::chrono::days(1);
    return day;
  }
  int seen = 0;
  for (local_days day = begin; day <= end; day += std::chrono::days(1)) {
    if (on(weekday(day)) && ++seen == index_) return day;
  }
  return end;
}

std::vector<local_days> Recurrence::period(unsigned number) const {
  const year_month_day start(first_);
  const auto day_in = [&](year_month month) {
    // The 31st of a shorter month is its last day.
    const year_month_day wanted = month / day(day_of_month_);
    return wanted.ok() ? local_days(wanted) : local_days(month / last);
  };
  switch (pattern_) {
    case Pattern::daily:
      return {first_ + std::chrono::days(number * interval_)};
    case Pattern::weekly: {
      const local_days week = first_ - (weekday(first_) - week_begins_) + weeks(number * interval_);
      std::vector<local_days> found;
      for (local_days each = week; each < week + weeks(1); each += std::chrono::days(1)) {
        if (on(weekday(each))) found.push_back(each);
      }
      return found;
    }
    case Pattern::monthly:
      return {day_in(start.year() / start.month() + months(number * interval_))};
    case Pattern::monthly_relative:
      return {relative_day(start.year() / start.month() + months(number * interval_))};
    case Pattern::yearly:
      return {day_in((start.year() + years(number)) / month_)};
    case Pattern::yearly_relative:
      return {relative_day((start.year() + years(number)) / month_)};
  }
  return {};
}

unsigned Recurrence::periods_before(local_days day) const {
  if (day <= first_) return 0;
  const year_month_day begin(first_);
  const year_month_day end(day);
  long long number = 0;
  switch (pattern_) {
    case Pattern::daily:
      number = (day - first_).count() / interval_;
      break;
    case Pattern::weekly:
      number = (day - first_).count() / 7 / interval_;
      break;
    case Pattern::monthly:
    case Pattern::monthly_relative:
      number = (end.year() / end.month() - begin.year() / begin.month()).count() / interval_;
      break;
    case Pattern::yearly:
    case Pattern::yearly_relative:
      number = (end.year() - begin.year()).count();
      break;
  }
  // The day itself may lie in that period, and a week may begin before the series does.
  return static_cast<unsigned>(std::max(number - 1, 0LL));
}

/// Every period but the first has as many days as any other.
std::size_t Recurrence::days_before(unsigned number) const {
  if (number == 0) return 0;
  const auto in_first = std::ranges::count_if(period(0), [&](local_days each) { return each >= first_; });
  const std::size_t each = pattern_ == Pattern::weekly ? static_cast<std::size_t>(std::popcount(days_)) : 1;
  return static_cast<std::size_t>(in_first) + (number - 1) * each;
}

std::vector<Recurrence::Numbered> Recurrence::days(local_days from, local_days until, std::size_t most) const {
  std::vector<Numbered> found;
  if (last_) until = std::min(until, *last_);
  unsigned number = periods_before(from);
  std::size_t index = days_before(number);
  for (; found.size() < most; ++number) {
    for (const local_days each : period(number)) {
      if (each < first_) continue;
      ++index;
      if (each > until || (count_ && index > *count_) || found.size() == most) return found;
      if (each >= from) found.push_back({.index = index, .day = each});
    }
  }
  return found;
}

bool Recurrence::happens() const {
  return !days(first_, last_.value_or(local_days::max()), 1).empty();
}

}  // namespace mailward::exchange_sim
