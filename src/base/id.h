#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mailward {

/// A new 63-bit identifier, never 0: 41 bits of milliseconds since 2025, then 22 random bits, so that ids made later
/// sort later and several processes need not agree.
std::int64_t new_id_value(const Clock& clock);
/// Thirteen letters of Crockford's base 32, lower case.
std::string id_text(std::int64_t value);
/// Reads id_text's form in either case. Errors: malformed.
Result<std::int64_t> parse_id_text(std::string_view text);
/// When it was made, by the clock of who made it.
Timestamp id_time(std::int64_t value);

/// An identifier of one kind of thing, named by the tag, so that a run's id is never taken for a connection's.
/// A BIGINT in the database, thirteen letters everywhere else.
template <typename Tag>
class Id {
 public:
  Id() = default;
  static Id make(const Clock& clock = Clock::system()) { return Id(new_id_value(clock)); }
  static Id from_value(std::int64_t value) { return Id(value); }
  static Result<Id> parse(std::string_view text) {
    MW_TRY(auto value, parse_id_text(text));
    return Id(value);
  }

  std::int64_t value() const { return value_; }
  std::string text() const { return id_text(value_); }
  Timestamp made() const { return id_time(value_); }
  explicit operator bool() const { return value_ != 0; }
  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::int64_t value) : value_(value) {}
  std::int64_t value_ = 0;
};

}  // namespace mailward
