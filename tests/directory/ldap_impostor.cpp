#include "tests/directory/ldap_impostor.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

namespace mailward::directory {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

Context context_with(const testing::IssuedCertificate& issued) {
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  const Memory certificate_text(BIO_new_mem_buf(issued.certificate.data(), -1), BIO_free);
  const Memory key_text(BIO_new_mem_buf(issued.key.data(), -1), BIO_free);
  X509* certificate = PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr);
  const bool good =
      SSL_CTX_use_certificate(context.get(), certificate) == 1 && SSL_CTX_use_PrivateKey(context.get(), key) == 1;
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (!good) throw std::runtime_error("OpenSSL does not take the certificate");
  return context;
}

std::string element(char tag, const std::string& content) {
  std::string all(1, tag);
  if (content.size() > 127) all += '\x81';
  all += static_cast<char>(content.size());
  return all + content;
}

}  // namespace

LdapImpostor::LdapImpostor(const testing::TestCa& authority, std::vector<std::string> answers)
    : certificate_(authority.issue({.common_name = "dc1.example.test", .dns_names = {"dc1.example.test"}})),
      answers_(std::move(answers)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* general = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || bind(listener_, general, size) != 0 || listen(listener_, 8) != 0 ||
      getsockname(listener_, general, &size) != 0)
    throw std::runtime_error("no port");
  port_ = ntohs(address.sin_port);
  server_ = std::thread([this] { serve(); });
}

LdapImpostor::~LdapImpostor() {
  stop();
  close(listener_);
}

void LdapImpostor::stop() {
  stopping_ = true;
  if (server_.joinable()) server_.join();
}

std::string LdapImpostor::heard() {
  stop();
  return heard_;
}

void LdapImpostor::serve() {
  std::vector<std::jthread> conversations;
  while (!stopping_) {
    pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    // At once: who finds out what is wrong with a certificate comes a second time.
    conversations.emplace_back([this, client] {
      converse(client);
      close(client);
    });
  }
}

void LdapImpostor::converse(int client) {
  // Who falls silent in the middle of something must not hold the test.
  timeval limit{.tv_sec = 0, .tv_usec = 50'000};
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const Context context = context_with(certificate_);
  const Connection tls(SSL_new(context.get()), SSL_free);
  SSL_set_fd(tls.get(), client);
  SSL_set_accept_state(tls.get());  // the handshake is part of the first read
  std::size_t next = 0;
  while (!stopping_) {
    char piece[4096];
    const int got = SSL_read(tls.get(), piece, sizeof piece);
    if (got <= 0) {
      const int why = SSL_get_error(tls.get(), got);
      if (why == SSL_ERROR_WANT_READ) continue;
      return;
    }
    const std::lock_guard lock(mutex_);
    heard_.append(piece, static_cast<std::size_t>(got));
    if (next < answers_.size()) {
      SSL_write(tls.get(), answers_[next].data(), static_cast<int>(answers_[next].size()));
      ++next;
    }
  }
}

std::string ldap_message(int number, char tag, const std::string& content) {
  return element('\x30', element('\x02', std::string(1, static_cast<char>(number))) + element(tag, content));
}

std::string ldap_result(int code, const std::string& referral) {
  std::string members =
      element('\x0a', std::string(1, static_cast<char>(code))) + element('\x04', "") + element('\x04', "");
  if (!referral.empty()) members += element('\xa3', element('\x04', referral));
  return members;
}

}  // namespace mailward::directory
