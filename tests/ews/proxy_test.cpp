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
using testing::Reaction;
using testing::ScriptedServer;
using testing::SeenRequest;
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
  return [](const SeenRequest&) { return std::optional<std::string>(); };
}

Proxy proxy_of(const TunnelProxy& proxy) {
  return {.address = proxy.address()};
}

Proxy tls_proxy_of(const TunnelProxy& proxy) {
  return {.address = proxy.address(),
          .host = "proxy.example.test",
          .tls = CertificateTrust::from_pem(proxy.authority().pem()).value()};
}

ScriptedServer::Script saying(std::string text) {
  return {.react = [text](const SeenRequest&, SSL*) { return Reaction{http_answer(200, text)}; }};
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
  TunnelProxy proxy(server.address(), [&](const SeenRequest& connect) -> std::optional<std::string> {
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
  const auto before = proxy.seen().size();
  Session refused(transport, server.endpoint(), {}, std::move(wrong));
  auto answer = refused.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::proxy_failed)) << answer.error().error.describe();
  EXPECT_EQ(answer.error().error.describe().find("wrong-pass"), std::string::npos);
  EXPECT_EQ(proxy.seen().size() - before, 1U) << "one password, one attempt";
  EXPECT_EQ(answer.error().evidence->sent, Sent::nothing);
}

TEST(Proxy, ntlm_is_refused_before_anything_is_sent) {
  ScriptedServer server(saying("answer"));
  TunnelProxy proxy(server.address(), open_to_all());
  Transport transport;
  Proxy own = proxy_of(proxy);
  own.scheme = Scheme::ntlm;
  own.user = "EXAMPLE\\proxyuser";
  own.password = SecretString(std::string_view("proxy-pass"));
  Session session(transport, server.endpoint(), {}, std::move(own));
  auto answer = session.send({}, soon());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::invalid_request));
  EXPECT_TRUE(proxy.seen().empty());
}

TEST(Proxy, inside_tls_the_binding_is_still_the_servers) {
  NtlmAcceptor acceptor("EXAMPLE", "usera", "secret1", ExtendedProtection::require);
  ScriptedServer server({.react = [&](const SeenRequest& request, SSL* ssl) -> Reaction {
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
