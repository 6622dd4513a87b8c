#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/product_support/product.h"

/// For tests that kill a program in the midst of something: the program is this very one, with a test of its own that
/// is disabled, on a product's folder.
namespace mailward::testing {

/// How thoroughly: as ./dev test has time for, or as ./dev check has.
bool kills_are_thorough();

std::vector<std::string> words_of(const char* variable);

/// In the victim: the product's options as run_victim() has them.
Product::Options victims_options();

struct Victim {
  std::string test;                                                ///< "AccountRotationVictim.*"
  std::vector<std::pair<std::string, std::string>> environment{};  ///< what it is told
  std::vector<std::pair<std::string, std::string>> kill{};         ///< tests/kill_at, which it is run with then
  std::optional<std::chrono::milliseconds> span{};                 ///< it is killed when that has passed
  std::vector<std::string> before{};                               ///< put before its command: strace
};
/// Closes the product and runs the victim on its folder, to its end unless it is killed. Whether it was killed; a
/// victim that fails by itself throws.
bool run_victim(Product& product, const Victim& victim);

}  // namespace mailward::testing
