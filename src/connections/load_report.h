#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mailward::connections {

/// What one load (a product, by its name) has experienced at an account's gate since it was last asked to begin anew.
struct LoadReport {
  std::string load;
  std::uint64_t calls = 0;   ///< that ended, well or not
  std::uint64_t failed = 0;  ///< that ended without an answer of Exchange
  std::uint64_t held = 0;    ///< that waited at the sign-in door
  std::uint64_t throttled = 0;
  std::uint64_t gate_timeouts = 0;
  std::chrono::milliseconds longest_hold{0};
  std::string last_failure;  ///< a sentence; empty where none failed
};

/// As the database, a run's result and the API have them.
nlohmann::json json_of(const std::vector<LoadReport>& loads);
/// The reverse; what is no such list is none.
std::vector<LoadReport> loads_of(const nlohmann::json& list);

}  // namespace mailward::connections
