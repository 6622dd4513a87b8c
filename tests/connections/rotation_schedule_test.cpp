#include "connections/rotation_schedule.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "connections/rows.h"
#include "tests/connections/books.h"
#include "work/runs.h"

namespace mailward::connections::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

/// Accounts with plans, and rotations that are taken as done a quarter of an hour after they were begun: no directory.
class ScheduleTest : public BooksTest {
 protected:
  struct Begun {
    AccountId account;
    Timestamp at;
    work::RunId run;
  };

  AccountId planned(const std::string& name, DirectoryId directory, const std::string& window, int every,
                    RotationMode mode = RotationMode::delegated_reset) {
    auto form = sample_form();
    form.description = name;
    form.master_mailbox = name + "@example.test";
    const auto connection = must(ledger().create_connection(form, directory, typed("First-Passw0rd-1!"), by_admin()));
    auto account = must(ledger().account(connection.account));
    must(ledger().promote(account.id, account.pending()->id, by_admin()));
    account = must(ledger().account(account.id));
    const std::string resetter = "resetter-" + must(ledger().directory(directory)).form.name + "@example.test";
    const auto destination = must(ledger().reset_destination(account.id, resetter));
    TypedPassword password = typed("Resetter-Passw0rd-1!");
    password.destination = destination;
    must(ledger().set_reset_account(account.id, account.version, resetter, std::move(password), by_admin()));
    RotationPlan plan = must(ledger().plan(account.id));
    plan.mode = mode;
    plan.every_days = every;
    plan.window = parse_window(window).value();
    must(ledger().save_plan(plan, by_admin()));
    return account.id;
  }

  DirectoryId directory(const std::string& name) {
    auto form = sample_directory();
    form.name = name;
    form.reader.clear();
    return must(ledger().create_directory(form, std::nullopt, by_admin())).id;
  }

  Result<work::RunId> start(AccountId id) {
    const work::RunId run = work::RunId::make(clock_);
    must(database().transaction([&](db::Transaction& tx) -> Status {
      MW_TRY(const auto account, rows::account(tx, id));
      Rotation rotation;
      rotation.run = run;
      rotation.account = id;
      rotation.account_name = account.name;
      rotation.old_version = account.active()->id;
      rotation.created = clock_.now();
      return rotation_rows::insert(tx, rotation);
    }));
    begun_.push_back({id, clock_.now(), run});
    under_way_.push_back(begun_.back());
    return run;
  }

  /// What was begun a quarter of an hour ago ends: well, or not.
  void end_what_is_over() {
    std::erase_if(under_way_, [&](const Begun& one) {
      if (clock_.now() < one.at + 15min) return false;
      const bool well = !fails_;
      must(database().transaction([&](db::Transaction& tx) -> Status {
        MW_CHECK(tx.execute("UPDATE rotation SET state = $2, ended = $3 WHERE run_id = $1",
                            {one.run, well ? "finished" : "undone", clock_.now()}));
        if (!well) return {};
        MW_TRY(const auto version,
               ledger().add_generated(tx, one.account, SecretString("Made-Passw0rd-" + one.run.text()), by_admin()));
        return ledger().promote(tx, one.account, version.id, by_admin());
      }));
      return true;
    });
  }

  RotationSchedule schedule() {
    return RotationSchedule({.ledger = ledger(),
                             .clock = clock_,
                             .start = [this](AccountId id) { return start(id); },
                             .remind = [this](db::Transaction&, const RotationReminder& reminder) -> Status {
                               reminders_.emplace_back(clock_.now(), reminder);
                               return {};
                             }});
  }

  void live(Duration span, Duration step) {
    RotationSchedule running = schedule();
    for (const Timestamp end = clock_.now() + span; clock_.now() < end; clock_.advance(step)) {
      end_what_is_over();
      must(running.tick());
    }
  }

  std::vector<Begun> begun_;
  std::vector<Begun> under_way_;
  std::vector<std::pair<Timestamp, RotationReminder>> reminders_;
  bool fails_ = false;
};
MAILWARD_ON_EVERY_DATABASE(ScheduleTest);

TEST_P(ScheduleTest, a_year_has_none_outside_its_window_and_misses_none) {
  setenv("TZ", "Europe/Berlin", 1);
  tzset();
  const DirectoryId first = directory("First");
  const DirectoryId second = directory("Second");
  struct Planned {
    std::string window;
    int every;
  };
  std::map<AccountId, Planned> plans;
  const auto add = [&](const std::string& name, DirectoryId where, const std::string& window, int every) {
    plans[planned(name, where, window, every)] = {window, every};
  };
  add("nightly", first, "daily 22:00-04:00", 30);
  add("weekends", first, "sat,sun 00:00-24:00", 30);
  add("weekly", first, "daily 02:00-03:00", 7);
  add("each-day", second, "daily 01:00-05:00", 1);
  add("short", second, "wed 02:30-03:30", 90);
  add("quarter", second, "mon-fri 20:00-23:00", 90);

  const Timestamp start = clock_.now();
  // PostgreSQL needs four times as long for each look.
  live(days(365), on_sqlite() ? 15min : 30min);

  std::map<AccountId, std::vector<Timestamp>> times;
  for (const Begun& one : begun_) {
    times[one.account].push_back(one.at);
    EXPECT_TRUE(is_open(parse_window(plans[one.account].window).value(), one.at))
        << plans[one.account].window << ": " << format_timestamp(one.at);
  }
  for (const auto& [account, plan] : plans) {
    Timestamp last = start;
    // A window comes within a week; the quarter of an hour is the rotation's own.
    const Duration longest = days(plan.every) + (plan.every == 1 ? Duration(days(1)) : Duration(days(7)));
    for (const Timestamp one : times[account]) {
      EXPECT_LE(one - last, longest) << plan.window << " " << plan.every << ": " << format_timestamp(one);
      EXPECT_GE(one - last, days(plan.every) * 8 / 10 - days(7)) << plan.window << " " << plan.every;
      last = one;
    }
    EXPECT_LE(clock_.now() - last, longest) << plan.window << " " << plan.every << " was missed at the end";
    EXPECT_GE(times[account].size(), static_cast<std::size_t>(365 / (plan.every + 8))) << plan.window;
  }
  // Never two of one organisation at once.
  for (const Begun& one : begun_) {
    const auto where = must(ledger().account(one.account)).directory;
    for (const Begun& other : begun_) {
      if (one.run == other.run || must(ledger().account(other.account)).directory != where) continue;
      const Duration apart = one.at > other.at ? one.at - other.at : other.at - one.at;
      EXPECT_GE(apart, 15min) << format_timestamp(one.at);
    }
  }
  EXPECT_TRUE(reminders_.empty());
  unsetenv("TZ");
  tzset();
}

TEST_P(ScheduleTest, a_plan_that_cannot_be_read_holds_no_other_up) {
  const DirectoryId where = directory("First");
  const AccountId spoilt = planned("spoilt", where, "daily 00:00-24:00", 5);
  const AccountId good = planned("good", where, "daily 00:00-24:00", 5);
  edit_database("UPDATE rotation_plan SET mode = 'nonsense' WHERE account_id = $1", {spoilt});
  live(days(6), 15min);
  ASSERT_FALSE(begun_.empty());
  for (const Begun& one : begun_) EXPECT_EQ(one.account, good);
  RotationPlan plan = must(ledger().plan(spoilt));
  EXPECT_EQ(plan.mode, RotationMode::manual);
  plan.mode = RotationMode::delegated_reset;
  must(ledger().save_plan(plan, by_admin()));
}

TEST_P(ScheduleTest, is_ahead_of_the_directorys_own_expiry) {
  const AccountId account = planned("svc", directory("First"), "daily 00:00-24:00", 366);
  const Timestamp expires = clock_.now() + days(42);
  must(database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(tx.execute("UPDATE service_account SET password_expires = $2 WHERE id = $1", {account, expires}));
    return {};
  }));
  const auto upcoming = must(schedule().upcoming(clock_.now() + days(100), 10));
  ASSERT_GE(upcoming.size(), 2u);
  EXPECT_TRUE(upcoming[0].by_expiry);
  EXPECT_LE(upcoming[0].due, expires - days(7));
  EXPECT_LE(upcoming[1].due, upcoming[0].due + days(35)) << "what follows expires as long after it was set";
  live(days(36), 1h);
  ASSERT_EQ(begun_.size(), 1u);
  EXPECT_LE(begun_[0].at, expires - days(6));
}

TEST_P(ScheduleTest, what_failed_is_begun_again_later_and_later) {
  planned("svc", directory("First"), "daily 00:00-24:00", 1);
  fails_ = true;
  live(days(6), 5min);
  ASSERT_GE(begun_.size(), 5u);
  for (std::size_t i = 1; i < begun_.size(); ++i) {
    const Duration pause = std::min<Duration>(24h, 1h * (1 << std::min<std::size_t>(i - 1, 5)));
    EXPECT_GE(begun_[i].at - begun_[i - 1].at, pause) << i;
    EXPECT_LE(begun_[i].at - begun_[i - 1].at, pause + 30min) << i;
  }
  // It goes well again: from there on as planned.
  const std::size_t failed = begun_.size();
  fails_ = false;
  live(days(3), 5min);
  EXPECT_GE(begun_.size(), failed + 2);
  EXPECT_LE(begun_.size(), failed + 5);
}

TEST_P(ScheduleTest, a_person_is_reminded_of_what_only_he_can_do) {
  planned("by-hand", directory("First"), "daily 00:00-24:00", 30, RotationMode::manual);
  const Timestamp start = clock_.now();
  live(days(46), 1h);
  EXPECT_TRUE(begun_.empty());
  std::vector<int> left;
  for (const auto& [at, reminder] : reminders_) left.push_back(reminder.days_left);
  EXPECT_EQ(left, (std::vector<int>{14, 7, 3, 1, 0, -7, -14}));
  EXPECT_EQ(reminders_.front().second.deadline, start + days(30));
  EXPECT_EQ(reminders_.front().second.account_name, "by-hand@example.test");
}

TEST_P(ScheduleTest, a_reminder_that_a_clock_ahead_has_marked_is_made_all_the_same) {
  planned("by-hand", directory("First"), "daily 00:00-24:00", 30, RotationMode::manual);
  live(days(17), 1h);
  const std::size_t before = reminders_.size();
  ASSERT_GT(before, 0U);
  edit_database("UPDATE rotation_plan SET reminded = $1", {clock_.now() + days(400)});
  live(days(7), 1h);
  EXPECT_GT(reminders_.size(), before);
}

TEST_P(ScheduleTest, a_plan_is_saved_by_its_version) {
  const AccountId account = planned("svc", directory("First"), "daily 22:00-04:00", 30);
  RotationPlan plan = must(ledger().plan(account));
  EXPECT_EQ(plan.version, 1);
  EXPECT_EQ(window_text(plan.window), "daily 22:00-04:00");
  plan.every_days = 14;
  EXPECT_EQ(must(ledger().save_plan(plan, by_admin())).version, 2);
  EXPECT_TRUE(fails_with(ledger().save_plan(plan, by_admin()), ConnectionsError::version_conflict));
  plan = must(ledger().plan(account));
  EXPECT_EQ(plan.every_days, 14);
  plan.mode = RotationMode::twin;
  EXPECT_TRUE(fails_with(ledger().save_plan(plan, by_admin()), ConnectionsError::cannot_rotate));
  plan.mode = RotationMode::external;
  EXPECT_TRUE(fails_with(ledger().save_plan(plan, by_admin()), ConnectionsError::cannot_rotate));
  plan.mode = RotationMode::manual;
  plan.every_days = 400;
  EXPECT_TRUE(fails_with(ledger().save_plan(plan, by_admin()), ConnectionsError::invalid_form));
}

}  // namespace
}  // namespace mailward::connections::testing
