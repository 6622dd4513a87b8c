#include "connections/maintenance_window.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace mailward::connections {
namespace {

using namespace std::chrono_literals;

Timestamp at(const char* text) {
  return parse_timestamp(text).value();
}

MaintenanceWindow window(std::string_view text) {
  return parse_window(text).value();
}

/// In a zone with summer time: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
class MaintenanceWindowTest : public ::testing::Test {
 protected:
  void SetUp() override { zone("Europe/Berlin"); }
  void TearDown() override {
    if (before_.empty()) {
      unsetenv("TZ");
    } else {
      setenv("TZ", before_.c_str(), 1);
    }
    tzset();
  }
  static void zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }

 private:
  std::string before_ = std::getenv("TZ") != nullptr ? std::getenv("TZ") : "";
};

TEST_F(MaintenanceWindowTest, is_written_as_it_is_read) {
  for (const char* text : {"daily 22:00-04:00", "mon-fri 00:30-05:00", "sat,sun 00:00-24:00", "mon,wed-fri 23:59-00:01",
                           "tue 12:00-13:00", "daily 04:00-24:00"}) {
    const auto parsed = parse_window(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(window_text(*parsed), text);
  }
  EXPECT_EQ(window("SAT-SUN 01:00-02:00").days, 0x60);
  EXPECT_EQ(window("sun-mon 01:00-02:00").days, 0x41);
  EXPECT_EQ(window("daily 22:00-04:00").length, 6h);
  for (const char* text : {"", "daily", "22:00-04:00", "mon-fri22:00-04:00", "mon- 22:00-04:00", "fun 22:00-04:00",
                           "mon, 22:00-04:00", "daily 22:00", "daily 24:00-25:00", "daily 2:00-4:00",
                           "daily 02:60-04:00", "daily 04:00-04:00", "daily -1:00-04:00", "daily 22:00-04:00x"}) {
    EXPECT_FALSE(parse_window(text)) << text;
  }
}

TEST_F(MaintenanceWindowTest, is_open_over_midnight) {
  const MaintenanceWindow nights = window("fri 22:00-04:00");
  EXPECT_FALSE(is_open(nights, at("2026-01-09T20:59:59Z")));  // Friday, 21:59:59 there
  EXPECT_TRUE(is_open(nights, at("2026-01-09T21:00:00Z")));
  EXPECT_TRUE(is_open(nights, at("2026-01-10T02:59:59Z")));
  EXPECT_FALSE(is_open(nights, at("2026-01-10T03:00:00Z")));
  EXPECT_FALSE(is_open(nights, at("2026-01-10T21:30:00Z")));
  const WindowTime next = open_or_next(nights, at("2026-01-10T03:00:00Z"));
  EXPECT_EQ(next.begin, at("2026-01-16T21:00:00Z"));
  EXPECT_EQ(last_before(nights, at("2026-01-10T03:00:00Z")).begin, at("2026-01-09T21:00:00Z"));
}

TEST_F(MaintenanceWindowTest, summer_time_moves_it) {
  const MaintenanceWindow nights = window("daily 02:30-05:00");
  // The hour from two to three is left out.
  const WindowTime spring = open_or_next(nights, at("2026-03-28T23:00:00Z"));
  EXPECT_EQ(spring.begin, at("2026-03-29T01:30:00Z")) << format_timestamp(spring.begin);
  EXPECT_EQ(spring.end, at("2026-03-29T03:00:00Z"));
  // The same hour comes twice.
  const WindowTime autumn = open_or_next(nights, at("2026-10-24T22:00:00Z"));
  EXPECT_EQ(autumn.end, at("2026-10-25T04:00:00Z"));
  EXPECT_LE(autumn.begin, at("2026-10-25T01:30:00Z"));
  EXPECT_GE(autumn.begin, at("2026-10-25T00:30:00Z"));
}

TEST_F(MaintenanceWindowTest, comes_each_day_of_a_year) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"}) {
    zone(name);
    const MaintenanceWindow nights = window("daily 01:30-03:30");
    Timestamp now = at("2026-01-01T00:00:00Z");
    int times = 0;
    while (now < at("2027-01-01T00:00:00Z")) {
      const WindowTime next = open_or_next(nights, now);
      ASSERT_GT(next.end, next.begin) << name;
      ASSERT_TRUE(is_open(nights, next.begin)) << name;
      ASSERT_FALSE(is_open(nights, next.end)) << name;
      ASSERT_LT(last_before(nights, next.begin).begin, next.begin) << name;
      now = next.end;
      ++times;
    }
    EXPECT_GE(times, 365) << name;
    EXPECT_LE(times, 366) << name;
  }
}

}  // namespace
}  // namespace mailward::connections
