#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>

#include "base/tls.h"
#include "base/tls_handshake.h"

namespace mailward {
namespace {

/// Verifies the chain that the peer sent, at the security level of an ordinary connection.
int verify_chain(SSL* ssl, const StorePtr& store) {
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509* leaf = SSL_get0_peer_certificate(ssl);
  X509_STORE_CTX_init(context, store.get(), leaf, SSL_get_peer_cert_chain(ssl));
  X509_STORE_CTX_set_default(context, "ssl_server");
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  // A trusted certificate need not be a root: an administrator may trust an issuing authority alone.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(parameters, 2);
  const int verified = X509_verify_cert(context);
  const int error = verified == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  return error;
}

bool name_matches(X509* certificate, std::string_view server_name) {
  const std::string name(server_name);
  if (IpAddress::parse(name)) return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
  return X509_check_host(certificate, name.c_str(), name.size(), 0, nullptr) == 1;
}

/// Whether authority information access names a place for the issuer's certificate (RFC 5280 4.2.2.1).
bool says_where_issuer_is(X509* certificate) {
  auto* access = static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr));
  bool says = false;
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); ++i) {
    says = says || OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(access, i)->method) == NID_ad_ca_issuers;
  }
  AUTHORITY_INFO_ACCESS_free(access);
  return says;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "no names at all" : text;
}

std::string pem_of(X509* certificate) {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, certificate);
  char* data = nullptr;
  const long length = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<std::size_t>(length));
  BIO_free(out);
  return pem;
}

/// The last certificate of the way from the server's own upwards, as far as it was sent; the order of sending does not
/// matter, nor what else was sent.
X509* topmost_sent(SSL* ssl) {
  X509* top = SSL_get0_peer_certificate(ssl);
  STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl);
  // No longer way than there are certificates: two that name each other as issuers make no endless one.
  for (int steps = 0; steps < sk_X509_num(sent); ++steps) {
    X509* above = nullptr;
    for (int i = 0; i < sk_X509_num(sent) && above == nullptr; ++i) {
      X509* one = sk_X509_value(sent, i);
      if (X509_cmp(one, top) != 0 && X509_check_issued(one, top) == X509_V_OK) above = one;
    }
    if (above == nullptr) break;
    top = above;
  }
  return top;
}

std::optional<TrustCandidate> trust_candidate(SSL* ssl, std::string_view server_name) {
  X509* leaf = SSL_get0_peer_certificate(ssl);
  X509* top = topmost_sent(ssl);
  const StorePtr only(X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(only.get(), top);
  if (verify_chain(ssl, only) != X509_V_OK || !name_matches(leaf, server_name)) return std::nullopt;
  return TrustCandidate{
      .certificate = describe_certificate(top), .pem = pem_of(top), .of_server = X509_cmp(top, leaf) == 0};
}

void judge_chain(TlsDiagnosis& diagnosis, SSL* ssl, std::string_view server_name, const CertificateTrust& trust) {
  X509* leaf = SSL_get0_peer_certificate(ssl);
  const CertificateInfo& info = diagnosis.chain.front();
  const int error = verify_chain(ssl, trust_store(trust));
  const auto say = [&](TlsVerdict verdict, std::string detail) {
    diagnosis.verdict = verdict;
    diagnosis.detail = std::move(detail);
  };
  switch (error) {
    case X509_V_OK:
      break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return say(TlsVerdict::expired,
                 "a certificate expired on " + format_timestamp(info.not_after) + " (" + info.subject + ")");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return say(TlsVerdict::not_yet_valid,
                 "a certificate is valid only from " + format_timestamp(info.not_before) + " on");
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return say(TlsVerdict::too_weak, fmt::format("{}: key {}, signature {}", X509_verify_cert_error_string(error),
                                                   info.key, info.signature_algorithm));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      // Sent alone by an issuer that nobody here knows: either the authority is a private one, or the server keeps an
      // intermediate certificate to itself. A certificate from below an intermediate says where that one can be
      // fetched.
      if (diagnosis.chain.size() == 1 && !info.self_signed && says_where_issuer_is(leaf)) {
        return say(TlsVerdict::incomplete_chain,
                   "the server sends its own certificate without that of its issuer \"" + info.issuer + "\"");
      }
      return say(TlsVerdict::untrusted, "the issuer \"" + diagnosis.chain.back().issuer + "\" is not trusted here");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return say(TlsVerdict::untrusted,
                 "the chain ends in \"" + diagnosis.chain.back().subject + "\", which is not trusted here");
    default:
      return say(TlsVerdict::other, X509_verify_cert_error_string(error));
  }
  if (!name_matches(leaf, server_name)) {
    return say(TlsVerdict::name_mismatch,
               fmt::format("the certificate is for {}, not for {}", joined(info.dns_names), printable(server_name)));
  }
  say(TlsVerdict::ok, "the certificate is valid and trusted");
}

void judge_failure(TlsDiagnosis& diagnosis, unsigned long reason) {
  const int code = ERR_GET_REASON(reason);
  const char* text = ERR_reason_error_string(reason);
  diagnosis.detail = text != nullptr ? text : "the handshake failed";
  switch (code) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_WRONG_SSL_VERSION:
      diagnosis.verdict = TlsVerdict::protocol_too_old;
      break;
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      diagnosis.verdict = TlsVerdict::not_tls;
      break;
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
    case SSL_R_DH_KEY_TOO_SMALL:
    case SSL_R_WRONG_SIGNATURE_TYPE:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      diagnosis.verdict = TlsVerdict::too_weak;
      break;
    default:
      diagnosis.verdict = TlsVerdict::other;
  }
}

}  // namespace

std::string_view tls_verdict_name(TlsVerdict verdict) {
  switch (verdict) {
    case TlsVerdict::ok:
      return "ok";
    case TlsVerdict::name_mismatch:
      return "name_mismatch";
    case TlsVerdict::expired:
      return "expired";
    case TlsVerdict::not_yet_valid:
      return "not_yet_valid";
    case TlsVerdict::untrusted:
      return "untrusted";
    case TlsVerdict::incomplete_chain:
      return "incomplete_chain";
    case TlsVerdict::protocol_too_old:
      return "protocol_too_old";
    case TlsVerdict::too_weak:
      return "too_weak";
    case TlsVerdict::not_tls:
      return "not_tls";
    case TlsVerdict::closed:
      return "closed";
    case TlsVerdict::timed_out:
      return "timed_out";
    case TlsVerdict::other:
      return "other";
  }
  return "other";
}

Result<TlsDiagnosis> diagnose_tls(const SocketAddress& address, std::string_view server_name,
                                  const CertificateTrust& trust, Deadline deadline, std::stop_token stop) {
  MW_TRY(const FileDescriptor socket, connect_tcp(address, deadline, stop));
  const ContextPtr context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  const SslPtr ssl(SSL_new(context.get()), SSL_free);
  // So that a weak certificate is seen and named rather than ending the handshake.
  SSL_set_security_level(ssl.get(), 0);
  if (!IpAddress::parse(server_name)) SSL_set_tlsext_host_name(ssl.get(), std::string(server_name).c_str());
  SSL_set_fd(ssl.get(), socket.get());

  TlsDiagnosis diagnosis;
  unsigned long reason = 0;
  const Handshake course = shake_hands(ssl.get(), socket.get(), deadline, stop, reason);
  STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl.get());
  for (int i = 0; i < std::min(sk_X509_num(sent), 10); ++i)
    diagnosis.chain.push_back(describe_certificate(sk_X509_value(sent, i)));
  switch (course) {
    case Handshake::cancelled:
      return fail(BaseError::cancelled, "the handshake with " + address.text() + " was cancelled");
    case Handshake::timed_out:
      diagnosis.verdict = TlsVerdict::timed_out;
      diagnosis.detail = "the server accepts the connection but does not answer the handshake";
      return diagnosis;
    case Handshake::closed:
      diagnosis.verdict = TlsVerdict::closed;
      diagnosis.detail = "the server closed the connection during the handshake";
      return diagnosis;
    case Handshake::failed:
      judge_failure(diagnosis, reason);
      return diagnosis;
    case Handshake::done:
      break;
  }
  diagnosis.protocol = SSL_get_version(ssl.get());
  diagnosis.cipher = SSL_get_cipher_name(ssl.get());
  if (diagnosis.chain.empty()) {
    diagnosis.detail = "the server sent no certificate";
    return diagnosis;
  }
  judge_chain(diagnosis, ssl.get(), server_name, trust);
  if (diagnosis.verdict == TlsVerdict::untrusted || diagnosis.verdict == TlsVerdict::incomplete_chain) {
    diagnosis.candidate = trust_candidate(ssl.get(), server_name);
  }
  return diagnosis;
}

}  // namespace mailward
