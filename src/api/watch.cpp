#include "api/watch.h"

#include <charconv>

#include <chrono>
#include <utility>

#include "base/log.h"

namespace mailward::api {

Watch::Watch(const db::Database& database, std::string channel) : thread_("watch " + channel, 1, 1) {
  const auto watch = [&database, channel = std::move(channel), signal = signal_, stop = stop_.get_token()] {
    std::uint64_t seen = database.wakes(channel);
    while (!stop.stop_requested()) {
      const db::Woken woken = database.wait(channel, seen, Deadline::after(std::chrono::seconds(5)), stop);
      // Read before the streams are woken: what changes while they look is seen by the next wait.
      seen = database.wakes(channel);
      if (woken == db::Woken::notified) signal.notify();
    }
  };
  // The pool is new and empty, so it takes the task; without it streams still look by themselves every second.
  if (const auto taken = thread_.submit(watch); !taken) log::failure("watch", taken.error());
}

Watch::~Watch() {
  stop_.request_stop();
}

std::optional<std::int64_t> seen_by(const std::string& last_event_id) {
  std::int64_t seen = 0;
  const char* end = last_event_id.data() + last_event_id.size();
  const auto [stop, code] = std::from_chars(last_event_id.data(), end, seen);
  if (code != std::errc() || stop != end || seen < 0) return std::nullopt;
  return seen;
}

}  // namespace mailward::api
