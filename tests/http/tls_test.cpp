#include "tests/http/server_fixture.h"

#include <thread>

#include "base/bytes.h"
#include "base/tls.h"
#include "tests/support/wait_until.h"

namespace mailward::http::testing {

using mailward::testing::TestCa;
using mailward::testing::wait_until;
using std::chrono::milliseconds;

class ServingTls : public ServerTest {
 protected:
  TlsVerdict verdict() const {
    const auto diagnosis = diagnose_tls(secure(), "server.example.test", *CertificateTrust::from_pem(ca.pem()),
                                        Deadline::after(std::chrono::seconds(5)));
    return diagnosis ? diagnosis->verdict : TlsVerdict::other;
  }
  TlsOptions options_for(const mailward::testing::IssuedCertificate& issued) const {
    TlsOptions tls;
    tls.certificate_chain_pem = issued.chain;
    tls.private_key_pem = SecretString(issued.key);
    return tls;
  }
};

TEST_F(ServingTls, requests_are_answered_and_the_binding_is_known) {
  router->add("GET", "/binding", [](const Request&, Connection& connection) {
    return Response::text(200, connection.tls_protocol + " " + to_hex(connection.server_end_point));
  });
  start();
  RawClient client = RawClient::tls(secure());
  client.send("GET /binding HTTP/1.1\r\nHost: test\r\n\r\n");
  const std::string body = client.answer().body;
  EXPECT_TRUE(body.starts_with("TLSv1.3 " + to_hex(as_bytes("tls-server-end-point:")))) << body;
  client.send(kGetHello);
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_F(ServingTls, http_1_1_is_the_protocol_or_none) {
  start();
  RawClient both = RawClient::tls(secure(), "\x02h2\x08http/1.1");
  ASSERT_TRUE(both.connected());
  EXPECT_EQ(both.chosen_alpn(), "http/1.1");
  EXPECT_FALSE(RawClient::tls(secure(), "\x02h2").connected());
  EXPECT_TRUE(RawClient::tls(secure()).connected());
}

TEST_F(ServingTls, versions_and_certificates_can_be_changed_while_it_runs) {
  start();
  EXPECT_EQ(verdict(), TlsVerdict::ok);
  auto tls = tls_options();
  tls.min_version = TlsVersion::tls_1_0;
  tls.max_version = TlsVersion::tls_1_1;
  ASSERT_TRUE(server->set_tls("tls", tls));
  EXPECT_EQ(RawClient::tls(secure()).protocol(), "TLSv1.1");
  EXPECT_EQ(verdict(), TlsVerdict::protocol_too_old);

  const TestCa other("Another Root");
  ASSERT_TRUE(server->set_tls("tls", options_for(other.issue({.dns_names = {"server.example.test"}}))));
  EXPECT_EQ(verdict(), TlsVerdict::untrusted);

  auto broken = tls_options();
  broken.private_key_pem = SecretString(other.issue({}).key);
  const auto refused = server->set_tls("tls", broken);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ServerError::bad_certificate));
  EXPECT_EQ(verdict(), TlsVerdict::untrusted);  // the one before stays
}

TEST_F(ServingTls, a_chain_is_shown_as_it_is_given) {
  const TestCa intermediate = ca.intermediate();
  auto issued = intermediate.issue({.dns_names = {"server.example.test"}});
  start();
  ASSERT_TRUE(server->set_tls("tls", options_for(issued)));
  EXPECT_EQ(verdict(), TlsVerdict::ok);
  issued.chain = issued.certificate;
  ASSERT_TRUE(server->set_tls("tls", options_for(issued)));
  EXPECT_NE(verdict(), TlsVerdict::ok);
}

TEST_F(ServingTls, bad_settings_are_errors_at_the_start) {
  for (const auto& [chain, key] :
       {std::pair<std::string, std::string>{"nothing", certificate.key}, {certificate.chain, "nothing"}}) {
    TlsOptions tls;
    tls.certificate_chain_pem = chain;
    tls.private_key_pem = SecretString(key);
    ServerOptions broken;
    broken.listeners.push_back({.name = "tls", .at = loopback(), .tls = std::move(tls), .router = router});
    const auto started = Server::start(std::move(broken));
    ASSERT_FALSE(started);
    EXPECT_TRUE(started.error().is(ServerError::bad_certificate)) << started.error().describe();
  }
}

TEST_F(ServingTls, clients_without_a_hello_hold_no_place_and_are_cut) {
  options.limits.handshake = milliseconds(800);
  options.limits.handshakes = 1;
  start();
  std::vector<RawClient> silent;
  for (int count = 0; count < 20; ++count) silent.push_back(RawClient::tcp(secure()));
  EXPECT_TRUE(wait_until([&] { return server->open_connections() == 20; }, milliseconds(700)));
  EXPECT_TRUE(RawClient::tls(secure()).connected());
  for (RawClient& client : silent) {
    EXPECT_EQ(client.rest(), "");
    EXPECT_EQ(client.end(), End::closed);
  }
  EXPECT_TRUE(wait_until([&] { return server->open_connections() == 0; }, milliseconds(2000)));
}

TEST_F(ServingTls, many_handshakes_at_once_all_get_their_turn) {
  options.limits.handshakes = 2;
  start();
  RawClient half = RawClient::tcp(secure());
  half.send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));  // a hello that never ends holds one of the two places
  std::atomic<int> served = 0;
  std::vector<std::thread> clients;
  for (int which = 0; which < 8; ++which) {
    clients.emplace_back([&] {
      for (int count = 0; count < 10; ++count) {
        RawClient client = RawClient::tls(secure());
        client.send(kGetHello);
        if (client.answer().body == "hello") ++served;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(served, 80);
}

TEST_F(ServingTls, plain_text_and_rubbish_end_the_connection_only) {
  start();
  for (const std::string_view rubbish : {kGetHello, std::string_view("\x16\x03\x01\x00\x05rubbish-rubbish", 20)}) {
    RawClient client = RawClient::tcp(secure());
    client.send(rubbish);
    client.rest();
    EXPECT_NE(client.end(), End::open);
  }
  EXPECT_EQ(verdict(), TlsVerdict::ok);
}

}  // namespace mailward::http::testing
