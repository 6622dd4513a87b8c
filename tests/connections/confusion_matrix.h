#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/product_support/organisation.h"

namespace mailward::testing {

/// One fault: how it is made, and what the connection test must name it.
struct Scenario {
  std::string fault;    ///< the simulator's fault or the directory's state; several may make one
  std::string setting;  ///< what else is special, in words
  std::string verdict;  ///< the name of the failure class that is right
  /// Where the right name cannot be told from outside, and a group is named in its place: why.
  std::string explanation;
  std::function<TestOutcome()> run;
};

/// Faults that need the simulator alone, whose accounts are its own list.
std::vector<Scenario> simulator_scenarios();
/// Faults of accounts, tickets and recipients in a real Active Directory.
std::vector<Scenario> directory_scenarios();

}  // namespace mailward::testing
