#include "bench/ews/measured.h"

#include <chrono>

#include "bench/processor_time.h"

namespace mailward::bench {

Measured measured(const std::function<Did()>& work) {
  const double own = own_time_ms();
  const double server = program_time_ms("exchange-sim");
  const auto begin = std::chrono::steady_clock::now();
  const Did did = work();
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - begin;
  return {.done = did.done,
          .bytes = did.bytes,
          .wall_ms = wall.count(),
          .client_ms = own_time_ms() - own,
          .server_ms = program_time_ms("exchange-sim") - server};
}

}  // namespace mailward::bench
