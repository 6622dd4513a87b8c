#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "audit/place.h"
#include "audit/trail.h"
#include "base/pool.h"
#include "db/database.h"

namespace mailward::audit {

/// How sending to one place goes.
struct ForwardStatus {
  std::string to;               ///< PlaceAddress::shown()
  std::int64_t sent_up_to = 0;  ///< the last entry that it has
  std::optional<Timestamp> last_sent;
  std::optional<Timestamp> failing_since;  ///< nothing while all is well
  std::int64_t failures = 0;               ///< in a row
  std::string trouble;                     ///< the last failure, a sentence
};

struct ForwardPacing {
  std::chrono::milliseconds first_wait{1000};  ///< after a failure; doubled with each more
  std::chrono::milliseconds longest_wait{60000};
  std::chrono::milliseconds patience{30000};  ///< for one batch
};

/// Sends every entry of the trail, in order and at least once, to places outside; begins with the first entry for a
/// place that is new. How far each is stands in the database (setting "audit.sent ADDRESS"), so a restart goes on where
/// it was and may send the last batch again. One thread a place; nobody who appends ever waits for it. What a place
/// refuses is tried again for ever, ever more seldom, in smaller batches. Thread-safe.
class Forwarding {
 public:
  struct To {
    PlaceAddress address;
    std::unique_ptr<Place> place;
  };
  /// The database and the clock must outlive it.
  Forwarding(db::Database& database, const Trail& trail, const Clock& clock, std::vector<To> to,
             ForwardPacing pacing = {});
  ~Forwarding();
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;

  std::vector<ForwardStatus> status() const;

 private:
  class Lane;
  std::stop_source stop_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  /// Joins its threads before the lanes go.
  std::unique_ptr<Pool> pool_;
};

}  // namespace mailward::audit
