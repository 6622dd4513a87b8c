#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "exchange_sim/faults.h"
#include "http/server.h"

/// Certificates for the played servers: a root, an issuing authority below it, and what servers show.
namespace mailward::exchange_sim {

/// Kept in a folder, so that a restart is trusted by whoever trusted it before: ca.pem, and the private keys (0600).
class CertificateAuthority {
 public:
  /// Reads the authorities that `folder` holds or makes them. Server certificates name `host`, *.domain, localhost and
  /// the addresses. Errors: io, crypto.
  static Result<CertificateAuthority> open(const std::filesystem::path& folder, const std::string& host,
                                           const std::string& domain, const std::vector<std::string>& addresses);

  std::filesystem::path root_file() const { return folder_ / "ca.pem"; }
  /// The sound chain, or the one with the fault. Certificates made for a fault are made anew. Errors: crypto.
  Result<http::TlsOptions> tls(std::optional<FaultKind> fault) const;
  /// What shows itself in the servers' place: a sound certificate for the same names with a key of its own, from
  /// another issuing authority below the root, or from the servers' own. Errors: crypto.
  Result<http::TlsOptions> tls_of_inspection(bool same_issuer) const;

 private:
  Result<std::string> issue(std::optional<FaultKind> fault, const std::string& key_pem) const;

  std::filesystem::path folder_;
  std::string host_;
  std::string domain_;
  std::string addresses_;  ///< as OpenSSL's configuration writes them: ",IP:127.0.0.1"
  std::string root_pem_;
  std::string root_key_;
  std::string issuing_pem_;
  std::string issuing_key_;
  std::string server_pem_;
  std::string server_key_;
};

/// Whether this fault is a certificate or a TLS setting.
bool is_tls_fault(FaultKind kind);

}  // namespace mailward::exchange_sim
