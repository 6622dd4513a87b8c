#include "access/invitations.h"

#include "tests/access/house.h"

namespace mailward::access {
namespace {

using testing::by_root;
using testing::fails_with;
using testing::from;
using testing::must;
using testing::secret;
using namespace std::chrono_literals;

class InvitationsTest : public testing::AccessTest {
 protected:
  Users::Created invite(std::string_view name = "anna") {
    return must(
        access().users.create({.name = std::string(name), .display_name = "A", .roles = {Role::analyst}}, by_root()));
  }
  auto open(const Invitation& invitation) {
    return access().invitations.open(invitation.token.reveal(), from("192.0.2.1"), "r");
  }
  auto accept(const Invitation& invitation, std::string_view password = testing::kPassword) {
    return access().invitations.accept(invitation.token.reveal(), secret(password), from("192.0.2.1"), "r");
  }
};
MAILWARD_ON_EVERY_DATABASE(InvitationsTest);

TEST_P(InvitationsTest, one_is_opened_often_and_used_once) {
  const auto made = invite();
  for (int i = 0; i < 2; ++i) {
    const auto opened = must(open(made.invitation));
    EXPECT_EQ(opened.name, "anna");
    EXPECT_EQ(opened.display_name, "A");
    EXPECT_EQ(opened.expires_at, made.invitation.expires_at);
  }
  EXPECT_TRUE(must(accept(made.invitation)).has_password);
  EXPECT_TRUE(fails_with(open(made.invitation), AccessError::invitation_void));
  EXPECT_TRUE(fails_with(accept(made.invitation), AccessError::invitation_void));
  EXPECT_TRUE(sign_in("anna"));
  ASSERT_EQ(trail("invitation.accept").size(), 1U);
  EXPECT_EQ(trail("invitation.accept")[0].entry.act.by.source, "192.0.2.1");
  EXPECT_EQ(trail("invitation.use").size(), 2U) << "the refusals";
}

TEST_P(InvitationsTest, one_is_good_for_a_quarter_of_an_hour) {
  const auto made = invite();
  clock_.advance(15min - 1s);
  EXPECT_TRUE(open(made.invitation));
  clock_.advance(1s);
  EXPECT_TRUE(fails_with(open(made.invitation), AccessError::invitation_void));
  EXPECT_TRUE(fails_with(accept(made.invitation), AccessError::invitation_void));
  must(access().sweep());
  const auto left = must(database().read(
      [](db::Session& session) { return session.query_row("SELECT COUNT(*) FROM access_invitation"); }));
  EXPECT_EQ(left->integer(0), 0);
}

TEST_P(InvitationsTest, a_clock_set_back_makes_one_no_younger) {
  const auto made = invite();
  clock_.jump_to(clock_.now() - 24h);
  EXPECT_TRUE(fails_with(open(made.invitation), AccessError::invitation_void));
}

TEST_P(InvitationsTest, a_new_one_voids_the_old) {
  const auto made = invite();
  const auto again = must(access().users.reset(made.user.id, by_root()));
  EXPECT_TRUE(fails_with(open(made.invitation), AccessError::invitation_void));
  EXPECT_TRUE(open(again.invitation));
}

TEST_P(InvitationsTest, a_weak_password_does_not_use_it_up) {
  const auto made = invite();
  EXPECT_TRUE(fails_with(accept(made.invitation, "short"), AccessError::weak_password));
  EXPECT_TRUE(fails_with(accept(made.invitation, "anna anna 12"), AccessError::weak_password));
  EXPECT_TRUE(accept(made.invitation));
}

TEST_P(InvitationsTest, a_disabled_users_is_void) {
  const auto made = invite();
  must(access().users.update(made.user.id, 1, {.display_name = {}, .roles = {Role::analyst}, .enabled = false},
                             by_root()));
  EXPECT_TRUE(fails_with(open(made.invitation), AccessError::invitation_void));
  const auto again = must(access().users.reset(made.user.id, by_root()));
  EXPECT_TRUE(fails_with(accept(again.invitation), AccessError::invitation_void));
}

TEST_P(InvitationsTest, what_is_no_token_opens_nothing) {
  invite();
  for (const std::string& text : {std::string(), std::string(64, '0'), std::string(64, 'g'), std::string(100'000, 'a'),
                                  std::string("' OR 1=1 --"), std::string(64, '\0')}) {
    EXPECT_TRUE(fails_with(access().invitations.open(text, from("192.0.2.1"), "r"), AccessError::invitation_void));
  }
}

}  // namespace
}  // namespace mailward::access
