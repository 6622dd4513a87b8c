#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "secrets/recovery_key.h"
#include "tests/product_support/organisation.h"
#include "tests/product_support/victim.h"
#include "tests/renewal/renewal_house.h"

namespace mailward::renewal {
namespace {

using mailward::testing::Organisation;
using mailward::testing::SambaDc;
using testing::must;
using testing::Product;
using testing::RenewalHouse;
using testing::wait_until;
using namespace std::chrono_literals;

/// Not a test: what is run and killed. Starts a plan over the kinds that the environment names, and waits until it
/// rests.
TEST(RenewalVictim, DISABLED_renews) {
  Product product(mailward::testing::victims_options());
  RenewalHouse house(product);
  const auto plan =
      must(house.renewals().create(mailward::testing::words_of("MAILWARD_KILL_KINDS"), RenewalHouse::by_root()));
  must(house.renewals().start(plan.id, RenewalHouse::by_root()));
  const Renewal rested = house.rested(plan.id, 120s);
  for (const RenewalItem& item : rested.items) {
    ASSERT_NE(item.state, ItemState::failed) << RenewalHouse::text_of_items(rested);
  }
}

/// One organisation for all kills. After each the product starts anew and goes on with the plan by itself.
class RenewalKillTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    organisation_ = std::make_unique<Organisation>();
    connection_ = organisation_->connect().id;
    account_ = must(product().ledger().connection(connection_)).account;
    must(secrets::RecoveryKey::open(product().database(), product().keyring(), Clock::system()));
    house_ = std::make_unique<RenewalHouse>(product());
  }
  Product& product() { return organisation_->product(); }

  /// Runs the victim to its end, unless `environment` has it killed (tests/kill_at). Whether it was killed.
  bool renew_with(const std::string& kinds, const std::vector<std::pair<std::string, std::string>>& environment) {
    house_->close();
    return mailward::testing::run_victim(
        product(), {.test = "RenewalVictim.*", .environment = {{"MAILWARD_KILL_KINDS", kinds}}, .kill = environment});
  }

  std::size_t count_calls(const std::string& kinds, const std::string& calls) {
    const std::filesystem::path file = product().folder() / "counts";
    EXPECT_FALSE(renew_with(kinds, {{"MAILWARD_KILL_COUNTS", file.string()}}));
    reopen();
    close_plan();
    std::ifstream in(file);
    std::string name;
    for (std::size_t count = 0; in >> name >> count;) {
      if (name == calls) return count;
    }
    return 0;
  }
  void reopen() {
    product().restart();
    house_->open();
  }

  /// The plan that is open, or the last one; nothing where none was written down before the kill.
  std::optional<Renewal> last_plan() {
    const auto plans = must(house_->renewals().list(1));
    if (plans.empty()) return std::nullopt;
    return must(house_->renewals().get(plans.front().id));
  }
  void close_plan() {
    const auto plan = last_plan();
    if (plan && !plan->ended) must(house_->renewals().close(plan->id, RenewalHouse::by_root()));
  }

  /// Everything opens, the trail is whole, and what was left is gone on with to where it rests.
  void expect_recovery(const std::string& where) {
    SCOPED_TRACE(where);
    reopen();
    const auto opened =
        product().database().read([&](db::Session& session) { return product().keyring().check_all(session); });
    ASSERT_TRUE(opened) << opened.error().describe();
    const auto plan = last_plan();
    if (plan && plan->state == RenewalState::running) {
      const bool rests = wait_until(
          [&] {
            // As the service does every few seconds: a rotation may have been killed before its thread had it.
            must(product().rotations().resume());
            must(house_->renewals().resume());
            return last_plan()->state != RenewalState::running;
          },
          90s);
      const Renewal rested = *last_plan();
      ASSERT_TRUE(rests) << RenewalHouse::text_of_items(rested);
      for (const RenewalItem& item : rested.items) {
        EXPECT_NE(item.state, ItemState::failed) << RenewalHouse::text_of_items(rested);
        EXPECT_NE(item.state, ItemState::acting) << RenewalHouse::text_of_items(rested);
      }
      expect_as_often_as_planned(rested);
      ++gone_on_;
    }
    EXPECT_EQ(product().test({.connection = connection_}).verdict, "none");
    EXPECT_EQ(organisation_->bad_password_count(), 0);
    close_plan();
    // Once it rests: a plan that goes on may be writing a key right now.
    for (const auto& file : std::filesystem::directory_iterator(product().folder())) {
      const std::string name = file.path().filename();
      EXPECT_TRUE(!name.starts_with("master.key") || name == "master.key") << "left behind: " << name;
    }
  }

  /// A rotation that was begun before the kill is followed, not begun anew: as many have gone well as the plan says, no
  /// more; and beside them at most the one that the kill had undone.
  void expect_as_often_as_planned(const Renewal& plan) {
    for (const RenewalItem& item : plan.items) {
      if (item.secret != account_.text()) continue;
      const std::string mark = "renewal-" + plan.id.text() + "-" + std::to_string(item.position) + "-";
      std::int64_t begun = 0;
      std::int64_t finished = 0;
      for (const auto& run : must(product().runs().list("rotation", "account:" + item.secret, 20))) {
        if (!run.request_id.starts_with(mark)) continue;
        ++begun;
        finished += run.state == work::RunState::succeeded ? 1 : 0;
      }
      EXPECT_EQ(item.done_times, item.times) << RenewalHouse::text_of_items(plan);
      EXPECT_EQ(finished, item.times) << RenewalHouse::text_of_items(plan);
      EXPECT_LE(begun, item.times + 1) << RenewalHouse::text_of_items(plan);
    }
  }

  void kill_at_each(const std::string& kinds, const std::string& calls, std::size_t most) {
    const std::size_t count = count_calls(kinds, calls);
    ASSERT_GT(count, 0U) << calls;
    const std::size_t step = 1 + (count - 1) / most;
    std::size_t kills = 0;
    for (std::size_t at = 1; at <= count; at += step) {
      if (renew_with(kinds, {{"MAILWARD_KILL_AT", calls + " " + std::to_string(at)}})) ++kills;
      expect_recovery(calls + " " + std::to_string(at));
      if (HasFatalFailure()) return;
    }
    std::cout << "killed at " << kills << " of " << count << " calls of " << calls << "; gone on with " << gone_on_
              << "\n";
    EXPECT_GT(2 * kills * step, count) << "the calls were not those of the count";
    EXPECT_GT(gone_on_, 0);
  }

  std::unique_ptr<Organisation> organisation_;
  std::unique_ptr<RenewalHouse> house_;
  connections::ConnectionId connection_;
  connections::AccountId account_;
  int gone_on_ = 0;
};

TEST_F(RenewalKillTest, after_a_kill_at_a_write_to_the_disk_the_keys_open_and_the_plan_goes_on) {
  kill_at_each("master_key recovery_key", "fdatasync", mailward::testing::kills_are_thorough() ? 1000 : 10);
}

TEST_F(RenewalKillTest, after_a_kill_at_a_rename_the_keys_open_and_the_plan_goes_on) {
  kill_at_each("master_key recovery_key", "rename", 1000);
}

TEST_F(RenewalKillTest, after_a_kill_at_a_write_to_the_disk_no_rotation_is_begun_twice) {
  kill_at_each("master_key service_account", "fdatasync", mailward::testing::kills_are_thorough() ? 1000 : 8);
}

TEST_F(RenewalKillTest, after_a_kill_at_a_connect_no_rotation_is_begun_twice) {
  if (!mailward::testing::kills_are_thorough()) GTEST_SKIP() << "takes long: ./dev check kills";
  kill_at_each("service_account", "connect", 1000);
}

}  // namespace
}  // namespace mailward::renewal
