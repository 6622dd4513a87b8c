#include "app/housekeeping.h"

#include "base/log.h"
#include "work/events.h"

namespace mailward::app {

namespace {

constexpr std::chrono::seconds kBeat{1};
constexpr std::chrono::seconds kResume{10};
constexpr std::chrono::minutes kTidy{1};
constexpr std::chrono::days kEventsKept{7};
constexpr std::chrono::days kHeartbeatsKept{35};
constexpr std::chrono::days kNoticesKept{90};
/// Notified when a schedule is set.
constexpr std::string_view kSchedules = "schedules";

}  // namespace

Housekeeping::Housekeeping(const Parts& parts) : parts_(parts) {
  // The pool is new and empty, so it takes the task.
  if (const auto taken = thread_.submit([this] { live(); }); !taken) log::failure("housekeeping", taken.error());
}

Housekeeping::~Housekeeping() {
  stop_.request_stop();
}

void Housekeeping::live() {
  MonotonicTime tidied = parts_.clock.monotonic();
  MonotonicTime resumed = tidied;
  while (!stop_.stop_requested()) {
    const std::uint64_t seen = parts_.database.wakes(kSchedules);
    if (const auto begun = parts_.heartbeats.beat(); !begun) log::failure("heartbeats", begun.error());
    if (const auto sent = parts_.deliveries.deliver_due(); !sent) log::failure("notices", sent.error());
    if (parts_.clock.monotonic() - resumed >= kResume) {
      resumed = parts_.clock.monotonic();
      if (const auto taken_up = parts_.rotations.resume(); !taken_up) log::failure("rotations", taken_up.error());
      if (const auto begun = parts_.schedule.tick(); !begun) log::failure("schedule", begun.error());
      if (const auto looked = parts_.renewals.resume(); !looked) log::failure("renewals", looked.error());
    }
    if (parts_.clock.monotonic() - tidied >= kTidy) {
      tidied = parts_.clock.monotonic();
      tidy();
    }
    parts_.database.wait(kSchedules, seen, Deadline::after(kBeat), stop_.get_token());
  }
}

void Housekeeping::tidy() {
  const Timestamp now = parts_.clock.now();
  if (const auto swept = parts_.access.sweep(); !swept) log::failure("sweeping sessions and tokens", swept.error());
  if (const auto recorded = record_held_files(parts_.database, parts_.held, parts_.clock, Used::unknown); !recorded) {
    log::failure("recording secrets in files", recorded.error());
  }
  const auto events = parts_.database.transaction(
      [&](db::Transaction& tx) { return work::events::drop_before(tx, now - kEventsKept); });
  if (!events) log::failure("dropping old events", events.error());
  if (const auto dropped = parts_.heartbeats.drop_before(now - kHeartbeatsKept); !dropped) {
    log::failure("dropping old heartbeats", dropped.error());
  }
  if (const auto tidied = parts_.deliveries.tidy(now - kNoticesKept); !tidied) {
    log::failure("dropping old notices", tidied.error());
  }
  if (const auto tidied = parts_.measures.tidy(); !tidied) log::failure("recommended measures", tidied.error());
}

}  // namespace mailward::app
