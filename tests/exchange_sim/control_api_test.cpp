// Whom the control API answers, and what it refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/exchange_sim/conversation.h"

namespace mailward::testing {
namespace {

class ControlApi : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { simulator_ = new ExchangeSimulator(); }
  static void TearDownTestSuite() {
    delete simulator_;
    simulator_ = nullptr;
  }
  void SetUp() override { simulator_->reset(); }
  static ExchangeSimulator& sim() { return *simulator_; }
  static http::Response ask(const std::string& method, const std::string& path, const std::string& body = {},
                            const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    http::Client client({});
    http::ClientRequest request{.method = method, .url = sim().control_url() + path, .headers = {}, .body = body};
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    auto answer = client.call(request, Deadline::after(std::chrono::seconds(20)));
    EXPECT_TRUE(answer) << answer.error().describe();
    return answer.value_or(http::Response{});
  }

 private:
  static ExchangeSimulator* simulator_;
};
ExchangeSimulator* ControlApi::simulator_ = nullptr;

TEST_F(ControlApi, web_pages_cannot_use_it) {
  EXPECT_EQ(ask("POST", "/control/reset", {}, {{"Origin", "https://pages.example.test"}}).status, 403);
  EXPECT_EQ(ask("POST", "/control/reset", {}, {{"Origin", "null"}}).status, 403);
  EXPECT_EQ(ask("GET", "/control/requests", {}, {{"Origin", "http://127.0.0.1:1"}}).status, 403);
  EXPECT_EQ(ask("GET", "/", {}, {{"Origin", "https://pages.example.test"}}).status, 403);
  EXPECT_EQ(ask("POST", "/control/reset", {}, {{"Origin", sim().control_url()}}).status, 200);
}

TEST_F(ControlApi, names_that_were_led_here_are_not_served) {
  const std::string port = sim().control_url().substr(sim().control_url().rfind(':'));
  for (const std::string& host : {"pages.example.test" + port, std::string("192.0.2.1"), std::string("localhost.test")})
    EXPECT_EQ(ask("GET", "/control/requests", {}, {{"Host", host}}).status, 403) << host;
  for (const std::string& host : {"localhost" + port, std::string("[::1]"), std::string("127.3.2.1"), "[::1]" + port})
    EXPECT_EQ(ask("GET", "/control/requests", {}, {{"Host", host}}).status, 200) << host;
}

/// As exchange_sim/README.md gives them; the file says one of them otherwise.
TEST(ThrottlingPolicy, is_exchanges_where_the_file_is_silent) {
  const ExchangeSimulator simulator({.config = "[[account]]\nname = 'EXAMPLE\\usera'\npassword = 'Sample-Usera-1!'\n"
                                               "[throttling]\nsubscriptions = 7\n"});
  const auto told = nlohmann::json::parse(simulator.control("GET", "/control/throttling"));
  EXPECT_EQ(told, nlohmann::json::parse(R"({"enabled":true,"concurrency":27,"hanging":10,"sync_calls":5,
      "subscriptions":7,"burst_ms":300000,"recharge_ms":900000,"cutoff_ms":3000000,"cost_ms":10})"));
}

TEST_F(ControlApi, refuses_what_it_does_not_know_and_what_cannot_be) {
  struct Case {
    std::string method, path, body, said;
  };
  const std::string faults = "/control/faults/";
  const std::string usera = "/control/mailboxes/usera@example.test";
  const std::vector<Case> cases{
      {"PUT", faults + "latency", R"({"millisecond":3})", "did you mean milliseconds?"},
      {"PUT", faults + "latency", R"({})", "milliseconds is missing"},
      {"PUT", faults + "latency", R"({"milliseconds":-3})", "between 1 and"},
      {"PUT", faults + "latency", R"({"milliseconds":3,"values":["GetFoldr"]})", "an operation of EWS"},
      {"PUT", faults + "latency", R"({"milliseconds":3,"front_end":"EX99"})", "known: EX01, EX02"},
      {"PUT", faults + "latency", R"({"milliseconds":3,"every":0})", "every must be between 1 and"},
      {"PUT", faults + "latency", R"({"milliseconds":18446744073709551615})", "milliseconds must be between"},
      {"PUT", faults + "hang", R"({"limit":1})", "limit is not known here"},
      {"PUT", faults + "tls_inspection", R"({"value":"zzz"})", "one of same_issuer; not zzz"},
      {"PUT", faults + "server_busy", R"({"value":"banana"})", "one of fault, response; not banana"},
      {"PUT", faults + "malformed_answer", R"({"value":"zzz"})", "one of xml, head"},
      {"PUT", faults + "truncated_answer", R"({"bytes":-1})", "bytes must be between 0"},
      {"PUT", faults + "http_status", R"({})", "status is missing"},
      {"PUT", faults + "http_status", R"({"status":999})", "between 400 and 599, not 999"},
      {"PUT", faults + "http_status", R"({"status":200})", "between 400 and 599, not 200"},
      {"PUT", faults + "forms_login", R"({"status":500})", "one of 440, 302; not 500"},
      {"PUT", faults + "operation_refused", R"({})", "values is missing"},
      {"PUT", faults + "operation_refused", R"({"values":["GetItem"],"value":"no"})", "a response code"},
      {"PUT", faults + "redirect", R"({"value":"https://x\r\nX: y"})", "value must be"},
      {"PATCH", "/control/directory", R"({"extendedprotection":"none"})", "did you mean extended_protection?"},
      {"PATCH", "/control/directory", R"({"schemes":[]})", "schemes must not be empty"},
      {"PATCH", "/control/directory", R"({"schemes":"NTLM"})", "must be a list of texts, not a text"},
      {"PATCH", "/control/directory", R"({"strict_transport_security":"a\r\nX: y"})", "without line ends"},
      {"PATCH", "/control/directory", R"({"basic_token_s":-1})", "basic_token_s must be between 0"},
      {"PATCH", usera, R"({"hld":true})", "did you mean hold?"},
      {"PATCH", usera, R"({"place":"moon"})", "one of here, exchange_online, moving, gone; not moon"},
      {"PATCH", usera, R"({"full_access":["EXAMPLE\\userb","nobody"]})", "there is no account or mailbox nobody"},
      {"PATCH", "/control/throttling", R"({"concurrency":0})", "concurrency must be between 1"},
      {"PATCH", "/control/accounts/EXAMPLE%5Cusera", R"({"state":"asleep"})", "one of enabled, disabled"},
      {"POST", "/control/accounts/EXAMPLE%5Cusera/password", R"({"password":""})", "password must not be empty"},
      {"POST", usera + "/folders", R"({"items":["x"]})", "name is missing"},
      {"PUT", "/control/impersonation/EXAMPLE%5Cusera", R"({"mailboxes":["no@example.test"]})", "there is no mailbox"},
      {"PUT", "/control/journal-rules", R"([{"to":"no@example.test"}])", "there is no mailbox no@example.test"},
      {"PUT", "/control/journal-rules", R"({"to":"usera@example.test"})", "a list of rules"},
      {"GET", "/control/requests?since=abc", "", "since must be the number of a request"},
      {"PATCH", "/control/directory", "{", "no JSON: it goes wrong at byte"},
      {"PATCH", "/control/directory", "[]", "must be a JSON object"},
  };
  for (const Case& each : cases) {
    const auto answer = ask(each.method, each.path, each.body);
    EXPECT_EQ(answer.status, 400) << each.path << " " << each.body;
    EXPECT_NE(answer.body.find(each.said), std::string::npos) << each.path << " " << each.body << "\n" << answer.body;
    EXPECT_EQ(answer.body.find("json.exception"), std::string::npos) << answer.body;
  }
  EXPECT_EQ(nlohmann::json::parse(ask("GET", "/control/faults").body).size(), 0U);
  EXPECT_EQ(ask("PUT", "/control/impersonation/nobody", R"({"everyone":true})").status, 404);
}

TEST_F(ControlApi, names_its_routes_and_the_faults_that_there_are) {
  const auto told = nlohmann::json::parse(ask("GET", "/control").body);
  EXPECT_NE(std::ranges::find(told.at("routes"), "PUT /control/faults/{name}"), told.at("routes").end());
  EXPECT_NE(std::ranges::find(told.at("faults"), "latency"), told.at("faults").end());
  const auto unknown = ask("PUT", "/control/faults/latenci", R"({"milliseconds":3})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_NE(unknown.body.find("did you mean latency?"), std::string::npos) << unknown.body;
  sim().set_fault("latency", R"({"milliseconds":1})");
  EXPECT_EQ(ask("PUT", "/control/faults/latency", ask("GET", "/control/faults").body).status, 400);
  const auto set = nlohmann::json::parse(ask("GET", "/control/faults").body).at("latency");
  EXPECT_EQ(ask("PUT", "/control/faults/latency", set.dump()).status, 200) << "what is shown can be set again";
}

}  // namespace
}  // namespace mailward::testing
