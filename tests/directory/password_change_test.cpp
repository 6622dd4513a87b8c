#include <thread>

#include "tests/directory/directory_fixture.h"
#include "tests/support/tcp_relay.h"

/// New passwords, against a real controller.
namespace mailward::directory {
namespace {

using testing::TcpRelay;
using namespace std::chrono_literals;

constexpr std::string_view kFresh = "Fresh-Horse-78 \"\xc3\xa4\xe2\x82\xac'";

class PasswordChange : public DirectoryTest {
 protected:
  void SetUp() override {
    DirectoryTest::SetUp();
    if (IsSkipped()) return;
    static const bool made = [] {
      dc().create_user("target", kPassword);
      dc().create_user("resetter", kPassword);
      dc().allow_resetting("resetter", dc().dn_of("target"));
      return true;
    }();
    ASSERT_TRUE(made);
    dc().set_password("target", kPassword);
    dc().unlock("target");
  }
  static Directory as(std::string_view name, std::string_view password = kPassword) {
    return {settings(name, password), resolver(), loopback()};
  }
  static Account target() { return readers().find_account("target", soon()).value(); }
  static SecretString secret(std::string_view text) { return SecretString(text); }
  static std::string upn() { return "target@example.test"; }
};

TEST_F(PasswordChange, who_holds_the_right_resets_and_only_that_account) {
  Directory resetter = as("resetter");
  const std::int64_t before = dc().pwd_last_set("target");
  const auto taken = resetter.reset_password(target(), secret(kFresh), soon());
  ASSERT_TRUE(taken) << taken.error().describe();
  EXPECT_EQ(taken->controller, "dc1.example.test");
  EXPECT_NE(dc().pwd_last_set("target"), before);
  EXPECT_TRUE(taken->pwd_last_set);
  EXPECT_TRUE(resetter.try_password(taken->controller, upn(), secret(kFresh), soon()));
  EXPECT_EQ(dc().bad_password_count("target"), 0);

  const auto other = readers().find_account(kReader, soon());
  ASSERT_TRUE(other);
  const auto refused = resetter.reset_password(*other, secret(kFresh), soon());
  EXPECT_REFUSED(refused, DirectoryError::insufficient_rights);
  EXPECT_NE(refused.error().remedy().find("Reset Password"), std::string::npos) << refused.error().remedy();
}

TEST_F(PasswordChange, who_else_can_is_said_by_name_and_way) {
  const auto setters = readers().password_setters(target(), soon());
  ASSERT_TRUE(setters) << setters.error().describe();
  const auto way_of = [&](std::string_view name) {
    std::string ways;
    for (const PasswordSetter& one : *setters) ways += one.name == name ? one.way + " " : "";
    return ways;
  };
  EXPECT_EQ(way_of("resetter"), "reset_right ");
  EXPECT_NE(way_of("Domain Admins").find("full_control"), std::string::npos);
  EXPECT_EQ(way_of(kReader), "");
  const auto may = [&](std::string_view name) {
    return readers().is_among(*setters, readers().find_account(name, soon()).value(), soon()).value();
  };
  EXPECT_TRUE(may("resetter"));
  EXPECT_TRUE(may("Administrator")) << "by a group";
  EXPECT_FALSE(may(kReader));
  for (const PasswordSetter& one : *setters) EXPECT_FALSE(one.reason.empty()) << one.name;
}

TEST_F(PasswordChange, back_to_the_one_before_by_a_reset) {
  Directory resetter = as("resetter");
  ASSERT_TRUE(resetter.reset_password(target(), secret(kFresh), soon()));
  const auto back = resetter.reset_password(target(), secret(kPassword), soon());
  EXPECT_TRUE(back) << back.error().describe() << ": history does not bind a reset";
}

TEST_F(PasswordChange, what_breaks_the_policy_is_said_and_changes_nothing) {
  Directory resetter = as("resetter");
  const std::int64_t before = dc().pwd_last_set("target");
  for (const std::string_view weak : {"short", "onlysmallletters"}) {
    EXPECT_REFUSED(resetter.reset_password(target(), secret(weak), soon()), DirectoryError::password_rejected);
  }
  EXPECT_REFUSED(resetter.reset_password(target(), secret("\xff"), soon()), BaseError::malformed);
  EXPECT_EQ(dc().pwd_last_set("target"), before);
  EXPECT_TRUE(resetter.try_password("dc1.example.test", upn(), secret(kPassword), soon()));
}

TEST_F(PasswordChange, an_account_changes_its_own_within_history_and_age) {
  constexpr std::string_view kOwn = "Own-Horse-79";
  const auto changed = as("target").change_own_password(target(), secret(kOwn), soon());
  ASSERT_TRUE(changed) << changed.error().describe();
  EXPECT_TRUE(readers().try_password("dc1.example.test", upn(), secret(kOwn), soon()));
  EXPECT_REFUSED(as("target", kOwn).change_own_password(target(), secret(kPassword), soon()),
                 DirectoryError::password_rejected);
}

TEST_F(PasswordChange, a_minimum_age_binds_the_account_itself_and_no_reset) {
  dc().create_policy("old enough", {.minimum_age = 24h}, {dc().dn_of("target")});
  EXPECT_REFUSED(as("target").change_own_password(target(), secret(kFresh), soon()), DirectoryError::password_rejected);
  EXPECT_TRUE(as("resetter").reset_password(target(), secret(kFresh), soon()));
  dc().delete_policy("old enough");
}

TEST_F(PasswordChange, a_wrong_password_costs_one_attempt) {
  EXPECT_REFUSED(readers().try_password("dc1.example.test", upn(), secret(kNeverHad), soon()),
                 DirectoryError::bad_password);
  EXPECT_EQ(dc().bad_password_count("target"), 1);
  EXPECT_REFUSED(readers().try_password("dc9.example.test", upn(), secret(kPassword), soon()),
                 BaseError::invalid_argument);
}

TEST_F(PasswordChange, a_reset_changes_the_password_and_not_how_the_account_stands) {
  struct State {
    std::string_view name;
    testing::SambaUser user;
    DirectoryError then;
  };
  for (const State& state : {State{"resting", {.disabled = true}, DirectoryError::account_disabled},
                             State{"barred", {.locked = true}, DirectoryError::account_locked},
                             State{"ended", {.account_expired = true}, DirectoryError::account_expired}}) {
    dc().create_user(state.name, kPassword, state.user);
    dc().allow_resetting("resetter", dc().dn_of(state.name));
    const auto account = readers().find_account(state.name, soon());
    ASSERT_TRUE(account);
    const auto taken = as("resetter").reset_password(*account, secret(kFresh), soon());
    EXPECT_TRUE(taken) << state.name << ": " << taken.error().describe();
    const std::string name = std::string(state.name) + "@example.test";
    EXPECT_REFUSED(readers().try_password("dc1.example.test", name, secret(kFresh), soon()), state.then);
  }
  dc().unlock("barred");
  EXPECT_TRUE(readers().try_password("dc1.example.test", "barred@example.test", secret(kFresh), soon()));
}

TEST_F(PasswordChange, a_reset_ends_a_demand_for_a_new_password) {
  dc().create_user("renewing", kPassword, {.must_change = true});
  dc().allow_resetting("resetter", dc().dn_of("renewing"));
  const Account account = readers().find_account("renewing", soon()).value();
  EXPECT_TRUE(account.must_change_password);
  EXPECT_TRUE(as("resetter").reset_password(account, secret(kFresh), soon()));
  EXPECT_FALSE(readers().find_account("renewing", soon()).value().must_change_password);
  EXPECT_TRUE(bind_as("renewing", kFresh));
}

TEST_F(PasswordChange, where_the_answer_is_lost_the_outcome_is_unknown) {
  // The bind's answer comes in time, the change's comes after the deadline: it was done all the same.
  Settings given = settings("resetter");
  TcpRelay slow({.listen_address = "127.0.0.1", .target_address = dc().address(), .target_port = 636, .delay = 250ms});
  Resolver names({.name_servers = {}, .hosts = {{"dc1.example.test", {IpAddress::v4({127, 0, 0, 1})}}}});
  given.controllers[0].port = slow.port();
  const Directory far(std::move(given), names, loopback());
  const Account account = target();
  bool lost = false;
  for (auto limit = 600ms; limit < 4s && !lost; limit += 100ms) {
    const auto done = far.reset_password(account, secret(kFresh), Deadline::after(limit));
    if (done) break;
    lost = done.error().is(DirectoryError::outcome_unknown);
    EXPECT_TRUE(lost || done.error().is(DirectoryError::timed_out)) << done.error().describe();
  }
  EXPECT_TRUE(lost) << "at one of these moments the change was on its way";
}

}  // namespace
}  // namespace mailward::directory
