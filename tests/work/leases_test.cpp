#include "work/leases.h"

#include <atomic>
#include <thread>

#include "tests/support/databases.h"
#include "tests/support/manual_clock.h"
#include "work/events.h"
#include "work/schedules.h"

namespace mailward::work {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class WorkTablesTest : public testing::OnEveryDatabase {
 protected:
  template <typename Body>
  auto write(Body&& body) {
    return database().transaction(std::forward<Body>(body), {.deadline = Deadline::after(seconds(60))});
  }
  Result<Lease> acquire(std::string_view holder, Duration span = seconds(30)) {
    return write([&](db::Transaction& tx) { return leases::acquire(tx, "account/a1", holder, span, time_.now()); });
  }
  bool held(const Lease& lease) {
    return *write([&](db::Transaction& tx) { return leases::still_held(tx, lease, time_.now()); });
  }
  testing::ManualClock time_;
};

class LeasesTest : public WorkTablesTest {};
MAILWARD_ON_EVERY_DATABASE(LeasesTest);

TEST_P(LeasesTest, one_holder_at_a_time_until_it_expires) {
  const auto first = acquire("one");
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_TRUE(held(*first));
  for (const auto* holder : {"two", "one"}) {
    const auto refused = acquire(holder);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(WorkError::lease_taken)) << refused.error().describe();
  }
  time_.advance(seconds(29));
  EXPECT_FALSE(acquire("two"));
  time_.advance(seconds(1));
  EXPECT_FALSE(held(*first));
  const auto second = acquire("two");
  ASSERT_TRUE(second) << second.error().describe();
  EXPECT_GT(second->token, first->token);
}

TEST_P(LeasesTest, a_lease_that_passed_on_cannot_be_renewed_or_given_back_by_its_former_holder) {
  const auto first = acquire("one");
  time_.advance(seconds(31));
  const auto second = acquire("two");
  ASSERT_TRUE(second);
  const auto renewed = write([&](db::Transaction& tx) { return leases::renew(tx, *first, seconds(30), time_.now()); });
  ASSERT_FALSE(renewed);
  EXPECT_TRUE(renewed.error().is(WorkError::lease_taken));
  ASSERT_TRUE(write([&](db::Transaction& tx) { return leases::release(tx, *first); }));
  EXPECT_TRUE(held(*second));
  EXPECT_FALSE(held(*first));
  EXPECT_FALSE(acquire("three"));
}

TEST_P(LeasesTest, renewing_prolongs_and_releasing_frees) {
  const auto first = acquire("one");
  time_.advance(seconds(20));
  const auto renewed = write([&](db::Transaction& tx) { return leases::renew(tx, *first, seconds(30), time_.now()); });
  ASSERT_TRUE(renewed) << renewed.error().describe();
  time_.advance(seconds(20));
  EXPECT_FALSE(acquire("two"));
  EXPECT_TRUE(held(*renewed));
  // Expired, but nobody took it.
  time_.advance(seconds(60));
  ASSERT_TRUE(write([&](db::Transaction& tx) { return leases::renew(tx, *renewed, seconds(30), time_.now()); }));
  EXPECT_FALSE(acquire("two"));
  ASSERT_TRUE(write([&](db::Transaction& tx) { return leases::release(tx, *renewed); }));
  EXPECT_FALSE(write([&](db::Transaction& tx) { return leases::renew(tx, *renewed, seconds(30), time_.now()); }));
  const auto second = acquire("two");
  ASSERT_TRUE(second);
  EXPECT_GT(second->token, renewed->token);
}

TEST_P(LeasesTest, of_many_who_ask_at_once_one_gets_it) {
  std::atomic<int> got = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        if (acquire("holder " + std::to_string(i))) ++got;
      });
    }
  }
  EXPECT_EQ(got, 1);
}

class SchedulesTest : public WorkTablesTest {
 protected:
  std::vector<Schedule> claim(std::string_view holder, std::size_t limit = 10) {
    const auto due = write([&](db::Transaction& tx) {
      return schedules::claim_due(tx, "heartbeat", holder, minutes(1), limit, time_.now());
    });
    if (!due) throw std::runtime_error(due.error().describe());
    return *due;
  }
  void set(std::string_view subject, Duration every, Duration from_now) {
    const Status done = write([&](db::Transaction& tx) {
      return schedules::set(
          tx,
          {.kind = "heartbeat", .subject = std::string(subject), .every = every, .next_due = time_.now() + from_now});
    });
    ASSERT_TRUE(done) << done.error().describe();
  }
};
MAILWARD_ON_EVERY_DATABASE(SchedulesTest);

TEST_P(SchedulesTest, what_is_due_is_claimed_once_the_longest_due_first) {
  set("late", minutes(5), -seconds(10));
  set("later", minutes(5), -seconds(60));
  set("future", minutes(5), seconds(10));
  EXPECT_EQ(claim("one", 1).front().subject, "later");
  const auto rest = claim("two");
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest.front().subject, "late");
  EXPECT_TRUE(claim("three").empty());
  time_.advance(seconds(10));
  EXPECT_EQ(claim("three").front().subject, "future");
}

TEST_P(SchedulesTest, done_is_due_again_after_an_interval_without_making_up) {
  set("c1", minutes(5), -minutes(60));
  const Schedule due = claim("one").front();
  ASSERT_TRUE(write([&](db::Transaction& tx) { return schedules::done(tx, due, "one", time_.now()); }));
  EXPECT_TRUE(claim("one").empty());
  time_.advance(minutes(5) - seconds(1));
  EXPECT_TRUE(claim("one").empty());
  time_.advance(seconds(1));
  EXPECT_EQ(claim("one").size(), 1U);
}

TEST_P(SchedulesTest, a_claim_of_the_dead_passes_on) {
  set("c1", minutes(5), seconds(0));
  const Schedule due = claim("dead").front();
  time_.advance(minutes(1));
  EXPECT_EQ(claim("alive").size(), 1U);
  const Status late = write([&](db::Transaction& tx) { return schedules::done(tx, due, "dead", time_.now()); });
  ASSERT_FALSE(late);
  EXPECT_TRUE(late.error().is(WorkError::lease_taken));
}

TEST_P(SchedulesTest, claims_at_once_do_not_overlap) {
  for (int i = 0; i < 20; ++i) set("c" + std::to_string(i), minutes(5), -seconds(i));
  std::atomic<std::size_t> claimed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] { claimed += claim("holder " + std::to_string(i), 10).size(); });
  }
  EXPECT_EQ(claimed, 20U);
}

TEST_P(SchedulesTest, is_changed_removed_and_listed) {
  set("c1", minutes(5), seconds(0));
  set("c1", minutes(9), seconds(0));
  const auto all = database().read([](db::Session& session) { return schedules::list(session); });
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().every, minutes(9));
  ASSERT_TRUE(write([](db::Transaction& tx) { return schedules::remove(tx, "heartbeat", "c1"); }));
  EXPECT_TRUE(database().read([](db::Session& session) { return schedules::list(session); })->empty());
}

class EventsTest : public WorkTablesTest {
 protected:
  std::int64_t emit(std::string_view kind) {
    return *write([&](db::Transaction& tx) { return events::emit(tx, kind, "c1", R"({"a":1})", time_.now()); });
  }
  std::vector<Event> after(std::int64_t number, std::size_t limit = 100, std::string_view kind = {}) {
    return *database().read([&](db::Session& session) { return events::list_after(session, number, limit, kind); });
  }
};
MAILWARD_ON_EVERY_DATABASE(EventsTest);

TEST_P(EventsTest, are_read_in_order_after_a_number) {
  const std::uint64_t seen = database().wakes(events::kChannel);
  const std::int64_t first = emit("state");
  emit("version");
  const std::int64_t third = emit("state");
  EXPECT_GT(database().wakes(events::kChannel), seen);
  EXPECT_EQ(third, first + 2);
  const auto rest = after(first);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].kind, "version");
  EXPECT_EQ(rest[0].payload, R"({"a":1})");
  EXPECT_EQ(after(0, 1).size(), 1U);
  EXPECT_EQ(after(0, 10, "state").size(), 2U);
}

TEST_P(EventsTest, a_reader_who_goes_on_misses_none_of_many_writers) {
  constexpr int kEach = 25;
  std::atomic<int> writing = 4;
  std::vector<std::int64_t> numbers;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) emit("state");
        --writing;
      });
    }
    for (bool last = false; !last;) {
      last = writing == 0;
      for (const Event& event : after(numbers.empty() ? 0 : numbers.back())) numbers.push_back(event.number);
    }
  }
  ASSERT_EQ(numbers.size(), 4U * kEach);
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], static_cast<std::int64_t>(i) + 1);
}

TEST_P(EventsTest, old_ones_are_dropped_and_numbers_go_on) {
  emit("a");
  time_.advance(minutes(10));
  const std::int64_t kept = emit("b");
  const auto dropped = write([&](db::Transaction& tx) { return events::drop_before(tx, time_.now() - minutes(5)); });
  EXPECT_EQ(*dropped, 1);
  ASSERT_EQ(after(0).size(), 1U);
  EXPECT_EQ(after(0).front().number, kept);
  ASSERT_TRUE(write([&](db::Transaction& tx) { return events::drop_before(tx, time_.now() + minutes(5)); }));
  EXPECT_EQ(emit("c"), kept + 1);
}

TEST_P(EventsTest, a_payload_that_is_no_json_is_refused) {
  const auto refused = write([&](db::Transaction& tx) { return events::emit(tx, "a", "b", "{", time_.now()); });
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(WorkError::bad_json));
}

}  // namespace
}  // namespace mailward::work
