#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/tls.h"
#include "ews/evidence.h"
#include "ews/failure.h"

using SSL = struct ssl_st;
using X509_STORE_CTX = struct x509_store_ctx_st;

namespace mailward::ews {

/// What the handshake agreed on and the chain that the server sent.
std::shared_ptr<const TlsFacts> read_tls_facts(SSL* ssl);

/// The chain under verification, the server's own certificate first.
std::vector<CertificateInfo> describe_presented(X509_STORE_CTX* store);

/// Names a handshake that failed, from OpenSSL's verification code and, where that says nothing, the library's words.
TlsFailure name_tls_failure(long verify_code, bool host_mismatch, std::string_view words);

}  // namespace mailward::ews
