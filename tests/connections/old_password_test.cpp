#include <gtest/gtest.h>

#include "connections/event_imports.h"
#include "connections/old_password_watch.h"
#include "connections/rotation_plan.h"
#include "directory/directory.h"
#include "notify/notice.h"
#include "tests/product_support/organisation.h"
#include "tests/support/wait_until.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using testing::wait_until;
using namespace std::chrono_literals;

Timestamp at(const char* text) {
  return parse_timestamp(text).value();
}

constexpr std::string_view kHead = "\"Time\",\"Id\",\"Controller\",\"Account\",\"From\",\"Status\"\r\n";

/// What a controller shows.
directory::SignInCounters shows(const std::string& controller, std::optional<Timestamp> bad,
                                std::optional<Timestamp> locked) {
  directory::SignInCounters counters;
  counters.controller = controller;
  counters.bad_password_time = bad;
  counters.lockout_time = locked;
  return counters;
}

class OldPasswordWatchTest : public ::testing::Test {
 protected:
  OldPasswordWatchTest() {
    for (const char* one : {"dc1", "dc2", "dc3"}) look(one, {}, {});
  }
  /// How many new signs one look at a controller brings.
  int look(const std::string& controller, std::optional<Timestamp> bad, std::optional<Timestamp> locked) {
    int fresh = 0;
    for (auto& sign : signs_in(watch_, shows(controller, bad, locked), {}, now_)) {
      fresh += add_sign(watch_, std::move(sign)) ? 1 : 0;
    }
    return fresh;
  }
  OldPasswordWatch watch_;
  Timestamp now_ = at("2026-11-29T20:15:00Z");
};

TEST_F(OldPasswordWatchTest, a_lock_out_is_one_however_many_controllers_show_it) {
  const Timestamp locked = now_ - 5s;
  EXPECT_EQ(look("dc1", {}, locked), 1);
  EXPECT_EQ(look("dc2", {}, locked), 0);
  EXPECT_EQ(look("dc3", {}, locked + 30s), 0) << "it counts for itself";
  now_ += 1min;
  EXPECT_EQ(look("dc1", {}, locked + 30s), 0) << "replicated";
  look_whether_over(watch_, {shows("dc1", {}, locked)}, true, now_);
  EXPECT_FALSE(watch_.lock_out->over);
  // Lifted; one controller hears late of the lock-out, and is none that locks it again.
  look_whether_over(watch_, {shows("dc1", {}, {})}, false, now_);
  EXPECT_TRUE(watch_.lock_out->over);
  EXPECT_EQ(look("dc3", {}, locked + 30s), 0);
  now_ += 1min;
  EXPECT_EQ(look("dc1", {}, now_), 1) << "this one is another";
  EXPECT_FALSE(watch_.lock_out->over);
}

TEST_F(OldPasswordWatchTest, a_lock_out_that_has_run_out_is_over_where_its_time_still_stands) {
  look("dc1", {}, now_);
  look_whether_over(watch_, {shows("dc1", {}, now_)}, false, now_ + 1min);
  EXPECT_FALSE(watch_.lock_out->over) << "the controller that was asked may not have heard of it";
  look_whether_over(watch_, {shows("dc1", {}, now_)}, false, now_ + 31min);
  EXPECT_TRUE(watch_.lock_out->over);
}

TEST_F(OldPasswordWatchTest, nothing_is_concluded_from_controllers_that_cannot_be_read) {
  look("dc1", {}, now_);
  auto silent = shows("dc1", {}, {});
  silent.error = Error(directory::DirectoryError::unreachable, "no answer");
  look_whether_over(watch_, {silent}, false, now_ + 1h);
  EXPECT_FALSE(watch_.lock_out->over);
}

TEST_F(OldPasswordWatchTest, wrong_passwords_at_one_controller_are_counted_into_one_sign) {
  EXPECT_EQ(look("dc1", now_, {}), 1);
  for (int i = 0; i < 50; ++i) {
    now_ += 1min;
    EXPECT_EQ(look("dc1", now_, {}), 0);
  }
  EXPECT_EQ(look("dc2", now_, {}), 1);
  ASSERT_EQ(watch_.seen.size(), 2u);
  EXPECT_EQ(watch_.seen[0].times, 51);
  EXPECT_EQ(watch_.seen[0].last, now_);
}

/// After a rotation in a real Active Directory.
class OldPasswordTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    organisation_ = std::make_unique<Organisation>(Organisation::Options{.lockout_threshold = 3});
    connection_ = organisation_->connect();
  }
  Product& product() { return organisation_->product(); }
  SambaDc& controller() { return organisation_->controller(); }
  work::RunId rotate() {
    const auto run = must(product().rotations().start({.account = connection_.account}, Product::by()));
    const auto outcome = product().outcome_of(run);
    if (outcome.result["state"] != "finished") throw std::runtime_error(outcome.text());
    return run;
  }
  OldPasswordReport report(work::RunId run) { return must(product().rotations().old_password(run)); }
  bool await_sign(work::RunId run, OldPasswordSign::Kind kind) {
    return wait_until(
        [&] {
          must(product().rotations().resume());
          return std::ranges::any_of(report(run).watch.seen, [&](const auto& one) { return one.kind == kind; });
        },
        20s);
  }
  bool await_first_look(work::RunId run) {
    return wait_until(
        [&] {
          must(product().rotations().resume());
          return !report(run).watch.controllers.empty();
        },
        20s);
  }
  void look_again() {
    must(product().rotations().resume());
    // A look that is under way ends; what it writes has a newer stamp.
    const auto stamp = [&] {
      return must(product().database().read([](db::Session& session) {
               return session.query_row("SELECT MAX(updated) FROM old_password_watch");
             }))
          ->integer(0);
    };
    const auto before = stamp();
    ASSERT_TRUE(wait_until(
        [&] {
          must(product().rotations().resume());
          return stamp() > before;
        },
        20s));
  }
  std::vector<old_password_watches::Locked> locked_accounts() {
    return must(product().database().read([](db::Session& session) { return old_password_watches::locked(session); }));
  }
  bool await_over() {
    return wait_until(
        [&] {
          must(product().rotations().resume());
          return locked_accounts().empty();
        },
        20s);
  }
  std::int64_t entries_of(std::string_view action) {
    return must(product().database().read([&](db::Session& session) {
             return session.query_row("SELECT COUNT(*) FROM audit_entry WHERE action = $1", {action});
           }))
        ->integer(0);
  }
  std::vector<notify::PostedNotice> notices_of(std::string_view kind) {
    auto all = must(product().database().read(
        [](db::Session& session) { return notify::list_notices(session, std::nullopt, 50); }));
    std::erase_if(all, [&](const notify::PostedNotice& one) { return one.notice.kind != kind; });
    return all;
  }
  std::unique_ptr<work::Step> dry_run_step(std::string_view name) {
    const auto run =
        must(product().rotations().start({.account = connection_.account, .dry_run = true}, Product::by()));
    for (const work::Step& step : product().outcome_of(run).steps) {
      if (step.name == name) return std::make_unique<work::Step>(step);
    }
    return nullptr;
  }
  /// Somebody with a password that the account never had.
  void show_wrong_password(int times) {
    directory::Settings settings;
    settings.controllers = {{.host = controller().host()}};
    settings.trust = must(CertificateTrust::from_pem(controller().ca_pem()));
    const directory::Directory directory(std::move(settings), product().resolver(), product().destinations());
    for (int i = 0; i < times; ++i) {
      ASSERT_FALSE(directory.try_password(controller().host(), "svc-mailward@example.test",
                                          SecretString("Never-Had-" + std::to_string(i)), Deadline::after(20s)));
    }
  }

  std::unique_ptr<Organisation> organisation_;
  ServerConnection connection_;
};

TEST_F(OldPasswordTest, a_wrong_password_of_somebody_else_is_seen_and_said) {
  const auto run = rotate();
  ASSERT_TRUE(await_first_look(run));
  EXPECT_TRUE(report(run).watch.seen.empty());
  const auto commands = report(run).commands;
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_NE(commands[0].second.find("-eq 'svc-mailward'"), std::string::npos) << commands[0].second;
  show_wrong_password(1);
  ASSERT_TRUE(await_sign(run, OldPasswordSign::Kind::wrong_password));
  EXPECT_EQ(report(run).watch.seen.size(), 1u);
  must(product().rotations().resume());
  const std::string csv =
      std::string(kHead) + format_timestamp(Clock::system().now()) + ",4776,dc1.example.test,svc-mailward,OLDAPP,0x0\n";
  const auto told = must(product().rotations().take_events(run, csv, Product::by()));
  ASSERT_EQ(told.watch.imports.size(), 1u);
  EXPECT_NE(text_of(told.watch.imports[0].origins.at(0)).find("oldapp (somebody else): 1 let in, 0 refused"),
            std::string::npos);
  ASSERT_TRUE(told.file);
  EXPECT_EQ(told.file->of_others, 1);
  // The addresses of this host are Mailward's, those of the front ends Exchange's; another controller's file adds up.
  const std::string other = std::string(kHead) + format_timestamp(Clock::system().now()) +
                            ",4771,dc2.example.test,svc-mailward,::ffff:127.0.0.1,0x18\n";
  const auto both = must(product().rotations().take_events(run, other, Product::by()));
  EXPECT_EQ(both.watch.imports.size(), 2u);
  EXPECT_EQ(both.file->of_this_server + both.file->of_exchange, 1);
  // A refused file leaves what was there.
  EXPECT_FALSE(product().rotations().take_events(run, "nonsense", Product::by()));
  EXPECT_EQ(report(run).watch.imports.size(), 2u);
  EXPECT_EQ(report(run).watch.seen.size(), 1u);
}

TEST_F(OldPasswordTest, a_lock_out_is_lifted_once_where_the_plan_wants_it_and_then_left_to_a_person) {
  RotationPlan plan = must(product().ledger().plan(connection_.account));
  plan.unlocks = true;
  must(product().ledger().save_plan(plan, Product::by()));
  controller().allow_unlocking(Organisation::kResetter, controller().dn_of(Organisation::kAccount));
  const auto run = rotate();
  ASSERT_TRUE(await_first_look(run));
  show_wrong_password(3);
  ASSERT_TRUE(await_sign(run, OldPasswordSign::Kind::locked_out));
  ASSERT_TRUE(await_sign(run, OldPasswordSign::Kind::unlocked));
  EXPECT_EQ(controller().lockout_time(Organisation::kAccount), 0);
  EXPECT_EQ(product().test({.connection = connection_.id}).verdict, "none");
  ASSERT_TRUE(await_over());
  // Whatever it is goes on: the second lock-out stays.
  show_wrong_password(3);
  ASSERT_TRUE(await_sign(run, OldPasswordSign::Kind::not_unlocked));
  EXPECT_NE(controller().lockout_time(Organisation::kAccount), 0);
  EXPECT_NE(report(run).watch.seen.back().text.find("does so once"), std::string::npos)
      << report(run).watch.seen.back().text;
}

TEST_F(OldPasswordTest, one_lock_out_is_one_alarm_with_the_remedy_first_and_is_known_until_it_is_over) {
  const auto run = rotate();
  ASSERT_TRUE(await_first_look(run));
  show_wrong_password(3);
  ASSERT_TRUE(await_sign(run, OldPasswordSign::Kind::not_unlocked));
  const auto entries = entries_of("account.old_password_seen");
  for (int i = 0; i < 3; ++i) {
    look_again();
    show_wrong_password(1);
  }
  look_again();
  EXPECT_EQ(entries_of("account.old_password_seen"), entries) << "nothing but the same lock-out";
  const auto alarms = notices_of("account_locked");
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms.front().times, 1);
  EXPECT_TRUE(alarms.front().notice.text.starts_with(
      "What to do: Find what shows it, then lift the lock-out: Unlock-ADAccount -Identity 'svc-mailward'."))
      << alarms.front().notice.text;
  EXPECT_NE(alarms.front().notice.text.find("mailward rotation old-password " + run.text()), std::string::npos);
  EXPECT_EQ(alarms.front().notice.text.find("\\x"), std::string::npos);
  const auto locked = locked_accounts();
  ASSERT_EQ(locked.size(), 1u);
  EXPECT_EQ(locked.front().run, run);
  EXPECT_EQ(locked.front().sam_account_name, "svc-mailward");
  controller().unlock(Organisation::kAccount);
  EXPECT_TRUE(await_over());
}

TEST_F(OldPasswordTest, a_dry_run_says_whether_the_reset_account_may_lift_a_lock_out) {
  EXPECT_EQ(dry_run_step("unlock_right"), nullptr) << "the plan does not want it";
  RotationPlan plan = must(product().ledger().plan(connection_.account));
  plan.unlocks = true;
  must(product().ledger().save_plan(plan, Product::by()));
  const auto missing = dry_run_step("unlock_right");
  ASSERT_NE(missing, nullptr);
  EXPECT_EQ(missing->outcome, work::StepOutcome::warning);
  EXPECT_NE(missing->remedy.find("RPWP;lockoutTime"), std::string::npos) << missing->remedy;
  controller().allow_unlocking(Organisation::kResetter, controller().dn_of(Organisation::kAccount));
  const auto there = dry_run_step("unlock_right");
  ASSERT_NE(there, nullptr);
  EXPECT_EQ(there->outcome, work::StepOutcome::ok) << there->evidence;
}

TEST_F(OldPasswordTest, what_happens_before_the_first_look_is_seen_as_well) {
  const auto run = rotate();
  // The rotation itself has read what the controllers showed.
  EXPECT_EQ(report(run).watch.controllers.size(), 1u);
  EXPECT_EQ(report(run).commands.size(), 1u);
  show_wrong_password(3);
  ASSERT_TRUE(await_sign(run, OldPasswordSign::Kind::locked_out));
}

TEST_F(OldPasswordTest, a_lock_out_is_left_to_a_person_with_the_command) {
  const auto run = rotate();
  ASSERT_TRUE(await_first_look(run));
  show_wrong_password(3);
  ASSERT_TRUE(await_sign(run, OldPasswordSign::Kind::not_unlocked));
  EXPECT_NE(controller().lockout_time(Organisation::kAccount), 0);
  EXPECT_NE(report(run).watch.seen.back().text.find("Unlock-ADAccount -Identity 'svc-mailward'"), std::string::npos)
      << report(run).watch.seen.back().text;
}

}  // namespace
}  // namespace mailward::connections
