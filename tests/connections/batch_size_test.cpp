#include "connections/batch_size.h"

#include <gtest/gtest.h>

#include <set>

#include "connections/repetition.h"

namespace mailward::connections {
namespace {

using namespace std::chrono_literals;

ews::Evidence answer(std::chrono::milliseconds took, std::uint64_t bytes) {
  ews::Evidence evidence;
  evidence.times.total = took;
  evidence.body_bytes = bytes;
  return evidence;
}

TEST(BatchSize, grows_while_answers_are_cheap_and_no_further_than_allowed) {
  BatchSize size({.first = 10, .most = 70});
  std::vector<std::size_t> asked;
  for (int i = 0; i < 5; ++i) {
    asked.push_back(size.next());
    size.went_well(size.next(), answer(10ms, 1000));
  }
  EXPECT_EQ(asked, (std::vector<std::size_t>{10, 20, 40, 70, 70}));
}

TEST(BatchSize, keeps_to_the_time_and_the_bytes_of_an_answer) {
  BatchSize by_time({.first = 10, .most = 500, .time = 1000ms});
  for (int i = 0; i < 20; ++i) by_time.went_well(by_time.next(), answer(20ms * by_time.next(), 0));
  EXPECT_EQ(by_time.next(), 50u);
  BatchSize by_bytes({.first = 10, .most = 500, .bytes = 1'000'000});
  for (int i = 0; i < 20; ++i) by_bytes.went_well(by_bytes.next(), answer(1ms, 50'000 * by_bytes.next()));
  EXPECT_EQ(by_bytes.next(), 20u);
  // Smaller items come: more of them.
  for (int i = 0; i < 60; ++i) by_bytes.went_well(by_bytes.next(), answer(1ms, 5'000 * by_bytes.next()));
  EXPECT_GT(by_bytes.next(), 150u);
}

TEST(BatchSize, halves_where_the_server_is_busy_and_is_careful_after_that) {
  BatchSize size({.first = 64, .most = 64});
  size.went_well(64, answer(1ms, 1), {.throttled = 1});
  EXPECT_EQ(size.next(), 32u);
  size.went_well(32, answer(1ms, 1));
  EXPECT_EQ(size.next(), 35u) << "by a tenth, not by doubling";
  EXPECT_TRUE(size.failed(35, ews::Failure(ews::EwsError::timed_out, "late")));
  EXPECT_EQ(size.next(), 17u);
  // Several that were under way at once: one lesson.
  EXPECT_TRUE(size.failed(35, ews::Failure(ews::EwsError::timed_out, "late")));
  EXPECT_EQ(size.next(), 17u);
  for (int i = 0; i < 9; ++i) size.failed(size.next(), ews::Failure(ews::EwsError::answer_too_large, "large"));
  EXPECT_EQ(size.next(), 1u);
  EXPECT_FALSE(size.failed(1, ews::Failure(ews::EwsError::answer_too_large, "large"))) << "there is nothing less";
  EXPECT_FALSE(size.failed(9, ews::Failure(ews::EwsError::unauthorized, "no"))) << "fewer would not help";
}

TEST(BatchSize, a_small_rest_teaches_nothing_of_large_ones) {
  BatchSize size({.first = 10, .most = 100});
  size.went_well(3, answer(1ms, 1));
  EXPECT_EQ(size.next(), 10u);
}

TEST(Repetition, follows_the_table_of_operations) {
  EXPECT_TRUE(may_send_again("GetItem", Repeat::harmless));
  EXPECT_FALSE(may_send_again("GetItem", Repeat::never));
  EXPECT_FALSE(may_send_again("DeleteItem", Repeat::harmless));
  EXPECT_TRUE(may_send_again("DeleteItem", Repeat::converging));
  for (const Repeat repeat : {Repeat::never, Repeat::harmless, Repeat::converging}) {
    EXPECT_FALSE(may_send_again("CreateItem", repeat));
    EXPECT_FALSE(may_send_again("SendItem", repeat));
    EXPECT_FALSE(may_send_again("NobodyKnows", repeat));
  }
}

/// A busy server may have executed what comes after the message that says so.
TEST(Repetition, takes_a_batch_for_undone_only_where_no_part_of_it_was_done) {
  struct Response {
    std::vector<ews::ResponseMessage<int>> messages;
  };
  const ews::ResponseMessage<int> done{};
  ews::ResponseMessage<int> busy{};
  busy.status = {.response_class = ews::ResponseClass::error,
                 .said = {.code = ews::ResponseCode::ErrorTooManyObjectsOpened}};
  EXPECT_EQ(first_busy(Response{{busy, done}}, Timestamp()), 0U);
  EXPECT_FALSE(nothing_done(Response{{busy, done}}));
  EXPECT_FALSE(nothing_done(Response{{done, busy}}));
  EXPECT_TRUE(nothing_done(Response{{busy, busy}}));
}

TEST(Repetition, waits_longer_each_time_and_never_twice_the_same) {
  std::set<std::chrono::milliseconds> firsts;
  for (int i = 0; i < 50; ++i) {
    firsts.insert(pause_before(1));
    EXPECT_LE(pause_before(1), 50ms);
    EXPECT_GE(pause_before(3), 100ms);
    EXPECT_LE(pause_before(100), 1600ms);
  }
  EXPECT_GT(firsts.size(), 5u);
}

TEST(Repetition, of_a_search_that_finds_too_much_is_no_use) {
  EXPECT_TRUE(waiting_helps({.reason = ews::Throttling::Reason::busy}));
  EXPECT_TRUE(waiting_helps({.reason = ews::Throttling::Reason::connections}));
  EXPECT_FALSE(waiting_helps({.reason = ews::Throttling::Reason::too_much_found}));
  EXPECT_FALSE(waiting_helps({.reason = ews::Throttling::Reason::subscriptions}));
}

}  // namespace
}  // namespace mailward::connections
