// Autodiscover at the simulator: plain old XML and SOAP, and clients that nobody here wrote asking by both.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/exchange_sim/conversation.h"
#include "tests/exchange_sim/store_conversation.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

constexpr std::string_view kOrganisation = R"(
[exchange]
schemes = ["Basic"]
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
archive = true
[[mailbox]]
smtp = "userb@example.test"
name = "User & B"
aliases = ["b@example.test"]
[[mailbox]]
smtp = "moved@example.test"
place = "exchange_online"
[[mailbox]]
smtp = "elsewhere@example.test"
autodiscover = "userb@example.test"
)";

struct Question {
  std::vector<std::string> users{"usera@example.test"};
  std::vector<std::string> settings{"UserDisplayName", "ExternalEwsUrl"};
  std::string version = "Exchange2013";  ///< empty: no header
  std::string operation = "GetUserSettings";
};

/// As clients write it, with prefixes of their own.
std::string envelope_of(const Question& question) {
  std::string text =
      "<soap:Envelope xmlns:a=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\" "
      "xmlns:wsa=\"http://www.w3.org/2005/08/addressing\" xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">"
      "<soap:Header>";
  if (!question.version.empty()) {
    text += "<a:RequestedServerVersion>" + question.version + "</a:RequestedServerVersion>";
  }
  text += "<wsa:Action>http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/" + question.operation +
          "</wsa:Action></soap:Header><soap:Body><a:" + question.operation + "RequestMessage><a:Request><a:Users>";
  for (const auto& user : question.users) text += "<a:User><a:Mailbox>" + user + "</a:Mailbox></a:User>";
  text += "</a:Users><a:RequestedSettings>";
  for (const auto& setting : question.settings) text += "<a:Setting>" + setting + "</a:Setting>";
  return text + "</a:RequestedSettings></a:Request></a:" + question.operation +
         "RequestMessage></soap:Body></soap:Envelope>";
}

class Autodiscover : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    simulator_ = std::make_unique<ExchangeSimulator>(SimulatorOptions{.config = std::string(kOrganisation)});
  }
  static void TearDownTestSuite() { simulator_.reset(); }
  void SetUp() override { simulator_->reset(); }
  static ExchangeSimulator& sim() { return *simulator_; }
  static std::string url(const std::string& path) { return sim().url().substr(0, sim().url().find('/', 8)) + path; }

  static http::Response send(const std::string& body, const std::string& path = "/autodiscover/autodiscover.svc") {
    http::Client client = client_of(sim());
    auto answer = post(client, url(path), body, basic(kServiceAccount, kServicePassword));
    EXPECT_TRUE(answer);
    return answer ? *std::move(answer) : http::Response{};
  }
  /// The answer to a question, whose shape is that of the service.
  static std::string ask(const Question& question) {
    const std::string asked = envelope_of(question);
    const http::Response answer = send(asked);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto schema = source_dir() / "tests" / "exchange_sim" / "autodiscover.xsd";
    EXPECT_EQ(schema_errors({answer.body}, schema), "") << answer.body;
    return answer.body;
  }
  static std::string pox(const std::string& address) {
    return send(
               "<Autodiscover "
               "xmlns='http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006'><Request>"
               "<EMailAddress>" +
                   address +
                   "</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/"
                   "outlook/"
                   "responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>",
               "/Autodiscover/Autodiscover.xml")
        .body;
  }
  /// What it prints when all went well ends with "whole".
  static void expect_whole(const std::string& program, const std::string& script) {
    const auto file = source_dir() / "tests" / "exchange_sim" / script;
    // exchangelib keeps a file there.
    const TemporaryFolder folder;
    const Ran ran = run({program, file.string(), url("")}, {{"TMPDIR", folder.path().string()},
                                                            {"REQUESTS_CA_BUNDLE", sim().ca_file().string()},
                                                            {"NODE_EXTRA_CA_CERTS", sim().ca_file().string()},
                                                            {"SIM_PASSWORD", std::string(kServicePassword)}});
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    EXPECT_TRUE(ran.output.ends_with("whole\n")) << ran.output;
  }

  static std::unique_ptr<ExchangeSimulator> simulator_;
};
std::unique_ptr<ExchangeSimulator> Autodiscover::simulator_;

TEST_F(Autodiscover, each_user_of_a_request_has_an_answer_of_his_own_in_order) {
  const std::string answer =
      ask({.users = {"usera@example.test", "nobody@example.test", "B@Example.Test", "moved@example.test", ""}});
  EXPECT_EQ(texts(answer, "ErrorCode"),
            (std::vector<std::string>{"NoError", "NoError", "InvalidUser", "NoError", "NoError", "InvalidUser"}));
  const std::string service = "https://" + sim().host() + ":" + std::to_string(sim().port()) + "/EWS/Exchange.asmx";
  EXPECT_EQ(texts(answer, "Value"),
            (std::vector<std::string>{"User A", service, "User & B", service, "moved@example.test",
                                      "https://outlook.office365.com/EWS/Exchange.asmx"}));
  EXPECT_EQ(element_text(answer, "Action"),
            "http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/GetUserSettingsResponse");
  EXPECT_EQ(element_text(answer, "MajorVersion"), "15");
  EXPECT_EQ(sim().requests().back().operation, "GetUserSettings");
}

TEST_F(Autodiscover, tells_the_settings_that_were_asked_for_and_which_it_has_not) {
  const std::string answer =
      ask({.settings = {"UserDN", "AutoDiscoverSMTPAddress", "CasVersion", "EwsSupportedSchemas", "UserMSOnline",
                        "InternalMailboxServer", "AlternateMailboxes", "ActiveDirectoryServer"}});
  EXPECT_EQ(texts(answer, "Name"),
            (std::vector<std::string>{"UserDN", "AutoDiscoverSMTPAddress", "CasVersion", "EwsSupportedSchemas",
                                      "UserMSOnline", "InternalMailboxServer", "AlternateMailboxes"}));
  EXPECT_EQ(texts(answer, "SettingName"), std::vector<std::string>{"ActiveDirectoryServer"});
  EXPECT_NE(answer.find("<Type>Archive</Type>"), std::string::npos) << answer;
  EXPECT_NE(answer.find(", Exchange2016</Value>"), std::string::npos) << answer;
  const std::string without = ask({.users = {"userb@example.test"}, .settings = {"AlternateMailboxes"}});
  EXPECT_EQ(texts(without, "SettingName"), std::vector<std::string>{"AlternateMailboxes"}) << "he has no archive";
}

TEST_F(Autodiscover, sends_on_to_an_address_or_a_url_by_both_ways) {
  const std::string address = ask({.users = {"elsewhere@example.test"}});
  EXPECT_EQ(texts(address, "ErrorCode"), (std::vector<std::string>{"NoError", "RedirectAddress"}));
  EXPECT_EQ(element_text(address, "RedirectTarget"), "userb@example.test");
  EXPECT_EQ(element_text(pox("elsewhere@example.test"), "RedirectAddr"), "userb@example.test");
  sim().change_mailbox("usera@example.test", R"({"autodiscover":"https://other.example.test/autodiscover"})");
  const std::string other = ask({});
  EXPECT_EQ(texts(other, "ErrorCode"), (std::vector<std::string>{"NoError", "RedirectUrl"}));
  EXPECT_EQ(element_text(other, "RedirectTarget"), "https://other.example.test/autodiscover");
  EXPECT_EQ(element_text(pox("usera@example.test"), "RedirectUrl"), "https://other.example.test/autodiscover");
  for (const char* bad : {"http://other.example.test/", "nobody", "a b@example.test", "https://"}) {
    EXPECT_THROW(sim().change_mailbox("usera@example.test", std::string(R"({"autodiscover":")") + bad + "\"}"),
                 std::runtime_error)
        << bad;
  }
  sim().change_mailbox("usera@example.test", R"({"autodiscover":""})");
  EXPECT_EQ(element_text(pox("usera@example.test"), "DisplayName"), "User A");
}

TEST_F(Autodiscover, requests_without_version_users_or_settings_are_invalid) {
  for (const Question& question :
       std::vector<Question>{{.version = ""}, {.version = "Exchange2077"}, {.users = {}}, {.settings = {}}}) {
    const std::string answer = ask(question);
    EXPECT_EQ(texts(answer, "ErrorCode"), std::vector<std::string>{"InvalidRequest"});
    EXPECT_TRUE(texts(answer, "UserResponse").empty());
  }
}

TEST_F(Autodiscover, what_is_no_such_request_is_a_fault_of_the_dispatcher_or_none_of_soap) {
  const http::Response other = send(envelope_of({.operation = "GetDomainSettings"}));
  EXPECT_EQ(other.status, 500);
  EXPECT_EQ(element_text(other.body, "faultcode"), "a:ActionNotSupported");
  EXPECT_NE(element_text(other.body, "faultstring").find("ContractFilter mismatch"), std::string::npos);
  for (const std::string body :
       {"", "hello", "<a/>", "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"/>"}) {
    EXPECT_EQ(send(body).status, 400) << body;
    EXPECT_EQ(element_text(send(body, "/autodiscover/autodiscover.xml").body, "ErrorCode"), "600") << body;
  }
  // In any case, as IIS takes its paths.
  EXPECT_EQ(send(envelope_of({}), "/Autodiscover/AUTODISCOVER.SVC").status, 200);
}

TEST_F(Autodiscover, exchangelib_finds_mailboxes_and_follows_redirects_by_both_ways) {
  expect_whole("/usr/bin/python3", "autodiscover_run.py");
}

TEST_F(Autodiscover, ews_javascript_api_asks_for_several_users) {
  expect_whole("node", "ews_javascript/autodiscover_run.js");
}

}  // namespace
}  // namespace mailward::testing
