#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mailward {

/// A moment in UTC, to the microsecond: what is stored and shown.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
/// A moment of a clock that only runs forward: what is waited by. Meaningless outside the process.
using MonotonicTime = std::chrono::steady_clock::time_point;
using Duration = std::chrono::microseconds;

/// Where time comes from. Nothing outside base/ asks the system for it, so that tests can move it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual MonotonicTime monotonic() const = 0;

  /// The system's own clock; lives as long as the program.
  static const Clock& system();
};

/// A moment by which something must be done. Every wait takes one.
class Deadline {
 public:
  static Deadline after(std::chrono::nanoseconds span, const Clock& clock = Clock::system()) {
    return Deadline(clock.monotonic() + std::chrono::duration_cast<MonotonicTime::duration>(span));
  }
  static Deadline at(MonotonicTime moment) { return Deadline(moment); }

  MonotonicTime moment() const { return moment_; }
  bool expired(const Clock& clock = Clock::system()) const { return clock.monotonic() >= moment_; }
  /// Zero once expired.
  std::chrono::milliseconds remaining(const Clock& clock = Clock::system()) const;
  Deadline earlier_of(Deadline other) const { return Deadline(moment_ < other.moment_ ? moment_ : other.moment_); }

 private:
  explicit Deadline(MonotonicTime moment) : moment_(moment) {}
  MonotonicTime moment_;
};

inline std::int64_t to_micros(Timestamp time) {
  return time.time_since_epoch().count();
}
inline Timestamp from_micros(std::int64_t micros) {
  return Timestamp(Duration(micros));
}

/// RFC 3339 in UTC with milliseconds: "2026-01-31T09:05:00.123Z".
std::string format_timestamp(Timestamp time);
/// The same with microseconds, so that nothing is lost: "2026-01-31T09:05:00.123456Z".
std::string format_timestamp_exactly(Timestamp time);
/// RFC 3339 5.6, at most six decimals of a second, the zone "Z" or "+01:00"; a date alone is its first moment in UTC.
/// Errors: malformed.
Result<Timestamp> parse_timestamp(std::string_view text);
/// An IMF-fixdate of HTTP (RFC 9110 5.6.7). Errors: malformed.
Result<Timestamp> parse_http_date(std::string_view text);

}  // namespace mailward
