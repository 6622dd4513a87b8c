// Who may let a plan begin, and for how long that holds.
#include <algorithm>

#include "tests/renewal/renewal_house.h"

namespace mailward::renewal {
namespace {

using access::Role;
using testing::fails_with;
using testing::must;
using testing::Product;
using testing::RenewalHouse;
using namespace std::chrono_literals;

class ApprovalTest : public ::testing::Test {
 protected:
  Product product_{Product::Options{}};
  mailward::testing::ManualClock clock_{Clock::system().now()};
  RenewalHouse house_{product_, clock_};
  Renewals& renewals() { return house_.renewals(); }
};

TEST_F(ApprovalTest, nobody_approves_his_own_nor_who_does_not_administer) {
  const auto anna = house_.make_administrator("anna");
  const auto carl = house_.make_user("carl", {Role::operator_});
  const auto bert = house_.make_administrator("bert");
  house_.demand_approval(true);
  const auto plan = must(renewals().create({"master_key"}, RenewalHouse::by(anna)));
  EXPECT_EQ(plan.state, RenewalState::awaiting_approval);
  EXPECT_EQ(must(renewals().approvers(plan.asked_by)), 1U);
  EXPECT_TRUE(fails_with(renewals().start(plan.id, RenewalHouse::by(anna)), RenewalError::approval_needed));
  EXPECT_TRUE(fails_with(renewals().approve(plan.id, anna, RenewalHouse::by(anna)), RenewalError::not_the_approver));
  EXPECT_TRUE(fails_with(renewals().approve(plan.id, carl, RenewalHouse::by(carl)), RenewalError::not_the_approver));
  must(renewals().approve(plan.id, bert, RenewalHouse::by(bert)));
  EXPECT_TRUE(fails_with(renewals().approve(plan.id, bert, RenewalHouse::by(bert)), RenewalError::illegal_transition));
  must(renewals().start(plan.id, RenewalHouse::by(anna)));
  EXPECT_EQ(house_.rested(plan.id).state, RenewalState::finished);
}

TEST_F(ApprovalTest, what_nobody_known_asked_for_nobody_approves) {
  const auto anna = house_.make_administrator("anna");
  const auto bert = house_.make_administrator("bert");
  house_.demand_approval(true);
  const auto plan = must(renewals().create({"master_key"}, RenewalHouse::by_root()));
  EXPECT_EQ(must(renewals().approvers(plan.asked_by)), 0U);
  const auto refused = renewals().approve(plan.id, bert, RenewalHouse::by(bert));
  ASSERT_TRUE(fails_with(refused, RenewalError::not_the_approver));
  EXPECT_NE(refused.error().remedy().find("--user NAME"), std::string::npos) << refused.error().remedy();
  must(renewals().close(plan.id, RenewalHouse::by_root()));
  const auto named = must(renewals().create({"master_key"}, RenewalHouse::by_root(), anna));
  EXPECT_EQ(named.asked_by, anna.actor().text());
  EXPECT_TRUE(fails_with(renewals().approve(named.id, anna, RenewalHouse::by_root()), RenewalError::not_the_approver));
  must(renewals().approve(named.id, bert, RenewalHouse::by_root()));
}

TEST_F(ApprovalTest, who_switches_approval_off_needs_the_second_person_for_seven_days_more) {
  const auto anna = house_.make_administrator("anna");
  house_.demand_approval(true);
  house_.demand_approval(false);
  const HousePolicy off = must(house_.inventory().policy());
  EXPECT_TRUE(off.approval);
  EXPECT_EQ(off.approval_until, clock_.now() + 7 * 24h);
  clock_.advance(6 * 24h);
  house_.demand_approval(false);
  EXPECT_EQ(must(house_.inventory().policy()).approval_until, off.approval_until)
      << "said again, it begins no new time";
  const auto plan = must(renewals().create({"master_key"}, RenewalHouse::by(anna)));
  EXPECT_EQ(plan.state, RenewalState::awaiting_approval);
  must(renewals().close(plan.id, RenewalHouse::by(anna)));
  clock_.advance(25h);
  EXPECT_FALSE(must(house_.inventory().policy()).approval);
  EXPECT_EQ(must(renewals().create({"master_key"}, RenewalHouse::by(anna))).state, RenewalState::ready);
  house_.demand_approval(true);
  house_.demand_approval(false);
  house_.demand_approval(true);
  clock_.advance(8 * 24h);
  EXPECT_TRUE(must(house_.inventory().policy()).approval) << "switched on again in time";
}

TEST_F(ApprovalTest, an_approval_is_void_when_its_giver_leaves_before_the_start) {
  const auto anna = house_.make_administrator("anna");
  house_.demand_approval(true);
  const auto plan = must(renewals().create({"master_key"}, RenewalHouse::by(anna)));
  const auto leave = std::vector<std::pair<std::string, std::function<void(const access::User&)>>>{
      {"disabled",
       [&](const access::User& user) {
         must(house_.access().users.update(
             user.id, must(house_.access().users.find(user.id)).version,
             {.display_name = {}, .roles = user.roles, .reads_content = false, .enabled = false},
             RenewalHouse::by_root()));
       }},
      {"no administrator any more",
       [&](const access::User& user) {
         must(house_.access().users.update(
             user.id, must(house_.access().users.find(user.id)).version,
             {.display_name = {}, .roles = {Role::auditor}, .reads_content = false, .enabled = true},
             RenewalHouse::by_root()));
       }},
      {"deleted",
       [&](const access::User& user) {
         must(house_.access().users.remove(user.id, must(house_.access().users.find(user.id)).version,
                                           RenewalHouse::by_root()));
       }},
  };
  int number = 0;
  for (const auto& [how, go] : leave) {
    for (const bool noticed_at_start : {false, true}) {
      SCOPED_TRACE(how);
      const auto bert = house_.make_administrator("bert" + std::to_string(++number));
      must(renewals().approve(plan.id, bert, RenewalHouse::by(bert)));
      go(bert);
      if (noticed_at_start) {
        const auto refused = renewals().start(plan.id, RenewalHouse::by(anna));
        ASSERT_TRUE(fails_with(refused, RenewalError::approval_void));
        EXPECT_NE(refused.error().message().find(how), std::string::npos) << refused.error().message();
      } else {
        must(renewals().resume());
      }
      const Renewal now = must(renewals().get(plan.id));
      EXPECT_EQ(now.state, RenewalState::awaiting_approval);
      EXPECT_EQ(now.approved_by, "");
      EXPECT_NE(now.why.find(how), std::string::npos) << now.why;
    }
  }
  EXPECT_EQ(std::ranges::count(house_.acts(), "renewal.void_approval"), 6);
}

TEST_F(ApprovalTest, approval_that_is_demanded_later_counts_as_well) {
  const auto anna = house_.make_administrator("anna");
  const auto plan = must(renewals().create({"master_key"}, RenewalHouse::by(anna)));
  EXPECT_EQ(plan.state, RenewalState::ready);
  house_.demand_approval(true);
  EXPECT_TRUE(fails_with(renewals().start(plan.id, RenewalHouse::by(anna)), RenewalError::approval_needed));
  EXPECT_EQ(must(renewals().get(plan.id)).state, RenewalState::awaiting_approval);
}

TEST_F(ApprovalTest, a_plan_waits_for_seven_days) {
  const auto anna = house_.make_administrator("anna");
  house_.demand_approval(true);
  const auto plan = must(renewals().create({"master_key"}, RenewalHouse::by(anna)));
  clock_.advance(7 * 24h - 1min);
  must(renewals().resume());
  EXPECT_EQ(must(renewals().get(plan.id)).state, RenewalState::awaiting_approval);
  clock_.advance(1min);
  must(renewals().resume());
  EXPECT_EQ(must(renewals().get(plan.id)).state, RenewalState::expired);
  EXPECT_TRUE(renewals().create({"master_key"}, RenewalHouse::by(anna))) << "the place is free";
}

}  // namespace
}  // namespace mailward::renewal
