#pragma once

#include <chrono>
#include <concepts>
#include <thread>

namespace mailward::testing {

/// Asks `holds` again and again until it says true or `limit` has passed; returns what it said last. For the effects
/// of other processes, where there is no event to wait for. The only place in tests/ that may sleep.
template <std::predicate Condition>
bool wait_until(Condition holds, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return holds();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace mailward::testing
