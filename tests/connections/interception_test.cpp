#include <gtest/gtest.h>

#include <algorithm>

#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::ExchangeSimulator;
using testing::Organisation;
using testing::Product;
using testing::TestOutcome;

const Authentication kNegotiate{.negotiate = true, .ntlm = false, .basic = false};

/// The sample organisation without Extended Protection: two front ends behind a balancer.
class Interception : public ::testing::Test {
 protected:
  Interception()
      : product_({.hosts = {{simulator_.host(), {simulator_.address()}}}, .ports = testing::ports_of(simulator_)}) {
    simulator_.change_directory(R"({"extended_protection":"none"})");
  }
  TestOutcome test(ConnectionForm form) { return product_.test_form(std::move(form), "Sample-Passw0rd!"); }
  static std::string class_in(const TestOutcome& outcome) {
    const auto& findings = outcome.result["findings"];
    return findings.empty() ? "" : findings.front()["class"].get<std::string>();
  }
  static work::StepOutcome compared(const TestOutcome& outcome) {
    const auto outcomes = outcome.outcomes_of("certificates");
    return outcomes.empty() ? work::StepOutcome::skipped : outcomes.front();
  }

  ExchangeSimulator simulator_{{.config = R"([exchange]
schemes = ["Negotiate", "NTLM", "Basic"]
[listen]
balancer = "{ADDRESS}:443"
[[front_end]]
name = "EX01"
[[front_end]]
name = "EX02"
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
[[mailbox]]
smtp = "board@example.test"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
mailboxes = ["usera@example.test"]
)"}};
  Product product_;
};

TEST_F(Interception, is_a_note_with_both_certificates_while_all_works) {
  EXPECT_EQ(compared(test(testing::form_for(simulator_))), work::StepOutcome::ok);
  for (const auto& [fault, words] : {std::pair("{}", "Inspection CA (SHA-256 "),
                                     std::pair(R"({"value":"same_issuer"})", ": another of the same issuer")}) {
    simulator_.set_fault("tls_inspection", fault);
    const TestOutcome outcome = test(testing::form_for(simulator_));
    EXPECT_EQ(outcome.verdict, "none") << outcome.text();
    EXPECT_EQ(compared(outcome), work::StepOutcome::note);
    ASSERT_EQ(class_in(outcome), "tls_intercepted") << outcome.text();
    EXPECT_NE(outcome.result["findings"][0]["sentence"].get<std::string>().find(words), std::string::npos)
        << outcome.text();
  }
}

TEST_F(Interception, is_not_said_where_nothing_is_there_to_compare_with) {
  simulator_.set_fault("tls_inspection");
  ConnectionForm form = testing::form_for(simulator_);
  form.front_ends.clear();
  const TestOutcome outcome = test(form);
  EXPECT_EQ(outcome.verdict, "none") << outcome.text();
  EXPECT_TRUE(outcome.outcomes_of("certificates").empty());
  // The EWS URL's address is a front end's own: the same address is not compared with itself.
  form.front_ends = {simulator_.address() + ":443"};
  EXPECT_TRUE(test(form).outcomes_of("certificates").empty());
}

/// Front ends may each have a certificate of their own: the balancer passes one of them through.
TEST_F(Interception, is_not_said_where_front_ends_differ_among_themselves) {
  simulator_.set_fault("certificate_weak_key", R"({"front_end":"EX02"})");
  for (int turn = 0; turn < 2; ++turn) {
    const TestOutcome outcome = test(testing::form_for(simulator_));
    EXPECT_EQ(outcome.verdict, "front_end_broken") << outcome.text();
    EXPECT_EQ(compared(outcome), work::StepOutcome::ok) << outcome.text();
  }
}

/// Another certificate of the same issuer may be that of a front end that did not answer.
TEST_F(Interception, is_said_of_another_issuer_only_while_a_front_end_is_unseen) {
  simulator_.set_fault("refused", R"({"front_end":"EX02"})");
  const auto with = [&](const char* fault) {
    simulator_.set_fault("tls_inspection", fault);
    // The balancer leads every other connection to the one that refuses.
    TestOutcome outcome = test(testing::form_for(simulator_));
    if (outcome.outcomes_of("certificates").empty()) outcome = test(testing::form_for(simulator_));
    return compared(outcome);
  };
  EXPECT_EQ(with(R"({"value":"same_issuer"})"), work::StepOutcome::ok);
  EXPECT_EQ(with("{}"), work::StepOutcome::note);
}

TEST(InterceptionAgainstActiveDirectory, explains_a_refusal_by_what_the_front_ends_take_themselves) {
  if (const auto why = testing::SambaDc::unavailable()) GTEST_SKIP() << *why;
  Organisation organisation;
  organisation.exchange().set_fault("tls_inspection");
  const TestOutcome outcome = organisation.test();
  EXPECT_EQ(outcome.verdict, "tls_intercepted") << outcome.text();
  EXPECT_EQ(outcome.result["state"], "failing");
  EXPECT_EQ(outcome.result["candidates"], (std::vector<std::string>{"extended_protection", "connection_sharing"}));
  EXPECT_EQ(outcome.result.value("scheme", ""), "Negotiate");
  // NTLM, which it would break too, is not shown there.
  for (const auto& request : organisation.exchange().requests()) EXPECT_NE(request.scheme, "NTLM");
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// The servers' key is wrong as well: that a front end takes NTLM says nothing of Kerberos at the EWS URL.
TEST(InterceptionAgainstActiveDirectory, is_not_blamed_for_what_the_front_ends_refuse_too) {
  if (const auto why = testing::SambaDc::unavailable()) GTEST_SKIP() << *why;
  Organisation organisation;
  organisation.exchange().set_fault("tls_inspection");
  organisation.controller().set_password("exchange-web", "Rolled-Over-1!");
  organisation.controller().set_password("exchange-web", "Rolled-Over-2!");
  ConnectionForm form = organisation.form();
  form.authentication = kNegotiate;
  const TestOutcome only_kerberos = organisation.test(form);
  EXPECT_EQ(only_kerberos.verdict, "refused_right_password") << only_kerberos.text();
  EXPECT_EQ(only_kerberos.result["candidates"][0], "tls_intercepted");
  EXPECT_EQ(organisation.test().verdict, "refused_right_password");
}

}  // namespace
}  // namespace mailward::connections
