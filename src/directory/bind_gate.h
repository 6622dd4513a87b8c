#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "directory/bind_witness.h"

namespace mailward::directory {

/// Lets one caller at a time try the reader's password, and nobody once it was refused: a password that was changed
/// elsewhere costs one attempt, however many callers there are. Thread-safe.
class BindGate {
 public:
  /// `witness` may be null.
  explicit BindGate(std::shared_ptr<BindWitness> witness) : witness_(std::move(witness)) {}
  /// Runs `bind`. Errors: its own; the witness's; refused_earlier with the first refusal as its cause; timed_out,
  /// cancelled while waiting.
  Status pass(const std::function<Status()>& bind, Deadline deadline, const std::stop_token& stop);

 private:
  std::shared_ptr<BindWitness> witness_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool busy_ = false;
  std::optional<Error> refusal_;
};

}  // namespace mailward::directory
