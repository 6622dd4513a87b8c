#include "access/sessions.h"

#include "tests/access/house.h"

namespace mailward::access {
namespace {

using testing::by_root;
using testing::fails_with;
using testing::from;
using testing::must;
using namespace std::chrono_literals;

class SessionsTest : public testing::AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    anna_ = make_user("anna", {Role::administrator});
  }
  auto look(const SessionGrant& grant) { return access().sessions.look(grant.token.reveal()); }
  /// Looks again every five minutes for so long.
  void use_for(const SessionGrant& grant, Duration span) {
    for (Duration used{}; used < span; used += 5min) {
      must(look(grant));
      clock_.advance(5min);
    }
  }
  std::string last_end() { return trail("session.end").back().details["why"]; }
  User anna_;
};
MAILWARD_ON_EVERY_DATABASE(SessionsTest);

TEST_P(SessionsTest, a_session_says_who_it_is_and_what_he_may) {
  auto grant = must(sign_in("anna"));
  const Session session = must(look(grant));
  EXPECT_EQ(session.id, grant.session.id);
  EXPECT_EQ(session.user.id, anna_.id);
  EXPECT_EQ(session.rights, rights_of(Role::administrator));
  EXPECT_TRUE(session.must.empty());
  EXPECT_EQ(session.address, "192.0.2.1");
  EXPECT_EQ(session.user_agent, "Browser/1.0");
  EXPECT_EQ(session.expires_at, clock_.now() + 12h);
  EXPECT_EQ(session.idle_timeout, Duration(30min));
  EXPECT_TRUE(session.recently_confirmed);
  EXPECT_EQ(grant.token.size(), 64U);
}

TEST_P(SessionsTest, tokens_that_are_none_open_nothing) {
  must(sign_in("anna"));
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(64, 'a'), std::string(1 << 20, '0'), std::string(64, '\'')}) {
    EXPECT_TRUE(fails_with(access().sessions.look(text), AccessError::not_signed_in));
  }
}

TEST_P(SessionsTest, it_ends_when_idle_and_not_while_used) {
  auto grant = must(sign_in("anna"));
  use_for(grant, 2h);
  clock_.advance(24min);
  EXPECT_TRUE(look(grant)) << "29 minutes after the last look";
  clock_.advance(30min);
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in));
  EXPECT_EQ(last_end(), "idle");
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in));
  EXPECT_EQ(trail("session.end").size(), 1U);
}

TEST_P(SessionsTest, peeking_is_no_use_of_it) {
  auto grant = must(sign_in("anna"));
  for (int i = 0; i < 5; ++i) {
    clock_.advance(5min);
    EXPECT_TRUE(access().sessions.look(grant.token.reveal(), Look::peek));
  }
  clock_.advance(5min);
  EXPECT_TRUE(fails_with(access().sessions.look(grant.token.reveal(), Look::peek), AccessError::not_signed_in));
  EXPECT_EQ(last_end(), "idle");
}

TEST_P(SessionsTest, it_ends_after_twelve_hours_whatever_happens) {
  auto grant = must(sign_in("anna"));
  use_for(grant, 12h);
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in));
  EXPECT_EQ(last_end(), "expired");
}

TEST_P(SessionsTest, a_wall_clock_set_back_lengthens_nothing) {
  auto grant = must(sign_in("anna"));
  use_for(grant, 6h);
  clock_.jump_to(clock_.now() - 10h);
  use_for(grant, 6h);
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in));

  auto idle = must(sign_in("anna"));
  clock_.jump_to(clock_.now() - 10h);
  clock_.advance(30min);
  EXPECT_TRUE(fails_with(look(idle), AccessError::not_signed_in));
}

TEST_P(SessionsTest, what_was_left_of_it_is_written_down_for_the_next_process) {
  auto grant = must(sign_in("anna"));
  use_for(grant, 11h);
  clock_.jump_to(clock_.now() - 5h);
  must(look(grant));
  reopen_house();
  use_for(grant, 1h);
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in)) << "not five hours more";
}

TEST_P(SessionsTest, a_session_seen_in_the_future_is_ended_after_a_restart) {
  auto grant = must(sign_in("anna"));
  clock_.jump_to(clock_.now() - 2h);
  reopen_house();
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in));
  EXPECT_EQ(last_end(), "clock_set_back");
}

TEST_P(SessionsTest, a_wall_clock_set_forward_ends_it) {
  auto grant = must(sign_in("anna"));
  clock_.jump_to(clock_.now() + 31min);
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in));
}

TEST_P(SessionsTest, it_outlives_a_restart) {
  auto grant = must(sign_in("anna"));
  use_for(grant, 1h);
  reopen_house();
  const Session session = must(look(grant));
  EXPECT_EQ(session.user.name, "anna");
  EXPECT_EQ(session.csrf_token, grant.session.csrf_token);
  EXPECT_FALSE(session.recently_confirmed);
}

TEST_P(SessionsTest, use_is_written_once_a_minute) {
  auto grant = must(sign_in("anna"));
  const auto stored = [&] {
    return must(database().read(
                    [](db::Session& session) { return session.query_row("SELECT last_seen FROM access_session"); }))
        ->time(0);
  };
  const Timestamp begun = stored();
  clock_.advance(59s);
  EXPECT_EQ(must(look(grant)).last_seen, clock_.now());
  EXPECT_EQ(stored(), begun);
  clock_.advance(1s);
  must(look(grant));
  EXPECT_EQ(stored(), clock_.now());
}

TEST_P(SessionsTest, changed_roles_hold_at_the_next_look_and_a_disabled_user_is_out) {
  make_user("root", {Role::administrator});
  auto grant = must(sign_in("anna"));
  User now =
      must(access().users.update(anna_.id, anna_.version, {.display_name = {}, .roles = {Role::analyst}}, by_root()));
  EXPECT_EQ(must(look(grant)).rights, rights_of(Role::analyst));
  now = must(access().users.update(now.id, now.version,
                                   {.display_name = {}, .roles = {Role::analyst}, .enabled = false}, by_root()));
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in));
  EXPECT_EQ(last_end(), "user_disabled");
  must(access().users.update(now.id, now.version, {.display_name = {}, .roles = {Role::analyst}}, by_root()));
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in)) << "enabling brings no session back";
}

TEST_P(SessionsTest, somebody_disabled_behind_our_back_is_out_too) {
  auto grant = must(sign_in("anna"));
  run_sql("UPDATE access_user SET enabled = 0");
  EXPECT_TRUE(fails_with(look(grant), AccessError::not_signed_in));
}

TEST_P(SessionsTest, ones_sessions_are_listed_and_ended) {
  auto first = must(sign_in("anna"));
  clock_.advance(1s);
  auto second = must(sign_in("anna", testing::kPassword, "198.51.100.7"));
  clock_.advance(1s);
  auto third = must(sign_in("anna"));
  const auto lines = must(access().sessions.list(anna_.id));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].id, third.session.id);
  EXPECT_EQ(lines[1].address, "198.51.100.7");

  const User bert = make_user("bert", {Role::analyst});
  EXPECT_TRUE(fails_with(access().sessions.end(first.session.id, bert.id, by_root()), AccessError::unknown_session));
  EXPECT_TRUE(look(first));
  must(access().sessions.end(first.session.id, anna_.id, third.session.by("r")));
  EXPECT_TRUE(fails_with(look(first), AccessError::not_signed_in));
  EXPECT_TRUE(fails_with(access().sessions.end(first.session.id, anna_.id, by_root()), AccessError::unknown_session));
  EXPECT_EQ(must(access().sessions.end_others(third.session, third.session.by("r"))), 1);
  EXPECT_TRUE(fails_with(look(second), AccessError::not_signed_in));
  EXPECT_TRUE(look(third));
  EXPECT_EQ(must(access().sessions.end_all_of(anna_.id, by_root())), 1);
  EXPECT_TRUE(fails_with(look(third), AccessError::not_signed_in));
  ASSERT_EQ(trail("session.end").size(), 3U);
  EXPECT_EQ(trail("session.end")[0].entry.act.by.actor, anna_.actor());
  EXPECT_EQ(trail("session.end")[0].entry.act.by.source, "192.0.2.1");
}

TEST_P(SessionsTest, a_user_has_twenty_at_most_and_the_oldest_gives_way) {
  std::vector<SessionGrant> grants;
  for (int i = 0; i < 21; ++i) {
    grants.push_back(must(sign_in("anna")));
    clock_.advance(1s);
  }
  EXPECT_EQ(must(access().sessions.list(anna_.id)).size(), 20U);
  EXPECT_TRUE(fails_with(look(grants.front()), AccessError::not_signed_in));
  EXPECT_TRUE(look(grants[1]));
  EXPECT_EQ(last_end(), "too_many");
}

TEST_P(SessionsTest, the_sweep_ends_what_nobody_looks_at_any_more) {
  must(sign_in("anna"));
  clock_.advance(20min);
  auto used = must(sign_in("anna"));
  clock_.advance(12min);
  EXPECT_EQ(must(access().sessions.sweep()), 1);
  EXPECT_EQ(last_end(), "idle");
  EXPECT_TRUE(look(used));
  EXPECT_EQ(must(access().sessions.sweep()), 0);
}

TEST_P(SessionsTest, the_csrf_token_is_the_sessions_own) {
  auto one = must(sign_in("anna"));
  auto other = must(sign_in("anna"));
  EXPECT_EQ(one.session.csrf_token.size(), 64U);
  EXPECT_TRUE(Sessions::csrf_holds(must(look(one)), one.session.csrf_token));
  EXPECT_FALSE(Sessions::csrf_holds(one.session, other.session.csrf_token));
  EXPECT_FALSE(Sessions::csrf_holds(one.session, ""));
  EXPECT_NE(one.session.csrf_token, one.token.reveal());
}

TEST_P(SessionsTest, a_confirmation_holds_for_ten_minutes) {
  auto grant = must(sign_in("anna"));
  clock_.advance(10min - 1s);
  EXPECT_TRUE(must(look(grant)).recently_confirmed);
  clock_.advance(1s);
  const Session stale = must(look(grant));
  EXPECT_FALSE(stale.recently_confirmed);
  EXPECT_TRUE(fails_with(access().sign_in.confirm(stale, testing::secret("wrong"), {}, from("192.0.2.1"), "r"),
                         AccessError::sign_in_refused));
  EXPECT_FALSE(must(look(grant)).recently_confirmed);
  EXPECT_TRUE(must(access().sign_in.confirm(stale, testing::secret(testing::kPassword), {}, from("192.0.2.1"), "r"))
                  .recently_confirmed);
  const Session fresh = must(look(grant));
  EXPECT_TRUE(fresh.recently_confirmed);
  EXPECT_EQ(fresh.confirmed_at, clock_.now());
  clock_.jump_to(clock_.now() - 1h);
  clock_.advance(10min);
  EXPECT_FALSE(must(look(grant)).recently_confirmed) << "nor does a clock set back lengthen this";
  ASSERT_EQ(trail("session.confirm").size(), 2U);
  EXPECT_EQ(trail("session.confirm")[0].entry.act.outcome, "refused");
  EXPECT_EQ(trail("session.confirm")[0].entry.act.by.actor, anna_.actor());
  EXPECT_EQ(trail("session.confirm")[1].entry.act.outcome, "ok");
}

TEST_P(SessionsTest, who_must_enrol_has_no_rights_until_he_has) {
  must(access().users.set_totp_required(Role::administrator, true, by_root()));
  auto grant = must(sign_in("anna"));
  ASSERT_EQ(grant.session.must, std::vector{Must::enrol_totp});
  EXPECT_TRUE(grant.session.rights.empty());
  enrol(grant.session);
  const Session after = must(look(grant));
  EXPECT_TRUE(after.must.empty());
  EXPECT_EQ(after.rights, rights_of(Role::administrator));
}

TEST_P(SessionsTest, a_password_that_must_be_renewed_opens_its_renewal_alone) {
  const auto before = must(sign_in("anna"));
  EXPECT_EQ(must(access().users.demand_new_password(anna_.id, by_root())), 1);
  EXPECT_TRUE(fails_with(look(before), AccessError::not_signed_in));
  const auto grant = must(sign_in("anna"));
  EXPECT_EQ(grant.session.must, std::vector{Must::choose_password});
  EXPECT_TRUE(grant.session.rights.empty());
  const auto same = access().profile.change_password(grant.session, testing::secret(testing::kPassword),
                                                     testing::secret(testing::kPassword), "");
  ASSERT_FALSE(same);
  EXPECT_TRUE(same.error().error.is(AccessError::weak_password));
  ASSERT_TRUE(access().profile.change_password(grant.session, testing::secret(testing::kPassword),
                                               SecretString("another sentence of many words"), ""));
  const Session after = must(look(grant));
  EXPECT_TRUE(after.must.empty());
  EXPECT_EQ(after.rights, rights_of(Role::administrator));
  EXPECT_FALSE(after.user.must_choose_password);
}

}  // namespace
}  // namespace mailward::access
