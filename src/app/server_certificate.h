#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/server.h"

namespace mailward::app {

/// Where the certificate that the API and the console show comes from.
struct ServerCertificateSettings {
  std::filesystem::path certificate;  ///< PEM, the chain; empty: a self-signed one is made
  std::filesystem::path key;          ///< PEM, mode 0600
  std::filesystem::path made_in;      ///< folder of the self-signed one
  std::vector<std::string> names;     ///< DNS names and addresses that the self-signed one is for
};

/// The server's certificate: the administrator's own files, or one that vouches for itself, made at the first start and
/// made anew when it has less than 30 days left or other names are wanted. Thread-safe.
class ServerCertificate {
 public:
  /// Errors: ConfigurationError::invalid where files cannot be used.
  static Result<std::unique_ptr<ServerCertificate>> open(ServerCertificateSettings settings, const Clock& clock);
  ~ServerCertificate();
  ServerCertificate(const ServerCertificate&) = delete;
  ServerCertificate& operator=(const ServerCertificate&) = delete;

  http::TlsOptions options() const;
  /// SHA-256 over the certificate's DER form, upper-case hexadecimal with colons, as browsers show it.
  std::string fingerprint() const;
  bool self_signed() const;
  /// Makes key and self-signed certificate anew, in their files; whoever watches takes them up at the next look.
  /// Returns the new fingerprint. Errors: invalid for the administrator's own files; io.
  static Result<std::string> make_anew(ServerCertificateSettings settings, const Clock& clock);
  /// Where the private key lies, and the certificate.
  static std::filesystem::path key_file(const ServerCertificateSettings& settings);
  static std::filesystem::path certificate_file(const ServerCertificateSettings& settings);

  /// Looks at the files every `interval` from now on and hands what changed to `use`, on a thread of its own. Files
  /// that do not hold are logged once and the old certificate stays. To be called once.
  void watch(std::chrono::milliseconds interval, std::function<Status(const http::TlsOptions&)> use);

 private:
  struct State;
  explicit ServerCertificate(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mailward::app
