#include "access/refusal_lines.h"

#include "tests/access/house.h"

namespace mailward::access {
namespace {

using testing::from;
using testing::must;
using namespace std::chrono_literals;

class RefusalLinesTest : public testing::AccessTest {
 protected:
  void refuse(std::string_view address, int times, std::string_view reason = "wrong_password") {
    for (int i = 0; i < times; ++i) must(access().refusals.add({.reason = reason}, from(address).by("r")));
  }
  std::size_t written() { return trail("session.create").size(); }
};
MAILWARD_ON_EVERY_DATABASE(RefusalLinesTest);

TEST_P(RefusalLinesTest, ten_of_a_source_are_written_and_the_rest_counted) {
  refuse("192.0.2.1", 25);
  refuse("192.0.2.2", 3, "throttled");
  EXPECT_EQ(written(), 13U);
  EXPECT_TRUE(trail("session.refusals").empty());
  must(access().refusals.flush());
  EXPECT_TRUE(trail("session.refusals").empty()) << "the minute is not over";
  clock_.advance(1min);
  refuse("192.0.2.1", 1);
  const auto lines = trail("session.refusals");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].details["count"], 15);
  EXPECT_EQ(lines[0].details["sources"], nlohmann::json({{"192.0.2.1", 15}}));
  EXPECT_EQ(lines[0].details["reasons"], nlohmann::json({{"wrong_password", 15}}));
  EXPECT_EQ(written(), 14U) << "a new minute, a new beginning";
}

TEST_P(RefusalLinesTest, many_sources_fill_sixty_lines_a_minute_and_no_memory) {
  for (int i = 0; i < 3000; ++i) refuse("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), 1);
  EXPECT_EQ(written(), 60U);
  clock_.advance(1min);
  must(access().refusals.flush());
  const auto lines = trail("session.refusals");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].details["count"], 2940);
  EXPECT_EQ(lines[0].details["sources"].size(), 21U);
  EXPECT_EQ(lines[0].details["sources"]["others"], 2920);
  must(access().refusals.flush());
  EXPECT_EQ(trail("session.refusals").size(), 1U);
}

TEST_P(RefusalLinesTest, what_could_not_be_written_is_counted_on) {
  refuse("192.0.2.1", 12);
  clock_.advance(1min);
  run_sql("ALTER TABLE audit_entry RENAME TO away");
  EXPECT_FALSE(access().refusals.flush());
  run_sql("ALTER TABLE away RENAME TO audit_entry");
  refuse("192.0.2.1", 11);
  clock_.advance(1min);
  must(access().refusals.flush());
  const auto lines = trail("session.refusals");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].details["count"], 3);
}

TEST_P(RefusalLinesTest, what_was_counted_is_written_at_the_end) {
  refuse("192.0.2.1", 12);
  access_.reset();
  const auto lines = trail("session.refusals");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].details["count"], 2);
}

}  // namespace
}  // namespace mailward::access
