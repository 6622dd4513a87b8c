// Where a mailbox is, found without showing the password to anybody who was not confirmed.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "ews/autodiscover/answer.h"
#include "ews/autodiscover/plain_redirect.h"
#include "ews/autodiscover/walk.h"
#include "tests/ews/support/scripted_server.h"
#include "tests/support/paths.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::http_answer;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;
using Kind = AutodiscoverAnswer::Kind;
using Source = AutodiscoverSource;
using Password = AutodiscoverStep::Password;
using Verdict = AutodiscoverStep::Verdict;

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

TEST(AutodiscoverAnswer, recorded_answers_of_both_ways_are_read) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers are not tried";
  const auto pox = [&](const std::string& name) { return read_pox(contents(*shared / "ews-traces" / name)); };
  auto online = pox("otris-ews-cpp/autodiscover_response.response.xml");
  ASSERT_TRUE(online) << online.error().error.describe();
  EXPECT_EQ(online->kind, Kind::settings);
  EXPECT_TRUE(online->mailbox.exchange_online);
  EXPECT_EQ(online->mailbox.ews_url(), "https://outlook.office365.com/EWS/Exchange.asmx");
  auto own = pox("ms-docs/Autodiscover-POX.pox-autodiscover-response-for-exchange.0.response.xml");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->mailbox.ews_url(), "https://mail.contoso.com/ews/exchange.asmx");
  EXPECT_EQ(own->mailbox.display_name, "First Last");
  auto refused = pox("garethp-php-ews/2017-10.nover.autodiscover.ExchangeAutodiscoverTest.testGetAPI.00.response.xml");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, Kind::error);
  EXPECT_EQ(refused->code, "600");
  auto elsewhere = pox("ms-docs/Autodiscover-POX.handling-autodiscover-error-messages.1.response.xml");
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->kind, Kind::redirect_address);
  EXPECT_EQ(elsewhere->redirect, "elvin@mail.contoso.com");
  auto soap =
      read_user_settings(contents(*shared / "ews-traces" / "ews-java-api/AlternateMailboxCollection.response.xml"));
  ASSERT_TRUE(soap) << soap.error().error.describe();
  EXPECT_EQ(soap->mailbox.archive_server, "cb7c4056-a738-4004-bd0d-65b58d3b7bc1@test.com");
  std::size_t read = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*shared / "ews-traces")) {
    if (!entry.path().string().ends_with(".xml")) continue;
    const std::string bytes = contents(entry.path());
    read += read_pox(bytes).has_value() + read_user_settings(bytes).has_value();
  }
  EXPECT_GE(read, 15U);
}

TEST(AutodiscoverAnswer, cut_at_any_byte_is_nothing) {
  const std::string whole =
      "<Autodiscover xmlns='http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'><Response><Account>"
      "<Action>redirectAddr</Action><RedirectAddr>a@b.test</RedirectAddr></Account></Response></Autodiscover>";
  ASSERT_TRUE(read_pox(whole));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) ASSERT_FALSE(read_pox(whole.substr(0, bytes))) << bytes;
}

TEST(HttpsUrl, takes_https_alone) {
  EXPECT_EQ(parse_https_url("HTTPS://Mail.Example.Test/a?b#c"),
            (HttpsUrl{.host = "mail.example.test", .path = "/a?b"}));
  EXPECT_EQ(parse_https_url("https://[2001:db8::1]:8443")->text(), "https://[2001:db8::1]:8443/");
  for (std::string_view other :
       {"http://mail.example.test/", "https://", "https://user@mail.example.test/", "https://user:p@mail.example.test/",
        "https://mail.example.test:0/", "https://mail.example.test:x/", "https://mail.example.test:70000/",
        "https://mail.example.test\\@evil.test/", "https://mail example.test/", "https://a..b/", "https://-a/",
        "https:/mail.example.test", "//mail.example.test", "https://mail.example.test/\r\nX: y", "https://[::1/"}) {
    EXPECT_FALSE(parse_https_url(other)) << other;
  }
  EXPECT_EQ(domain_of("usera@Example.Test"), "example.test");
  EXPECT_EQ(domain_of("a@b@example.test"), "example.test");
  for (std::string_view none : {"usera", "@example.test", "usera@", "usera@exa mple.test", "usera@a/b", "usera@a:1"}) {
    EXPECT_EQ(domain_of(none), "") << none;
  }
}

std::string settings(const std::string& url) {
  return "<Autodiscover xmlns='http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'>"
         "<Response xmlns='http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'><User>"
         "<DisplayName>User A</DisplayName></User><Account><Action>settings</Action><Protocol><Type>EXCH</Type>"
         "<Server>guid@example.test</Server><EwsUrl>" +
         url + "</EwsUrl></Protocol></Account></Response></Autodiscover>";
}

/// What an Exchange tells whose internal URL was set without TLS.
TEST(AutodiscoverAnswer, an_internal_url_that_cannot_be_used_gives_way_to_the_external) {
  DiscoveredMailbox mailbox{.internal_ews_url = "http://mail.example.test/EWS/Exchange.asmx",
                            .external_ews_url = "https://out.example.test/EWS/Exchange.asmx"};
  EXPECT_EQ(mailbox.ews_url(), "https://out.example.test/EWS/Exchange.asmx");
  mailbox.internal_ews_url = "https://mail.example.test/EWS/Exchange.asmx";
  EXPECT_EQ(mailbox.ews_url(), "https://mail.example.test/EWS/Exchange.asmx");
  mailbox.internal_ews_url.clear();
  EXPECT_EQ(mailbox.ews_url(), "https://out.example.test/EWS/Exchange.asmx");
}

std::string redirect_to_address(const std::string& address) {
  return "<Autodiscover><Response><Account><Action>redirectAddr</Action><RedirectAddr>" + address +
         "</RedirectAddr></Account></Response></Autodiscover>";
}

std::string error_600() {
  return "<Autodiscover><Response><Error><ErrorCode>600</ErrorCode><Message>Invalid "
         "Request</Message></Error></Response>"
         "</Autodiscover>";
}

/// Several hosts behind one server, and one walk among them. A host that is not in `answers` does not exist.
class AutodiscoverWalk : public ::testing::Test {
 protected:
  using React = std::function<Reaction(const ReceivedRequest&)>;

  AutodiscoverResult walk(const AutodiscoverQuestion& question = {.address = "usera@example.test", .scp_urls = {}}) {
    const AutodiscoverDoors doors{.open = [&](const HttpsUrl& url, Deadline) -> Outcome<Session> {
                                    if (!answers_.contains(url.host))
                                      return fail(Failure(EwsError::unreachable, "no such host: " + url.host));
                                    Endpoint endpoint = server_.endpoint();
                                    endpoint.host = url.host;
                                    endpoint.port = url.port;
                                    return Session(transport_, std::move(endpoint));
                                  },
                                  .confirmed = [&](const HttpsUrl& url) { return confirmed_.contains(url.host); },
                                  .credential = [&](const HttpsUrl&, Deadline) -> Outcome<Credential> {
                                    Credential credential;
                                    credential.scheme = scheme_;
                                    credential.user = "EXAMPLE\\usera";
                                    credential.password = SecretString(std::string_view("secret1"));
                                    credential.account = "account-1";
                                    return credential;
                                  },
                                  .plain_address = [&](std::string_view host, Deadline) -> Result<SocketAddress> {
                                    plain_asked_.emplace_back(host);
                                    return plain_.address();
                                  },
                                  .services = [&](std::string_view name, Deadline) -> Result<std::vector<ServiceHost>> {
                                    services_asked_.emplace_back(name);
                                    if (services_.empty())
                                      return mailward::fail(NameError::unknown_host, "no such service");
                                    return services_;
                                  }};
    auto result = discover(question, doors, Deadline::after(20s));
    expect_no_theft();
    return result;
  }

  /// After the hosts or what they answer have changed.
  AutodiscoverResult walk_again() {
    plain_asked_.clear();
    services_asked_.clear();
    return walk();
  }

  /// Neither the password nor the address went to a host that nobody confirmed, or over plain HTTP.
  void expect_no_theft() {
    auto seen = server_.seen();
    auto plainly = plain_.seen();
    for (const auto& request : seen) {
      std::string host(request.field("Host"));
      if (confirmed_.contains(host.substr(0, host.find(':')))) continue;
      EXPECT_EQ(request.field("Authorization"), "") << host;
      EXPECT_EQ(request.body.find("usera"), std::string::npos) << host;
      EXPECT_EQ(request.line.find("usera"), std::string::npos) << host;
    }
    EXPECT_LE(plainly.size(), ++walks_) << "one plain request a walk";
    for (const auto& request : plainly) {
      EXPECT_EQ(request.line, "GET /autodiscover/autodiscover.xml HTTP/1.1");
      for (const auto& [name, value] : request.fields) {
        EXPECT_TRUE(name == "Host" || name == "User-Agent" || name == "Connection") << name;
        EXPECT_EQ(value.find("usera"), std::string::npos);
      }
    }
  }

  std::size_t attempts() {
    auto seen = server_.seen();
    return static_cast<std::size_t>(
        std::ranges::count_if(seen, [](const ReceivedRequest& one) { return !one.field("Authorization").empty(); }));
  }

  static std::vector<Verdict> verdicts(const AutodiscoverResult& result) {
    std::vector<Verdict> found;
    for (const auto& step : result.steps) found.push_back(step.verdict);
    return found;
  }

  static React answering(const std::string& body, int status = 200) {
    return [body, status](const ReceivedRequest&) { return Reaction{http_answer(status, body)}; };
  }
  static React redirecting(const std::string& location) {
    return
        [location](const ReceivedRequest&) { return Reaction{http_answer(302, "", "Location: " + location + "\r\n")}; };
  }
  static React asking() {
    return [](const ReceivedRequest& request) {
      if (!request.field("Authorization").empty())
        return Reaction{http_answer(200, settings("https://thief.test/ews"))};
      return Reaction{http_answer(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: NTLM\r\n")};
    };
  }

  std::map<std::string, React> answers_;
  Scheme scheme_ = Scheme::basic;
  std::set<std::string> confirmed_{"example.test", "autodiscover.example.test", "mail.example.test"};
  std::vector<ServiceHost> services_;
  std::vector<std::string> plain_asked_;
  std::vector<std::string> services_asked_;
  std::string plain_location_;
  std::size_t walks_ = 0;
  ScriptedServer server_{
      {.react =
           [this](const ReceivedRequest& request, SSL*) {
             std::string host(request.field("Host"));
             return answers_.at(host.substr(0, host.find(':')))(request);
           }},
      {.dns_names = {"example.test", "autodiscover.example.test", "mail.example.test", "other.test", "thief.test"}}};
  ScriptedServer plain_{{.react =
                             [this](const ReceivedRequest&, SSL*) {
                               if (plain_location_.empty()) return Reaction{http_answer(404, "")};
                               return Reaction{http_answer(302, "", "Location: " + plain_location_ + "\r\n")};
                             },
                         .plain = true}};
  Transport transport_;
};

TEST_F(AutodiscoverWalk, the_directory_is_asked_first_and_the_first_that_tells_ends_it) {
  answers_["mail.example.test"] = answering(settings("https://mail.example.test/EWS/Exchange.asmx"));
  auto result = walk({.address = "usera@example.test",
                      .scp_urls = {"https://mail.example.test/Autodiscover/Autodiscover.xml", "https://never.test/"}});
  ASSERT_TRUE(result.mailbox);
  EXPECT_EQ(result.mailbox->ews_url(), "https://mail.example.test/EWS/Exchange.asmx");
  EXPECT_EQ(result.mailbox->address, "usera@example.test");
  ASSERT_EQ(result.steps.size(), 1U);
  EXPECT_EQ(result.steps[0].source, Source::scp);
  EXPECT_EQ(result.steps[0].evidence->status, 200);
  EXPECT_EQ(attempts(), 1U);
}

TEST_F(AutodiscoverWalk, candidates_are_asked_in_their_order_and_each_leaves_its_evidence) {
  answers_["example.test"] = answering("<html>the company's pages</html>", 404);
  services_ = {{.host = "mail.example.test", .port = 443}};
  answers_["mail.example.test"] = answering(settings("https://mail.example.test/EWS/Exchange.asmx"));
  auto result = walk();
  ASSERT_TRUE(result.mailbox);
  EXPECT_EQ(verdicts(result), (std::vector{Verdict::nothing_there, Verdict::nothing_there, Verdict::failed,
                                           Verdict::nothing_there, Verdict::settings}));
  EXPECT_EQ(result.steps[0].url, "https://example.test/autodiscover/autodiscover.xml");
  EXPECT_EQ(result.steps[1].url, "https://example.test/autodiscover/autodiscover.svc");
  EXPECT_EQ(result.steps[2].source, Source::autodiscover_host);
  EXPECT_EQ(result.steps[3].source, Source::http_redirect);
  EXPECT_EQ(result.steps[4].source, Source::srv);
  for (const auto& [step, status] : {std::pair{0U, 404}, {1U, 404}, {4U, 200}}) {
    ASSERT_TRUE(result.steps[step].evidence) << step;
    EXPECT_EQ(result.steps[step].evidence->status, status) << step;
  }
  for (const auto& step : result.steps) EXPECT_NE(step.sentence, "") << step.url;
  EXPECT_EQ(services_asked_, std::vector<std::string>{"_autodiscover._tcp.example.test"});
  EXPECT_EQ(plain_asked_, std::vector<std::string>{"autodiscover.example.test"});
}

TEST_F(AutodiscoverWalk, the_first_refused_password_ends_it) {
  answers_["example.test"] = answering("", 401);
  answers_["autodiscover.example.test"] = answering(settings("https://mail.example.test/EWS/Exchange.asmx"));
  auto result = walk();
  EXPECT_FALSE(result.mailbox);
  EXPECT_TRUE(result.password_refused());
  EXPECT_EQ(result.steps.size(), 1U);
  EXPECT_EQ(attempts(), 1U);
}

/// A balancer that breaks NTLM answers its first token so: the password never went out.
TEST_F(AutodiscoverWalk, a_sign_in_that_is_broken_off_is_no_refusal) {
  scheme_ = Scheme::ntlm;
  answers_["example.test"] = [](const ReceivedRequest&) {
    return Reaction{http_answer(401, "", "WWW-Authenticate: NTLM\r\n")};
  };
  auto result = walk();
  EXPECT_FALSE(result.password_refused());
  ASSERT_GT(result.steps.size(), 1U) << "the other candidates are asked";
  EXPECT_EQ(result.steps[0].verdict, Verdict::failed);
  EXPECT_EQ(result.steps[0].password, Password::unjudged);
  EXPECT_NE(result.steps[0].sentence.find("before the password was shown"), std::string::npos)
      << result.steps[0].sentence;
}

TEST_F(AutodiscoverWalk, a_server_that_knows_other_sign_ins_alone_is_said_to) {
  answers_["example.test"] = [](const ReceivedRequest&) {
    return Reaction{http_answer(401, "", "WWW-Authenticate: Bearer realm=\"x\"\r\n")};
  };
  scheme_ = Scheme::ntlm;
  const auto result = walk();
  EXPECT_EQ(result.steps.at(0).password, Password::unjudged);
  EXPECT_EQ(result.steps.at(0).sentence, "it offers no sign-in that Mailward knows, but Bearer");
}

TEST_F(AutodiscoverWalk, says_of_each_candidate_what_became_of_the_password) {
  const auto first = [&](const React& react) {
    answers_["example.test"] = react;
    return walk_again().steps.at(0).password;
  };
  const std::string basic = "WWW-Authenticate: Basic realm=\"x\"\r\n";
  EXPECT_EQ(first([&](const ReceivedRequest&) { return Reaction{http_answer(401, "", basic)}; }), Password::refused);
  EXPECT_EQ(first([&](const ReceivedRequest&) { return Reaction{http_answer(401, "", "WWW-Authenticate: NTLM\r\n")}; }),
            Password::unjudged)
      << "it takes no Basic";
  for (const int status : {200, 302, 403, 404, 500}) EXPECT_EQ(first(answering("", status)), Password::taken) << status;
  for (const int status : {502, 503, 504}) EXPECT_EQ(first(answering("", status)), Password::unknown) << status;
  EXPECT_EQ(first([](const ReceivedRequest&) { return Reaction{"", testing::After::drop}; }), Password::unknown);
  answers_.clear();
  EXPECT_EQ(walk_again().steps.at(0).password, Password::unjudged) << "no such host";
}

TEST_F(AutodiscoverWalk, a_host_that_nobody_confirmed_is_named_and_never_given_the_password) {
  plain_location_ = "https://thief.test/autodiscover/autodiscover.xml";
  answers_["example.test"] = redirecting("https://thief.test/a");
  answers_["thief.test"] = asking();
  auto result = walk();
  EXPECT_FALSE(result.mailbox);
  EXPECT_EQ(result.unconfirmed, std::vector<std::string>{"thief.test"});
  EXPECT_EQ(verdicts(result), (std::vector{Verdict::redirected, Verdict::unconfirmed, Verdict::failed,
                                           Verdict::redirected, Verdict::unconfirmed, Verdict::nothing_there}));
  // Confirmed by a person, the same walk finds what stands there.
  confirmed_.insert("thief.test");
  answers_["thief.test"] = answering(settings("https://thief.test/ews"));
  EXPECT_TRUE(walk_again().mailbox);
}

TEST_F(AutodiscoverWalk, nothing_but_https_is_followed) {
  answers_["example.test"] = redirecting("http://mail.example.test/autodiscover/autodiscover.xml");
  plain_location_ = "http://mail.example.test/autodiscover/autodiscover.xml";
  answers_["mail.example.test"] = asking();
  auto result = walk();
  EXPECT_FALSE(result.mailbox);
  EXPECT_EQ(std::ranges::count(verdicts(result), Verdict::unsafe), 2);
}

TEST_F(AutodiscoverWalk, plain_redirect_leads_to_a_confirmed_host) {
  plain_location_ = "https://mail.example.test/autodiscover/autodiscover.xml";
  answers_["mail.example.test"] = answering(settings("https://mail.example.test/EWS/Exchange.asmx"));
  auto result = walk();
  ASSERT_TRUE(result.mailbox);
  EXPECT_EQ(result.steps.back().source, Source::redirect);
}

TEST_F(AutodiscoverWalk, another_address_begins_anew_and_a_circle_ends) {
  confirmed_.insert("other.test");
  answers_["example.test"] = answering(redirect_to_address("userb@other.test"));
  answers_["other.test"] = answering(settings("https://other.test/EWS/Exchange.asmx"));
  auto result = walk();
  ASSERT_TRUE(result.mailbox);
  EXPECT_EQ(result.mailbox->address, "userb@other.test");
  answers_["other.test"] = answering(redirect_to_address("usera@example.test"));
  auto circle = walk_again();
  EXPECT_FALSE(circle.mailbox);
  EXPECT_EQ(circle.steps.size(), 2U);
  answers_["example.test"] = redirecting("https://example.test/again");
  EXPECT_LE(walk_again().steps.size(), 32U);
}

std::string user_settings_answer() {
  return "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetUserSettingsResponseMessage "
         "xmlns='http://schemas.microsoft.com/exchange/2010/Autodiscover'><Response><UserResponses><UserResponse>"
         "<ErrorCode>NoError</ErrorCode><UserSettings><UserSetting><Name>ExternalEwsUrl</Name>"
         "<Value>https://mail.example.test/EWS/Exchange.asmx</Value></UserSetting></UserSettings></UserResponse>"
         "</UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>";
}

TEST_F(AutodiscoverWalk, a_server_without_one_way_is_asked_by_the_other) {
  std::string old_xml = http_answer(200, error_600());
  answers_["example.test"] = [&](const ReceivedRequest& request) {
    const bool is_soap = request.line.find(".svc") != std::string::npos;
    return Reaction{is_soap ? http_answer(200, user_settings_answer()) : old_xml};
  };
  EXPECT_EQ(verdicts(walk()), (std::vector{Verdict::told_error, Verdict::settings}));
  for (const int status : {403, 404, 500}) {
    old_xml = http_answer(status, "");
    auto result = walk_again();
    ASSERT_TRUE(result.mailbox) << status;
    EXPECT_EQ(verdicts(result).back(), Verdict::settings) << status;
  }
}

}  // namespace
}  // namespace mailward::ews
