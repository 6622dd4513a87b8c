#include "exchange_sim/query_dates.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/bytes.h"
#include "exchange_sim/ews_values.h"

namespace mailward::exchange_sim {
namespace {

using std::chrono::days;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};

struct Span {
  Timestamp from;
  Timestamp until;
};

template <typename Names>
std::optional<unsigned> index_of(const Names& names, std::string_view word) {
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin());
}

/// Digits alone, at most four.
std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = error == std::errc() && end == text.data() + text.size() && value >= 0 && text.size() <= 4;
  return digits ? std::optional(value) : std::nullopt;
}

/// The day so many months on; the month's last where it has no such day.
sys_days shifted(sys_days day, int by) {
  const year_month_day date{day};
  const auto month = date.year() / date.month() + months(by);
  const auto last = (month / std::chrono::last).day();
  return month / std::min(date.day(), last);
}

std::optional<Span> day_of(int year, unsigned month, unsigned day) {
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return Span{.from = sys_days(date), .until = sys_days(date) + days(1)};
}

/// One date or word at a time out of a text.
class DateReader {
 public:
  DateReader(std::string_view text, Timestamp now) : text_(text), today_(std::chrono::floor<days>(now)) {}

  std::optional<ReadDates> read() {
    const std::string_view comparison = take_comparison();
    const auto first = read_one();
    if (!first) return std::nullopt;
    DateRange range{.from = first->from, .until = first->until};
    if (comparison.empty() && take("..")) {
      const auto second = read_one();
      if (!second) return std::nullopt;
      range.until = second->until;
    }
    if (comparison == ">=") range = {.from = first->from, .until = std::nullopt};
    if (comparison == ">") range = {.from = first->until, .until = std::nullopt};
    if (comparison == "<=") range = {.from = std::nullopt, .until = first->until};
    if (comparison == "<") range = {.from = std::nullopt, .until = first->from};
    return ReadDates{.range = range, .size = at_};
  }

 private:
  std::string_view take_comparison() {
    skip_blanks();
    for (const std::string_view each : {">=", "<=", ">", "<", "="}) {
      if (take(each)) return each;
    }
    return {};
  }

  std::optional<Span> read_one() {
    skip_blanks();
    if (!take("\"")) return read_words();
    const auto end = text_.find('"', at_);
    if (end == std::string_view::npos) return std::nullopt;
    DateReader inner(text_.substr(0, end), today_);
    inner.at_ = at_;
    const auto span = inner.read_words();
    inner.skip_blanks();
    if (inner.at_ != end) return std::nullopt;
    at_ = end + 1;
    return span;
  }

  std::optional<Span> read_words() {
    const std::string word = take_word();
    if (word.empty()) return std::nullopt;
    if (word == "today") return days_from(0, 1);
    if (word == "yesterday") return days_from(-1, 1);
    if (word == "tomorrow") return days_from(1, 1);
    for (const std::string_view each : {"this", "last", "next", "past", "coming"}) {
      if (word == each) return relative(each, take_word());
    }
    if (const auto weekday = index_of(kWeekdays, word))
      return days_from(static_cast<int>(*weekday) - weekday_today(), 1);
    if (const auto month = index_of(kMonths, word)) return of_month(*month + 1);
    if (word.contains('/')) return american(word);
    if (const auto year = number(word); year && word.size() == 4) return of_year(*year);
    const auto moment = parse_ews_time(word);
    if (!moment) return std::nullopt;
    constexpr std::size_t kDateAlone = 10;
    if (word.size() == kDateAlone) return Span{.from = *moment, .until = *moment + days(1)};
    return Span{.from = *moment, .until = *moment + std::chrono::seconds(1)};
  }

  std::optional<Span> relative(std::string_view which, const std::string& unit) const {
    const int step = which == "last" ? -1 : which == "next" ? 1 : 0;
    if (unit == "week") {
      if (which == "past") return days_from(-6, 7);
      if (which == "coming") return days_from(0, 7);
      return days_from(-weekday_today() + 7 * step, 7);
    }
    if (unit != "month" && unit != "year") return std::nullopt;
    const int length = unit == "month" ? 1 : 12;
    if (which == "past") return Span{.from = shifted(today_, -length) + days(1), .until = today_ + days(1)};
    if (which == "coming") return Span{.from = today_, .until = shifted(today_, length)};
    const year_month_day date{today_};
    const auto begin = unit == "month" ? date.year() / date.month() / 1 : date.year() / std::chrono::January / 1;
    return Span{.from = sys_days(begin + months(step * length)),
                .until = sys_days(begin + months((step + 1) * length))};
  }

  /// "December", "December 11", "December 11, 2013": of this year where none is named.
  std::optional<Span> of_month(unsigned month) {
    const std::size_t behind_month = at_;
    const auto day = number(take_word());
    if (!day || *day > 31) {
      at_ = behind_month;
      const auto begin = this_year() / std::chrono::month(month) / 1;
      return Span{.from = sys_days(begin), .until = sys_days(begin + months(1))};
    }
    const std::size_t behind_day = at_;
    const std::string last = take_word();
    const auto year = last.size() == 4 ? number(last) : std::nullopt;
    if (!year) at_ = behind_day;
    return day_of(year.value_or(static_cast<int>(this_year())), month, static_cast<unsigned>(*day));
  }

  static std::optional<Span> of_year(int year) {
    const auto begin = std::chrono::year(year) / std::chrono::January / 1;
    return Span{.from = sys_days(begin), .until = sys_days(begin + months(12))};
  }

  /// Month, day and, if it is not this one, the year.
  std::optional<Span> american(std::string_view word) const {
    const auto first = word.find('/');
    const auto second = word.find('/', first + 1);
    const auto month = number(word.substr(0, first));
    const auto day = number(word.substr(first + 1, second == std::string_view::npos ? second : second - first - 1));
    auto year = std::optional(static_cast<int>(this_year()));
    if (second != std::string_view::npos) {
      year = word.size() - second == 5 ? number(word.substr(second + 1)) : std::nullopt;
    }
    if (!month || !day || !year) return std::nullopt;
    return day_of(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
  }

  Span days_from(int first, int count) const {
    return {.from = today_ + days(first), .until = today_ + days(first + count)};
  }
  int weekday_today() const { return static_cast<int>(std::chrono::weekday(today_).c_encoding()); }
  std::chrono::year this_year() const { return year_month_day(today_).year(); }

  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }
  bool take(std::string_view sign) {
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  /// Up to a blank, a bracket, a quotation mark or two dots, in lower case, without the comma at its end.
  std::string take_word() {
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < text_.size() && !std::string_view(" \t\r\n()\"").contains(text_[at_]) &&
           !text_.substr(at_).starts_with("..")) {
      ++at_;
    }
    std::string word = lower_case(text_.substr(begin, at_ - begin));
    if (word.ends_with(',')) word.pop_back();
    return word;
  }

  std::string_view text_;
  sys_days today_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<ReadDates> read_query_dates(std::string_view text, Timestamp now) {
  auto read = DateReader(text, now).read();
  // What is glued to it makes it another word.
  if (read && read->size < text.size() && !std::string_view(" \t\r\n()").contains(text[read->size]))
    return std::nullopt;
  return read;
}

}  // namespace mailward::exchange_sim
