#include "access/rights.h"

#include <gtest/gtest.h>

#include "access/error.h"

namespace mailward::access {
namespace {

TEST(RightsTest, roles_have_the_rights_that_the_contract_names) {
  using enum Right;
  EXPECT_EQ(rights_of(Role::administrator), Rights::all().without(read_content));
  EXPECT_EQ(rights_of(Role::analyst), Rights({see_status, see_connections, see_runs}));
  EXPECT_EQ(rights_of(Role::operator_), Rights({see_status, see_connections, test_connections, see_runs, cancel_runs}));
  EXPECT_EQ(rights_of(Role::auditor), Rights({see_status, see_connections, see_runs, see_audit, see_keys, see_users}));
}

TEST(RightsTest, reading_content_is_no_roles_and_the_users_own) {
  EXPECT_FALSE(rights_of(Roles::all(), false).has(Right::read_content));
  EXPECT_TRUE(rights_of(Roles{Role::analyst}, true).has(Right::read_content));
  EXPECT_FALSE(local_rights().has(Right::read_content));
}

TEST(RightsTest, several_roles_add_up) {
  const Rights both = rights_of(Roles{Role::operator_, Role::auditor}, false);
  EXPECT_TRUE(both.has(Right::test_connections));
  EXPECT_TRUE(both.has(Right::see_audit));
  EXPECT_FALSE(both.has(Right::change_connections));
  EXPECT_TRUE(rights_of(Roles(), false).empty());
}

TEST(RightsTest, every_name_is_read_back) {
  EXPECT_EQ(Rights::all().list().size(), kRightCount);
  for (const Right right : Rights::all().list()) EXPECT_EQ(right_named(name_of(right)), right);
  for (const Role role : Roles::all().list()) EXPECT_EQ(role_named(name_of(role)), role);
  EXPECT_EQ(role_named("operator"), Role::operator_);
  EXPECT_EQ(*parse_rights(Rights::all().names()), Rights::all());
  EXPECT_EQ(*parse_roles({"auditor", "analyst"}), Roles({Role::analyst, Role::auditor}));
}

TEST(RightsTest, unknown_and_repeated_names_are_refused) {
  EXPECT_TRUE(parse_rights({"see_status", "fly"}).error().is(AccessError::invalid_form));
  EXPECT_TRUE(parse_roles({"auditor", "auditor"}).error().is(AccessError::invalid_form));
  EXPECT_TRUE(parse_roles({""}).error().is(AccessError::invalid_form));
  EXPECT_EQ(right_named("SEE_STATUS"), std::nullopt);
}

TEST(RightsTest, sets_intersect_and_contain) {
  const Rights some{Right::see_status, Right::see_audit};
  EXPECT_EQ(some & Rights({Right::see_audit, Right::see_keys}), Rights{Right::see_audit});
  EXPECT_TRUE(Rights::all().has_all(some));
  EXPECT_FALSE(some.has_all(Rights::all()));
  EXPECT_EQ(some.without(Right::see_audit).without(Right::see_status), Rights());
}

}  // namespace
}  // namespace mailward::access
