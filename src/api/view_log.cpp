#include "api/view_log.h"

namespace mailward::api {

bool ViewLog::begins(const std::string& who, const std::string& what) {
  const MonotonicTime now = clock_.monotonic();
  const std::scoped_lock lock(mutex_);
  if (seen_.size() >= kMost) seen_.clear();
  const auto [place, is_new] = seen_.try_emplace(who + " " + what, now);
  if (!is_new && now - place->second < kOneView) return false;
  place->second = now;
  return true;
}

void ViewLog::forget(const std::string& who, const std::string& what) {
  const std::scoped_lock lock(mutex_);
  seen_.erase(who + " " + what);
}

}  // namespace mailward::api
