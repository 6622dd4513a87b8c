#include "access/sign_in.h"

#include <algorithm>
#include <ctime>

#include "tests/access/house.h"

namespace mailward::access {
namespace {

using testing::by_root;
using testing::fails_with;
using testing::from;
using testing::kPassword;
using testing::must;
using testing::secret;
using namespace std::chrono_literals;

class SignInTest : public testing::AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    anna_ = make_user("anna", {Role::administrator});
  }
  User anna_;
};
MAILWARD_ON_EVERY_DATABASE(SignInTest);

TEST_P(SignInTest, name_and_password_open_a_session_in_any_case_of_the_name) {
  ASSERT_TRUE(sign_in("anna"));
  const auto grant = must(sign_in("ANNA"));
  EXPECT_EQ(grant.session.user.last_sign_in, clock_.now());
  const auto lines = trail("session.create");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].entry.act.by.actor, anna_.actor());
  EXPECT_EQ(lines[1].entry.act.object_id, anna_.id.text());
  EXPECT_EQ(lines[1].entry.act.by.request_id, "request-1");
  EXPECT_EQ(lines[1].entry.act.by.source, "192.0.2.1");
  EXPECT_EQ(lines[1].details["method"], "password");
  EXPECT_EQ(lines[1].details["session"], grant.session.id.text());
}

TEST_P(SignInTest, every_refusal_gives_the_same_answer_and_its_reason_to_the_trail) {
  make_user("root", {Role::administrator});
  const User bert = make_user("bert", {Role::analyst});
  must(access().users.update(bert.id, bert.version, {.display_name = {}, .roles = bert.roles, .enabled = false},
                             by_root()));
  must(access().users.create({.name = "carl", .display_name = {}, .roles = {Role::analyst}}, by_root()));

  const std::vector<std::pair<std::string, std::string>> attempts{{"anna", "wrong"},
                                                                  {"nobody", std::string(kPassword)},
                                                                  {"no such name!", std::string(kPassword)},
                                                                  {"", ""},
                                                                  {std::string(100'000, 'a'), "x"},
                                                                  {"anna", std::string(100'000, 'a')},
                                                                  {"bert", std::string(kPassword)},
                                                                  {"carl", ""}};
  std::vector<std::string> answers;
  for (const auto& [name, password] : attempts) {
    const auto refused = sign_in(name, password);
    ASSERT_TRUE(fails_with(refused, AccessError::sign_in_refused)) << name.substr(0, 20);
    answers.push_back(refused.error().error.describe() + refused.error().error.remedy());
    EXPECT_EQ(answers.back(), answers.front());
    EXPECT_EQ(refused.error().retry_after, 0s);
  }
  std::vector<std::string> reasons;
  for (const auto& line : trail("session.create")) {
    EXPECT_EQ(line.entry.act.outcome, "refused");
    reasons.push_back(line.details["reason"]);
    EXPECT_FALSE(line.details.contains("name")) << "people type passwords there";
  }
  EXPECT_EQ(reasons, (std::vector<std::string>{"wrong_password", "unknown_name", "unknown_name", "unknown_name",
                                               "unknown_name", "wrong_password", "disabled", "wrong_password"}));
}

TEST_P(SignInTest, an_unknown_name_costs_as_much_as_a_wrong_password) {
  // Argon2id at a cost that nothing else comes near; the processor's time is the witness, which no load disturbs.
  settings_.password_cost = {.memory_bytes = 32UL << 20, .passes = 2};
  reopen_house();
  const User bert = make_user("bert", {Role::analyst});
  const auto took = [&](std::string_view name) {
    std::vector<std::clock_t> all;
    for (int i = 0; i < 3; ++i) {
      const std::clock_t begun = std::clock();
      EXPECT_TRUE(fails_with(sign_in(name, "wrong"), AccessError::sign_in_refused));
      all.push_back(std::clock() - begun);
    }
    return *std::ranges::min_element(all);
  };
  const auto known = took("bert");
  EXPECT_GT(took("nobody"), known / 2);
  EXPECT_GT(took("no such name!"), known / 2);
}

TEST_P(SignInTest, an_enrolled_user_needs_the_code_and_each_code_works_once) {
  const auto first = must(sign_in("anna"));
  const SecretString codes = enrol(first.session);
  clock_.advance(30s);
  EXPECT_TRUE(fails_with(sign_in("anna"), AccessError::code_required));
  EXPECT_TRUE(fails_with(sign_in("anna", kPassword, "192.0.2.1", ""), AccessError::code_required));
  EXPECT_TRUE(fails_with(sign_in("anna", "wrong"), AccessError::sign_in_refused)) << "says nothing of codes";
  EXPECT_TRUE(fails_with(sign_in("anna", "wrong", "192.0.2.1", code_now(codes)), AccessError::sign_in_refused));

  const std::string code = code_now(codes);
  const std::string wrong = code == "123456" ? "123457" : "123456";
  EXPECT_TRUE(fails_with(sign_in("anna", kPassword, "192.0.2.1", wrong), AccessError::sign_in_refused));
  EXPECT_TRUE(sign_in("anna", kPassword, "192.0.2.1", code));
  EXPECT_TRUE(fails_with(sign_in("anna", kPassword, "192.0.2.1", code), AccessError::sign_in_refused)) << "used";
  EXPECT_TRUE(fails_with(sign_in("anna", kPassword, "192.0.2.1", code_now(codes, -1)), AccessError::sign_in_refused))
      << "an earlier one is used up with it";
  clock_.advance(30s);
  reopen_house();
  EXPECT_TRUE(fails_with(sign_in("anna", kPassword, "192.0.2.1", code), AccessError::sign_in_refused))
      << "also after a restart";
  EXPECT_TRUE(sign_in("anna", kPassword, "192.0.2.1", code_now(codes)));
}

TEST_P(SignInTest, wrong_codes_are_slowed_although_the_password_is_right) {
  const auto first = must(sign_in("anna"));
  const SecretString codes = enrol(first.session);
  const std::string wrong = "00000";
  int tried = 0;
  Attempt<SessionGrant> last = sign_in("anna", kPassword, "203.0.113.9", wrong);
  for (; tried < 50 && !last.error().error.is(AccessError::throttled); ++tried) {
    last = sign_in("anna", kPassword, "203.0.113.9", wrong);
  }
  EXPECT_EQ(tried, 6);
  EXPECT_GT(last.error().retry_after, 0s);
  clock_.advance(30s);
  EXPECT_TRUE(sign_in("anna", kPassword, "192.0.2.1", code_now(codes))) << "from her own source she gets in";
}

TEST_P(SignInTest, an_administrator_gets_in_from_her_known_source_during_a_flood) {
  ASSERT_TRUE(sign_in("anna"));
  int throttled = 0;
  int refused = 0;
  // Five minutes of a thousand attempts a minute on her name, from many sources and on others from her own.
  constexpr int kAttempts = 5000;
  for (int i = 0; i < kAttempts; ++i) {
    const bool near = i % 4 == 0;
    const std::string address = near ? "192.0.2.1" : "198.51." + std::to_string(i % 7) + "." + std::to_string(i % 250);
    const auto attempt = sign_in(near ? "name" + std::to_string(i % 50) : "anna", "guess", address);
    ASSERT_FALSE(attempt);
    (attempt.error().error.is(AccessError::throttled) ? throttled : refused) += 1;
    clock_.advance(60ms);
    if (i % 1000 == 999) {
      EXPECT_TRUE(sign_in("anna")) << "after " << i;
    }
  }
  EXPECT_LT(refused, 150) << "what was let through to Argon2id";
  EXPECT_GT(throttled, kAttempts - 150);
  EXPECT_LT(access().sign_in.throttled_keys(), 1000U);
  must(access().sweep());

  // The trail holds all of it, in few lines.
  std::int64_t counted = 0;
  for (const auto& line : trail("session.refusals")) counted += line.details["count"].get<std::int64_t>();
  const auto lines = trail("session.create");
  const auto written = std::ranges::count_if(lines, [](const Line& l) { return l.entry.act.outcome == "refused"; });
  EXPECT_LE(written, 60 * 6);
  access_.reset();
  counted = 0;
  for (const auto& line : trail("session.refusals")) counted += line.details["count"].get<std::int64_t>();
  EXPECT_EQ(counted + written, kAttempts);
}

TEST_P(SignInTest, a_new_source_waits_half_a_minute_at_most_for_an_attacked_name) {
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(sign_in("anna", "guess", "198.51.100." + std::to_string(i % 250)));
  const auto held = sign_in("anna", kPassword, "203.0.113.5");
  ASSERT_TRUE(fails_with(held, AccessError::throttled));
  EXPECT_GT(held.error().retry_after, 0s);
  EXPECT_LE(held.error().retry_after, 30s);
  clock_.advance(held.error().retry_after);
  EXPECT_TRUE(sign_in("anna", kPassword, "203.0.113.5"));
  EXPECT_FALSE(sign_in("anna", "guess", "198.51.100.1"));
  EXPECT_TRUE(sign_in("anna", kPassword, "203.0.113.5")) << "known from now on";
}

TEST_P(SignInTest, whoever_accepts_an_invitation_is_known_there) {
  const auto reset = must(access().users.reset(anna_.id, by_root()));
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(sign_in("anna", "guess", "198.51.100." + std::to_string(i % 250)));
  must(access().invitations.accept(reset.invitation.token.reveal(), secret(kPassword), from("203.0.113.5"), "r"));
  EXPECT_TRUE(sign_in("anna", kPassword, "203.0.113.5"));
}

TEST_P(SignInTest, a_password_reset_while_it_was_checked_opens_nothing) {
  // A method that resets the user between the check and the session.
  class ResettingMethod final : public SignInMethod {
   public:
    ResettingMethod(Access& access, UserId user) : access_(access), user_(user) {}
    std::string_view name() const override { return "resetting"; }
    Result<std::optional<UserId>> prove(const Claim& claim) override {
      auto proved = access_.password_method.prove(claim);
      must(access_.users.reset(user_, by_root()));
      return proved;
    }

   private:
    Access& access_;
    UserId user_;
  };
  ResettingMethod method(access(), anna_.id);
  SignIn door(database(), *keyring_, method, access().sessions, *trail_, access().refusals, clock_);
  EXPECT_TRUE(
      fails_with(door.attempt("anna", secret(kPassword), {}, from("192.0.2.1"), "r"), AccessError::sign_in_refused));
  EXPECT_TRUE(must(access().sessions.list(anna_.id)).empty());
}

TEST_P(SignInTest, a_full_house_says_when_to_come_again_and_counts_no_failure) {
  class BusyMethod final : public SignInMethod {
   public:
    std::string_view name() const override { return "busy"; }
    Result<std::optional<UserId>> prove(const Claim&) override { return fail(AccessError::busy, "full"); }
  };
  BusyMethod method;
  SignIn door(database(), *keyring_, method, access().sessions, *trail_, access().refusals, clock_);
  for (int i = 0; i < 30; ++i) {
    const auto refused = door.attempt("anna", secret(kPassword), {}, from("203.0.113.5"), "r");
    ASSERT_TRUE(fails_with(refused, AccessError::busy));
    EXPECT_GT(refused.error().retry_after, 0s);
  }
  EXPECT_EQ(door.throttled_keys(), 0U);
}

}  // namespace
}  // namespace mailward::access
