#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>

#include "access/access.h"
#include "app/held_files.h"
#include "base/clock.h"
#include "base/pool.h"
#include "connections/heartbeats.h"
#include "connections/rotation_schedule.h"
#include "connections/rotations.h"
#include "db/database.h"
#include "notify/deliveries.h"
#include "renewal/measures.h"
#include "renewal/renewals.h"

namespace mailward::app {

/// What is due now and then, on a thread of its own: heartbeats and notices every second; every ten seconds the
/// rotations and the plan to renew everything that have not ended, and the rotations that the schedule begins; every
/// minute sessions and tokens that ran out, secrets in files that were exchanged, what is kept for a time only (events
/// 7 days, heartbeats 35, notices 90), acceptances of measures that are over, and once a day what measures are made of.
/// Trouble is logged and tried again.
class Housekeeping {
 public:
  struct Parts {
    db::Database& database;
    connections::Heartbeats& heartbeats;
    connections::Rotations& rotations;
    connections::RotationSchedule& schedule;
    renewal::Renewals& renewals;
    access::Access& access;
    notify::Deliveries& deliveries;
    renewal::Measures& measures;
    std::vector<HeldFile> held;
    const Clock& clock;
  };
  explicit Housekeeping(const Parts& parts);
  ~Housekeeping();
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

 private:
  void live();
  void tidy();

  const Parts parts_;
  std::stop_source stop_;
  Pool thread_{"housekeeping", 1, 1};
};

}  // namespace mailward::app
