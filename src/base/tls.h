#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/net.h"
#include "base/result.h"

using X509 = struct x509_st;

namespace mailward {

/// Whom a TLS server's certificate must lead to: the system's authorities, or those of one file. There is no third way.
class CertificateTrust {
 public:
  static CertificateTrust system() { return CertificateTrust(); }
  /// Reads one or more PEM certificates (at most 256, 1 MiB). Errors: malformed, with the place.
  static Result<CertificateTrust> from_pem(std::string pem);

  bool is_system() const { return pem_.empty(); }
  /// The certificates as given; empty for the system's.
  const std::string& pem() const { return pem_; }
  /// "system", or "sha256:" and the hash over the certificates' DER in order: what a stored password is bound to.
  const std::string& identity() const { return identity_; }

 private:
  CertificateTrust() = default;
  std::string pem_;
  std::string identity_ = "system";
};

/// What a person needs to know of a certificate.
struct CertificateInfo {
  std::string subject;  ///< RFC 2253 form, made printable
  std::string issuer;
  std::vector<std::string> dns_names;  ///< of the subject alternative name; addresses in text form
  Timestamp not_before;
  Timestamp not_after;
  Sha256 fingerprint{};  ///< SHA-256 over the DER form
  std::string key;       ///< "RSA 2048", "EC P-256"
  std::string signature_algorithm;
  bool self_signed = false;
};
CertificateInfo describe_certificate(X509* certificate);
/// Of each certificate in a PEM text, in order (at most 256, 1 MiB). Errors: malformed, with the place.
Result<std::vector<CertificateInfo>> describe_certificates(std::string_view pem);

/// The channel binding `tls-server-end-point` of RFC 5929 section 4.1 for a server's certificate:
/// "tls-server-end-point:" and the hash of the certificate by its signature's hash algorithm, where MD5 and SHA-1
/// become SHA-256. Errors: crypto for a certificate whose signature has no single hash.
Result<Bytes> tls_server_end_point(X509* certificate);

enum class TlsVerdict {
  ok,
  name_mismatch,
  expired,
  not_yet_valid,
  untrusted,         ///< the issuer is not among those trusted: a private authority, or the server's own certificate
  incomplete_chain,  ///< an intermediate certificate that the server should send is missing
  protocol_too_old,  ///< the server offers nothing from TLS 1.2 on
  too_weak,          ///< key, hash or cipher below what the security level allows
  not_tls,           ///< the answer was no TLS at all
  closed,            ///< the peer closed or reset during the handshake
  timed_out,
  other,
};
std::string_view tls_verdict_name(TlsVerdict verdict);

/// A certificate that a server sent and that a person may choose to trust.
struct TrustCandidate {
  CertificateInfo certificate;
  std::string pem;
  bool of_server = false;  ///< the server's own certificate; else that of an authority above it
};

/// One handshake made to find out what is wrong with the certificate; nothing is sent inside it.
struct TlsDiagnosis {
  TlsVerdict verdict = TlsVerdict::other;
  std::string detail;    ///< a sentence for a person
  std::string protocol;  ///< "TLSv1.3" where the handshake got that far
  std::string cipher;
  std::vector<CertificateInfo> chain;  ///< as the server sent it, at most 10
  /// Where the verdict is untrusted or incomplete_chain: the topmost certificate that was sent of the server's chain,
  /// if trusting it, and nothing else, makes the chain and the name hold. None where it would not: something else is
  /// wrong as well.
  std::optional<TrustCandidate> candidate;
};

/// For programs that ignore SIGPIPE. Connects to `address` and shakes hands as `server_name`. Errors: ConnectError
/// where TCP fails; what TLS says is the value.
Result<TlsDiagnosis> diagnose_tls(const SocketAddress& address, std::string_view server_name,
                                  const CertificateTrust& trust, Deadline deadline, std::stop_token stop = {});

/// Which of the versions before TLS 1.2 the server still takes, oldest first ("TLSv1", "TLSv1.1"): one connection and
/// handshake for each, without looking at the certificate; nothing is sent inside. For programs that ignore SIGPIPE.
/// Errors: ConnectError, timed_out, cancelled.
Result<std::vector<std::string>> old_tls_versions(const SocketAddress& address, std::string_view server_name,
                                                  Deadline deadline, const std::stop_token& stop = {});

}  // namespace mailward
