#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace mailward::access {

/// What a source is throttled and remembered by: an IPv4 address, the 64-bit network of an IPv6 address, "local" for
/// the local socket.
std::string source_key(std::string_view address);

/// How often something may fail before it must wait.
struct Budget {
  /// So many cost nothing.
  unsigned free = 10;
  /// Then one second, two, four … at most so long.
  std::chrono::seconds longest{900};
  /// For each such span without an attempt one failure is forgotten.
  std::chrono::seconds forgets_one_each{60};
};

/// Failures by key, with growing delays. Bounded: beyond `capacity` keys the one not touched for longest is forgotten.
/// Not thread-safe by itself. Times are of the monotonic clock.
class FailureTable {
 public:
  FailureTable(Budget budget, std::size_t capacity) : budget_(budget), capacity_(capacity) {}

  /// How long to wait yet; 0 when an attempt may be made.
  std::chrono::nanoseconds wait(const std::string& key, MonotonicTime now) const;
  /// An attempt is made: it counts as failed until it is taken back.
  void charge(const std::string& key, MonotonicTime now);
  /// It did not fail, or was not made after all.
  void take_back(const std::string& key, MonotonicTime now);
  std::size_t size() const { return lines_.size(); }

 private:
  struct Line {
    std::string key;
    unsigned failures = 0;
    MonotonicTime quiet_from;  ///< from when on failures are forgotten
    MonotonicTime blocked_until;
  };
  unsigned failures_at(const Line& line, MonotonicTime now) const;
  const Budget budget_;
  const std::size_t capacity_;
  std::list<Line> by_age_;  ///< the last touched first
  std::unordered_map<std::string_view, std::list<Line>::iterator> lines_;
};

/// Whether an attempt to sign in may be made. Nobody is ever locked out for good, and the right person is hindered as
/// little as can be:
///
/// - a source (an IPv4 address, or an IPv6 network of 64 bits) that fails waits up to 15 minutes, for all names;
/// - a name that fails waits up to 30 seconds, from all sources;
/// - but a name from a source it signed in from before counts by itself: neither what others try on that name nor what
///   others do from that source slows it; it waits up to 30 seconds for its own failures only;
/// - wrong one-time codes after a right password have a budget of their own, for they are easier to guess.
///
/// The memory is bounded (20,000 sources, 20,000 names, 5,000 of the others) and lost at a restart. Thread-safe.
class Throttle {
 public:
  explicit Throttle(const Clock& clock);

  /// What an attempt is charged to.
  struct Keys {
    std::string source;
    std::string name;
    bool known = false;  ///< the name signed in from this source before
  };
  static Keys keys(std::string_view address, std::string_view name, bool known);

  /// Charges the attempt and returns 0, or charges nothing and returns how long to wait (rounded up to seconds).
  std::chrono::seconds admit(const Keys& keys);
  /// The attempt did not fail, or was not made.
  void take_back(const Keys& keys);
  /// The same for the code that follows a right password.
  std::chrono::seconds admit_code(const Keys& keys);
  void take_back_code(const Keys& keys);

  /// How many keys are held, in all.
  std::size_t size() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  FailureTable sources_;
  FailureTable names_;
  FailureTable pairs_;
  FailureTable codes_;
};

}  // namespace mailward::access
