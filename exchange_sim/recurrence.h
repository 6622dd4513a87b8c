#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace mailward::exchange_sim {

/// t:Recurrence (MS-OXWSMTGS 2.2.4.31), read: on which days a series happens.
class Recurrence {
 public:
  /// What t:Recurrence holds, prefixes made t:. None for a pattern or a range that cannot be.
  static std::optional<Recurrence> read(std::string_view inner);

  /// A day on which it happens, counted from 1 on from the series' first one, whatever was deleted or moved since.
  struct Numbered {
    std::size_t index = 0;
    std::chrono::local_days day{};
  };
  /// In their order, from `from` up to `until`, both included, at most so many. What lies before is not walked through:
  /// the time that it takes depends on what is found.
  std::vector<Numbered> days(std::chrono::local_days from, std::chrono::local_days until, std::size_t most) const;
  /// Whether it happens at all.
  bool happens() const;
  std::chrono::local_days first() const { return first_; }
  std::optional<std::chrono::local_days> last_day() const { return last_; }
  /// Whether it ever ends.
  bool ends() const { return last_.has_value() || count_.has_value(); }

 private:
  enum class Pattern { daily, weekly, monthly, monthly_relative, yearly, yearly_relative };
  /// The days of the pattern's n-th period that could be: a day, a week, a month, a year.
  std::vector<std::chrono::local_days> period(unsigned number) const;
  /// A period all of whose days lie before that day, the last such or one a little before; 0 where there is none.
  unsigned periods_before(std::chrono::local_days day) const;
  /// On how many days it happens in the periods before that one.
  std::size_t days_before(unsigned number) const;
  std::chrono::local_days relative_day(std::chrono::year_month month) const;
  bool on(std::chrono::weekday day) const { return (days_ >> day.c_encoding() & 1U) != 0; }

  Pattern pattern_ = Pattern::daily;
  unsigned interval_ = 1;
  unsigned days_ = 0;  ///< a bit for each weekday, Sunday the lowest
  int index_ = 0;      ///< of a relative pattern: the first to the fourth, 5 the last
  unsigned day_of_month_ = 1;
  std::chrono::month month_{1};
  std::chrono::weekday week_begins_{0};
  std::chrono::local_days first_{};
  std::optional<std::chrono::local_days> last_;
  std::optional<std::size_t> count_;
};

}  // namespace mailward::exchange_sim
