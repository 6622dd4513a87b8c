// Our walk against a whole server's Autodiscover, by SOAP and by plain old XML.
#include <gtest/gtest.h>

#include <algorithm>

#include "ews/autodiscover/walk.h"
#include "tests/ews/support/simulator_session.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::ExchangeSimulator;
using Verdict = AutodiscoverStep::Verdict;

class AutodiscoverAtSimulator : public ::testing::Test {
 protected:
  std::string url(std::string_view path) const {
    return "https://" + simulator_.host() + ":" + std::to_string(simulator_.port()) + std::string(path);
  }
  /// Of its balancer.
  std::string balancer() const { return simulator_.url().substr(8, simulator_.url().find(':', 8) - 8); }
  std::string ews_url() const { return url("/EWS/Exchange.asmx"); }
  AutodiscoverResult walk(const std::string& address, const std::string& candidate) {
    const AutodiscoverDoors doors{
        .open = [&](const HttpsUrl& asked, Deadline) -> Outcome<Session> {
          if (asked.host != simulator_.host()) {
            return fail(Failure(EwsError::unreachable, "no such host: " + asked.host));
          }
          return Session(transport_, {.host = asked.host,
                                      .port = asked.port,
                                      .address = {.ip = IpAddress::parse(balancer()).value(), .port = asked.port},
                                      .trust = CertificateTrust::from_pem(simulator_.ca_pem()).value()});
        },
        .confirmed = [&](const HttpsUrl& asked) { return asked.host == simulator_.host(); },
        .credential = [&](const HttpsUrl&, Deadline) -> Outcome<Credential> {
          Credential credential;
          credential.scheme = Scheme::ntlm;
          credential.user = testing::kUserA;
          credential.password = SecretString(password_);
          credential.account = "account-1";
          return credential;
        }};
    return discover({.address = address, .scp_urls = {candidate}}, doors, Deadline::after(20s));
  }
  std::vector<std::string> operations() const {
    std::vector<std::string> found;
    for (const auto& request : simulator_.requests()) {
      if (request.status == 200) found.push_back(request.operation);
    }
    return found;
  }

  ExchangeSimulator simulator_;
  Transport transport_;
  std::string password_{testing::kUserAPassword};
};

TEST_F(AutodiscoverAtSimulator, finds_a_mailbox_by_soap_alone) {
  const auto result = walk("usera@example.test", url("/autodiscover/autodiscover.svc"));
  ASSERT_TRUE(result.mailbox) << result.steps.back().sentence;
  EXPECT_EQ(result.mailbox->ews_url(), ews_url());
  EXPECT_EQ(result.mailbox->display_name, "User A");
  EXPECT_EQ(result.mailbox->address, "usera@example.test");
  EXPECT_TRUE(result.mailbox->server.ends_with("@example.test"));
  EXPECT_EQ(operations(), std::vector<std::string>{"GetUserSettings"});
}

TEST_F(AutodiscoverAtSimulator, reads_the_same_by_both_ways) {
  const auto by_soap = walk("usera@example.test", url("/autodiscover/autodiscover.svc")).mailbox;
  const auto by_pox = walk("usera@example.test", url("/autodiscover/autodiscover.xml")).mailbox;
  ASSERT_TRUE(by_soap && by_pox);
  EXPECT_EQ(by_soap->display_name, by_pox->display_name);
  EXPECT_EQ(by_soap->address, by_pox->address);
  EXPECT_EQ(by_soap->internal_ews_url, by_pox->internal_ews_url);
  EXPECT_EQ(by_soap->external_ews_url, by_pox->external_ews_url);
  EXPECT_EQ(by_soap->server, by_pox->server);
  EXPECT_FALSE(by_soap->exchange_online || by_pox->exchange_online);
}

TEST_F(AutodiscoverAtSimulator, an_unknown_user_is_told_by_both_ways_and_costs_no_second_server) {
  const auto result = walk("nobody@example.test", url("/autodiscover/autodiscover.xml"));
  EXPECT_FALSE(result.mailbox);
  ASSERT_GE(result.steps.size(), 2U);
  EXPECT_EQ(result.steps[0].verdict, Verdict::told_error);
  EXPECT_NE(result.steps[0].sentence.find("500"), std::string::npos) << result.steps[0].sentence;
  EXPECT_EQ(result.steps[1].verdict, Verdict::told_error);
  EXPECT_NE(result.steps[1].sentence.find("InvalidUser"), std::string::npos) << result.steps[1].sentence;
  EXPECT_EQ(operations(), (std::vector<std::string>{"Autodiscover", "GetUserSettings"}));
}

TEST_F(AutodiscoverAtSimulator, follows_an_address_and_a_url_that_soap_names) {
  simulator_.change_mailbox("usera@example.test", R"({"autodiscover":"userb@example.test"})");
  const auto address = walk("usera@example.test", url("/autodiscover/autodiscover.svc"));
  ASSERT_TRUE(address.mailbox) << address.steps.back().sentence;
  EXPECT_EQ(address.mailbox->address, "userb@example.test");
  EXPECT_EQ(address.steps[0].verdict, Verdict::redirected);
  // To the same server's other way, where the mailbox is at home again.
  simulator_.change_mailbox("usera@example.test",
                            R"({"autodiscover":")" + url("/Autodiscover/Autodiscover.xml") + "\"}");
  const auto circle = walk("usera@example.test", url("/autodiscover/autodiscover.svc"));
  EXPECT_FALSE(circle.mailbox) << "it sends in a circle";
  EXPECT_EQ(std::ranges::count(circle.steps, Verdict::redirected, &AutodiscoverStep::verdict), 2);
  // A host that nobody confirmed, and one that is not there: named, and the password not shown.
  simulator_.change_mailbox("usera@example.test", R"({"autodiscover":"https://thief.test/autodiscover"})");
  const auto thief = walk("usera@example.test", url("/autodiscover/autodiscover.svc"));
  EXPECT_FALSE(thief.mailbox);
  EXPECT_EQ(thief.steps.at(1).url, "https://thief.test/autodiscover");
  EXPECT_EQ(thief.steps.at(1).verdict, Verdict::failed);
}

TEST_F(AutodiscoverAtSimulator, a_mailbox_in_the_cloud_is_found_there) {
  const auto result = walk("moved@example.test", url("/autodiscover/autodiscover.svc"));
  ASSERT_TRUE(result.mailbox);
  EXPECT_EQ(result.mailbox->ews_url(), "https://outlook.office365.com/EWS/Exchange.asmx");
  EXPECT_TRUE(result.mailbox->exchange_online);
}

TEST_F(AutodiscoverAtSimulator, a_refused_password_ends_it_with_one_attempt) {
  password_ = "Wrong-Usera-1!";
  const auto result = walk("usera@example.test", url("/autodiscover/autodiscover.svc"));
  EXPECT_TRUE(result.password_refused()) << result.steps.back().sentence;
  EXPECT_EQ(simulator_.account("EXAMPLE\\usera").bad_passwords_seen, 1);
}

}  // namespace
}  // namespace mailward::ews
