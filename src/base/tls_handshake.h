#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <stop_token>

#include "base/clock.h"
#include "base/tls.h"

/// What the makers of TLS connections in base/ share. Internal to base/.
namespace mailward {

using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SslPtr = std::unique_ptr<SSL, decltype(&SSL_free)>;
using StorePtr = std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)>;

enum class Handshake { done, failed, closed, timed_out, cancelled };

/// The handshake's own course over a non-blocking descriptor, without any judgement of the certificate. `reason` is
/// OpenSSL's where it failed.
Handshake shake_hands(SSL* ssl, int fd, Deadline deadline, const std::stop_token& stop, unsigned long& reason);

StorePtr trust_store(const CertificateTrust& trust);

}  // namespace mailward
