#include <gtest/gtest.h>

#include <atomic>

#include "connections/rotation_schedule.h"
#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using namespace std::chrono_literals;
using std::chrono::days;

/// The system's clock, so far ahead.
class ClockAhead : public Clock {
 public:
  Timestamp now() const override { return Clock::system().now() + ahead_.load(); }
  MonotonicTime monotonic() const override { return Clock::system().monotonic(); }
  void set(std::chrono::seconds ahead) { ahead_ = ahead; }

 private:
  std::atomic<std::chrono::seconds> ahead_{0s};
};

/// Months pass: the controller's own clock is moved to when the schedule says that the next rotation is due, and the
/// schedule begins it, three times. (No realm: a KDC of the future would refuse our tickets for their time.)
TEST(MovedClock, the_schedule_renews_the_password_of_a_real_directory_as_months_pass) {
  if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  SambaDc controller;
  Organisation organisation({.controller = &controller,
                             .realm = false,
                             .lockout_threshold = 3,
                             .authentication = {.negotiate = false, .ntlm = true, .basic = false}});
  auto& product = organisation.product();
  const auto connection = organisation.connect();
  // The accounts that read and reset are renewed by other means; theirs shall not expire meanwhile.
  for (const std::string_view name : {"directory-reader", Organisation::kResetter.data()}) {
    controller.set(controller.dn_of(name), "userAccountControl", {"66048"});  // normal account, never expires
  }
  RotationPlan plan = must(product.ledger().plan(connection.account));
  plan.mode = RotationMode::delegated_reset;
  plan.every_days = 60;  // longer than the domain lets a password live: its expiry asks for it sooner
  plan.window = must(parse_window("daily 01:00-05:00"));
  must(product.ledger().save_plan(plan, Product::by()));

  ClockAhead clock;
  work::RunId begun;
  std::size_t reminders = 0;
  RotationSchedule schedule({.ledger = product.ledger(),
                             .clock = clock,
                             .start = [&](AccountId account) -> Result<work::RunId> {
                               MW_TRY(begun, product.rotations().start({.account = account}, Product::by()));
                               return begun;
                             },
                             .remind = [&](db::Transaction&, const RotationReminder&) -> Status {
                               ++reminders;
                               return {};
                             }});
  Timestamp last = Clock::system().now();
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(must(schedule.tick()), 0u) << "nothing is due yet";
    const auto upcoming = must(schedule.upcoming(clock.now() + days(100), 5));
    ASSERT_FALSE(upcoming.empty());
    EXPECT_TRUE(upcoming[0].by_expiry) << format_timestamp(upcoming[0].due);
    EXPECT_LE(upcoming[0].due - last, days(36)) << "it lives 42 days, of which a week is kept";
    EXPECT_GE(upcoming[0].due - last, days(25));
    const auto ahead = std::chrono::ceil<std::chrono::seconds>(upcoming[0].due - Clock::system().now()) + 60s;
    controller.move_clock(ahead);
    clock.set(ahead);
    ASSERT_EQ(must(schedule.tick()), 1u);
    EXPECT_TRUE(is_open(plan.window, clock.now()));
    const auto outcome = product.outcome_of(begun);
    ASSERT_EQ(outcome.result["state"], "finished") << outcome.text();
    EXPECT_EQ(outcome.result["degraded"], false) << outcome.text();
    EXPECT_EQ(must(schedule.tick()), 0u) << "it was begun a second time";
    const auto account = must(product.ledger().account(connection.account));
    ASSERT_TRUE(account.active()->pwd_last_set);
    EXPECT_GE(*account.active()->pwd_last_set, clock.now() - 60s) << "by the directory's own clock";
    last = *account.active()->pwd_last_set;
    ASSERT_TRUE(account.password_expires);
    EXPECT_EQ(std::chrono::round<days>(*account.password_expires - last), days(42));
    EXPECT_EQ(organisation.bad_password_count(), 0);
    EXPECT_EQ(controller.lockout_time(Organisation::kAccount), 0);
    EXPECT_EQ(product.test({.connection = connection.id}).verdict, "none");
  }
  EXPECT_EQ(reminders, 0u);
}

}  // namespace
}  // namespace mailward::connections
