#pragma once

#include <mutex>

#include "base/clock.h"

namespace mailward::testing {

/// A clock that stands still until it is moved. Thread-safe.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Timestamp start = from_micros(1'770'000'000'000'000))
      : now_(start), monotonic_(std::chrono::hours(1)) {}

  Timestamp now() const override {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  MonotonicTime monotonic() const override {
    const std::scoped_lock lock(mutex_);
    return monotonic_;
  }
  /// Time passes.
  void advance(Duration span) {
    const std::scoped_lock lock(mutex_);
    now_ += span;
    monotonic_ += span;
  }
  /// The wall clock is set; no time passes.
  void jump_to(Timestamp time) {
    const std::scoped_lock lock(mutex_);
    now_ = time;
  }

 private:
  mutable std::mutex mutex_;
  Timestamp now_;
  MonotonicTime monotonic_;
};

}  // namespace mailward::testing
