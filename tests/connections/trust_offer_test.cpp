// What a failed certificate step offers a person to trust, and that trusting it is enough.
#include <gtest/gtest.h>

#include "base/tls.h"
#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::ExchangeSimulator;
using testing::Product;
using testing::TestOutcome;

constexpr std::string_view kPassword = "Sample-Passw0rd!";

class TrustOffer : public ::testing::Test {
 protected:
  TrustOffer()
      : product_({.hosts = {{simulator_.host(), {"127.0.0.1"}}}, .ports = testing::ports_of(simulator_)}),
        form_(testing::form_for(simulator_)) {
    form_.front_ends.clear();
  }
  /// The offers of all steps; only certificate steps may have one.
  static std::vector<nlohmann::json> offers_of(const TestOutcome& outcome) {
    std::vector<nlohmann::json> offers;
    for (const work::Step& step : outcome.steps) {
      if (step.offer.empty()) continue;
      EXPECT_EQ(step.name, "tls");
      EXPECT_EQ(step.outcome, work::StepOutcome::failed);
      offers.push_back(nlohmann::json::parse(step.offer));
    }
    return offers;
  }

  ExchangeSimulator simulator_;
  Product product_;
  ConnectionForm form_;
};

TEST_F(TrustOffer, names_the_issuer_and_holds_once_it_is_trusted) {
  // A private authority that nobody here knows: the issuing authority was sent, so it is offered.
  form_.trust_pem.clear();
  const TestOutcome outcome = product_.test_form(form_, kPassword);
  EXPECT_EQ(outcome.verdict, "tls_untrusted") << outcome.text();
  const auto offers = offers_of(outcome);
  ASSERT_EQ(offers.size(), 1U) << outcome.text();
  const auto& offer = offers.front();
  EXPECT_EQ(offer.at("kind"), "trust_issuer");
  EXPECT_EQ(offer.at("what"), "issuer");
  EXPECT_EQ(offer.at("subject"), "CN=example.test Issuing CA");
  const std::string pem = offer.at("pem");
  const auto described = testing::must(describe_certificates(pem));
  ASSERT_EQ(described.size(), 1U);
  std::string plain = offer.at("fingerprint_sha256");
  EXPECT_EQ(plain.size(), 95U);
  EXPECT_EQ(plain.at(2), ':');
  std::erase(plain, ':');
  for (char& digit : plain) {
    EXPECT_FALSE(digit >= 'a' && digit <= 'f');
    if (digit >= 'A' && digit <= 'F') digit = static_cast<char>(digit - 'A' + 'a');
  }
  EXPECT_EQ(plain, to_hex(described.front().fingerprint));
  EXPECT_EQ(offer.at("not_after"), format_timestamp(described.front().not_after));

  form_.trust_pem = pem;
  const TestOutcome trusting = product_.test_form(form_, kPassword);
  EXPECT_EQ(trusting.verdict, "none") << trusting.text();
  EXPECT_TRUE(offers_of(trusting).empty());
}

TEST_F(TrustOffer, names_the_servers_own_certificate_where_that_is_all_that_was_sent) {
  simulator_.set_fault("certificate_incomplete_chain");
  const TestOutcome outcome = product_.test_form(form_, kPassword);
  EXPECT_EQ(outcome.verdict, "tls_incomplete_chain") << outcome.text();
  const auto offers = offers_of(outcome);
  ASSERT_EQ(offers.size(), 1U) << outcome.text();
  EXPECT_EQ(offers.front().at("what"), "server");
  EXPECT_EQ(offers.front().at("subject"), "CN=mail.example.test");
  form_.trust_pem = offers.front().at("pem");
  const TestOutcome trusting = product_.test_form(form_, kPassword);
  EXPECT_EQ(trusting.verdict, "none") << trusting.text();
}

TEST_F(TrustOffer, stands_for_another_authority_too) {
  simulator_.set_fault("certificate_untrusted");
  const TestOutcome outcome = product_.test_form(form_, kPassword);
  EXPECT_EQ(outcome.verdict, "tls_untrusted") << outcome.text();
  const auto offers = offers_of(outcome);
  ASSERT_EQ(offers.size(), 1U) << outcome.text();
  EXPECT_EQ(offers.front().at("subject"), "CN=Other Root CA");
}

TEST_F(TrustOffer, is_never_made_where_trust_is_not_what_is_missing) {
  for (const char* fault : {"certificate_expired", "certificate_not_yet_valid", "certificate_wrong_name",
                            "certificate_weak_key", "tls_too_old"}) {
    simulator_.clear_faults();
    simulator_.set_fault(fault);
    for (const bool trusted : {true, false}) {
      ConnectionForm form = form_;
      if (!trusted) form.trust_pem.clear();
      const TestOutcome outcome = product_.test_form(form, kPassword);
      EXPECT_NE(outcome.verdict, "none") << fault;
      EXPECT_TRUE(offers_of(outcome).empty()) << fault << outcome.text();
    }
  }
}

}  // namespace
}  // namespace mailward::connections
