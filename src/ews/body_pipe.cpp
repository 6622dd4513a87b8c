#include "ews/body_pipe.h"

namespace mailward::ews {

bool BodyPipe::put(std::string_view piece) {
  std::scoped_lock lock(mutex_);
  if (!bytes_.empty() && bytes_.size() + piece.size() > capacity_) {
    resting_ = true;
    return false;
  }
  bytes_ += piece;
  condition_.notify_one();
  return true;
}

void BodyPipe::end() {
  // Notified under the lock: the reader's frame owns this.
  std::scoped_lock lock(mutex_);
  ended_ = true;
  condition_.notify_one();
}

BodyPipe::Taken BodyPipe::take(std::string& out, MonotonicTime until) {
  out.clear();
  std::unique_lock lock(mutex_);
  condition_.wait_until(lock, until, [this] { return ended_ || !bytes_.empty(); });
  Taken taken;
  if (!bytes_.empty()) {
    out.swap(bytes_);
    taken.took = Took::bytes;
  } else if (ended_) {
    taken.took = Took::ended;
  }
  taken.resting = resting_;
  resting_ = false;
  return taken;
}

}  // namespace mailward::ews
