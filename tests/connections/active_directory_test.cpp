#include <gtest/gtest.h>

#include <algorithm>

#include "tests/product_support/organisation.h"
#include "tests/support/wait_until.h"

namespace mailward::connections {
namespace {

using testing::Organisation;
using testing::Product;
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

/// The NetBIOS name of a domain need not be the realm's first label.
TEST_F(AgainstActiveDirectory, knows_the_accounts_domain_by_the_name_that_the_directory_was_told) {
  Organisation organisation({.reader = false, .domain = "CORP"});
  ConnectionForm form = only(organisation.form(), kNegotiate);
  form.master_mailbox = "corp\\svc-mailward";
  const TestOutcome outcome = organisation.test(form);
  ASSERT_EQ(outcome.verdict, "none") << outcome.text();
  EXPECT_EQ(outcome.result["scheme"], "Negotiate");
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
  EXPECT_EQ(first.result.value("tries_left", -1), 4) << "after the try, as the sentence says";
  EXPECT_EQ(organisation.test("Never-Had-B-1!").verdict, "bad_password");
  EXPECT_EQ(organisation.test("Never-Had-C-1!").verdict, "bad_password");
  const TestOutcome held = organisation.test("Never-Had-D-1!");
  EXPECT_EQ(held.verdict, "lockout_near") << held.text();
  EXPECT_EQ(held.result.value("tries_left", -1), 2);
  EXPECT_EQ(organisation.bad_password_count(), 3);
}

TEST_F(AgainstActiveDirectory, goes_on_with_ntlm_where_a_token_is_too_large_and_tells_how_large) {
  Organisation organisation;
  organisation.exchange().set_fault("token_too_large", R"({"bytes":600})");
  const TestOutcome outcome = organisation.test();
  EXPECT_EQ(outcome.verdict, "token_too_large") << outcome.text();
  EXPECT_EQ(outcome.result["state"], "degraded");
  EXPECT_EQ(outcome.result["scheme"], "NTLM");
  EXPECT_EQ(outcome.result["candidates"], (std::vector<std::string>{"http_sys_limit", "proxy_head_limit"}));
  const std::string sentence = outcome.result["sentence"];
  EXPECT_NE(sentence.find(" bytes of token, which HTTP 400 answers"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("a limit was lowered"), std::string::npos) << sentence;
  EXPECT_NE(outcome.result["remedy"].get<std::string>().find("MaxFieldLength 65534"), std::string::npos);
  // Found out at one address, then NTLM at all three.
  EXPECT_EQ(outcome.outcomes_of("sign_in").size(), 4u) << outcome.text();
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// The KDC has taken the password; a refusal by NTLM is then not repeated at the other addresses.
TEST_F(AgainstActiveDirectory, tries_ntlm_once_in_place_of_a_token_that_is_too_large) {
  Organisation organisation;
  organisation.exchange().set_fault("token_too_large", R"({"bytes":600})");
  organisation.exchange().set_fault("legacy_auth_blocked");
  const TestOutcome outcome = organisation.test();
  EXPECT_EQ(outcome.verdict, "token_too_large") << outcome.text();
  EXPECT_EQ(outcome.result["state"], "failing");
  const auto requests = organisation.exchange().requests();
  const auto tries = std::ranges::count(requests, "ntlm_authenticate", &testing::SeenRequest::authorization);
  EXPECT_EQ(tries, 1);
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
  // Nothing was counted since, but a server still at work would count a little later: not yet.
  EXPECT_EQ(organisation.test(wrong.reveal()).verdict, "try_interrupted");
  EXPECT_EQ(organisation.bad_password_count(), 0);
  testing::must(organisation.product().database().transaction(
      [](db::Transaction& tx) { return tx.execute("UPDATE tried_password SET at = at - 180000000"); }));
  // By now the try is known never to have happened, so it is made, once.
  EXPECT_EQ(organisation.test(wrong.reveal()).verdict, "bad_password");
  EXPECT_EQ(organisation.bad_password_count(), 1);
  // And again, but now the directory did count: nothing is tried.
  testing::must(organisation.product().refusals().forget("example\\svc-mailward", wrong));
  testing::must(organisation.product().refusals().begin_try("example\\svc-mailward", wrong, std::nullopt));
  EXPECT_EQ(organisation.test(wrong.reveal()).verdict, "refused_before");
  EXPECT_EQ(organisation.bad_password_count(), 1);
}

/// UPN and DOMAIN\\name are one account: what was refused by one name is not tried by the other.
TEST_F(AgainstActiveDirectory, two_names_of_one_account_share_what_was_refused) {
  Organisation organisation;
  ASSERT_EQ(organisation.test("Never-Had-F-1!").verdict, "bad_password");
  ConnectionForm form = organisation.form();
  form.master_mailbox = "svc-mailward@example.test";
  EXPECT_EQ(organisation.test(form, "Never-Had-F-1!").verdict, "refused_before");
  EXPECT_EQ(organisation.bad_password_count(), 1);
}

/// A balancer that answers 502 once the controller has counted: nobody says that the password was refused.
TEST_F(AgainstActiveDirectory, an_answer_lost_after_the_sign_in_costs_no_second_attempt) {
  for (const Authentication& authentication : {kNtlm, kBasic}) {
    for (const bool reader : {true, false}) {
      Organisation organisation({.controller = &controller_without_kdc(), .reader = reader, .realm = false});
      organisation.exchange().set_fault("back_end_lost");
      const std::string wrong = "Never-Had-G-1!";
      for (int press = 0; press < 3; ++press) {
        const TestOutcome outcome = organisation.test(only(organisation.form(), authentication), wrong);
        EXPECT_NE(outcome.verdict, "none") << outcome.text();
      }
      EXPECT_EQ(organisation.bad_password_count(), 1) << authentication.text() << (reader ? " with a reader" : "");
    }
  }
}

TEST_F(AgainstActiveDirectory, a_cancelled_try_is_not_made_again) {
  Organisation organisation({.controller = &controller_without_kdc(), .reader = false, .realm = false});
  organisation.exchange().set_fault("latency", R"({"milliseconds":1500})");
  TestRequest request;
  request.form = only(organisation.form(), kBasic);
  request.form->front_ends.clear();
  request.directory = organisation.directory();
  request.password = TypedPassword{SecretString(std::string_view("Never-Had-H-1!")), false};
  auto& product = organisation.product();
  const auto run = testing::must(product.tests().start(std::move(request), Product::by()));
  const auto signing_in = [&] {
    const auto steps = testing::must(product.runs().changes_after(run, 0)).steps;
    return std::ranges::any_of(steps, [](const work::Step& step) { return step.name == "sign_in"; });
  };
  // Cancelled while the answer is held back: the controller has counted by then.
  ASSERT_TRUE(testing::wait_until([&] { return signing_in() && organisation.bad_password_count() == 1; },
                                  std::chrono::seconds(30)));
  testing::must(product.tests().cancel(run));
  ASSERT_TRUE(
      testing::wait_until([&] { return work::ended(testing::must(product.runs().changes_after(run, 0)).run.state); },
                          std::chrono::seconds(30)));
  organisation.exchange().clear_faults();
  EXPECT_EQ(organisation.test(only(organisation.form(), kBasic), "Never-Had-H-1!").verdict, "try_interrupted");
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
