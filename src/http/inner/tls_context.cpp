#include "http/inner/tls_context.h"

#include <algorithm>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/tls.h"

namespace mailward::http {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio reading(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::string openssl_words() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

int number_of(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls_1_0:
      return TLS1_VERSION;
    case TlsVersion::tls_1_1:
      return TLS1_1_VERSION;
    case TlsVersion::tls_1_2:
      return TLS1_2_VERSION;
    case TlsVersion::tls_1_3:
      return TLS1_3_VERSION;
  }
  return TLS1_2_VERSION;
}

/// HTTP/1.1 or nothing: a client that offers only other protocols is told so.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static constexpr std::string_view kWanted = "http/1.1";
  for (unsigned int at = 0; at < offered_length; at += 1U + offered[at]) {
    const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
    if (name != kWanted) continue;
    *out = offered + at + 1;
    *out_length = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Status set_protocols(SSL_CTX* context, const TlsOptions& options) {
  if (options.min_version > options.max_version) {
    return fail(ServerError::bad_tls_setting, "The lowest TLS version is above the highest.");
  }
  // OpenSSL 3 allows TLS before 1.2 only at security level 0.
  if (options.min_version < TlsVersion::tls_1_2) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, number_of(options.min_version));
  SSL_CTX_set_max_proto_version(context, number_of(options.max_version));
  if (!options.ciphers.empty() && SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) != 1) {
    return fail(ServerError::bad_tls_setting, "No TLS cipher fits the list: " + openssl_words() + ".");
  }
  return {};
}

/// Installs chain and key; gives the server's own certificate.
Result<Certificate> install_identity(SSL_CTX* context, const TlsOptions& options) {
  const Bio chain = reading(options.certificate_chain_pem);
  Certificate own(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr), &X509_free);
  if (!own)
    return fail(ServerError::bad_certificate,
                "The certificate chain has no readable PEM certificate: " + openssl_words() + ".");
  if (SSL_CTX_use_certificate(context, own.get()) != 1) {
    return fail(ServerError::bad_certificate, "The server's certificate cannot be used: " + openssl_words() + ".");
  }
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return fail(ServerError::bad_certificate, "A certificate of the chain cannot be used: " + openssl_words() + ".");
    }
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return fail(ServerError::bad_certificate,
                "A later certificate of the chain is unreadable: " + openssl_words() + ".");
  }
  ERR_clear_error();
  const Bio key_text = reading(options.private_key_pem.reveal());
  // Without a passphrase callback OpenSSL would ask on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  const Key key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_passphrase, nullptr), &EVP_PKEY_free);
  if (!key) return fail(ServerError::bad_certificate, "The private key is unreadable: " + openssl_words() + ".");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return fail(ServerError::bad_certificate,
                "The private key does not belong to the certificate: " + openssl_words() + ".");
  }
  return own;
}

}  // namespace

TlsContext::TlsContext() : context_(SSL_CTX_new(TLS_server_method())) {}
TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsOptions& options) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext());
  SSL_CTX* context = made->context_;
  if (context == nullptr) return fail(ServerError::bad_tls_setting, "OpenSSL is out of memory.");
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  MW_CHECK(set_protocols(context, options));
  MW_TRY(const Certificate own, install_identity(context, options));
  // A certificate whose signature has no single hash has no such binding; clients that want one will say so.
  if (auto binding = tls_server_end_point(own.get())) made->server_end_point_ = *std::move(binding);
  return made;
}

SSL* TlsContext::open(int fd) const {
  SSL* ssl = SSL_new(context_);
  if (ssl != nullptr && SSL_set_fd(ssl, fd) != 1) {
    SSL_free(ssl);
    return nullptr;
  }
  if (ssl != nullptr) SSL_set_accept_state(ssl);
  return ssl;
}

}  // namespace mailward::http
