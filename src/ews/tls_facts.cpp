#include "ews/tls_facts.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>

namespace mailward::ews {
namespace {

constexpr int kChainShown = 10;

std::vector<CertificateInfo> describe_chain(STACK_OF(X509) * chain) {
  std::vector<CertificateInfo> described;
  int count = chain == nullptr ? 0 : std::min(sk_X509_num(chain), kChainShown);
  described.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) described.push_back(describe_certificate(sk_X509_value(chain, i)));
  return described;
}

TlsVerdict verdict_of(long verify_code) {
  switch (verify_code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return TlsVerdict::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsVerdict::not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsVerdict::name_mismatch;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return TlsVerdict::too_weak;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_INVALID_CA:
      return TlsVerdict::untrusted;
    default:
      return TlsVerdict::other;
  }
}

}  // namespace

std::shared_ptr<const TlsFacts> read_tls_facts(SSL* ssl) {
  auto facts = std::make_shared<TlsFacts>();
  facts->protocol = SSL_get_version(ssl);
  const char* cipher = SSL_get_cipher_name(ssl);
  facts->cipher = cipher != nullptr ? cipher : "";
  facts->chain = describe_chain(SSL_get_peer_cert_chain(ssl));
  return facts;
}

std::vector<CertificateInfo> describe_presented(X509_STORE_CTX* store) {
  auto described = describe_chain(X509_STORE_CTX_get0_untrusted(store));
  if (described.empty()) {
    if (X509* own = X509_STORE_CTX_get0_cert(store); own != nullptr) described.push_back(describe_certificate(own));
  }
  return described;
}

TlsFailure name_tls_failure(long verify_code, bool host_mismatch, std::string_view words) {
  TlsFailure failure{.verdict = TlsVerdict::other, .verify_code = verify_code, .detail = std::string(words)};
  auto said = [&](std::string_view part) { return words.find(part) != std::string_view::npos; };
  if (verify_code != X509_V_OK) {
    failure.verdict = verdict_of(verify_code);
    failure.detail = X509_verify_cert_error_string(verify_code);
  } else if (host_mismatch) {
    failure.verdict = TlsVerdict::name_mismatch;
  } else if (said("wrong version number") || said("packet length too long") || said("http request")) {
    failure.verdict = TlsVerdict::not_tls;
  } else if (said("unsupported protocol") || said("alert protocol version") || said("no protocols available")) {
    failure.verdict = TlsVerdict::protocol_too_old;
  } else if (said("too small") || said("too weak") || said("bad signature type")) {
    failure.verdict = TlsVerdict::too_weak;
  } else if (said("unexpected eof") || said("SSL_ERROR_SYSCALL") || said("reset") || said("SSL_ERROR_ZERO_RETURN")) {
    failure.verdict = TlsVerdict::closed;
  }
  return failure;
}

}  // namespace mailward::ews
