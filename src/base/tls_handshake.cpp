#include "base/tls_handshake.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>

#include <algorithm>

namespace mailward {

Handshake shake_hands(SSL* ssl, int fd, Deadline deadline, const std::stop_token& stop, unsigned long& reason) {
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(ssl);
    if (result == 1) return Handshake::done;
    const int wanted = SSL_get_error(ssl, result);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) {
      reason = ERR_peek_error();
      return wanted == SSL_ERROR_SSL && ERR_GET_REASON(reason) != SSL_R_UNEXPECTED_EOF_WHILE_READING
                 ? Handshake::failed
                 : Handshake::closed;
    }
    if (stop.stop_requested()) return Handshake::cancelled;
    if (deadline.expired()) return Handshake::timed_out;
    pollfd polled{fd, static_cast<short>(wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
    ::poll(&polled, 1, static_cast<int>(std::min<std::int64_t>(deadline.remaining().count(), 50)));
  }
}

StorePtr trust_store(const CertificateTrust& trust) {
  StorePtr store(X509_STORE_new(), X509_STORE_free);
  if (trust.is_system()) {
    X509_STORE_set_default_paths(store.get());
    return store;
  }
  BIO* in = BIO_new_mem_buf(trust.pem().data(), static_cast<int>(trust.pem().size()));
  while (X509* certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(store.get(), certificate);
    X509_free(certificate);
  }
  BIO_free(in);
  ERR_clear_error();
  return store;
}

}  // namespace mailward
