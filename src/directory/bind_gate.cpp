#include "directory/bind_gate.h"

#include "directory/directory_error.h"

namespace mailward::directory {

Status BindGate::pass(const std::function<Status()>& bind, Deadline deadline, const std::stop_token& stop) {
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, stop, deadline.moment(), [this] { return !busy_; })) {
      if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
      return fail(DirectoryError::timed_out, "the directory reader is still signing in");
    }
    if (refusal_) {
      return std::unexpected(
          Error(DirectoryError::refused_earlier, "the directory reader was refused and is not tried again")
              .with_remedy("type the reader's password again, or see to its account")
              .caused_by(Error(*refusal_)));
    }
    busy_ = true;
  }
  Status outcome = witness_ ? witness_->before_bind(deadline, stop) : Status();
  const bool may = outcome.has_value();
  if (may) {
    outcome = bind();
    if (witness_) witness_->after_bind(outcome);
  }
  {
    std::scoped_lock lock(mutex_);
    busy_ = false;
    if (may && !outcome && is_refused_bind(outcome.error())) refusal_ = outcome.error();
  }
  changed_.notify_all();
  return outcome;
}

}  // namespace mailward::directory
