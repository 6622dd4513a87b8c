#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "http/server.h"
#include "tests/http/raw_client.h"
#include "tests/support/paths.h"
#include "tests/support/test_ca.h"

namespace mailward::http::testing {

constexpr std::string_view kGetHello = "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n";

/// A server on free ports with a plain, a TLS and a Unix listener and some routes that every test may use:
/// GET /hello, POST /echo (limit 1 MiB), POST /small (limit 10 bytes).
class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    router->add("GET", "/hello", [](const Request&, Connection&) { return Response::text(200, "hello"); });
    router->add("POST", "/echo", [](const Request& request, Connection&) { return Response::text(200, request.body); });
    router->add("POST", "/small", [](const Request& request, Connection&) { return Response::text(200, request.body); },
                {.body_limit = 10});
  }

  void start() {
    options.listeners.clear();
    options.listeners.push_back({.name = "plain", .at = loopback(), .tls = {}, .router = router});
    options.listeners.push_back({.name = "tls", .at = loopback(), .tls = tls_options(), .router = router});
    options.listeners.push_back({.name = "unix", .at = UnixSocket{socket_path(), {}}, .tls = {}, .router = router});
    auto started = Server::start(std::move(options));
    ASSERT_TRUE(started) << started.error().describe();
    server = *std::move(started);
  }

  static SocketAddress loopback() { return {*IpAddress::parse("127.0.0.1"), 0}; }
  std::filesystem::path socket_path() const { return folder.path() / "run" / "api.sock"; }
  TlsOptions tls_options() const {
    TlsOptions tls;
    tls.certificate_chain_pem = certificate.chain;
    tls.private_key_pem = SecretString(certificate.key);
    return tls;
  }
  SocketAddress plain() const { return *server->address("plain"); }
  SocketAddress secure() const { return *server->address("tls"); }
  RawClient connect() const { return RawClient::tcp(plain()); }
  /// Sends `bytes` on a new connection and reads one answer.
  RawAnswer ask(std::string_view bytes) const {
    RawClient client = connect();
    client.send(bytes);
    return client.answer();
  }

  mailward::testing::TemporaryFolder folder;
  mailward::testing::TestCa ca;
  mailward::testing::IssuedCertificate certificate =
      ca.issue({.dns_names = {"server.example.test"}, .addresses = {"127.0.0.1"}});
  std::shared_ptr<Router> router = std::make_shared<Router>();
  ServerOptions options;
  std::unique_ptr<Server> server;
};

}  // namespace mailward::http::testing
