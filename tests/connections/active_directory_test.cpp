#include <gtest/gtest.h>

#include <algorithm>

#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::Organisation;
using testing::SambaDc;
using testing::TestOutcome;

/// Accounts in a real Active Directory, Extended Protection required, two front ends behind a balancer without
/// affinity.
class AgainstActiveDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  /// The one without port 88, started once.
  static SambaDc& controller_without_kdc() {
    static SambaDc controller{{.kdc = false}};
    return controller;
  }
  static ConnectionForm only(ConnectionForm form, const Authentication& authentication) {
    form.authentication = authentication;
    return form;
  }
};

const Authentication kNegotiate{.negotiate = true, .ntlm = false, .basic = false};
const Authentication kNtlm{.negotiate = false, .ntlm = true, .basic = false};
const Authentication kBasic{.negotiate = false, .ntlm = false, .basic = true};

TEST_F(AgainstActiveDirectory, signs_in_by_every_scheme_under_required_extended_protection) {
  Organisation organisation;
  for (const auto& [authentication, scheme] :
       {std::pair(kNegotiate, "Negotiate"), std::pair(kNtlm, "NTLM"), std::pair(kBasic, "Basic")}) {
    const TestOutcome outcome = organisation.test(only(organisation.form(), authentication));
    EXPECT_EQ(outcome.verdict, "none") << outcome.text();
    EXPECT_EQ(outcome.result["scheme"], scheme);
    EXPECT_EQ(outcome.outcomes_of("sign_in").size(), 3u);
  }
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// With the KDC reachable it is asked first, and Exchange is not tried with what it refused.
TEST_F(AgainstActiveDirectory, a_wrong_password_counts_once_at_the_kdc_and_never_reaches_exchange) {
  for (const Authentication& authentication : {kNegotiate, kNtlm, kBasic}) {
    Organisation organisation;
    ASSERT_EQ(organisation.bad_password_count(), 0);
    const std::string wrong = "Never-Had-" + authentication.text() + "-1!";
    const TestOutcome outcome = organisation.test(only(organisation.form(), authentication), wrong);
    EXPECT_EQ(outcome.verdict, "bad_password") << outcome.text();
    EXPECT_EQ(organisation.bad_password_count(), 1) << authentication.text();
    EXPECT_EQ(organisation.test(only(organisation.form(), authentication), wrong).verdict, "refused_before");
    EXPECT_EQ(organisation.bad_password_count(), 1) << authentication.text();
    for (const auto& request : organisation.exchange().requests())
      EXPECT_EQ(request.authorization, "none") << request.path;
  }
}

/// With port 88 shut it is NTLM's and Basic's own path that is counted, by the directory and by the simulator.
TEST_F(AgainstActiveDirectory, a_wrong_password_counts_once_at_exchange_where_no_kdc_answers) {
  for (const Authentication& authentication : {kNtlm, kBasic}) {
    Organisation organisation({.controller = &controller_without_kdc()});
    ASSERT_EQ(organisation.bad_password_count(), 0);
    const std::string wrong = "Never-Had-" + authentication.text() + "-2!";
    const TestOutcome outcome = organisation.test(only(organisation.form(), authentication), wrong);
    EXPECT_EQ(outcome.verdict, "bad_password") << outcome.text();
    EXPECT_EQ(organisation.bad_password_count(), 1) << authentication.text();
    const auto requests = organisation.exchange().requests();
    const auto tries = std::ranges::count_if(requests, [](const auto& request) {
      return request.authorization == "ntlm_authenticate" || request.authorization == "basic";
    });
    EXPECT_EQ(tries, 1) << authentication.text();
    EXPECT_EQ(organisation.test(only(organisation.form(), authentication), wrong).verdict, "refused_before");
    EXPECT_EQ(organisation.bad_password_count(), 1);
  }
}

TEST_F(AgainstActiveDirectory, shows_how_many_tries_are_left_and_stops_two_before_the_threshold) {
  Organisation organisation({.lockout_threshold = 5});
  const TestOutcome first = organisation.test("Never-Had-A-1!");
  EXPECT_EQ(first.verdict, "bad_password");
  EXPECT_NE(first.result["sentence"].get<std::string>().find("4 tries are left"), std::string::npos) << first.text();
  EXPECT_EQ(organisation.test("Never-Had-B-1!").verdict, "bad_password");
  EXPECT_EQ(organisation.test("Never-Had-C-1!").verdict, "bad_password");
  const TestOutcome held = organisation.test("Never-Had-D-1!");
  EXPECT_EQ(held.verdict, "lockout_near") << held.text();
  EXPECT_EQ(held.result.value("tries_left", -1), 2);
  EXPECT_EQ(organisation.bad_password_count(), 3);
}

TEST_F(AgainstActiveDirectory, an_interrupted_try_is_settled_by_the_directory) {
  Organisation organisation;
  auto& refusals = organisation.product().refusals();
  const SecretString wrong(std::string_view("Never-Had-E-1!"));
  // The service is killed between the refusal and its record: only the intent stands.
  testing::must(refusals.begin_try("example\\svc-mailward", wrong, std::nullopt));
  EXPECT_EQ(organisation.product().refusals().recall("example\\svc-mailward", wrong).value().value().state,
            TriedPassword::State::being_tried);
  organisation.product().restart();
  // Nothing was counted since: the try never happened, so it is made now, once.
  EXPECT_EQ(organisation.test(wrong.reveal()).verdict, "bad_password");
  EXPECT_EQ(organisation.bad_password_count(), 1);
  // And again, but now the directory did count: nothing is tried.
  testing::must(organisation.product().refusals().forget("example\\svc-mailward", wrong));
  testing::must(organisation.product().refusals().begin_try("example\\svc-mailward", wrong, std::nullopt));
  EXPECT_EQ(organisation.test(wrong.reveal()).verdict, "refused_before");
  EXPECT_EQ(organisation.bad_password_count(), 1);
}

TEST_F(AgainstActiveDirectory, a_refused_password_is_tried_again_once_the_account_has_another) {
  Organisation organisation;
  ASSERT_EQ(organisation.test("Tomorrow-Right-1!").verdict, "bad_password");
  ASSERT_EQ(organisation.test("Tomorrow-Right-1!").verdict, "refused_before");
  organisation.controller().set_password(Organisation::kAccount, "Tomorrow-Right-1!");
  EXPECT_EQ(organisation.test("Tomorrow-Right-1!").verdict, "none");
}

TEST_F(AgainstActiveDirectory, a_reader_whose_password_is_refused_is_asked_once) {
  Organisation organisation;
  organisation.controller().set_password("directory-reader", "Another-Reader-1!");
  organisation.controller().set_password("directory-reader", "Another-Reader-2!");
  organisation.controller().set_password("directory-reader", "Another-Reader-3!");
  const int before = organisation.controller().bad_password_count("directory-reader");
  EXPECT_EQ(organisation.test().verdict, "none");
  const int after = organisation.controller().bad_password_count("directory-reader");
  EXPECT_LE(after - before, 1);
  EXPECT_EQ(organisation.test().verdict, "none");
  EXPECT_EQ(organisation.controller().bad_password_count("directory-reader"), after);
}

}  // namespace
}  // namespace mailward::connections
