#include "api/view_log.h"

#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"

namespace mailward::api {
namespace {

TEST(ViewLog, a_form_that_is_read_again_and_again_is_one_view) {
  testing::ManualClock clock;
  ViewLog views(clock);
  EXPECT_TRUE(views.begins("user:a", "connection c"));
  EXPECT_FALSE(views.begins("user:a", "connection c"));
  EXPECT_TRUE(views.begins("user:b", "connection c"));
  EXPECT_TRUE(views.begins("user:a", "connection d"));
  views.forget("user:b", "connection c");
  EXPECT_TRUE(views.begins("user:b", "connection c"));
  clock.advance(ViewLog::kOneView);
  EXPECT_TRUE(views.begins("user:a", "connection c"));
}

TEST(ViewLog, forgets_rather_than_grows) {
  testing::ManualClock clock;
  ViewLog views(clock);
  EXPECT_TRUE(views.begins("user:a", "connection c"));
  for (std::size_t i = 0; i < ViewLog::kMost; ++i) views.begins("user:a", std::to_string(i));
  EXPECT_TRUE(views.begins("user:a", "connection c"));
}

}  // namespace
}  // namespace mailward::api
