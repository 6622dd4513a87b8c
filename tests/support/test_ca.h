#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// A certificate authority for tests, with the good and the bad certificates that servers are seen with. Throws where
/// OpenSSL fails.
namespace mailward::testing {

enum class KeyKind { ec_p256, rsa_2048, rsa_1024 };
enum class SignatureKind { sha256, sha384, sha512, sha1, rsa_pss_sha256 };

/// What a server's certificate shall say.
struct CertificateWish {
  std::string common_name = "server";
  std::vector<std::string> dns_names{};
  std::vector<std::string> addresses{};                 ///< IP addresses in the subject alternative name
  std::chrono::seconds starts{-std::chrono::hours(1)};  ///< from now
  std::chrono::seconds ends{std::chrono::hours(24 * 30)};
  KeyKind key = KeyKind::ec_p256;
};

/// PEM texts.
struct IssuedCertificate {
  std::string certificate;
  std::string key;
  std::string chain;  ///< the certificate, then the intermediates that a server should send; the root left out

  /// Writes DIR/NAME.crt (the chain, or the certificate alone) and DIR/NAME.key (0600).
  void write(const std::filesystem::path& dir, std::string_view name, bool with_chain = true) const;
};

class TestCa {
 public:
  /// A new root. `key` and `signature` are those it signs with (SHA-1, SHA-512 and RSA-PSS for channel binding tests;
  /// the latter needs an RSA key).
  explicit TestCa(std::string name = "Example Root", KeyKind key = KeyKind::ec_p256,
                  SignatureKind signature = SignatureKind::sha256);
  ~TestCa();
  TestCa(TestCa&&) noexcept;
  TestCa& operator=(TestCa&&) noexcept;

  /// An authority below this one.
  TestCa intermediate(std::string name = "Example Intermediate") const;
  /// A server's certificate.
  IssuedCertificate issue(const CertificateWish& wish) const;
  /// A certificate that stands for itself.
  static IssuedCertificate self_signed(const CertificateWish& wish);

  /// This authority's own certificate.
  const std::string& pem() const;
  void write_pem(const std::filesystem::path& path) const;

 private:
  struct State;
  explicit TestCa(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mailward::testing
