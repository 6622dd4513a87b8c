#include "http/inner/transport.h"

#include <cerrno>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <boost/asio/redirect_error.hpp>

namespace mailward::http {

Transport::~Transport() {
  SSL_free(ssl_);
}

Task<void> Transport::wait_until(asio::posix::descriptor_base::wait_type ready) {
  boost::system::error_code ignored;
  co_await descriptor_.async_wait(ready, asio::redirect_error(kAwait, ignored));
}

bool Transport::begin_tls(const TlsContext& context) {
  ssl_ = context.open(fd());
  return ssl_ != nullptr;
}

Transport::Attempt Transport::outcome_of(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return {Outcome::wants_read};
    case SSL_ERROR_WANT_WRITE:
      return {Outcome::wants_write};
    case SSL_ERROR_ZERO_RETURN:
      return {Outcome::closed};
    default:
      // After a fatal error OpenSSL wants nothing more to be done with the connection, not even a goodbye.
      broken_ = true;
      ERR_clear_error();
      return {Outcome::closed};
  }
}

Transport::Attempt Transport::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result != 1) return outcome_of(result);
  established_ = true;
  return {Outcome::done};
}

std::string_view Transport::tls_protocol() const {
  return ssl_ == nullptr ? "" : SSL_get_version(ssl_);
}

Transport::Attempt Transport::read(std::span<char> into) {
  if (ssl_ != nullptr) {
    if (broken_) return {Outcome::closed};
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_, into.data(), into.size(), &bytes);
    return result == 1 ? Attempt{Outcome::done, bytes} : outcome_of(result);
  }
  while (true) {
    const ssize_t bytes = recv(fd(), into.data(), into.size(), 0);
    if (bytes > 0) return {Outcome::done, static_cast<std::size_t>(bytes)};
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {Outcome::wants_read};
    return {Outcome::closed};
  }
}

Transport::Attempt Transport::write(std::string_view bytes) {
  if (ssl_ != nullptr) {
    if (broken_) return {Outcome::closed};
    ERR_clear_error();
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written);
    return result == 1 ? Attempt{Outcome::done, written} : outcome_of(result);
  }
  while (true) {
    const ssize_t written = send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written >= 0) return {Outcome::done, static_cast<std::size_t>(written)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Outcome::wants_write};
    return {Outcome::closed};
  }
}

void Transport::say_goodbye() {
  if (ssl_ == nullptr || !established_ || broken_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

void Transport::shutdown_write() {
  ::shutdown(fd(), SHUT_WR);
}

void Transport::shutdown_both() {
  ::shutdown(fd(), SHUT_RDWR);
}

void Transport::close() {
  boost::system::error_code ignored;
  [[maybe_unused]] const auto same = descriptor_.close(ignored);
}

void Transport::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace mailward::http
