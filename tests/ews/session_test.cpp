#include "ews/session.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <future>

#include "ews/operations/get_folder.h"
#include "ews/soap.h"
#include "tests/ews/support/scripted_server.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::After;
using testing::http_answer;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;

Deadline soon() {
  return Deadline::after(10s);
}

ScriptedServer::Script always(const Reaction& reaction) {
  return {.react = [reaction](const ReceivedRequest&, SSL*) { return reaction; }};
}

Credential basic_of(std::string user, std::string_view password) {
  Credential credential;
  credential.scheme = Scheme::basic;
  credential.user = std::move(user);
  credential.password = SecretString(password);
  credential.account = "account-1";
  return credential;
}

GetFolder inbox() {
  GetFolder operation;
  operation.folders.emplace_back(DistinguishedFolder{.name = "inbox", .mailbox = ""});
  return operation;
}

TEST(Session, health_check_offer_sign_in_and_call_take_one_connection) {
  std::string authorization = "Basic " + to_base64(as_bytes("EXAMPLE\\usera:pass word"));
  ScriptedServer server({.react = [&](const ReceivedRequest& request, SSL*) -> Reaction {
    if (request.line.starts_with("GET /ews/healthcheck.htm ")) return {http_answer(200, "200 OK", "", "text/html")};
    if (request.field("Authorization") != authorization) {
      return {http_answer(401, "",
                          "WWW-Authenticate: Negotiate, NTLM\r\nWWW-Authenticate: Basic realm=\"mail\"\r\n"
                          "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\nX-FEServer: EX1\r\n")};
    }
    return {http_answer(200, testing::get_folder_answer(),
                        "X-CalculatedBETarget: ex2.example.test\r\nX-DiagInfo: EX2\r\n")};
  }});
  Transport transport;
  Session session(transport, server.endpoint());

  auto health = session.send({.path = "/ews/healthcheck.htm"}, soon());
  ASSERT_TRUE(health) << health.error().error.describe();
  EXPECT_EQ(health->evidence.status, 200);
  EXPECT_EQ(health->body, "200 OK");
  EXPECT_EQ(health->evidence.connects, 1U);

  auto offer = session.send({}, soon());
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->evidence.status, 401);
  EXPECT_EQ(offer->evidence.offer.schemes, (std::vector{Scheme::negotiate, Scheme::ntlm, Scheme::basic}));
  EXPECT_EQ(offer->evidence.offer.basic_realm, "mail");
  EXPECT_EQ(offer->evidence.front_end, "EX1");
  ASSERT_TRUE(offer->evidence.date);
  EXPECT_EQ(format_timestamp(*offer->evidence.date), "2026-11-24T12:00:00.000Z");
  ASSERT_TRUE(offer->evidence.tls);
  EXPECT_EQ(offer->evidence.tls->chain.front().dns_names, std::vector<std::string>{"mail.example.test"});

  ASSERT_TRUE(session.sign_in_with(basic_of("EXAMPLE\\usera", "pass word")));
  auto reply = call(session, inbox(), {.impersonate = Impersonation{.value = "userb@example.test"}}, soon());
  ASSERT_TRUE(reply) << reply.error().error.describe();
  EXPECT_EQ(reply->version.text(), "15.2.1544.9");
  EXPECT_EQ(reply->version.product(), ServerProduct::exchange_2019);
  EXPECT_EQ(reply->response.messages.at(0).value.at(0).display_name, "Inbox");
  EXPECT_EQ(reply->evidence.sign_in.stage, SignInStage::basic_sent);
  EXPECT_TRUE(reply->evidence.sign_in.accepted);
  EXPECT_EQ(reply->evidence.back_end, "ex2.example.test");

  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(transport.counters().handshakes, 1U);
  auto last = server.seen().back();
  EXPECT_EQ(last.line, "POST /EWS/Exchange.asmx HTTP/1.1");
  EXPECT_EQ(last.field("Host"), "mail.example.test");
  EXPECT_EQ(last.field("User-Agent"), default_user_agent());
  EXPECT_EQ(last.field("Content-Type"), "text/xml; charset=utf-8");
  EXPECT_EQ(last.field("X-AnchorMailbox"), "userb@example.test");
  EXPECT_EQ(last.field("client-request-id"), reply->evidence.request_id);
  EXPECT_EQ(last.field("client-request-id").size(), 36U);
  EXPECT_EQ(last.field("return-client-request-id"), "true");
  EXPECT_EQ(last.field("Accept-Encoding"), "gzip");
  EXPECT_EQ(last.field("Expect"), "");
}

TEST(Session, user_agent_and_request_id_can_be_set) {
  ScriptedServer server(always({http_answer(200, "x")}));
  Transport transport;
  Session session(transport, server.endpoint(), {.user_agent = "Example/7"});
  ASSERT_TRUE(session.send({.request_id = "01234567-89ab-cdef-0123-456789abcdef"}, soon()));
  EXPECT_EQ(server.seen().at(0).field("User-Agent"), "Example/7");
  EXPECT_EQ(server.seen().at(0).field("client-request-id"), "01234567-89ab-cdef-0123-456789abcdef");
}

TEST(Session, basic_sends_letters_beyond_ascii_as_utf8) {
  ScriptedServer server(always({http_answer(200, "x")}));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(basic_of("usera@example.test", "pä:ß€")));
  ASSERT_TRUE(session.send({}, soon()));
  EXPECT_EQ(server.seen().at(0).field("Authorization"), "Basic " + to_base64(as_bytes("usera@example.test:pä:ß€")));
  EXPECT_FALSE(survives_basic("pä"));
  EXPECT_TRUE(survives_basic("p:a~ "));
}

TEST(Session, credential_is_withheld_when_the_request_says_so) {
  ScriptedServer server(always({http_answer(200, "x")}));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(basic_of("usera", "secret")));
  ASSERT_TRUE(session.send({.with_credential = false}, soon()));
  EXPECT_EQ(server.seen().at(0).field("Authorization"), "");
}

TEST(Session, password_is_not_shown_to_a_server_that_offers_other_schemes) {
  ScriptedServer server(always({http_answer(401, "", "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n")}));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.send({}, soon()));
  ASSERT_TRUE(session.sign_in_with(basic_of("usera", "secret")));
  auto refused = session.send({}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EwsError::scheme_not_offered);
  EXPECT_EQ(refused.error().evidence->sent, Sent::nothing);
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST(Session, never_serves_another_account) {
  ScriptedServer server(always({http_answer(200, "x")}));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.sign_in_with(basic_of("usera", "secret")));
  Credential other = basic_of("userb", "secret");
  other.account = "account-2";
  auto refused = session.sign_in_with(std::move(other));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(EwsError::invalid_request));
}

TEST(Session, credentials_that_cannot_be_sent_are_refused_before_anything_is) {
  Transport transport;
  ScriptedServer server(always({http_answer(200, "x")}));
  Session session(transport, server.endpoint());
  EXPECT_FALSE(session.sign_in_with(basic_of("user:a", "secret")));
  EXPECT_FALSE(session.sign_in_with(basic_of("usera", std::string_view("se\0cret", 7))));
  EXPECT_FALSE(session.sign_in_with(basic_of("", "secret")));
  EXPECT_FALSE(session.sign_in_with(basic_of("usera", "")));
  Credential tickets;
  tickets.scheme = Scheme::negotiate;
  EXPECT_FALSE(session.sign_in_with(std::move(tickets)));
  auto refused = session.send({.anchor_mailbox = "usera@example.test\r\nX-Evil: 1"}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EwsError::invalid_request);
  EXPECT_EQ(server.connections(), 0U);
}

TEST(Session, refused_connection_is_named) {
  SocketAddress nobody;
  {
    ScriptedServer server(always({}));
    nobody = server.address();
  }
  Transport transport;
  Session session(transport, {.host = "mail.example.test", .address = nobody});
  auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, EwsError::connect_refused);
  EXPECT_EQ(answer.error().evidence->sent, Sent::nothing);
}

TEST(Session, tls_failures_are_told_apart) {
  Transport transport;
  auto verdict_for = [&](ScriptedServer& server, Endpoint endpoint) {
    Session session(transport, std::move(endpoint));
    auto answer = session.send({}, soon());
    EXPECT_FALSE(answer);
    EXPECT_EQ(server.seen().size(), 0U);
    if (answer || !answer.error().tls) return std::pair(TlsVerdict::ok, 0L);
    EXPECT_EQ(answer.error().code, EwsError::tls_failed);
    EXPECT_EQ(answer.error().evidence->sent, Sent::nothing);
    return std::pair(answer.error().tls->verdict, answer.error().tls->verify_code);
  };
  ScriptedServer good(always({}));
  Endpoint other_authority = good.endpoint();
  other_authority.trust = CertificateTrust::from_pem(testing::TestCa("Other Root").pem()).value();
  EXPECT_EQ(verdict_for(good, other_authority).first, TlsVerdict::untrusted);
  Endpoint system = good.endpoint();
  system.trust = CertificateTrust::system();
  EXPECT_EQ(verdict_for(good, system), (std::pair<TlsVerdict, long>(TlsVerdict::untrusted, 20)));
  Endpoint other_name = good.endpoint();
  other_name.host = "other.example.test";
  EXPECT_EQ(verdict_for(good, other_name).first, TlsVerdict::name_mismatch);
  ScriptedServer expired(always({}), {.dns_names = {"mail.example.test"}, .starts = -48h, .ends = -24h});
  EXPECT_EQ(verdict_for(expired, expired.endpoint()), (std::pair<TlsVerdict, long>(TlsVerdict::expired, 10)));
  ScriptedServer early(always({}), {.dns_names = {"mail.example.test"}, .starts = 24h, .ends = 48h});
  EXPECT_EQ(verdict_for(early, early.endpoint()).first, TlsVerdict::not_yet_valid);
  auto old_script = always({});
  old_script.newest_tls = TLS1_1_VERSION;
  ScriptedServer old(old_script);
  EXPECT_EQ(verdict_for(old, old.endpoint()).first, TlsVerdict::protocol_too_old);
  ScriptedServer closing(
      {.react = [](const ReceivedRequest&, SSL*) { return Reaction{}; }, .greet = [](unsigned) { return false; }});
  EXPECT_EQ(verdict_for(closing, closing.endpoint()).first, TlsVerdict::closed);
  auto plain_script = always({"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", After::drop});
  plain_script.plain = true;
  plain_script.reading = [](unsigned, unsigned) { return testing::Reading{.bytes = 5}; };
  ScriptedServer plain(plain_script);
  Session session(transport, plain.endpoint());
  auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().tls.value().verdict, TlsVerdict::not_tls);
}

TEST(Session, certificate_presented_is_known_even_when_it_is_refused) {
  Transport transport;
  ScriptedServer expired(always({}), {.dns_names = {"mail.example.test"}, .starts = -48h, .ends = -24h});
  Session session(transport, expired.endpoint());
  auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  ASSERT_TRUE(answer.error().evidence->tls);
  EXPECT_EQ(answer.error().evidence->tls->chain.at(0).dns_names, std::vector<std::string>{"mail.example.test"});
}

TEST(Session, deadline_ends_a_call_that_hangs) {
  ScriptedServer server(always({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", .after = After::hang}));
  Transport transport;
  Session session(transport, server.endpoint());
  auto begun = std::chrono::steady_clock::now();
  auto answer = session.send({}, Deadline::after(300ms));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, EwsError::timed_out);
  EXPECT_EQ(answer.error().evidence->sent, Sent::request);
  EXPECT_EQ(answer.error().evidence->status, 200);
}

TEST(Session, deadline_in_the_past_sends_nothing) {
  ScriptedServer server(always({http_answer(200, "x")}));
  Transport transport;
  Session session(transport, server.endpoint());
  auto answer = session.send({}, Deadline::after(-1s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, EwsError::timed_out);
  EXPECT_EQ(answer.error().evidence->sent, Sent::nothing);
  EXPECT_EQ(server.connections(), 0U);
}

TEST(Session, handshake_that_hangs_is_a_tls_timeout) {
  // Plain TCP that never answers the client's hello.
  auto script = always({.bytes = "", .after = After::hang});
  script.plain = true;
  script.reading = [](unsigned, unsigned) { return testing::Reading{.bytes = 5}; };
  ScriptedServer server(script);
  Transport transport;
  Session session(transport, server.endpoint(), {.connect_timeout = 200ms});
  auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, EwsError::tls_failed);
  EXPECT_EQ(answer.error().tls.value().verdict, TlsVerdict::timed_out);
}

TEST(Session, stop_token_cancels_a_call_in_flight) {
  std::promise<void> arrived;
  ScriptedServer server({.react = [&](const ReceivedRequest&, SSL*) {
    arrived.set_value();
    return Reaction{.bytes = "", .after = After::hang};
  }});
  Transport transport;
  Session session(transport, server.endpoint());
  std::stop_source stop;
  std::jthread stopper([&] {
    arrived.get_future().wait();
    stop.request_stop();
  });
  auto answer = session.send({}, soon(), stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, EwsError::cancelled);
  EXPECT_EQ(answer.error().evidence->sent, Sent::request);
  EXPECT_FALSE(session.connected());
  auto again = session.send({}, soon(), stop.get_token());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, EwsError::cancelled);
  EXPECT_EQ(again.error().evidence->sent, Sent::nothing);
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST(Session, hanging_call_does_not_hold_up_others) {
  ScriptedServer hanging(always({.bytes = "", .after = After::hang}));
  ScriptedServer quick(always({http_answer(200, "x")}));
  Transport transport;
  std::stop_source stop;
  std::jthread waiting([&] {
    Session session(transport, hanging.endpoint());
    EXPECT_FALSE(session.send({}, soon(), stop.get_token()));
  });
  Session session(transport, quick.endpoint());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(session.send({}, soon()));
  stop.request_stop();
  waiting.join();
  EXPECT_EQ(transport.counters().active, 0U);
}

TEST(Session, answer_beyond_the_limit_is_refused) {
  ScriptedServer server(always({http_answer(200, std::string(200'000, 'x'))}));
  Transport transport;
  Session session(transport, server.endpoint(), {.answer_limit = 100'000});
  auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, EwsError::answer_too_large);
  Session wide(transport, server.endpoint(), {.answer_limit = 200'000});
  EXPECT_TRUE(wide.send({}, soon()));
}

TEST(Session, huge_head_is_refused) {
  std::string fields;
  for (int i = 0; i < 2000; ++i) fields += "X-Filler-" + std::to_string(i) + ": " + std::string(200, 'x') + "\r\n";
  ScriptedServer server(always({http_answer(200, "x", fields)}));
  Transport transport;
  Session session(transport, server.endpoint());
  auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, EwsError::answer_too_large);
}

TEST(Session, answer_that_is_no_http_is_named) {
  for (std::string_view bytes : {"220 mail.example.test ESMTP\r\n", "HTTP/1.1 abc def\r\n\r\n", "\r\n\r\n\r\n"}) {
    ScriptedServer server(always({std::string(bytes), After::close_notify}));
    Transport transport;
    Session session(transport, server.endpoint());
    auto answer = session.send({}, soon());
    ASSERT_FALSE(answer) << bytes;
    EXPECT_TRUE(answer.error().is(EwsError::malformed_http) || answer.error().is(EwsError::closed))
        << bytes << error_name(answer.error().code);
  }
}

TEST(Session, early_413_to_a_large_body_is_an_answer) {
  auto script = always({http_answer(413, "too large", "Connection: close\r\n", "text/html"), After::close_notify});
  script.reading = [](unsigned, unsigned) { return testing::Reading{.head_only = true}; };
  ScriptedServer server(script);
  Transport transport;
  Session session(transport, server.endpoint());
  auto answer = session.send({.method = Method::post, .body = std::string(50'000, 'x')}, soon());
  ASSERT_TRUE(answer) << answer.error().error.describe();
  EXPECT_EQ(answer->evidence.status, 413);
  EXPECT_EQ(answer->body, "too large");
  EXPECT_FALSE(session.connected());
}

TEST(Session, cookie_set_with_a_401_comes_back) {
  ScriptedServer server(
      always({http_answer(401, "", "Set-Cookie: proxy=abc; path=/; secure\r\nWWW-Authenticate: Basic\r\n")}));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.send({}, soon()));
  ASSERT_TRUE(session.send({}, soon()));
  EXPECT_EQ(server.seen().at(1).field("Cookie"), "proxy=abc");
}

/// It belongs to the group of subscriptions whose call it answered, which sends it itself.
TEST(Session, route_of_a_group_goes_with_no_other_call) {
  ScriptedServer server(
      always({http_answer(200, "x",
                          "Set-Cookie: proxy=abc; path=/; secure\r\n"
                          "Set-Cookie: X-BackEndOverrideCookie=ex1~1; path=/; secure; HttpOnly\r\n")}));
  Transport transport;
  Session session(transport, server.endpoint());
  ASSERT_TRUE(session.send({}, soon()));
  ASSERT_TRUE(session.send({}, soon()));
  EXPECT_EQ(server.seen().at(1).field("Cookie"), "proxy=abc");
  ASSERT_TRUE(session.send({.cookie = "X-BackEndOverrideCookie=ex2~2"}, soon()));
  EXPECT_EQ(server.seen().at(2).field("Cookie"), "proxy=abc; X-BackEndOverrideCookie=ex2~2");
}

TEST(Session, redirects_are_answers_and_are_not_followed) {
  ScriptedServer server(
      always({http_answer(302, "", "Location: https://mail.example.test/owa/auth/logon.aspx?url=x\r\n")}));
  Transport transport;
  Session session(transport, server.endpoint());
  auto answer = session.send({}, soon());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->evidence.status, 302);
  EXPECT_EQ(server.seen().size(), 1U);
}

TEST(Session, proxy_variables_of_the_environment_are_ignored) {
  setenv("https_proxy", "http://127.0.0.1:9", 1);
  ScriptedServer server(always({http_answer(200, "x")}));
  Transport transport;
  Session session(transport, server.endpoint());
  EXPECT_TRUE(session.send({}, soon()));
  unsetenv("https_proxy");
}

TEST(Session, two_sessions_never_share_a_connection) {
  ScriptedServer server(always({http_answer(200, "x")}));
  Transport transport;
  Session one(transport, server.endpoint());
  ASSERT_TRUE(one.send({}, soon()));
  Session two(transport, server.endpoint());
  ASSERT_TRUE(two.send({}, soon()));
  ASSERT_TRUE(one.send({}, soon()));
  EXPECT_EQ(server.connections(), 2U);
}

}  // namespace
}  // namespace mailward::ews
