// A proxy that wants Kerberos, with tickets of a real Active Directory (Samba): each connection shows it one ticket,
// and the server behind it is signed in to with its own channel binding, as without a proxy.
#include <gtest/gtest.h>

#include <set>

#include "kerberos/tickets.h"
#include "tests/ews/support/kerberos_acceptor.h"
#include "tests/ews/support/scripted_server.h"
#include "tests/ews/support/tunnel_proxy.h"
#include "tests/support/paths.h"
#include "tests/support/samba_dc.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::http_answer;
using testing::KerberosAcceptor;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;
using testing::TunnelProxy;

Deadline soon() {
  return Deadline::after(20s);
}

/// The directory's part, had once: server and proxy with their keytabs, the proxy's key of before, and a user's
/// tickets.
struct Realm {
  testing::TemporaryFolder folder;
  std::filesystem::path of_server = folder.path() / "server";
  std::filesystem::path of_proxy = folder.path() / "proxy";
  std::filesystem::path outdated = folder.path() / "outdated";
  std::shared_ptr<kerberos::Tickets> tickets;
  std::string server;
  std::string proxy;

  Realm() {
    auto& controller = testing::SambaDc::shared();
    for (const std::string name : {"behind", "proxy"}) {
      controller.create_user("web-" + name, "Web-pass-1");
      controller.add_spn("web-" + name, "HTTP/" + name + ".example.test");
    }
    controller.create_user("behind-user", "User-pass-1");
    controller.export_keytab("HTTP/behind.example.test", of_server);
    controller.export_keytab("HTTP/proxy.example.test", outdated);
    controller.set_password("web-proxy", "Web-pass-2");
    controller.export_keytab("HTTP/proxy.example.test", of_proxy);
    kerberos::Settings settings;
    settings.home = {.name = "EXAMPLE.TEST",
                     .controllers = {{.ip = IpAddress::parse(controller.address()).value(), .port = 88}}};
    auto acquired = kerberos::acquire(settings, "behind-user@example.test", SecretString("User-pass-1"), soon());
    if (!acquired) throw std::runtime_error(acquired.error().describe());
    tickets = std::make_shared<kerberos::Tickets>(*std::move(acquired));
    for (auto [host, principal] :
         {std::pair("behind.example.test", &server), std::pair("proxy.example.test", &proxy)}) {
      auto ticket = kerberos::fetch_service_ticket(*tickets, "HTTP", host, soon());
      if (!ticket) throw std::runtime_error(ticket.error().describe());
      *principal = ticket->principal;
    }
  }
};

class NegotiateProxy : public ::testing::TestWithParam<TunnelProxy::Wire> {
 protected:
  void SetUp() override {
    if (auto why = testing::SambaDc::unavailable()) GTEST_SKIP() << "no Samba here, Kerberos is not tried: " << *why;
    static Realm realm;
    realm_ = &realm;
    server_half_ = std::make_unique<KerberosAcceptor>(realm.of_server);
  }
  Credential credential() const {
    Credential made;
    made.scheme = Scheme::negotiate;
    made.tickets = TicketHandle(realm_->tickets, realm_->tickets->credential());
    made.service = realm_->server;
    made.account = "account-1";
    return made;
  }
  Proxy proxy_of(const TunnelProxy& proxy) const {
    Proxy made{.address = proxy.address(),
               .scheme = Scheme::negotiate,
               .host = "proxy.example.test",
               .tickets = credential().tickets,
               .service = realm_->proxy};
    if (GetParam() == TunnelProxy::Wire::tls) made.tls = CertificateTrust::from_pem(proxy.authority().pem()).value();
    return made;
  }
  /// Takes no sign-in without the binding to its own certificate.
  ScriptedServer::Script bound_server() {
    return {.react = [this](const ReceivedRequest& request, SSL* ssl) -> Reaction {
      if (signed_in_.contains(request.connection)) return {http_answer(200, "answer", "Persistent-Auth: true\r\n")};
      const auto token = server_half_->accept(request, ssl, true);
      if (!token) return {http_answer(401, "", "WWW-Authenticate: Negotiate\r\n")};
      signed_in_.insert(request.connection);
      return {http_answer(200, "answer", "Persistent-Auth: true\r\nWWW-Authenticate: Negotiate " + *token + "\r\n")};
    }};
  }

  Realm* realm_ = nullptr;
  std::unique_ptr<KerberosAcceptor> server_half_;
  std::set<unsigned> signed_in_;
  Transport transport_;
};
INSTANTIATE_TEST_SUITE_P(Wires, NegotiateProxy, ::testing::Values(TunnelProxy::Wire::plain, TunnelProxy::Wire::tls),
                         [](const auto& info) {
                           return std::string(info.param == TunnelProxy::Wire::tls ? "tls" : "plain");
                         });

TEST_P(NegotiateProxy, a_ticket_for_it_leads_to_a_server_that_wants_its_own_binding) {
  ScriptedServer server(bound_server());
  KerberosAcceptor proxy_half(realm_->of_proxy);
  TunnelProxy proxy(server.address(), proxy_half.judge(), GetParam());
  Session session(transport_, server.endpoint(), {}, proxy_of(proxy));
  ASSERT_TRUE(session.sign_in_with(credential()));
  for (int i = 0; i < 2; ++i) {
    auto answer = session.send({.method = Method::post, .body = "x"}, soon());
    ASSERT_TRUE(answer) << answer.error().error.describe();
    EXPECT_EQ(answer->body, "answer");
  }
  EXPECT_TRUE(server_half_->bound());
  EXPECT_TRUE(session.signed_in());
  EXPECT_EQ(proxy_half.tokens(), 1U);
  // Another connection shows another token: the proxy may refuse one that it has seen.
  session.close();
  ASSERT_TRUE(session.send({.method = Method::post, .body = "x"}, soon()));
  ASSERT_EQ(proxy.seen().size(), 2U);
  EXPECT_NE(proxy.seen()[0].field("Proxy-Authorization"), proxy.seen()[1].field("Proxy-Authorization"));
  for (const auto& connect : proxy.seen()) EXPECT_EQ(connect.field("Authorization"), "") << "that is the server's";
  for (const auto& request : server.seen())
    EXPECT_EQ(request.field("Proxy-Authorization"), "") << "that is the proxy's";
}

TEST_P(NegotiateProxy, a_ticket_that_it_cannot_open_is_one_refused_try_and_reaches_no_server) {
  ScriptedServer server(bound_server());
  KerberosAcceptor stranger(realm_->outdated);
  TunnelProxy proxy(server.address(), stranger.judge(), GetParam());
  Session session(transport_, server.endpoint(), {}, proxy_of(proxy));
  ASSERT_TRUE(session.sign_in_with(credential()));
  auto answer = session.send({.method = Method::post, .body = "x"}, soon());
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(EwsError::proxy_failed)) << answer.error().error.describe();
  EXPECT_NE(answer.error().error.describe().find("407"), std::string::npos) << answer.error().error.describe();
  ASSERT_TRUE(answer.error().proxy);
  EXPECT_EQ(answer.error().proxy->status, 407);
  EXPECT_EQ(answer.error().evidence->sent, Sent::nothing);
  EXPECT_EQ(stranger.tokens(), 1U);
  EXPECT_EQ(proxy.seen().size(), 1U);
  EXPECT_EQ(proxy.tunnels(), 0U);
  EXPECT_TRUE(server.seen().empty());
}

TEST_P(NegotiateProxy, without_tickets_nothing_is_sent_and_the_error_says_what_is_missing) {
  ScriptedServer server(bound_server());
  KerberosAcceptor proxy_half(realm_->of_proxy);
  TunnelProxy proxy(server.address(), proxy_half.judge(), GetParam());
  Proxy empty_handed = proxy_of(proxy);
  empty_handed.tickets = {};
  Session none(transport_, server.endpoint(), {}, std::move(empty_handed));
  auto refused = none.send({}, soon());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(EwsError::invalid_request));
  EXPECT_NE(refused.error().error.describe().find("tickets"), std::string::npos) << refused.error().error.describe();
  // Tickets, but none for this service.
  Proxy for_another = proxy_of(proxy);
  for_another.service = "HTTP/other.example.test@NOWHERE.TEST";
  Session other(transport_, server.endpoint(), {}, std::move(for_another));
  auto failed = other.send({}, soon());
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().is(EwsError::token_failed)) << failed.error().error.describe();
  EXPECT_NE(failed.error().error.describe().find("Kerberos gave no token"), std::string::npos)
      << failed.error().error.describe();
  EXPECT_EQ(failed.error().evidence->sent, Sent::nothing);
  EXPECT_TRUE(proxy.seen().empty());
  EXPECT_TRUE(server.seen().empty());
}

}  // namespace
}  // namespace mailward::ews
