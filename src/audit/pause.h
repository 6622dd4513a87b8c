#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace mailward::audit {

/// Waits that long, or until it is asked to stop.
inline void pause(std::chrono::milliseconds span, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, span, [] { return false; });
}

}  // namespace mailward::audit
