#include "base/tls_stream.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/tls_handshake.h"

namespace mailward {

namespace {

constexpr std::int64_t kStopPollMillis = 50;

void expect_name(SSL* ssl, const std::string& name) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
  // As in the diagnosis: an administrator may trust an issuing authority alone.
  X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_PARTIAL_CHAIN);
  if (IpAddress::parse(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str());
    return;
  }
  SSL_set_tlsext_host_name(ssl, name.c_str());
  X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size());
}

std::string openssl_words(unsigned long reason) {
  const char* words = ERR_reason_error_string(reason);
  return words != nullptr ? words : "the connection ended";
}

}  // namespace

std::string_view error_subject(TlsStreamError) {
  return "tls_stream";
}

std::string_view error_name(TlsStreamError code) {
  switch (code) {
    case TlsStreamError::untrusted:
      return "untrusted";
    case TlsStreamError::failed:
      return "failed";
    case TlsStreamError::timed_out:
      return "timed_out";
  }
  std::unreachable();
}

/// Freed in the opposite order.
struct TlsStream::State {
  FileDescriptor socket;
  ContextPtr context{nullptr, SSL_CTX_free};
  SslPtr ssl{nullptr, SSL_free};
  std::string peer;
};

TlsStream::TlsStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;

TlsStream::~TlsStream() {
  // A word of farewell, as far as the socket takes it at once.
  if (state_) SSL_shutdown(state_->ssl.get());
  ERR_clear_error();
}

Result<TlsStream> TlsStream::connect(const SocketAddress& address, std::string_view server_name,
                                     const CertificateTrust& trust, Deadline deadline, const std::stop_token& stop) {
  auto state = std::make_unique<State>();
  state->peer = address.text();
  MW_TRY(state->socket, connect_tcp(address, deadline, stop));
  state->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(state->context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(state->context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_store(state->context.get(), trust_store(trust).release());
  state->ssl.reset(SSL_new(state->context.get()));
  expect_name(state->ssl.get(), std::string(server_name));
  SSL_set_fd(state->ssl.get(), state->socket.get());
  unsigned long reason = 0;
  const Handshake course = shake_hands(state->ssl.get(), state->socket.get(), deadline, stop, reason);
  const long verified = SSL_get_verify_result(state->ssl.get());
  const std::string at = "the TLS handshake with " + printable(server_name) + " (" + state->peer + ") ";
  switch (course) {
    case Handshake::done:
      return TlsStream(std::move(state));
    case Handshake::cancelled:
      return fail(BaseError::cancelled, at + "was cancelled");
    case Handshake::timed_out:
      return fail(TlsStreamError::timed_out, at + "was not answered in time");
    case Handshake::closed:
      return fail(TlsStreamError::failed, at + "was ended by the server");
    case Handshake::failed:
      break;
  }
  if (verified != X509_V_OK) {
    return fail(Error(TlsStreamError::untrusted,
                      at + "failed: the certificate: " + X509_verify_cert_error_string(static_cast<int>(verified)))
                    .with_remedy("name the authority that issued it (trust_file), or mend the server's certificate"));
  }
  return fail(TlsStreamError::failed, at + "failed: " + openssl_words(reason));
}

Status TlsStream::send(std::string_view bytes, Deadline deadline, const std::stop_token& stop) {
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t written = 0;
    const int done = SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &written);
    if (done == 1) {
      bytes.remove_prefix(written);
      continue;
    }
    const int wanted = SSL_get_error(state_->ssl.get(), done);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) {
      return fail(TlsStreamError::failed, "sending to " + state_->peer + " failed: " + openssl_words(ERR_peek_error()));
    }
    if (stop.stop_requested()) return fail(BaseError::cancelled, "sending to " + state_->peer + " was cancelled");
    if (deadline.expired()) return fail(TlsStreamError::timed_out, state_->peer + " takes nothing");
    pollfd polled{state_->socket.get(), static_cast<short>(wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
    ::poll(&polled, 1, static_cast<int>(std::min(deadline.remaining().count(), kStopPollMillis)));
  }
  return {};
}

bool TlsStream::ended() {
  std::array<char, 4096> dropped{};
  while (true) {
    ERR_clear_error();
    std::size_t count = 0;
    const int done = SSL_read_ex(state_->ssl.get(), dropped.data(), dropped.size(), &count);
    if (done == 1) continue;
    return SSL_get_error(state_->ssl.get(), done) != SSL_ERROR_WANT_READ;
  }
}

int TlsStream::descriptor() const {
  return state_->socket.get();
}

}  // namespace mailward
