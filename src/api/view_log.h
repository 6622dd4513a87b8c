#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace mailward::api {

/// Remembers who looked at what lately, so that a page that reads the same form again and again is one view in the
/// audit trail. Bounded: where more than kMost are remembered, all are forgotten, and are written down once more.
/// Thread-safe.
class ViewLog {
 public:
  /// How long a view lasts.
  static constexpr std::chrono::minutes kOneView{5};
  static constexpr std::size_t kMost = 10'000;

  explicit ViewLog(const Clock& clock) : clock_(clock) {}
  /// Whether this is a new view, to be written down.
  bool begins(const std::string& who, const std::string& what);
  /// It could not be written down.
  void forget(const std::string& who, const std::string& what);

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, MonotonicTime> seen_;
};

}  // namespace mailward::api
