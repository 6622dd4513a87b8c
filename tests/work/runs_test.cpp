#include "work/runs.h"

#include <thread>

#include "tests/support/databases.h"
#include "tests/support/manual_clock.h"
#include "work/leases.h"

namespace mailward::work {
namespace {

class RunsTest : public testing::OnEveryDatabase {
 protected:
  RunId made(Runs& runs) {
    const auto id = runs.create({.kind = "connection_test",
                                 .subject = "connection:c1",
                                 .actor = audit::Actor::local(0),
                                 .request_id = "r",
                                 .input = R"({"a":1})"});
    if (!id) throw std::runtime_error(id.error().describe());
    return *id;
  }
  RunId started(Runs& runs) {
    const RunId id = made(runs);
    const Status done = runs.start(id);
    if (!done) throw std::runtime_error(done.error().describe());
    return id;
  }
  RunState state(Runs& runs, RunId id) { return runs.changes_after(id, 0)->run.state; }

  testing::ManualClock time_;
};
MAILWARD_ON_EVERY_DATABASE(RunsTest);

TEST_P(RunsTest, a_run_is_told_from_beginning_to_end) {
  Runs runs(database(), "here:1", time_);
  const RunId id = made(runs);
  auto seen = runs.changes_after(id, 0);
  ASSERT_TRUE(seen) << seen.error().describe();
  EXPECT_EQ(seen->run.state, RunState::queued);
  EXPECT_EQ(seen->run.input, R"({"a":1})");
  EXPECT_EQ(seen->run.actor, audit::Actor::local(0));
  EXPECT_FALSE(seen->run.started);

  ASSERT_TRUE(runs.start(id));
  const auto first = runs.begin_step(id, "resolve");
  ASSERT_TRUE(first) << first.error().describe();
  time_.advance(std::chrono::milliseconds(42));
  ASSERT_TRUE(runs.finish_step(id, *first,
                               {.outcome = StepOutcome::warning, .evidence = R"(["192.0.2.1"])", .remedy = "look"}));
  ASSERT_TRUE(runs.add_step(id, "connect", {.outcome = StepOutcome::ok, .took = std::chrono::milliseconds(7)}));
  const auto measured = runs.begin_step(id, "sign in");
  ASSERT_TRUE(measured);
  ASSERT_TRUE(runs.finish_step(id, *measured, {.took = std::chrono::microseconds(5999)}));
  ASSERT_TRUE(runs.finish(id, RunState::succeeded, R"({"verdict":"healthy"})"));

  seen = runs.changes_after(id, 0);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->run.state, RunState::succeeded);
  EXPECT_EQ(seen->run.result, R"({"verdict":"healthy"})");
  EXPECT_EQ(*seen->run.ended - *seen->run.started, std::chrono::milliseconds(42));
  ASSERT_EQ(seen->steps.size(), 3U);
  EXPECT_EQ(seen->steps[0].position, 1);
  EXPECT_EQ(seen->steps[0].name, "resolve");
  EXPECT_EQ(seen->steps[0].outcome, StepOutcome::warning);
  EXPECT_EQ(seen->steps[0].evidence, R"(["192.0.2.1"])");
  EXPECT_EQ(seen->steps[0].remedy, "look");
  EXPECT_EQ(seen->steps[0].milliseconds, 42);
  EXPECT_EQ(seen->steps[1].milliseconds, 7);
  EXPECT_EQ(seen->steps[2].milliseconds, 5);
}

TEST_P(RunsTest, a_step_keeps_what_it_offers_whole) {
  Runs runs(database(), "here:1", time_);
  const RunId id = started(runs);
  const std::string offer = R"({"kind":"x","pem":")" + std::string(5000, 'A') + R"("})";
  ASSERT_TRUE(runs.add_step(id, "tls", {.outcome = StepOutcome::failed, .offer = offer}));
  ASSERT_TRUE(runs.add_step(id, "other", {}));
  EXPECT_FALSE(runs.add_step(id, "broken", {.offer = "no JSON"}));
  const auto seen = runs.changes_after(id, 0);
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->steps.size(), 2U);
  EXPECT_EQ(seen->steps[0].offer, offer);
  EXPECT_EQ(seen->steps[1].offer, "");
}

TEST_P(RunsTest, what_follows_a_snapshot_is_what_changed_after_it) {
  Runs runs(database(), "here:1", time_);
  const RunId id = started(runs);
  const std::int64_t one = *runs.begin_step(id, "one");
  const auto snapshot = runs.changes_after(id, 0);
  EXPECT_EQ(snapshot->steps.size(), 1U);
  EXPECT_TRUE(runs.changes_after(id, snapshot->seq)->steps.empty());

  ASSERT_TRUE(runs.begin_step(id, "two"));
  ASSERT_TRUE(runs.finish_step(id, one, {.outcome = StepOutcome::ok}));
  const auto next = runs.changes_after(id, snapshot->seq);
  ASSERT_EQ(next->steps.size(), 2U);
  EXPECT_EQ(next->steps[0].outcome, StepOutcome::ok);
  EXPECT_GT(next->steps[0].seq, next->steps[1].seq);
  EXPECT_EQ(next->seq, snapshot->seq + 2);
  // Only the later of the two changes.
  EXPECT_EQ(runs.changes_after(id, snapshot->seq + 1)->steps.size(), 1U);
  EXPECT_TRUE(runs.changes_after(id, next->seq)->steps.empty());
}

TEST_P(RunsTest, an_ended_run_takes_nothing_more) {
  Runs runs(database(), "here:1", time_);
  const RunId id = started(runs);
  const std::int64_t step = *runs.begin_step(id, "open");
  ASSERT_TRUE(runs.finish(id, RunState::cancelled));
  EXPECT_EQ(runs.changes_after(id, 0)->steps.front().outcome, StepOutcome::skipped);
  for (const Status& refused : {runs.start(id), runs.finish(id, RunState::failed), runs.finish_step(id, step, {}),
                                runs.add_step(id, "late", {})}) {
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().is(WorkError::illegal_transition)) << refused.error().describe();
  }
  EXPECT_EQ(state(runs, id), RunState::cancelled);
}

TEST_P(RunsTest, mistakes_are_typed) {
  Runs runs(database(), "here:1", time_);
  const RunId id = started(runs);
  EXPECT_TRUE(runs.start(RunId::from_value(3)).error().is(WorkError::unknown_run));
  EXPECT_TRUE(runs.changes_after(RunId::from_value(3), 0).error().is(WorkError::unknown_run));
  EXPECT_TRUE(runs.finish_step(id, 9, {}).error().is(WorkError::unknown_step));
  EXPECT_TRUE(runs.finish(id, RunState::failed, "{").error().is(WorkError::bad_json));
  EXPECT_TRUE(runs.finish(id, RunState::queued).error().is(WorkError::illegal_transition));
  EXPECT_EQ(state(runs, id), RunState::running);
}

TEST_P(RunsTest, a_waiter_wakes_on_a_change_and_gives_up_at_its_deadline) {
  Runs runs(database(), "here:1");
  const RunId id = started(runs);
  const std::int64_t seq = runs.changes_after(id, 0)->seq;
  const auto nothing = runs.wait_for_change(id, seq, Deadline::after(std::chrono::milliseconds(20)));
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->seq, seq);
  std::jthread worker([&] { EXPECT_TRUE(runs.begin_step(id, "one")); });
  const auto change = runs.wait_for_change(id, seq, Deadline::after(std::chrono::seconds(20)));
  ASSERT_TRUE(change) << change.error().describe();
  ASSERT_EQ(change->steps.size(), 1U);
  EXPECT_EQ(change->steps.front().name, "one");
}

TEST_P(RunsTest, a_waiter_sees_what_another_process_wrote) {
  if (on_sqlite()) GTEST_SKIP() << "one process on SQLite";
  Runs runs(database(), "here:1");
  const RunId id = started(runs);
  const std::int64_t seq = runs.changes_after(id, 0)->seq;
  const auto other = db::Database::open({.url = url()}, db::OpenAs::guest);
  ASSERT_TRUE(other);
  Runs elsewhere(**other, "there:1");
  std::jthread worker([&] { EXPECT_TRUE(elsewhere.begin_step(id, "one")); });
  const auto change = runs.wait_for_change(id, seq, Deadline::after(std::chrono::seconds(20)));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->steps.size(), 1U);
}

TEST_P(RunsTest, runs_of_dead_processes_are_interrupted_at_start) {
  Runs before(database(), "here:1", time_);
  Runs alive(database(), "there:7", time_);
  Runs now(database(), "here:2", time_);
  const RunId queued = made(before);
  const RunId running = started(before);
  ASSERT_TRUE(before.begin_step(running, "half"));
  const RunId finished = started(before);
  ASSERT_TRUE(before.finish(finished, RunState::failed));
  const RunId elsewhere = started(alive);
  const RunId own = started(now);
  ASSERT_TRUE(database().transaction([&](db::Transaction& tx) {
    return leases::acquire(tx, "process/there:7", "there:7", std::chrono::seconds(30), time_.now());
  }));

  const auto orphans = now.interrupt_orphans();
  ASSERT_TRUE(orphans) << orphans.error().describe();
  EXPECT_EQ(orphans->size(), 2U);
  EXPECT_EQ(state(now, queued), RunState::interrupted);
  EXPECT_EQ(state(now, running), RunState::interrupted);
  EXPECT_EQ(now.changes_after(running, 0)->steps.front().outcome, StepOutcome::failed);
  EXPECT_EQ(state(now, finished), RunState::failed);
  EXPECT_EQ(state(now, elsewhere), RunState::running);
  EXPECT_EQ(state(now, own), RunState::running);

  // The other process stopped renewing its lease.
  time_.advance(std::chrono::seconds(31));
  EXPECT_EQ(now.interrupt_orphans()->size(), 1U);
  EXPECT_EQ(state(now, elsewhere), RunState::interrupted);
}

TEST_P(RunsTest, leases_of_the_dead_are_free_and_no_others) {
  Runs now(database(), "here:2", time_);
  const auto take = [&](std::string_view name, std::string_view holder) {
    return database().transaction(
        [&](db::Transaction& tx) { return leases::acquire(tx, name, holder, std::chrono::seconds(60), time_.now()); });
  };
  ASSERT_TRUE(take("process/there:7", "there:7"));
  ASSERT_TRUE(take("account/dead", "here:1/run"));
  ASSERT_TRUE(take("account/own", "here:2/run"));
  ASSERT_TRUE(take("account/alive", "there:7/run"));
  ASSERT_TRUE(take("edit", "nobodys"));
  ASSERT_TRUE(now.free_orphaned_leases());
  EXPECT_TRUE(take("account/dead", "here:2/other"));
  for (const char* name : {"account/own", "account/alive", "edit", "process/there:7"}) {
    EXPECT_FALSE(take(name, "here:2/other")) << name;
  }
}

TEST_P(RunsTest, runs_are_listed_newest_first) {
  Runs runs(database(), "here:1", time_);
  const RunId one = made(runs);
  time_.advance(std::chrono::seconds(1));
  const RunId two = made(runs);
  const auto all = runs.list("", "", 10);
  ASSERT_TRUE(all) << all.error().describe();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->front().id, two);
  EXPECT_EQ(all->back().id, one);
  EXPECT_EQ(runs.list("connection_test", "connection:c1", 1)->size(), 1U);
  EXPECT_TRUE(runs.list("connection_test", "connection:c2", 10)->empty());
  EXPECT_TRUE(runs.list("rotation", "", 10)->empty());
}

TEST(RunStateTest, transitions_follow_the_table) {
  const std::vector<RunState> all{RunState::queued, RunState::running,     RunState::succeeded,
                                  RunState::failed, RunState::interrupted, RunState::cancelled};
  std::string table;
  for (const RunState from : all) {
    for (const RunState to : all) table += allowed(from, to) ? 'x' : '.';
    table += '\n';
    EXPECT_EQ(*parse_run_state(name_of(from)), from);
  }
  EXPECT_EQ(table, ".x..xx\n..xxxx\n......\n......\n......\n......\n");
  EXPECT_FALSE(parse_run_state("done"));
}

}  // namespace
}  // namespace mailward::work
