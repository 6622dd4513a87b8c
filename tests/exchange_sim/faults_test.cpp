#include <gtest/gtest.h>

#include "base/clock.h"
#include "tests/exchange_sim/conversation.h"

namespace mailward::testing {
namespace {

class Faults : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { simulator_ = new ExchangeSimulator(); }
  static void TearDownTestSuite() {
    delete simulator_;
    simulator_ = nullptr;
  }
  void SetUp() override { simulator_->reset(); }
  static ExchangeSimulator& sim() { return *simulator_; }
  static const ExchangeSimulator::FrontEnd& first() { return sim().front_ends().front(); }
  static Result<http::Response> ask(const std::string& url) {
    http::Client client = client_of(sim());
    return post(client, url, envelope({.body = get_folder_call()}), basic(kServiceAccount, kServicePassword));
  }
  static Result<http::Response> ask() { return ask(first().url); }
  static Result<http::Response> health(const std::string& url) {
    http::Client client = client_of(sim());
    return client.call(
        {.method = "GET", .url = url.substr(0, url.find('/', 8)) + "/ews/healthcheck.htm", .headers = {}, .body = {}},
        Deadline::after(std::chrono::seconds(20)));
  }
  /// What a handshake with the first front end finds, under the name in its certificate.
  static TlsVerdict verdict() {
    const auto colon = first().address.rfind(':');
    const SocketAddress to{.ip = IpAddress::parse(first().address.substr(0, colon)).value(),
                           .port = static_cast<std::uint16_t>(std::stoi(first().address.substr(colon + 1)))};
    const auto trust = CertificateTrust::from_pem(sim().ca_pem()).value();
    const auto found = diagnose_tls(to, sim().host(), trust, Deadline::after(std::chrono::seconds(5)));
    return found ? found->verdict : TlsVerdict::other;
  }

 private:
  static ExchangeSimulator* simulator_;
};
ExchangeSimulator* Faults::simulator_ = nullptr;

TEST_F(Faults, every_certificate_fault_is_what_its_name_says_and_goes_away_again) {
  const std::pair<const char*, TlsVerdict> cases[] = {
      {"certificate_expired", TlsVerdict::expired},
      {"certificate_not_yet_valid", TlsVerdict::not_yet_valid},
      {"certificate_wrong_name", TlsVerdict::name_mismatch},
      {"certificate_untrusted", TlsVerdict::untrusted},
      {"certificate_incomplete_chain", TlsVerdict::incomplete_chain},
      {"certificate_weak_key", TlsVerdict::too_weak},
      {"tls_too_old", TlsVerdict::protocol_too_old},
      {"reset", TlsVerdict::closed},
  };
  for (const auto& [name, expected] : cases) {
    sim().set_fault(name);
    EXPECT_EQ(tls_verdict_name(verdict()), tls_verdict_name(expected)) << name;
    sim().clear_fault(name);
    EXPECT_EQ(tls_verdict_name(verdict()), "ok") << "after " << name;
  }
}

TEST_F(Faults, a_front_end_that_refuses_listens_again_on_the_same_port) {
  sim().set_fault("refused", R"({"front_end":"EX01"})");
  const auto refused = ask();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(http::HttpClientError::connect)) << refused.error().describe();
  EXPECT_EQ(ask(sim().front_ends()[1].url)->status, 200);
  sim().clear_faults();
  EXPECT_EQ(ask()->status, 200);
}

TEST_F(Faults, one_front_end_of_several_can_be_broken) {
  sim().set_fault("http_status", R"({"status":503,"front_end":"EX02"})");
  EXPECT_EQ(ask()->status, 200);
  EXPECT_EQ(ask(sim().front_ends()[1].url)->status, 503);
}

TEST_F(Faults, what_stands_before_exchange_answers_in_its_place) {
  sim().set_fault("forms_login");
  EXPECT_EQ(ask()->status, 440);
  EXPECT_NE(ask()->body.find("logon.aspx"), std::string::npos);
  sim().set_fault("forms_login", R"({"status":302})");
  EXPECT_EQ(ask()->status, 302);
  EXPECT_NE(ask()->headers.get("Location").find("/owa/auth/logon.aspx"), std::string_view::npos);
  sim().clear_faults();
  sim().set_fault("portal_page");
  EXPECT_EQ(ask()->status, 200);
  EXPECT_NE(ask()->body.find("<html"), std::string::npos);
  sim().clear_faults();
  sim().set_fault("redirect", R"({"value":"https://elsewhere.example.test/EWS/Exchange.asmx"})");
  EXPECT_EQ(ask()->headers.get("Location"), "https://elsewhere.example.test/EWS/Exchange.asmx");
  sim().clear_faults();
  sim().set_fault("body_too_large");
  EXPECT_EQ(ask()->status, 413);
}

TEST_F(Faults, only_a_negotiate_token_can_be_too_long_for_the_head) {
  sim().set_fault("token_too_large", R"({"bytes":1000})");
  http::Client client = client_of(sim());
  const auto with = [&](const std::string& authorization) {
    return post(client, first().url, envelope({.body = get_folder_call()}), authorization)->status;
  };
  EXPECT_EQ(with("Negotiate " + std::string(1000, 'A')), 400);
  EXPECT_EQ(with("negotiate " + std::string(1000, 'A')), 400);
  EXPECT_EQ(with("Negotiate " + std::string(900, 'A')), 401);
  EXPECT_EQ(with("NTLM " + std::string(1000, 'A')), 401);
  EXPECT_EQ(ask()->status, 200);
  sim().set_fault("token_too_large", R"({"bytes":1000,"status":413})");
  const auto refused = post(client, first().url, "<x/>", "Negotiate " + std::string(1000, 'A'));
  EXPECT_EQ(refused->status, 413);
  EXPECT_EQ(refused->headers.get("Server"), "Microsoft-HTTPAPI/2.0");
}

TEST_F(Faults, negotiate_can_hold_ntlm_alone) {
  sim().set_fault("negotiate_ntlm_only");
  http::Client client = client_of(sim());
  const auto answers = [&](std::string_view hex) {
    const std::string token = to_base64(from_hex(hex).value());
    const auto answer = post(client, first().url, "<x/>", "Negotiate " + token);
    return std::string(answer->headers.all("WWW-Authenticate")[0]);
  };
  // Kerberos and NTLM in the list: NTLM is chosen. Kerberos alone: no word.
  EXPECT_EQ(answers("602706062b0601050502a01d301ba019301706092a864886f712010202060a2b06010401823702020a"),
            "Negotiate " + to_base64(from_hex("a1153013a0030a0101a10c060a2b06010401823702020a").value()));
  EXPECT_EQ(answers("601b06062b0601050502a011300fa00d300b06092a864886f712010202"), "Negotiate");
  Line line(sim(), first().url);
  const auto bare = ntlm_call(line, kServiceAccount, kServicePassword, Binding::right,
                              envelope({.body = get_folder_call()}), "Negotiate");
  EXPECT_EQ(bare.status, 200);
}

TEST_F(Faults, the_health_check_answers_without_sign_in_until_it_is_down) {
  const auto well = health(first().url);
  EXPECT_EQ(well->status, 200);
  EXPECT_EQ(well->body, "200 OK<br/>EX01.example.test");
  sim().set_fault("healthcheck_down");
  EXPECT_EQ(health(first().url)->status, 503);
  EXPECT_EQ(ask()->status, 200);
}

TEST_F(Faults, a_right_password_can_meet_a_401_without_being_counted) {
  sim().set_fault("unauthorized_under_load", R"({"every":2})");
  EXPECT_EQ(ask()->status, 200);
  EXPECT_EQ(ask()->status, 401);
  EXPECT_EQ(ask()->status, 200);
  sim().clear_faults();
  sim().set_fault("legacy_auth_blocked");
  const auto blocked = ask();
  EXPECT_EQ(blocked->status, 401);
  EXPECT_TRUE(blocked->body.empty());
  EXPECT_EQ(sim().account(kServiceAccount).bad_passwords_seen, 0);
}

TEST_F(Faults, access_policies_refuse_with_an_empty_403) {
  sim().set_fault("user_agent_blocked", R"({"values":["SIM-tests*"]})");
  EXPECT_EQ(ask()->status, 403);
  EXPECT_TRUE(ask()->body.empty());
  sim().set_fault("user_agent_blocked", R"({"values":["Outlook"]})");
  EXPECT_EQ(ask()->status, 200);
  sim().set_fault("user_agent_not_allowed", R"({"values":["Outlook"]})");
  EXPECT_EQ(ask()->status, 403);
  sim().clear_faults();
  sim().set_fault("ews_disabled");
  EXPECT_EQ(ask()->status, 403);
}

TEST_F(Faults, throttling_comes_in_its_recorded_shapes) {
  sim().set_fault("server_busy", R"({"value":"fault","milliseconds":4000})");
  const auto fault = ask();
  EXPECT_EQ(fault->status, 500);
  EXPECT_EQ(element_text(fault->body, "ResponseCode"), "ErrorServerBusy");
  EXPECT_EQ(element_text(fault->body, "Value"), "4000");
  EXPECT_EQ(fault->body.find("Header"), std::string::npos);
  sim().set_fault("server_busy", R"({"value":"response","milliseconds":5000})");
  const auto message = ask();
  EXPECT_EQ(message->status, 200);
  EXPECT_EQ(element_text(message->body, "ResponseCode"), "ErrorServerBusy");
  EXPECT_EQ(element_text(message->body, "Value"), "5000");
  sim().clear_faults();
  sim().set_fault("connection_count");
  EXPECT_EQ(element_text(ask()->body, "ResponseCode"), "ErrorExceededConnectionCount");
  sim().clear_faults();
  sim().set_fault("internal_fault");
  EXPECT_EQ(element_text(ask()->body, "faultcode"), "a:InternalServiceFault");
}

TEST_F(Faults, answers_go_wrong_on_their_way) {
  sim().set_fault("reset_answer");
  ASSERT_FALSE(ask());
  sim().clear_faults();
  sim().set_fault("truncated_answer", R"({"bytes":900})");
  ASSERT_FALSE(ask());
  sim().clear_faults();
  sim().set_fault("malformed_answer", R"({"value":"xml"})");
  EXPECT_EQ(ask()->status, 200);
  EXPECT_EQ(ask()->body.find("</s:Envelope>"), std::string::npos);
  sim().set_fault("malformed_answer", R"({"value":"head"})");
  EXPECT_FALSE(ask());
  sim().clear_faults();
  sim().set_fault("latency", R"({"milliseconds":300})");
  const auto start = Clock::system().monotonic();
  EXPECT_EQ(ask()->status, 200);
  EXPECT_GE(Clock::system().monotonic() - start, std::chrono::milliseconds(300));
}

TEST_F(Faults, the_clock_and_the_version_can_be_off) {
  sim().set_fault("clock_skew", R"({"milliseconds":600000})");
  const auto late = ask();
  const auto date = parse_http_date(late->headers.get("Date"));
  ASSERT_TRUE(date);
  EXPECT_GT(*date - Clock::system().now(), std::chrono::minutes(9));
  sim().clear_faults();
  sim().set_fault("server_too_old");
  const auto old = ask();
  EXPECT_EQ(old->status, 500);
  EXPECT_EQ(element_text(old->body, "ResponseCode"), "ErrorInvalidServerVersion");
}

TEST_F(Faults, a_fault_can_be_over_after_so_many_times) {
  sim().set_fault("http_status", R"({"status":503,"limit":2})");
  EXPECT_EQ(ask()->status, 503);
  EXPECT_EQ(ask()->status, 503);
  EXPECT_EQ(ask()->status, 200);
}

TEST_F(Faults, a_mailbox_can_be_full_and_an_operation_refused) {
  const auto save = [] {
    const auto answer = call(sim(), {.body = "<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:Message>"
                                             "<t:Subject>x</t:Subject></t:Message></m:Items></m:CreateItem>"});
    return element_text(answer.body, "ResponseCode");
  };
  EXPECT_EQ(save(), "NoError");
  sim().set_fault("mailbox_full");
  EXPECT_EQ(save(), "ErrorQuotaExceeded");
  EXPECT_EQ(element_text(ask()->body, "ResponseCode"), "NoError") << "it can be read";
  sim().clear_faults();
  sim().set_fault("operation_refused", R"({"values":["CreateItem"],"limit":1})");
  EXPECT_EQ(element_text(ask()->body, "ResponseCode"), "NoError");
  EXPECT_EQ(save(), "ErrorAccessDenied");
  EXPECT_EQ(save(), "NoError");
  sim().set_fault("latency", R"({"milliseconds":300,"values":["CreateItem"]})");
  const auto start = Clock::system().monotonic();
  EXPECT_EQ(element_text(ask()->body, "ResponseCode"), "NoError");
  const auto reading = Clock::system().monotonic() - start;
  EXPECT_EQ(save(), "NoError");
  EXPECT_GE(Clock::system().monotonic() - start - reading, std::chrono::milliseconds(300));
}

TEST_F(Faults, a_mailbox_can_be_closed_to_ews_or_move_away) {
  sim().change_mailbox("usera@example.test", R"({"place":"exchange_online"})");
  EXPECT_EQ(element_text(ask()->body, "ResponseCode"), "ErrorNonExistentMailbox");
  sim().change_mailbox("usera@example.test", R"({"place":"here"})");
  EXPECT_EQ(element_text(ask()->body, "ResponseCode"), "NoError");
}

}  // namespace
}  // namespace mailward::testing
