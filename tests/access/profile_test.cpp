#include "access/profile.h"

#include "tests/access/house.h"

namespace mailward::access {
namespace {

using testing::by_root;
using testing::fails_with;
using testing::kOtherPassword;
using testing::kPassword;
using testing::must;
using testing::secret;
using namespace std::chrono_literals;

class ProfileTest : public testing::AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    anna_ = make_user("anna", {Role::administrator});
    grant_.emplace(must(sign_in("anna")));
  }
  const Session& session() const { return grant_->session; }
  User anna_;
  std::optional<SessionGrant> grant_;
};
MAILWARD_ON_EVERY_DATABASE(ProfileTest);

TEST_P(ProfileTest, ones_display_name_is_ones_own) {
  EXPECT_EQ(must(access().profile.set_display_name(session(), "Anna B.", "r")).display_name, "Anna B.");
  EXPECT_TRUE(fails_with(access().profile.set_display_name(session(), "a\tb", "r"), AccessError::invalid_form));
  ASSERT_EQ(trail("user.update").size(), 1U);
  EXPECT_EQ(trail("user.update")[0].entry.act.by.actor, anna_.actor());
}

TEST_P(ProfileTest, a_changed_password_ends_the_other_sessions_and_not_this_one) {
  auto other = must(sign_in("anna"));
  EXPECT_TRUE(fails_with(access().profile.change_password(session(), secret("wrong"), secret(kOtherPassword), "r"),
                         AccessError::sign_in_refused));
  EXPECT_TRUE(fails_with(access().profile.change_password(session(), secret(kPassword), secret("short"), "r"),
                         AccessError::weak_password));
  EXPECT_TRUE(access().sessions.look(other.token.reveal()));
  must(access().profile.change_password(session(), secret(kPassword), secret(kOtherPassword), "r"));
  EXPECT_TRUE(fails_with(access().sessions.look(other.token.reveal()), AccessError::not_signed_in));
  EXPECT_TRUE(access().sessions.look(grant_->token.reveal()));
  EXPECT_TRUE(fails_with(sign_in("anna"), AccessError::sign_in_refused));
  EXPECT_TRUE(sign_in("anna", kOtherPassword));
  EXPECT_EQ(trail("user.password").size(), 1U);
}

TEST_P(ProfileTest, a_session_that_has_ended_changes_no_password) {
  auto other = must(sign_in("anna"));
  must(access().profile.change_password(other.session, secret(kPassword), secret(kOtherPassword), "r"));
  EXPECT_TRUE(fails_with(access().profile.change_password(session(), secret(kOtherPassword), secret(kPassword), "r"),
                         AccessError::not_signed_in));
  EXPECT_TRUE(sign_in("anna", kOtherPassword));
}

TEST_P(ProfileTest, guessing_the_current_password_is_slowed) {
  int tried = 0;
  Attempt<void> last = access().profile.change_password(session(), secret("guess"), secret(kOtherPassword), "r");
  for (; tried < 50 && !last.error().error.is(AccessError::throttled); ++tried) {
    last = access().profile.change_password(session(), secret("guess"), secret(kOtherPassword), "r");
  }
  EXPECT_EQ(tried, 11);
  EXPECT_GT(last.error().retry_after, 0s);
}

TEST_P(ProfileTest, codes_come_into_force_when_one_was_given) {
  EXPECT_TRUE(fails_with(access().profile.begin_totp(session(), secret("wrong"), "r"), AccessError::sign_in_refused));
  EXPECT_TRUE(fails_with(access().profile.prove_totp(session(), "123456", "r"), AccessError::no_totp));
  const auto begun = must(access().profile.begin_totp(session(), secret(kPassword), "r"));
  EXPECT_NE(begun.uri.reveal().find(begun.secret.reveal()), std::string_view::npos);
  EXPECT_TRUE(sign_in("anna")) << "pending asks for nothing";
  EXPECT_TRUE(fails_with(access().profile.prove_totp(session(), "12345", "r"), AccessError::wrong_code));
  const SecretString raw = from_base32(begun.secret.reveal());
  EXPECT_TRUE(must(access().profile.prove_totp(session(), code_now(raw), "r")).totp_enabled);
  EXPECT_TRUE(fails_with(sign_in("anna"), AccessError::code_required));
  EXPECT_EQ(trail("user.totp_enable").size(), 1U);
}

TEST_P(ProfileTest, an_enrolled_user_replaces_his_codes_with_a_code) {
  const SecretString old = enrol(session());
  clock_.advance(30s);
  EXPECT_TRUE(fails_with(access().profile.begin_totp(session(), secret(kPassword), "r"), AccessError::code_required));
  const auto begun = must(access().profile.begin_totp(session(), secret(kPassword), "r", code_now(old)));
  clock_.advance(30s);
  EXPECT_TRUE(sign_in("anna", kPassword, "192.0.2.1", code_now(old))) << "until the new one is proven";
  const SecretString fresh = from_base32(begun.secret.reveal());
  must(access().profile.prove_totp(session(), code_now(fresh), "r"));
  clock_.advance(30s);
  EXPECT_TRUE(fails_with(sign_in("anna", kPassword, "192.0.2.1", code_now(old)), AccessError::sign_in_refused));
  EXPECT_TRUE(sign_in("anna", kPassword, "192.0.2.1", code_now(fresh)));
  const auto sealed = must(
      database().read([](db::Session& session) { return session.query_row("SELECT COUNT(*) FROM sealed_secret"); }));
  EXPECT_EQ(sealed->integer(0), 1);
}

TEST_P(ProfileTest, codes_are_dropped_with_password_and_code_unless_a_role_demands_them) {
  EXPECT_TRUE(fails_with(access().profile.drop_totp(session(), secret(kPassword), "1", "r"), AccessError::no_totp));
  const SecretString raw = enrol(session());
  clock_.advance(30s);
  must(access().users.set_totp_required(Role::administrator, true, by_root()));
  EXPECT_TRUE(fails_with(access().profile.drop_totp(session(), secret(kPassword), code_now(raw), "r"),
                         AccessError::totp_enforced));
  must(access().users.set_totp_required(Role::administrator, false, by_root()));
  EXPECT_TRUE(
      fails_with(access().profile.drop_totp(session(), secret(kPassword), {}, "r"), AccessError::code_required));
  EXPECT_FALSE(must(access().profile.drop_totp(session(), secret(kPassword), code_now(raw), "r")).totp_enabled);
  EXPECT_TRUE(sign_in("anna"));
}

TEST_P(ProfileTest, an_administrator_resets_codes) {
  enrol(session());
  EXPECT_FALSE(must(access().users.reset_totp(anna_.id, by_root())).totp_enabled);
  EXPECT_TRUE(sign_in("anna"));
  EXPECT_EQ(trail("user.totp_reset").size(), 1U);
  EXPECT_EQ(secrets_held(), std::vector<std::string>{"user_password:" + anna_.id.text()});
}

TEST_P(ProfileTest, a_code_secret_moved_to_another_user_opens_nothing) {
  const SecretString raw = enrol(session());
  make_user("bert", {Role::administrator});
  run_sql("UPDATE access_user SET totp_secret = (SELECT MAX(totp_secret) FROM access_user) WHERE name = 'bert'");
  clock_.advance(30s);
  const auto opened = sign_in("bert", kPassword, "192.0.2.1", code_now(raw));
  EXPECT_TRUE(fails_with(opened, secrets::SecretsError::cannot_open));
}

}  // namespace
}  // namespace mailward::access
