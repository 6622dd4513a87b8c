// Through a proxy, with a sign-in of its own or inside TLS: the server behind it is proved and signed in to as without.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "ews/session.h"
#include "tests/ews/support/ntlm_acceptor.h"
#include "tests/ews/support/scripted_server.h"
#include "tests/ews/support/tunnel_proxy.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::ExtendedProtection;
using testing::http_answer;
using testing::NtlmAcceptor;
using testing::proxy_challenge;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;
using testing::TunnelProxy;

Deadline soon() {
  return Deadline::after(15s);
}

Credential ntlm_of(std::string_view password) {
  Credential credential;
  credential.scheme = Scheme::ntlm;
  credential.user = "EXAMPLE\\usera";
  credential.password = SecretString(password);
  credential.account = "account-1";
  return credential;
}

TunnelProxy::Judge open_to_all() {
  return [](const ReceivedRequest&) { return std::optional<std::string>(); };
}

Proxy proxy_of(const TunnelProxy& proxy) {
  return {.address = proxy.address()};
}

Proxy tls_proxy_of(const TunnelProxy& proxy) {
  return {.address = proxy.address(),
          .host = "proxy.example.test",
          .tls = CertificateTrust::from_pem(proxy.authority().pem()).value()};
}

/// A witness that keeps what it is told; `withheld`: it lets nobody show anything.
struct ToldVerdicts {
  std::vector<ProxyVerdict> verdicts;
  bool withheld = false;
  unsigned asked = 0;
  ProxyWitness witness() {
    return [this](Deadline, const std::stop_token&) -> Result<ProxyTry> {
      ++asked;
      if (withheld) return mailward::fail(BaseError::malformed, "it was refused before");
      return ProxyTry([this](ProxyVerdict verdict) { verdicts.push_back(verdict); });
    };
  }
};

ScriptedServer::Script saying(const std::string& text) {
  return {.react = [text](const ReceivedRequest&, SSL*) { return Reaction{http_answer(200, text)}; }};
}

TEST(Proxy, tunnel_leads_to_the_server_whose_certificate_is_proved) {
  ScriptedServer server(saying("answer"));
  TunnelProxy proxy(server.address(), open_to_all());
  Transport transport;
  Session session(transport, server.endpoint(), {}, proxy_of(proxy));
  for (int i = 0; i < 3; ++i) {
    auto answer = session.send({.method = Method::post, .body = "x"}, soon());
    ASSERT_TRUE(answer) << answer.error().error.describe();
    EXPECT_EQ(answer->body, "answer");
  }
  EXPECT_EQ(proxy.tunnels(), 1U);
  Endpoint other = server.endpoint();
  other.host = "other.example.test";
  Session wrong(transport, other, {}, proxy_of(proxy));
  auto refused = wrong.send({}, soon());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(EwsError::tls_failed)) << refused.error().error.describe();
}

TEST(Proxy, basic_goes_to_the_proxy_and_never_to_the_server) {
  ScriptedServer server(saying("answer"));
  const std::string wanted = "Basic " + to_base64(as_bytes("proxyuser:proxy-pass"));
  TunnelProxy proxy(server.address(), [&](const ReceivedRequest& connect) -> std::optional<std::string> {
    if (connect.field("Proxy-Authorization") == wanted) return std::nullopt;
    return "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
           "Content-Length: 0\r\n\r\n";
  });
  Transport transport;
  Proxy own = proxy_of(proxy);
  own.user = "proxyuser";
  own.password = SecretString(std::string_view("proxy-pass"));
  Session session(transport, server.endpoint(), {}, std::move(own));
  ASSERT_TRUE(session.send({}, soon()));
  EXPECT_EQ(server.seen().at(0).field("Proxy-Authorization"), "");
  Proxy wrong = proxy_of(proxy);
  wrong.user = "proxyuser";
  wrong.password = SecretString(std::string_view("wrong-pass"));
  const auto before = proxy.shown();
  Session refused(transport, server.endpoint(), {}, std::move(wrong));
  auto answer = refused.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::proxy_failed)) << answer.error().error.describe();
  EXPECT_EQ(answer.error().error.describe().find("wrong-pass"), std::string::npos);
  EXPECT_EQ(proxy.shown() - before, 1U) << "one password, one attempt";
  EXPECT_EQ(answer.error().evidence->sent, Sent::nothing);
  ASSERT_TRUE(answer.error().proxy);
  EXPECT_TRUE(answer.error().proxy->shown);
  EXPECT_NE(answer.error().error.message().find("refused the sign-in (HTTP 407)"), std::string::npos)
      << answer.error().error.message();
}

Proxy basic_proxy_of(const TunnelProxy& proxy, ToldVerdicts& told) {
  return {.address = proxy.address(),
          .user = "proxyuser",
          .password = SecretString(std::string_view("proxy-pass")),
          .witness = told.witness()};
}

// It crosses the wire as it is: only who asks for it is shown it.
TEST(Proxy, basic_is_shown_to_the_proxy_that_offers_it_alone) {
  ScriptedServer server(saying("answer"));
  std::optional<std::string> said;
  TunnelProxy proxy(server.address(), [&](const ReceivedRequest&) { return said; });
  Transport transport;
  ToldVerdicts told;
  Session open(transport, server.endpoint(), {}, basic_proxy_of(proxy, told));
  EXPECT_TRUE(open.send({}, soon())) << "it wants no sign-in";
  said = "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n";
  Session other(transport, server.endpoint(), {}, basic_proxy_of(proxy, told));
  const auto answer = other.send({}, soon());
  ASSERT_FALSE(answer);
  ASSERT_TRUE(answer.error().proxy) << answer.error().error.describe();
  EXPECT_EQ(answer.error().proxy->offers, (std::vector<std::string>{"Negotiate", "NTLM"}));
  EXPECT_FALSE(answer.error().proxy->shown);
  EXPECT_NE(answer.error().error.message().find("wants a sign-in (HTTP 407) and offers Negotiate, NTLM"),
            std::string::npos)
      << answer.error().error.message();
  EXPECT_EQ(proxy.shown(), 0U);
  EXPECT_EQ(told.verdicts, (std::vector{ProxyVerdict::unjudged, ProxyVerdict::unjudged}));
}

// However the proxy ends its question: by a length, by closing, in the old protocol.
TEST(Proxy, basic_is_shown_on_a_connection_of_its_own) {
  ScriptedServer server(saying("answer"));
  std::string question;
  TunnelProxy proxy(server.address(), [&](const ReceivedRequest& connect) -> std::optional<std::string> {
    if (!connect.field("Proxy-Authorization").empty()) return std::nullopt;
    return question;
  });
  const std::string offer = " No\r\nProxy-Authenticate: Basic realm=\"p\"\r\n";
  for (const std::string& each :
       {"HTTP/1.1 407" + offer + "Content-Length: 3\r\n\r\nno\n",
        "HTTP/1.1 407" + offer + "Connection: close\r\n\r\nno", "HTTP/1.0 407" + offer + "\r\n"}) {
    question = each;
    Transport transport;
    ToldVerdicts told;
    Session session(transport, server.endpoint(), {}, basic_proxy_of(proxy, told));
    const auto seen = proxy.seen().size();
    const auto shown = proxy.shown();
    const auto answer = session.send({}, soon());
    ASSERT_TRUE(answer) << each << answer.error().error.describe();
    EXPECT_EQ(proxy.seen().size() - seen, 2U) << each;
    EXPECT_EQ(proxy.shown() - shown, 1U) << each;
    EXPECT_EQ(told.verdicts, std::vector{ProxyVerdict::taken}) << each;
  }
}

TEST(Proxy, basic_is_asked_for_anew_on_each_connection) {
  ScriptedServer server({.react = [](const ReceivedRequest&, SSL*) {
    return Reaction{http_answer(200, "answer", "Connection: close\r\n"), testing::After::close_notify};
  }});
  bool offers = true;
  TunnelProxy proxy(server.address(), [&](const ReceivedRequest& connect) -> std::optional<std::string> {
    if (offers && !connect.field("Proxy-Authorization").empty()) return std::nullopt;
    return std::string("HTTP/1.1 407 No\r\nProxy-Authenticate: ") + (offers ? "Basic realm=\"p\"" : "NTLM") +
           "\r\nContent-Length: 0\r\n\r\n";
  });
  Transport transport;
  ToldVerdicts told;
  Session session(transport, server.endpoint(), {}, basic_proxy_of(proxy, told));
  ASSERT_TRUE(session.send({}, soon()));
  EXPECT_EQ(proxy.shown(), 1U);
  offers = false;
  const auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(proxy.shown(), 1U) << "it offers Basic no more";
  EXPECT_EQ(answer.error().proxy->offers, std::vector<std::string>{"NTLM"});
}

// Type 1 says nothing of the password: what lets it through has not judged it.
TEST(Proxy, ntlm_is_not_proven_by_a_proxy_that_wants_no_sign_in) {
  ScriptedServer server(saying("answer"));
  TunnelProxy proxy(server.address(), open_to_all());
  Transport transport;
  ToldVerdicts told;
  auto way = basic_proxy_of(proxy, told);
  way.scheme = Scheme::ntlm;
  Session session(transport, server.endpoint(), {}, std::move(way));
  EXPECT_TRUE(session.send({}, soon()));
  EXPECT_EQ(told.verdicts, std::vector{ProxyVerdict::unjudged});
}

Proxy ntlm_proxy_of(const TunnelProxy& proxy, std::string_view password) {
  return {.address = proxy.address(),
          .user = "EXAMPLE\\proxyuser",
          .password = SecretString(password),
          .scheme = Scheme::ntlm};
}

TEST(Proxy, ntlm_signs_in_to_the_proxy_with_one_attempt) {
  NtlmAcceptor acceptor("EXAMPLE", "proxyuser", "proxy-pass");
  ScriptedServer server(saying("answer"));
  TunnelProxy proxy(server.address(),
                    [&](const ReceivedRequest& connect) { return proxy_challenge(acceptor, connect); });
  Transport transport;
  Session session(transport, server.endpoint(), {}, ntlm_proxy_of(proxy, "proxy-pass"));
  for (int i = 0; i < 3; ++i) {
    auto answer = session.send({.method = Method::post, .body = "x"}, soon());
    ASSERT_TRUE(answer) << answer.error().error.describe();
    EXPECT_EQ(answer->body, "answer");
    EXPECT_EQ(answer->evidence.tls->chain.front().dns_names, std::vector<std::string>{"mail.example.test"});
  }
  EXPECT_EQ(acceptor.attempts(), 1U);
  EXPECT_EQ(proxy.tunnels(), 1U);
  EXPECT_EQ(session.connects(), 1U);
  session.close();
  EXPECT_TRUE(session.send({.method = Method::post, .body = "x"}, soon()));
  EXPECT_EQ(proxy.tunnels(), 2U);
  for (const auto& request : server.seen()) EXPECT_EQ(request.field("Proxy-Authorization"), "");
}

TEST(Proxy, ntlm_that_the_proxy_refuses_costs_one_attempt_and_reaches_no_server) {
  NtlmAcceptor acceptor("EXAMPLE", "proxyuser", "proxy-pass");
  ScriptedServer server(saying("answer"));
  TunnelProxy proxy(server.address(),
                    [&](const ReceivedRequest& connect) { return proxy_challenge(acceptor, connect); });
  Transport transport;
  Session session(transport, server.endpoint(), {}, ntlm_proxy_of(proxy, "wrong-pass"));
  auto answer = session.send({.method = Method::post, .body = "x"}, soon());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::proxy_failed)) << answer.error().error.describe();
  EXPECT_EQ(answer.error().evidence->sent, Sent::nothing);
  EXPECT_EQ(answer.error().error.describe().find("wrong-pass"), std::string::npos);
  EXPECT_EQ(acceptor.attempts(), 1U);
  EXPECT_EQ(proxy.tunnels(), 0U);
}

/// What the proxy thinks of the password stands in its status: the body need not be told the length of, nor come whole.
TEST(Proxy, ntlm_that_is_refused_without_a_whole_body_is_judged_all_the_same) {
  for (const std::string& rest : {std::string("Connection: close\r\n\r\n<html>no</html>"),
                                  std::string("Content-Length: 4000\r\n\r\n<html>cut off"),
                                  std::string("Transfer-Encoding: chunked\r\n\r\n4\r\nno!\n\r\n0\r\n\r\n")}) {
    SCOPED_TRACE(rest);
    ToldVerdicts told;
    NtlmAcceptor acceptor("EXAMPLE", "proxyuser", "proxy-pass");
    ScriptedServer proxy({.react =
                              [&](const ReceivedRequest& connect, SSL*) {
                                const std::string usual = proxy_challenge(acceptor, connect).value_or("");
                                const bool last = acceptor.attempts() > 0;
                                const std::string refusal = "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\n" + rest;
                                return Reaction{last ? refusal : usual,
                                                last ? testing::After::drop : testing::After::keep};
                              },
                          .plain = true});
    Transport transport;
    Session session(transport, proxy.endpoint(), {},
                    Proxy{.address = proxy.address(),
                          .user = "EXAMPLE\\proxyuser",
                          .password = SecretString(std::string_view("wrong-pass")),
                          .scheme = Scheme::ntlm,
                          .witness = told.witness()});
    const auto answer = session.send({.method = Method::post, .body = "x"}, soon());
    ASSERT_FALSE(answer);
    ASSERT_TRUE(answer.error().proxy) << answer.error().error.describe();
    EXPECT_EQ(answer.error().proxy->status, 407);
    EXPECT_EQ(told.verdicts, std::vector{ProxyVerdict::refused});
    EXPECT_EQ(acceptor.attempts(), 1U);
  }
}

/// A challenge behind which the next answer cannot be found: it answered, and nothing was shown.
TEST(Proxy, ntlm_challenge_of_unknown_length_is_an_answer_and_no_judgement) {
  ToldVerdicts told;
  NtlmAcceptor acceptor("EXAMPLE", "proxyuser", "proxy-pass");
  ScriptedServer proxy({.react =
                            [&](const ReceivedRequest& connect, SSL*) {
                              std::string usual = proxy_challenge(acceptor, connect).value_or("");
                              if (const auto at = usual.find("Content-Length: 0\r\n"); at != std::string::npos) {
                                usual.erase(at, std::string_view("Content-Length: 0\r\n").size());
                              }
                              return Reaction{usual, testing::After::drop};
                            },
                        .plain = true});
  Transport transport;
  Session session(transport, proxy.endpoint(), {},
                  Proxy{.address = proxy.address(),
                        .user = "EXAMPLE\\proxyuser",
                        .password = SecretString(std::string_view("proxy-pass")),
                        .scheme = Scheme::ntlm,
                        .witness = told.witness()});
  const auto answer = session.send({.method = Method::post, .body = "x"}, soon());
  ASSERT_FALSE(answer);
  ASSERT_TRUE(answer.error().proxy) << answer.error().error.describe();
  EXPECT_EQ(answer.error().proxy->status, 407);
  EXPECT_EQ(told.verdicts, std::vector{ProxyVerdict::unjudged});
  EXPECT_EQ(acceptor.attempts(), 0U);
}

const std::string kWantsBasic = "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n";

/// Whatever a proxy does with a password, its witness is told once, and before anything else is shown.
class ProxyWitnesses : public ::testing::TestWithParam<Scheme> {
 protected:
  /// Sends one request by a proxy that answers a credential with `answer` and ends.
  ProxyVerdict verdict_on(const std::string& answer, testing::After after, std::chrono::milliseconds limit = 15s) {
    NtlmAcceptor acceptor("EXAMPLE", "proxyuser", "proxy-pass");
    ScriptedServer proxy({.react =
                              [&](const ReceivedRequest& connect, SSL*) {
                                if (GetParam() != Scheme::ntlm) {
                                  const bool asked = !connect.field("Proxy-Authorization").empty();
                                  return asked ? Reaction{answer, after} : Reaction{kWantsBasic, testing::After::keep};
                                }
                                const std::string usual = proxy_challenge(acceptor, connect).value_or("");
                                const bool last = acceptor.attempts() > 0;
                                return Reaction{last ? answer : usual, last ? after : testing::After::keep};
                              },
                          .plain = true});
    ToldVerdicts told;
    Session session(transport_, proxy.endpoint(), {}, proxy_at(proxy.address(), told));
    EXPECT_FALSE(session.send({.method = Method::post, .body = "x"}, Deadline::after(limit)));
    EXPECT_EQ(told.verdicts.size(), 1U);
    return told.verdicts.empty() ? ProxyVerdict::unjudged : told.verdicts.front();
  }
  static Proxy proxy_at(const SocketAddress& address, ToldVerdicts& told) {
    return {.address = address,
            .user = GetParam() == Scheme::ntlm ? "EXAMPLE\\proxyuser" : "proxyuser",
            .password = SecretString(std::string_view("proxy-pass")),
            .scheme = GetParam(),
            .witness = told.witness()};
  }
  Transport transport_;
};
INSTANTIATE_TEST_SUITE_P(Schemes, ProxyWitnesses, ::testing::Values(Scheme::basic, Scheme::ntlm), [](const auto& info) {
  return std::string(info.param == Scheme::ntlm ? "by_us" : "by_libcurl");
});

TEST_P(ProxyWitnesses, are_told_what_became_of_the_password) {
  using enum ProxyVerdict;
  using testing::After;
  EXPECT_EQ(verdict_on("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", After::drop), refused);
  EXPECT_EQ(verdict_on("HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n", After::drop), unjudged);
  EXPECT_EQ(verdict_on("", After::drop), cut_off);
  EXPECT_EQ(verdict_on("HTTP/1.1 40", After::drop), cut_off);
  EXPECT_EQ(verdict_on("", After::hang, 700ms), silent);
  EXPECT_EQ(verdict_on("HTTP/1.1 200 Connection established\r\n\r\n", After::drop), taken);
  ToldVerdicts told;
  Session nowhere(transport_, Endpoint{}, {}, proxy_at({IpAddress::v4({127, 0, 0, 1}), 9}, told));
  EXPECT_FALSE(nowhere.send({}, soon()));
  EXPECT_EQ(told.verdicts, std::vector{unjudged});
}

TEST_P(ProxyWitnesses, keep_a_password_from_being_shown_by_whoever_connects_again) {
  ScriptedServer server({.react = [](const ReceivedRequest&, SSL*) {
    return Reaction{http_answer(200, "answer"), testing::After::close_notify};
  }});
  NtlmAcceptor acceptor("EXAMPLE", "proxyuser", "proxy-pass");
  TunnelProxy proxy(server.address(), [&](const ReceivedRequest& connect) -> std::optional<std::string> {
    if (GetParam() == Scheme::ntlm) return proxy_challenge(acceptor, connect);
    return connect.field("Proxy-Authorization").empty() ? std::optional(kWantsBasic) : std::nullopt;
  });
  ToldVerdicts told;
  Session session(transport_, server.endpoint(), {}, proxy_at(proxy.address(), told));
  ASSERT_TRUE(session.send({.method = Method::post, .body = "x"}, soon()));
  EXPECT_EQ(told.verdicts, std::vector{ProxyVerdict::taken});
  const std::size_t before = proxy.seen().size();
  told.withheld = true;
  auto answer = session.send({.method = Method::post, .body = "x"}, soon());
  // The end may still have been under way when the request was sent: then the next one connects.
  if (!answer && answer.error().is(EwsError::closed))
    answer = session.send({.method = Method::post, .body = "x"}, soon());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::proxy_failed)) << answer.error().error.describe();
  EXPECT_TRUE(answer.error().error.is(BaseError::malformed)) << answer.error().error.describe();
  EXPECT_EQ(answer.error().evidence->sent, Sent::nothing);
  EXPECT_EQ(told.asked, 2U);
  EXPECT_EQ(proxy.seen().size(), before);
}

TEST(Proxy, connection_that_died_at_rest_is_tunnelled_anew) {
  NtlmAcceptor acceptor("EXAMPLE", "proxyuser", "proxy-pass");
  ScriptedServer server({.react = [](const ReceivedRequest& request, SSL*) {
    return Reaction{http_answer(200, "answer"),
                    request.connection == 1 ? testing::After::close_notify : testing::After::keep};
  }});
  TunnelProxy proxy(server.address(),
                    [&](const ReceivedRequest& connect) { return proxy_challenge(acceptor, connect); });
  Transport transport;
  Session session(transport, server.endpoint(), {}, ntlm_proxy_of(proxy, "proxy-pass"));
  ASSERT_TRUE(session.send({.method = Method::post, .body = "x"}, soon()));
  auto answer = session.send({.method = Method::post, .body = "x"}, soon());
  // The end may still have been under way when the request was sent: then it is not repeated.
  if (answer) {
    EXPECT_EQ(proxy.tunnels(), 2U);
  } else {
    EXPECT_TRUE(answer.error().is(EwsError::closed)) << answer.error().error.describe();
  }
}

TEST(Proxy, rubbish_in_place_of_a_tunnel_is_named) {
  ScriptedServer server(saying("answer"));
  for (const std::string& said :
       {std::string("rubbish\r\n\r\n"), std::string("HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM AAAA\r\nContent-Length: 0\r\n\r\n"),
        "HTTP/1.1 200 " + std::string(70'000, 'x'), std::string("HTTP/1.1 200 OK\r\n\r\nearly")}) {
    TunnelProxy proxy(server.address(), [&](const ReceivedRequest&) { return std::optional(said); });
    Transport transport;
    Session session(transport, server.endpoint(), {}, ntlm_proxy_of(proxy, "proxy-pass"));
    auto answer = session.send({.method = Method::post, .body = "x"}, soon());
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().is(EwsError::proxy_failed) || answer.error().is(EwsError::token_failed))
        << answer.error().error.describe();
    EXPECT_TRUE(server.seen().empty());
  }
}

TEST(Proxy, inside_tls_the_binding_is_still_the_servers) {
  NtlmAcceptor acceptor("EXAMPLE", "usera", "secret1", ExtendedProtection::require);
  ScriptedServer server({.react = [&](const ReceivedRequest& request, SSL* ssl) -> Reaction {
    if (auto challenge = acceptor.challenge(request, ssl)) return *challenge;
    return {http_answer(200, "answer")};
  }});
  for (auto wire : {TunnelProxy::Wire::plain, TunnelProxy::Wire::tls}) {
    TunnelProxy proxy(server.address(), open_to_all(), wire);
    Transport transport;
    Session session(transport, server.endpoint(), {},
                    wire == TunnelProxy::Wire::tls ? tls_proxy_of(proxy) : proxy_of(proxy));
    ASSERT_TRUE(session.sign_in_with(ntlm_of("secret1")));
    auto answer = session.send({.method = Method::post, .body = "x"}, soon());
    ASSERT_TRUE(answer) << answer.error().error.describe();
    EXPECT_EQ(answer->body, "answer");
    EXPECT_TRUE(acceptor.bound());
    ASSERT_TRUE(answer->evidence.tls);
    EXPECT_EQ(answer->evidence.tls->chain.front().dns_names, std::vector<std::string>{"mail.example.test"});
  }
}

TEST(Proxy, tls_proxy_must_prove_itself_and_gives_no_tunnel_else) {
  ScriptedServer server(saying("answer"));
  TunnelProxy proxy(server.address(), open_to_all(), TunnelProxy::Wire::tls);
  Transport transport;
  Proxy stranger = tls_proxy_of(proxy);
  stranger.tls = CertificateTrust::from_pem(testing::TestCa().pem()).value();
  Proxy misnamed = tls_proxy_of(proxy);
  misnamed.host = "other.example.test";
  for (Proxy* wrong : {&stranger, &misnamed}) {
    Session session(transport, server.endpoint(), {}, std::move(*wrong));
    auto answer = session.send({}, soon());
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().is(EwsError::proxy_failed)) << answer.error().error.describe();
  }
  EXPECT_TRUE(proxy.seen().empty());
  Proxy nameless = tls_proxy_of(proxy);
  nameless.host.clear();
  Session session(transport, server.endpoint(), {}, std::move(nameless));
  auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::invalid_request));
}

TEST(Proxy, a_proxy_of_the_same_name_at_another_address_is_another_proxy) {
  ScriptedServer server(saying("answer"));
  TunnelProxy first(server.address(), open_to_all(), TunnelProxy::Wire::tls);
  TunnelProxy second(server.address(), open_to_all(), TunnelProxy::Wire::tls);
  Transport transport;
  for (auto* proxy : {&first, &second, &first}) {
    Session session(transport, server.endpoint(), {}, tls_proxy_of(*proxy));
    auto answer = session.send({}, soon());
    EXPECT_TRUE(answer) << answer.error().error.describe();
  }
  EXPECT_EQ(first.tunnels(), 2U);
  EXPECT_EQ(second.tunnels(), 1U);
}

}  // namespace
}  // namespace mailward::ews
