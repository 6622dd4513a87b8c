#include <gtest/gtest.h>

#include "renewal/inventory_kinds.h"
#include "renewal/renewal_states.h"

namespace mailward::renewal {
namespace {

TEST(RenewalStatesTest, what_has_ended_is_followed_by_nothing_and_all_else_ends) {
  for (const RenewalStateInfo& from : renewal_states()) {
    bool goes_on = false;
    for (const RenewalStateInfo& to : renewal_states()) goes_on = goes_on || may_follow(from.state, to.state);
    EXPECT_NE(goes_on, from.ended) << from.name;
    EXPECT_EQ(parse_renewal_state(from.name).value(), from.state);
  }
  for (const ItemStateInfo& from : item_states()) {
    bool goes_on = false;
    for (const ItemStateInfo& to : item_states()) goes_on = goes_on || may_follow(from.state, to.state);
    EXPECT_NE(goes_on, from.settled) << from.name;
    EXPECT_EQ(parse_item_state(from.name).value(), from.state);
  }
}

TEST(RenewalStatesTest, nothing_runs_without_having_been_ready) {
  EXPECT_FALSE(may_follow(RenewalState::awaiting_approval, RenewalState::running));
  EXPECT_FALSE(may_follow(ItemState::planned, ItemState::done)) << "an effect without its intent";
  EXPECT_FALSE(may_follow(ItemState::done, ItemState::acting));
}

TEST(InventoryKindsTest, the_table_is_in_order_and_says_how_each_is_renewed) {
  int rank = 0;
  for (const KindInfo& kind : kinds()) {
    EXPECT_GT(kind.rank, rank) << kind.kind;
    rank = kind.rank;
    EXPECT_FALSE(kind.how.empty()) << kind.kind;
    EXPECT_FALSE(kind.reason.empty()) << kind.kind;
    EXPECT_EQ(way_named(name_of(kind.way)), kind.way);
    EXPECT_EQ(&info_of_kind(kind.kind), &kind);
  }
  EXPECT_EQ(kinds().front().kind, "master_key");
  EXPECT_EQ(info_of_kind("service_account").times, 2);
  EXPECT_LT(info_of_reset_account().rank, info_of_kind("service_account").rank);
  EXPECT_EQ(info_of_kind("a product's own").way, Way::by_person);
}

}  // namespace
}  // namespace mailward::renewal
