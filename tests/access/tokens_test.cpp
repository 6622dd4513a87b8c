#include "access/tokens.h"

#include <algorithm>

#include "tests/access/house.h"

namespace mailward::access {
namespace {

using testing::by_root;
using testing::fails_with;
using testing::from;
using testing::must;
using namespace std::chrono_literals;

class TokensTest : public testing::AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    make_user("root", {Role::administrator});
    anna_ = make_user("anna", {Role::operator_});
  }
  Tokens::Created make(Rights rights = {Right::see_status, Right::test_connections}, int days = 30) {
    return must(access().tokens.create(
        anna_.id, {.description = "nightly", .rights = rights, .expires_in = std::chrono::days(days)}, by_root()));
  }
  auto look(const Tokens::Created& made, std::string_view address = "198.51.100.7") {
    return access().tokens.look(made.secret.reveal(), from(address), "r");
  }
  User anna_;
};
MAILWARD_ON_EVERY_DATABASE(TokensTest);

TEST_P(TokensTest, a_token_opens_what_it_was_made_for) {
  const auto made = make();
  EXPECT_TRUE(made.secret.reveal().starts_with("mw_"));
  EXPECT_EQ(made.secret.size(), 75U);
  const auto use = must(look(made));
  EXPECT_EQ(use.user.id, anna_.id);
  EXPECT_EQ(use.rights, Rights({Right::see_status, Right::test_connections}));
  EXPECT_EQ(use.token.id, made.token.id);
  EXPECT_EQ(use.token.last_source, "198.51.100.7");
  ASSERT_EQ(trail("token.create").size(), 1U);
  EXPECT_EQ(trail("token.create")[0].details["after"]["rights"], nlohmann::json({"see_status", "test_connections"}));
  const auto held = secrets_held();
  EXPECT_EQ(std::ranges::count(held, "api_token:" + made.token.id.text()), 1);
}

TEST_P(TokensTest, it_never_has_more_than_its_owner_at_this_moment) {
  const auto made = make();
  User now =
      must(access().users.update(anna_.id, anna_.version, {.display_name = {}, .roles = {Role::analyst}}, by_root()));
  EXPECT_EQ(must(look(made)).rights, Rights{Right::see_status});
  now =
      must(access().users.update(now.id, now.version, {.display_name = {}, .roles = {Role::administrator}}, by_root()));
  EXPECT_EQ(must(look(made)).rights, Rights({Right::see_status, Right::test_connections})) << "nor more than its own";
  must(access().users.set_totp_required(Role::administrator, true, by_root()));
  EXPECT_TRUE(must(look(made)).rights.empty()) << "the owner must enrol first";
  must(access().users.update(now.id, now.version, {.display_name = {}, .roles = now.roles, .enabled = false},
                             by_root()));
  EXPECT_TRUE(fails_with(look(made), AccessError::not_signed_in));
}

TEST_P(TokensTest, forms_that_do_not_hold_are_refused_field_by_field) {
  const auto fields = [&](std::string description, Rights rights, int days) {
    std::string found;
    for (const auto& problem :
         check_token({.description = std::move(description), .rights = rights, .expires_in = std::chrono::days(days)},
                     anna_.rights())) {
      found += problem.field + " ";
    }
    return found;
  };
  EXPECT_EQ(fields("x", {Right::see_status}, 366), "");
  EXPECT_EQ(fields("", {}, 0), "description rights expires_in_days ");
  EXPECT_EQ(fields("x", {Right::see_status, Right::see_audit}, 367), "rights expires_in_days ");
  EXPECT_EQ(fields("line\nend", {Right::see_status}, -1), "description expires_in_days ");
  EXPECT_EQ(fields(std::string(201, 'x'), {Right::read_content}, 1), "description rights ");
  EXPECT_TRUE(fails_with(
      access().tokens.create(anna_.id,
                             {.description = "x", .rights = {Right::manage_users}, .expires_in = std::chrono::days(1)},
                             by_root()),
      AccessError::invalid_form));
}

TEST_P(TokensTest, it_expires_and_is_swept_a_month_later) {
  const auto made = make({Right::see_status}, 1);
  clock_.advance(24h - 1s);
  EXPECT_TRUE(look(made));
  clock_.advance(1s);
  EXPECT_TRUE(fails_with(look(made), AccessError::not_signed_in));
  EXPECT_EQ(must(access().tokens.list(anna_.id)).size(), 1U) << "still listed, as expired";
  clock_.advance(30 * 24h);
  must(access().sweep());
  EXPECT_TRUE(must(access().tokens.list(anna_.id)).empty());
  const auto held = secrets_held();
  EXPECT_EQ(std::ranges::count(held, "api_token:" + made.token.id.text()), 0);
}

TEST_P(TokensTest, it_is_revoked_by_its_owner_or_by_who_manages) {
  const auto one = make();
  const auto other = make();
  EXPECT_TRUE(
      fails_with(access().tokens.revoke(one.token.id, UserId::from_value(5), by_root()), AccessError::unknown_token));
  EXPECT_TRUE(look(one));
  must(access().tokens.revoke(one.token.id, anna_.id, by_root()));
  EXPECT_TRUE(fails_with(look(one), AccessError::not_signed_in));
  must(access().tokens.revoke(other.token.id, std::nullopt, by_root()));
  EXPECT_TRUE(fails_with(look(other), AccessError::not_signed_in));
  EXPECT_EQ(trail("token.revoke").size(), 2U);
}

TEST_P(TokensTest, whoever_was_let_in_can_be_looked_at_again) {
  const auto made = make({Right::see_status}, 1);
  EXPECT_EQ(must(access().tokens.peek(made.token.id)).rights, Rights({Right::see_status}));
  EXPECT_FALSE(must(access().tokens.list(anna_.id)).front().last_used) << "that was no use";
  clock_.advance(24h);
  EXPECT_TRUE(fails_with(access().tokens.peek(made.token.id), AccessError::not_signed_in));
  const auto other = make();
  must(access().tokens.revoke(other.token.id, anna_.id, by_root()));
  EXPECT_TRUE(fails_with(access().tokens.peek(other.token.id), AccessError::unknown_token));
}

TEST_P(TokensTest, a_disabled_user_gets_none) {
  must(access().users.update(anna_.id, anna_.version, {.display_name = {}, .roles = anna_.roles, .enabled = false},
                             by_root()));
  EXPECT_TRUE(fails_with(
      access().tokens.create(
          anna_.id, {.description = "x", .rights = {Right::see_status}, .expires_in = std::chrono::days(1)}, by_root()),
      AccessError::invalid_form));
}

TEST_P(TokensTest, use_is_written_once_a_minute) {
  const auto made = make();
  const auto listed = [&] { return must(access().tokens.list(std::nullopt)).front(); };
  EXPECT_FALSE(listed().last_used);
  must(look(made));
  const Timestamp first = clock_.now();
  EXPECT_EQ(listed().last_used, first);
  EXPECT_EQ(listed().last_source, "198.51.100.7");
  clock_.advance(59s);
  must(look(made, "198.51.100.8"));
  EXPECT_EQ(listed().last_used, first);
  clock_.advance(1s);
  must(look(made, "198.51.100.8"));
  EXPECT_EQ(listed().last_used, clock_.now());
  EXPECT_EQ(listed().last_source, "198.51.100.8");
}

TEST_P(TokensTest, what_is_no_token_opens_nothing_and_is_written_down) {
  const auto made = make();
  std::string mistyped(made.secret.reveal());
  mistyped[20] = mistyped[20] == '0' ? '1' : '0';
  for (const std::string& text : {std::string(), std::string("mw_"), mistyped, std::string(75, 'x'),
                                  std::string(1 << 20, 'a'), std::string(made.secret.reveal()) + " "}) {
    EXPECT_TRUE(fails_with(access().tokens.look(text, from("198.51.100.7"), "r"), AccessError::not_signed_in));
  }
  const auto lines = trail("token.use");
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0].entry.act.outcome, "refused");
  EXPECT_EQ(lines[0].details["reason"], "malformed");
}

TEST_P(TokensTest, a_user_has_fifty_at_most) {
  for (int i = 0; i < 50; ++i) make();
  const auto beyond = access().tokens.create(
      anna_.id, {.description = "x", .rights = {Right::see_status}, .expires_in = std::chrono::days(1)}, by_root());
  EXPECT_TRUE(fails_with(beyond, AccessError::invalid_form));
}

}  // namespace
}  // namespace mailward::access
