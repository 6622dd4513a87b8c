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

  /// The days on which it happens, in their order, up to and with `until`, at most so many. They are counted from the
  /// series' first one on, whatever was deleted or moved since.
  std::vector<std::chrono::local_days> days(std::chrono::local_days until, std::size_t most) const;
  std::chrono::local_days first() const { return first_; }
  /// Whether it ever ends.
  bool ends() const { return last_.has_value() || count_.has_value(); }

 private:
  enum class Pattern { daily, weekly, monthly, monthly_relative, yearly, yearly_relative };
  /// The days of the pattern's n-th period that could be: a day, a week, a month, a year.
  std::vector<std::chrono::local_days> period(unsigned number) const;
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
