#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>

#include "base/pool.h"
#include "connections/gate.h"

namespace mailward::connections {

/// The load that a rotation brings itself, so that it is seen what a product would have met: on each connection of the
/// account that works, a small call (the mailbox check's inbox) over and over, one at a time.
inline constexpr std::string_view kContinuityProbe = "continuity_probe";

class RotationProbes {
 public:
  /// Begins; `pool` and `gate` must outlive this object. A connection without a mailbox check, or one that did not work
  /// before, is left out.
  RotationProbes(Pool& pool, Gate& gate, const Clock& clock, const std::vector<ServerConnection>& connections);
  /// Ends them, and waits for the calls under way.
  ~RotationProbes();
  RotationProbes(const RotationProbes&) = delete;
  RotationProbes& operator=(const RotationProbes&) = delete;

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable_any changed;
    unsigned running = 0;
  };
  std::stop_source stop_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace mailward::connections
