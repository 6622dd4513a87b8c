// Entries sent to real listeners.
#include "audit/forwarding.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "base/file.h"
#include "http/server.h"
#include "tests/audit/kept_trail.h"
#include "tests/support/test_ca.h"
#include "tests/support/wait_until.h"

namespace mailward::audit {
namespace {

using mailward::testing::IssuedCertificate;
using mailward::testing::TestCa;
using mailward::testing::wait_until;

constexpr std::chrono::seconds kLimit{20};
constexpr ForwardPacing kFast{.first_wait = std::chrono::milliseconds(5),
                              .longest_wait = std::chrono::milliseconds(20),
                              .patience = std::chrono::milliseconds(2000)};

/// A syslog server for one protocol, on a thread of its own; keeps what it gets.
class SyslogServer {
 public:
  enum class Speaks { tcp, tls, udp };
  SyslogServer(Speaks speaks, const IssuedCertificate* certificate = nullptr, std::uint16_t port = 0)
      : speaks_(speaks), socket_(::socket(AF_INET, speaks == Speaks::udp ? SOCK_DGRAM : SOCK_STREAM, 0)) {
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    socklen_t size = sizeof at;
    // The socket API is written so.
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), size) != 0) throw std::runtime_error("no port");
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    if (speaks != Speaks::udp) ::listen(socket_.get(), 5);
    if (certificate != nullptr) prepare_tls(*certificate);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~SyslogServer() {
    thread_.request_stop();
    thread_.join();
    if (context_ != nullptr) SSL_CTX_free(context_);
  }
  SyslogServer(const SyslogServer&) = delete;
  SyslogServer& operator=(const SyslogServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::vector<std::string> messages() const {
    const std::scoped_lock lock(mutex_);
    return messages_;
  }

 private:
  void prepare_tls(const IssuedCertificate& certificate) {
    context_ = SSL_CTX_new(TLS_server_method());
    BIO* chain = BIO_new_mem_buf(certificate.certificate.data(), static_cast<int>(certificate.certificate.size()));
    BIO* key = BIO_new_mem_buf(certificate.key.data(), static_cast<int>(certificate.key.size()));
    X509* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
    EVP_PKEY* secret = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context_, leaf);
    SSL_CTX_use_PrivateKey(context_, secret);
    X509_free(leaf);
    EVP_PKEY_free(secret);
    BIO_free(chain);
    BIO_free(key);
  }
  static bool readable(int fd) {
    pollfd polled{fd, POLLIN, 0};
    return ::poll(&polled, 1, 20) > 0;
  }
  void keep(std::string message) {
    const std::scoped_lock lock(mutex_);
    messages_.push_back(std::move(message));
  }
  /// "LENGTH MESSAGE", again and again.
  void keep_counted(std::string& buffer) {
    while (true) {
      const std::size_t space = buffer.find(' ');
      if (space == std::string::npos) return;
      const std::size_t length = std::stoul(buffer.substr(0, space));
      if (buffer.size() < space + 1 + length) return;
      keep(buffer.substr(space + 1, length));
      buffer.erase(0, space + 1 + length);
    }
  }
  void converse(int fd, const std::stop_token& stop) {
    SSL* ssl = nullptr;
    if (context_ != nullptr) {
      ssl = SSL_new(context_);
      SSL_set_fd(ssl, fd);
      if (SSL_accept(ssl) != 1) {
        SSL_free(ssl);
        return;
      }
    }
    std::string buffer;
    char piece[4096];
    while (!stop.stop_requested()) {
      if ((ssl == nullptr || SSL_pending(ssl) == 0) && !readable(fd)) continue;
      const int count =
          ssl != nullptr ? SSL_read(ssl, piece, sizeof piece) : static_cast<int>(::read(fd, piece, sizeof piece));
      if (count <= 0) break;
      buffer.append(piece, static_cast<std::size_t>(count));
      keep_counted(buffer);
    }
    if (ssl != nullptr) SSL_free(ssl);
  }
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (!readable(socket_.get())) continue;
      if (speaks_ == Speaks::udp) {
        std::string datagram(65536, '\0');
        const ssize_t size = ::recv(socket_.get(), datagram.data(), datagram.size(), 0);
        if (size > 0) keep(datagram.substr(0, static_cast<std::size_t>(size)));
        continue;
      }
      const FileDescriptor peer(::accept(socket_.get(), nullptr, nullptr));
      if (peer) converse(peer.get(), stop);
    }
  }

  const Speaks speaks_;
  FileDescriptor socket_;
  std::uint16_t port_ = 0;
  SSL_CTX* context_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
  std::jthread thread_;
};

class ForwardingTest : public KeptTrail {
 protected:
  Forwarding::To to(const std::string& text, const CertificateTrust& trust = CertificateTrust::system(),
                    std::string_view token = {}) {
    auto address = PlaceAddress::parse(text);
    if (!address) throw std::runtime_error(address.error().describe());
    return {.address = *address,
            .place = make_place({.address = *address, .trust = trust, .token = SecretString(token)}, resolver_)};
  }
  std::unique_ptr<Forwarding> forwarding(Forwarding::To place) {
    std::vector<Forwarding::To> places;
    places.push_back(std::move(place));
    return std::make_unique<Forwarding>(database(), trail(), Clock::system(), std::move(places), kFast);
  }
  static ForwardStatus status(const Forwarding& forwarding) { return forwarding.status().front(); }
  bool sent_up_to(const Forwarding& forwarding, std::int64_t number) {
    return wait_until([&] { return status(forwarding).sent_up_to == number; }, kLimit);
  }
  /// Each message's line is one of the trail's, in order.
  void expect_lines(const std::vector<std::string>& messages, std::size_t count) {
    ASSERT_EQ(messages.size(), count);
    std::int64_t number = 0;
    for (const std::string& message : messages) {
      const auto read = read_entry_line(message);
      ASSERT_TRUE(read) << message;
      EXPECT_EQ(read->number, ++number);
      ASSERT_TRUE(read->link);
      EXPECT_TRUE(trail().genuine(*read->link)) << message;
    }
  }
  static std::string local(std::string_view scheme, std::uint16_t port) {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port);
  }

  Resolver resolver_{
      ResolverSettings{.name_servers = {}, .hosts = {{"hook.example.test", {*IpAddress::parse("127.0.0.1")}}}}};
};
MAILWARD_ON_EVERY_DATABASE(ForwardingTest);

TEST_P(ForwardingTest, whoever_moves_the_cursor_has_everything_sent_again) {
  append(3);
  const std::string place = "file:" + anchor_file().string();
  {
    const auto sending = forwarding(to(place));
    ASSERT_TRUE(sent_up_to(*sending, 3));
  }
  std::filesystem::remove(anchor_file());
  tamper("UPDATE setting SET value = '9223372036854775807' WHERE name LIKE 'audit.sent %'");
  const auto again = forwarding(to(place));
  ASSERT_TRUE(sent_up_to(*again, 3));
  EXPECT_EQ(contents(anchor_file()), lines());
}

TEST_P(ForwardingTest, a_file_gets_every_entry_and_a_restart_goes_on) {
  append(3);
  const std::string place = "file:" + anchor_file().string();
  {
    const auto sending = forwarding(to(place));
    ASSERT_TRUE(sent_up_to(*sending, 3));
    append(2);
    ASSERT_TRUE(sent_up_to(*sending, 5));
  }
  append(1);
  const auto again = forwarding(to(place));
  ASSERT_TRUE(sent_up_to(*again, 6));
  EXPECT_EQ(contents(anchor_file()), lines());
  EXPECT_EQ(findings(false, true), "");
}

TEST_P(ForwardingTest, a_line_that_was_cut_off_stays_by_itself) {
  append(1);
  const std::string whole = lines();
  write_anchor(whole.substr(0, 50));
  const auto sending = forwarding(to("file:" + anchor_file().string()));
  ASSERT_TRUE(sent_up_to(*sending, 1));
  EXPECT_EQ(contents(anchor_file()), whole.substr(0, 50) + "\n" + whole);
  EXPECT_EQ(findings(false, true), "");
}

TEST_P(ForwardingTest, a_place_that_is_not_there_is_said_and_gets_all_once_it_is) {
  append(4);
  const auto folder_of_place = folder() / "later";
  const auto sending = forwarding(to("file:" + (folder_of_place / "audit.jsonl").string()));
  ASSERT_TRUE(wait_until([&] { return status(*sending).failures > 2; }, kLimit));
  EXPECT_TRUE(status(*sending).failing_since);
  EXPECT_NE(status(*sending).trouble.find("cannot open"), std::string::npos) << status(*sending).trouble;
  append(2);
  std::filesystem::create_directory(folder_of_place);
  ASSERT_TRUE(sent_up_to(*sending, 6));
  EXPECT_FALSE(status(*sending).failing_since);
  EXPECT_EQ(contents(folder_of_place / "audit.jsonl"), lines());
}

TEST_P(ForwardingTest, syslog_over_tcp_counts_its_octets_and_survives_a_restart_of_the_server) {
  append(3);
  auto server = std::make_unique<SyslogServer>(SyslogServer::Speaks::tcp);
  const std::uint16_t port = server->port();
  const auto sending = forwarding(to(local("syslog+tcp", port)));
  ASSERT_TRUE(sent_up_to(*sending, 3));
  ASSERT_TRUE(wait_until([&] { return server->messages().size() == 3; }, kLimit));
  expect_lines(server->messages(), 3);
  const std::string first = server->messages().front();
  EXPECT_TRUE(first.starts_with("<110>1 2026-")) << first;
  EXPECT_NE(first.find(" mailward - audit - {\"number\":1,"), std::string::npos) << first;
  server.reset();
  append(1);
  ASSERT_TRUE(wait_until([&] { return status(*sending).failures > 0; }, kLimit));
  server = std::make_unique<SyslogServer>(SyslogServer::Speaks::tcp, nullptr, port);
  ASSERT_TRUE(sent_up_to(*sending, 4));
  ASSERT_TRUE(wait_until([&] { return !server->messages().empty(); }, kLimit));
  EXPECT_NE(server->messages().back().find("{\"number\":4,"), std::string::npos);
}

TEST_P(ForwardingTest, syslog_over_tls_goes_only_to_whom_is_trusted) {
  const TestCa ca;
  const IssuedCertificate certificate = ca.issue({.addresses = {"127.0.0.1"}});
  const SyslogServer server(SyslogServer::Speaks::tls, &certificate);
  append(3);
  {
    const TestCa other;
    const auto refused = forwarding(to(local("syslog+tls", server.port()), *CertificateTrust::from_pem(other.pem())));
    ASSERT_TRUE(wait_until([&] { return status(*refused).failures > 0; }, kLimit));
    EXPECT_NE(status(*refused).trouble.find("certificate"), std::string::npos) << status(*refused).trouble;
  }
  EXPECT_TRUE(server.messages().empty());
  const auto sending = forwarding(to(local("syslog+tls", server.port()), *CertificateTrust::from_pem(ca.pem())));
  ASSERT_TRUE(sent_up_to(*sending, 3)) << status(*sending).trouble;
  ASSERT_TRUE(wait_until([&] { return server.messages().size() == 3; }, kLimit));
  expect_lines(server.messages(), 3);
}

TEST_P(ForwardingTest, syslog_over_tls_holds_the_name_against_the_certificate) {
  const TestCa ca;
  const IssuedCertificate certificate = ca.issue({.dns_names = {"other.example.test"}});
  const SyslogServer server(SyslogServer::Speaks::tls, &certificate);
  append(1);
  const auto refused = forwarding(to(local("syslog+tls", server.port()), *CertificateTrust::from_pem(ca.pem())));
  ASSERT_TRUE(wait_until([&] { return status(*refused).failures > 0; }, kLimit));
  EXPECT_TRUE(server.messages().empty());
}

TEST_P(ForwardingTest, syslog_over_udp_leaves_out_what_no_datagram_holds) {
  const SyslogServer server(SyslogServer::Speaks::udp);
  append(1);
  const Act large{.by = {.actor = Actor::local(0), .source = {}, .token = {}, .request_id = "r"},
                  .action = "large",
                  .object_kind = "x",
                  .object_id = "y",
                  .outcome = "failed",
                  .details = R"({"a":")" + std::string(70'000, 'a') + "\"}"};
  ASSERT_TRUE(database().transaction([&](db::Transaction& tx) { return trail().append(tx, large); }));
  const auto sending = forwarding(to(local("syslog+udp", server.port())));
  ASSERT_TRUE(sent_up_to(*sending, 2)) << status(*sending).trouble;
  ASSERT_TRUE(wait_until([&] { return server.messages().size() == 2; }, kLimit));
  EXPECT_TRUE(server.messages().back().starts_with("<108>1 ")) << server.messages().back();
  const auto read = read_entry_line(server.messages().back());
  ASSERT_TRUE(read) << server.messages().back();
  EXPECT_FALSE(read->link);
  write_anchor(server.messages().front() + "\n" + server.messages().back() + "\n");
  EXPECT_EQ(findings(false, true), "");
}

TEST_P(ForwardingTest, syslog_through_the_hosts_own_socket) {
  const std::string path = (folder() / "log").string();
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::strncpy(at.sun_path, path.c_str(), sizeof(at.sun_path) - 1);
  append(40);
  const auto sending = forwarding(to("syslog:" + path));
  ASSERT_TRUE(wait_until([&] { return status(*sending).failures > 0; }, kLimit)) << "nobody is there yet";
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  std::vector<std::string> messages;
  std::string datagram(65536, '\0');
  // More than the socket holds at once: the sender waits for whoever reads.
  ASSERT_TRUE(wait_until(
      [&] {
        const ssize_t size = ::recv(socket.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
        if (size > 0) messages.push_back(datagram.substr(0, static_cast<std::size_t>(size)));
        return messages.size() >= 40 && status(*sending).sent_up_to == 40;
      },
      kLimit));
  EXPECT_NE(messages.back().find("{\"number\":40,"), std::string::npos) << messages.back();
}

TEST_P(ForwardingTest, a_webhook_gets_lines_with_a_token_and_what_it_refuses_again) {
  const TestCa ca;
  const IssuedCertificate certificate = ca.issue({.dns_names = {"hook.example.test"}});
  std::mutex mutex;
  std::string got;
  std::string authorization;
  std::atomic<int> refusals = 2;
  auto router = std::make_shared<http::Router>();
  router->add("POST", "/audit", [&](const http::Request& request, http::Connection&) {
    if (refusals.fetch_sub(1) > 0) return http::Response::text(503, "later");
    const std::scoped_lock lock(mutex);
    got += request.body;
    authorization = request.headers.get("Authorization");
    return http::Response::empty(204);
  });
  http::ServerOptions options;
  http::TlsOptions tls;
  tls.certificate_chain_pem = certificate.chain;
  tls.private_key_pem = SecretString(certificate.key);
  options.listeners.push_back(
      {.name = "tls", .at = SocketAddress{*IpAddress::parse("127.0.0.1"), 0}, .tls = std::move(tls), .router = router});
  const auto server = http::Server::start(std::move(options));
  ASSERT_TRUE(server) << server.error().describe();
  append(5);
  const std::string url = "https://hook.example.test:" + std::to_string((*server)->address("tls")->port) + "/audit";
  const auto sending = forwarding(to(url, *CertificateTrust::from_pem(ca.pem()), "hook-token"));
  ASSERT_TRUE(sent_up_to(*sending, 5)) << status(*sending).trouble;
  const std::scoped_lock lock(mutex);
  EXPECT_EQ(got, lines());
  EXPECT_EQ(authorization, "Bearer hook-token");
  EXPECT_EQ(status(*sending).to.find("/audit"), std::string::npos) << "a webhook's path may be its secret";
}

TEST(PlaceAddressTest, is_read_or_refused_with_what_is_expected) {
  const auto tls = PlaceAddress::parse("syslog+tls://logs.example.test");
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->host, "logs.example.test");
  EXPECT_EQ(tls->port, 6514);
  const auto six = PlaceAddress::parse("syslog+udp://[2001:db8::1]:5514");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "2001:db8::1");
  EXPECT_EQ(six->port, 5514);
  EXPECT_EQ(PlaceAddress::parse("https://hook.example.test/a/secret")->shown(), "https://hook.example.test/…");
  for (const char* bad :
       {"", "file:", "file:relative", "/var/log/x", "syslog://host", "syslog+tls://", "syslog+tls://host:0",
        "syslog+tls://host:99999", "syslog+tcp://host/x", "http://host/x", "https://", "https://user:pw@host/x",
        "https://host/x#y", "syslog:relative", "syslog+tls://[::1", "syslog+tls://ho st"}) {
    const auto refused = PlaceAddress::parse(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_TRUE(refused.error().is(AuditError::bad_place)) << bad;
  }
}

}  // namespace
}  // namespace mailward::audit
