#include "tests/ews/support/tunnel_proxy.h"

#include <algorithm>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace mailward::testing {
namespace {

/// Reads up to the empty line; empty where the connection ended before.
std::string read_head(int socket, SSL* ssl) {
  std::string head;
  char letter = 0;
  while (!head.ends_with("\r\n\r\n")) {
    const auto got = ssl != nullptr ? SSL_read(ssl, &letter, 1) : ::recv(socket, &letter, 1, 0);
    if (got <= 0) return {};
    head += letter;
  }
  return head;
}

bool write_all(int socket, SSL* ssl, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ssl != nullptr ? SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()))
                                     : ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (done <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

ReceivedRequest request_of(std::string_view head, unsigned connection) {
  ReceivedRequest request{.connection = connection};
  auto end = head.find("\r\n");
  request.line = head.substr(0, end);
  while (end + 2 < head.size()) {
    const auto next = head.find("\r\n", end + 2);
    const auto line = head.substr(end + 2, next - end - 2);
    if (const auto colon = line.find(": "); colon != std::string_view::npos) {
      request.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    end = next;
  }
  return request;
}

}  // namespace

TunnelProxy::TunnelProxy(SocketAddress to, Judge judge, Wire wire) : to_(to), judge_(std::move(judge)), wire_(wire) {
  std::signal(SIGPIPE, SIG_IGN);
  const IssuedCertificate issued = authority_.issue({.dns_names = {"proxy.example.test"}});
  context_ = SSL_CTX_new(TLS_server_method());
  BIO* certificate_text = BIO_new_mem_buf(issued.certificate.data(), static_cast<int>(issued.certificate.size()));
  X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
  BIO* key_text = BIO_new_mem_buf(issued.key.data(), static_cast<int>(issued.key.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  const bool ready = SSL_CTX_use_certificate(context_, certificate) == 1 && SSL_CTX_use_PrivateKey(context_, key) == 1;
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_text);
  BIO_free(key_text);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  if (!ready || bind(listener_, reinterpret_cast<sockaddr*>(&any), size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size) != 0) {
    throw std::runtime_error("the test proxy cannot listen");
  }
  port_ = ntohs(any.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

TunnelProxy::~TunnelProxy() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& worker : workers_) worker.join();
  for (int socket : sockets_) ::close(socket);
  ::close(listener_);
  SSL_CTX_free(context_);
}

std::vector<ReceivedRequest> TunnelProxy::seen() const {
  std::scoped_lock lock(mutex_);
  return seen_;
}

void TunnelProxy::lead_to(SocketAddress to) {
  std::scoped_lock lock(mutex_);
  to_ = to;
}

void TunnelProxy::drop_all() {
  std::scoped_lock lock(mutex_);
  for (int socket : sockets_) shutdown(socket, SHUT_RDWR);
}

std::size_t TunnelProxy::shown() const {
  const auto brings_one = [](const ReceivedRequest& each) { return !each.field("Proxy-Authorization").empty(); };
  return static_cast<std::size_t>(std::ranges::count_if(seen(), brings_one));
}

unsigned TunnelProxy::tunnels() const {
  std::scoped_lock lock(mutex_);
  return tunnels_;
}

void TunnelProxy::accept_loop() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    std::scoped_lock lock(mutex_);
    if (stopping_ || socket < 0) {
      if (socket >= 0) ::close(socket);
      if (stopping_) return;
      continue;
    }
    sockets_.push_back(socket);
    const unsigned number = ++connections_;
    workers_.emplace_back([this, socket, number] { serve(socket, number); });
  }
}

void TunnelProxy::serve(int socket, unsigned connection) {
  SSL* ssl = nullptr;
  if (wire_ == Wire::tls) {
    ssl = SSL_new(context_);
    SSL_set_fd(ssl, socket);
  }
  const bool ready = ssl == nullptr || SSL_accept(ssl) == 1;
  for (unsigned nth = 1; ready; ++nth) {
    const std::string head = read_head(socket, ssl);
    if (head.empty()) break;
    ReceivedRequest request = request_of(head, connection);
    request.nth = nth;
    std::optional<std::string> refusal;
    {
      std::scoped_lock lock(mutex_);
      seen_.push_back(request);
      refusal = judge_(request);
    }
    if (refusal) {
      if (!write_all(socket, ssl, *refusal)) break;
      continue;
    }
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in target{};
    target.sin_family = AF_INET;
    {
      std::scoped_lock lock(mutex_);
      target.sin_port = htons(to_.port);
      target.sin_addr.s_addr = ::inet_addr(to_.ip.text().c_str());
      sockets_.push_back(server);
      ++tunnels_;
      if (stopping_) break;
    }
    if (::connect(server, reinterpret_cast<sockaddr*>(&target), sizeof target) != 0) break;
    if (write_all(socket, ssl, "HTTP/1.1 200 Connection established\r\n\r\n")) carry(socket, ssl, server);
    shutdown(server, SHUT_RDWR);
    break;
  }
  shutdown(socket, SHUT_RDWR);
  if (ssl != nullptr) {
    SSL_set_quiet_shutdown(ssl, 1);
    SSL_free(ssl);
    ERR_clear_error();
  }
}

void TunnelProxy::carry(int socket, SSL* ssl, int server) {
  char piece[16384];
  for (;;) {
    pollfd wanted[] = {{.fd = socket, .events = POLLIN, .revents = 0}, {.fd = server, .events = POLLIN, .revents = 0}};
    if ((ssl == nullptr || SSL_pending(ssl) == 0) && ::poll(&wanted[0], 2, -1) <= 0) return;
    if ((ssl != nullptr && SSL_pending(ssl) > 0) || wanted[0].revents != 0) {
      const auto got =
          ssl != nullptr ? SSL_read(ssl, &piece[0], sizeof piece) : ::recv(socket, &piece[0], sizeof piece, 0);
      if (got <= 0 || !write_all(server, nullptr, {&piece[0], static_cast<std::size_t>(got)})) return;
      wanted[0].revents = 0;
      continue;
    }
    if (wanted[1].revents != 0) {
      const auto got = ::recv(server, &piece[0], sizeof piece, 0);
      if (got <= 0 || !write_all(socket, ssl, {&piece[0], static_cast<std::size_t>(got)})) return;
    }
  }
}

}  // namespace mailward::testing
