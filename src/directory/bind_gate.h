#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"

namespace mailward::directory {

/// Lets one caller try the reader's password while the others wait for what comes of it, and nobody once it was
/// refused. Thread-safe.
class BindGate {
 public:
  /// Errors: refused_earlier with the first refusal as its cause; timed_out, cancelled while waiting.
  Status enter(Deadline deadline, std::stop_token stop);
  /// What came of the try: a refusal closes the gate, success opens it for all, anything else lets the next one try.
  void leave(const Status& outcome);

 private:
  enum class Standing { unknown, trying, good, refused };
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Standing standing_ = Standing::unknown;
  std::optional<Error> refusal_;
};

}  // namespace mailward::directory
