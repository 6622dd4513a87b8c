#include "access/throttle.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/support/manual_clock.h"

namespace mailward::access {
namespace {

using namespace std::chrono_literals;

class ThrottleTest : public ::testing::Test {
 protected:
  /// Tries until it must wait; how often it was let.
  int tries(const Throttle::Keys& keys, int most = 1000) {
    int admitted = 0;
    while (admitted < most && throttle_.admit(keys) == 0s) ++admitted;
    return admitted;
  }
  mailward::testing::ManualClock clock_;
  Throttle throttle_{clock_};
};

TEST_F(ThrottleTest, ten_failures_are_free_then_the_delay_doubles_up_to_a_quarter_of_an_hour) {
  EXPECT_EQ(tries(Throttle::keys("192.0.2.1", "anna", false)), 11);
  std::vector<std::chrono::seconds> waits;
  for (int i = 0; i < 12; ++i) {
    // Another name each time: the source alone is slowed.
    const auto keys = Throttle::keys("192.0.2.1", "name" + std::to_string(i), false);
    waits.push_back(throttle_.admit(keys));
    clock_.advance(waits.back());
    EXPECT_EQ(throttle_.admit(keys), 0s);
  }
  const std::vector<std::chrono::seconds> expected{1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 900s, 900s};
  EXPECT_EQ(waits, expected);
}

TEST_F(ThrottleTest, a_name_waits_at_most_half_a_minute_whatever_comes) {
  for (int i = 0; i < 5000; ++i) {
    throttle_.admit(Throttle::keys("198.51." + std::to_string(i / 250) + "." + std::to_string(i % 250), "anna", false));
    clock_.advance(100ms);
  }
  const auto fresh = Throttle::keys("203.0.113.9", "anna", false);
  EXPECT_LE(throttle_.admit(fresh), 30s);
  clock_.advance(30s);
  EXPECT_EQ(throttle_.admit(fresh), 0s);
}

TEST_F(ThrottleTest, a_known_pair_is_slowed_by_its_own_failures_alone) {
  EXPECT_EQ(tries(Throttle::keys("192.0.2.1", "anna", false)), 11);
  EXPECT_EQ(tries(Throttle::keys("192.0.2.1", "bert", false)), 0);
  const auto known = Throttle::keys("192.0.2.1", "anna", true);
  EXPECT_EQ(tries(known), 11);
  EXPECT_EQ(tries(Throttle::keys("192.0.2.1", "bert", true)), 11);
  for (int i = 0; i < 50; ++i) {
    clock_.advance(30s);
    EXPECT_EQ(throttle_.admit(known), 0s) << "never longer than half a minute";
  }
}

TEST_F(ThrottleTest, what_did_not_fail_costs_nothing) {
  const auto keys = Throttle::keys("192.0.2.1", "anna", false);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(throttle_.admit(keys), 0s);
    throttle_.take_back(keys);
  }
  EXPECT_EQ(throttle_.size(), 0U);
}

TEST_F(ThrottleTest, failures_are_forgotten_one_a_minute) {
  const auto keys = Throttle::keys("192.0.2.1", "anna", false);
  EXPECT_EQ(tries(keys), 11);
  clock_.advance(1s + 5min);
  EXPECT_EQ(tries(keys), 5);
  clock_.advance(24h);
  EXPECT_EQ(tries(keys), 11);
}

TEST_F(ThrottleTest, a_right_one_among_wrong_ones_does_not_wipe_the_slate) {
  const auto guessing = Throttle::keys("192.0.2.1", "anna", false);
  const auto own = Throttle::keys("192.0.2.1", "mallory", false);
  int guessed = 0;
  for (int i = 0; i < 100; ++i) {
    if (throttle_.admit(guessing) == 0s) ++guessed;
    if (throttle_.admit(own) == 0s) throttle_.take_back(own);
  }
  EXPECT_EQ(guessed, 11);
}

TEST_F(ThrottleTest, codes_have_a_budget_of_their_own_and_strangers_another) {
  const auto known = Throttle::keys("192.0.2.1", "anna", true);
  const auto thief = Throttle::keys("203.0.113.9", "anna", false);
  int guessed = 0;
  while (throttle_.admit_code(thief) == 0s) ++guessed;
  EXPECT_EQ(guessed, 6);
  EXPECT_EQ(throttle_.admit_code(known), 0s);
  // However long he goes on: at most four an hour.
  guessed = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    clock_.advance(1min);
    if (throttle_.admit_code(thief) == 0s) ++guessed;
  }
  EXPECT_LE(guessed, 24 * 4 + 15);
}

TEST_F(ThrottleTest, an_ipv6_network_is_one_source_and_a_mapped_address_is_the_ipv4) {
  EXPECT_EQ(source_key("2001:db8:1:2::1"), source_key("2001:db8:1:2:ffff::9"));
  EXPECT_NE(source_key("2001:db8:1:2::1"), source_key("2001:db8:1:3::1"));
  EXPECT_EQ(source_key("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(source_key(""), "local");
  EXPECT_EQ(source_key("not an address"), "malformed");
}

TEST_F(ThrottleTest, memory_is_bounded_however_many_come) {
  std::mt19937 random(14);
  for (int i = 0; i < 100'000; ++i) {
    const std::string address = std::to_string(random() % 256) + "." + std::to_string(random() % 256) + "." +
                                std::to_string(random() % 256) + ".1";
    const auto keys = Throttle::keys(address, "n" + std::to_string(i), i % 3 == 0);
    throttle_.admit(keys);
    throttle_.admit_code(keys);
  }
  EXPECT_EQ(throttle_.size(), 50'000U);
}

TEST(FailureTableTest, the_one_not_touched_for_longest_is_forgotten_first) {
  FailureTable table({.free = 0, .longest = 60s, .forgets_one_each = 60s}, 2);
  const MonotonicTime now{};
  table.charge("a", now);
  table.charge("b", now);
  table.charge("a", now);
  table.charge("c", now);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_GT(table.wait("a", now), 0s);
  EXPECT_EQ(table.wait("b", now), 0s);
  EXPECT_GT(table.wait("c", now), 0s);
}

}  // namespace
}  // namespace mailward::access
