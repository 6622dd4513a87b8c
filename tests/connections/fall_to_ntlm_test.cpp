#include <gtest/gtest.h>

#include <algorithm>

#include "ews/session.h"
#include "ews/spnego.h"
#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::Organisation;
using testing::SambaDc;
using testing::TestOutcome;

class FallToNtlm : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  /// The sentence of the finding, or nothing.
  static std::string told(const TestOutcome& outcome) {
    for (const auto& finding : outcome.result["findings"]) {
      if (finding["class"] == "fell_to_ntlm") return finding["sentence"];
    }
    return {};
  }
  static void no_spn(Organisation& organisation) {
    organisation.controller().set(organisation.controller().dn_of("exchange-web"), "servicePrincipalName", {});
  }
};

TEST_F(FallToNtlm, is_not_said_where_kerberos_signs_in_or_is_not_wanted) {
  Organisation organisation;
  EXPECT_EQ(told(organisation.test()), "");
  ConnectionForm form = organisation.form();
  form.authentication.negotiate = false;
  EXPECT_EQ(told(organisation.test(form)), "");
  EXPECT_EQ(told(Organisation({.realm = false}).test()), "") << "Kerberos is not possible";
}

TEST_F(FallToNtlm, names_its_reason_beside_the_verdict_that_is_more_exact) {
  Organisation organisation;
  no_spn(organisation);
  const TestOutcome nameless = organisation.test();
  EXPECT_EQ(nameless.verdict, "no_spn") << nameless.text();
  EXPECT_TRUE(told(nameless).ends_with("(no_spn)")) << nameless.text();
  Organisation rolled;
  rolled.controller().set_password("exchange-web", "Rolled-Over-1!");
  rolled.controller().set_password("exchange-web", "Rolled-Over-2!");
  const TestOutcome refused = rolled.test();
  EXPECT_EQ(refused.verdict, "kerberos_refused") << refused.text();
  EXPECT_TRUE(told(refused).ends_with("(kerberos_refused)")) << refused.text();
}

TEST_F(FallToNtlm, tells_negotiate_that_holds_ntlm_from_a_ticket_that_is_refused) {
  Organisation organisation;
  organisation.exchange().set_fault("negotiate_ntlm_only");
  const TestOutcome outcome = organisation.test();
  EXPECT_EQ(outcome.verdict, "fell_to_ntlm") << outcome.text();
  EXPECT_EQ(outcome.result["state"], "degraded");
  EXPECT_EQ(outcome.result.value("scheme", ""), "NTLM");
  EXPECT_TRUE(told(outcome).ends_with("(negotiate_holds_ntlm)")) << outcome.text();
  EXPECT_EQ(std::ranges::count_if(outcome.result["findings"],
                                  [](const auto& finding) { return finding["class"] == "fell_to_ntlm"; }),
            1);
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// As MIT's acceptor answers it, which the simulator uses; it costs nothing.
TEST_F(FallToNtlm, a_server_with_kerberos_says_so_when_it_is_asked) {
  Organisation organisation;
  const auto& exchange = organisation.exchange();
  const SocketAddress address{.ip = testing::must(IpAddress::parse(exchange.address())), .port = exchange.port()};
  const ews::Endpoint endpoint{.host = exchange.host(),
                               .port = exchange.port(),
                               .address = address,
                               .trust = testing::must(CertificateTrust::from_pem(exchange.ca_pem()))};
  const auto chosen = [&] {
    ews::Session session(organisation.product().transport(), endpoint);
    const auto answer = session.send({.with_credential = false, .question = ews::mechanism_question()},
                                     Deadline::after(std::chrono::seconds(20)));
    return answer ? ews::chosen_mechanism(answer->evidence.head) : std::nullopt;
  };
  EXPECT_EQ(chosen(), ews::Mechanism::kerberos);
  organisation.exchange().set_fault("negotiate_ntlm_only");
  EXPECT_EQ(chosen(), ews::Mechanism::ntlm);
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

TEST_F(FallToNtlm, is_a_note_where_no_server_offers_negotiate) {
  Organisation organisation;
  organisation.exchange().change_directory(R"({"schemes":["NTLM"]})");
  const TestOutcome outcome = organisation.test();
  EXPECT_EQ(outcome.verdict, "none") << outcome.text();
  EXPECT_TRUE(told(outcome).ends_with("(negotiate_not_offered)")) << outcome.text();
}

}  // namespace
}  // namespace mailward::connections
