#include "api/run_watch.h"

#include <chrono>

#include "base/log.h"

namespace mailward::api {

RunWatch::RunWatch(const db::Database& database) : thread_("run watch", 1, 1) {
  const auto watch = [&database, signal = signal_, stop = stop_.get_token()] {
    std::uint64_t seen = database.wakes(kRunsChannel);
    while (!stop.stop_requested()) {
      const db::Woken woken = database.wait(kRunsChannel, seen, Deadline::after(std::chrono::seconds(5)), stop);
      // Read before the streams are woken: what changes while they look is seen by the next wait.
      seen = database.wakes(kRunsChannel);
      if (woken == db::Woken::notified) signal.notify();
    }
  };
  // The pool is new and empty, so it takes the task; without it streams still look by themselves every second.
  if (const auto taken = thread_.submit(watch); !taken) log::failure("run watch", taken.error());
}

RunWatch::~RunWatch() {
  stop_.request_stop();
}

}  // namespace mailward::api
