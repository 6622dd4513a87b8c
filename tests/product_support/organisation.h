#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tests/product_support/product.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/samba_dc.h"

namespace mailward::testing {

/// A whole organisation: a real Samba AD controller, the simulated Exchange whose accounts live in it (two front ends
/// behind a balancer without affinity, Extended Protection required), and the product that has both to test. The
/// service account is `svc-mailward`, made anew with each object, so that no earlier test has left a mark on it.
class Organisation {
 public:
  struct Options {
    SambaDc* controller = nullptr;  ///< null: the shared one
    SambaDc* second = nullptr;      ///< another of the same domain, which the directory names after the first
    bool reader = true;             ///< whether the directory has a reader
    bool realm = true;              ///< whether the directory names its realm, so that the KDC is asked
    bool directory = true;
    std::string domain = std::string(SambaDc::kDomain);  ///< the NetBIOS name that the directory is told
    int lockout_threshold = 10;
    connections::Authentication authentication{};
    std::chrono::milliseconds hold_limit{10'000};
    std::chrono::milliseconds patience{15'000};
    std::map<std::string, std::vector<std::string>> more_hosts{};
    std::vector<std::uint16_t> more_ports{};
  };
  Organisation() : Organisation(Options{}) {}
  explicit Organisation(const Options& options);

  static constexpr std::string_view kAccount = "svc-mailward";
  static constexpr std::string_view kPassword = "Directory-Passw0rd-1!";
  static constexpr std::string_view kReaderPassword = "Reader-Passw0rd-1!";

  SambaDc& controller() { return *controller_; }
  ExchangeSimulator& exchange() { return *simulator_; }
  Product& product() { return *product_; }
  /// Of a connection by every address, Kerberos and NTLM allowed.
  connections::ConnectionForm form() const;
  std::optional<connections::DirectoryId> directory() const { return directory_; }
  /// Tests the form (by default form()) with a typed password.
  TestOutcome test(std::string_view password = kPassword) { return test(form(), password); }
  TestOutcome test(connections::ConnectionForm form, std::string_view password = kPassword) {
    return product_->test_form(std::move(form), password, directory_);
  }
  /// Saves the connection, whose password signs in; with the reset account, so that it can be rotated.
  connections::ServerConnection connect();
  static constexpr std::string_view kResetter = "mailward-reset";
  static constexpr std::string_view kResetterPassword = "Resetter-Passw0rd-1!";
  int bad_password_count() const { return controller_->bad_password_count(kAccount); }

 private:
  SambaDc* controller_;
  TemporaryFolder folder_;
  std::unique_ptr<ExchangeSimulator> simulator_;
  std::unique_ptr<Product> product_;
  std::optional<connections::DirectoryId> directory_;
  Options options_;
};

/// The ports of a simulator's listeners, for the product's destination policy.
std::vector<std::uint16_t> ports_of(const ExchangeSimulator& simulator);
/// A form that reaches a simulator by all its addresses.
connections::ConnectionForm form_for(const ExchangeSimulator& simulator);

}  // namespace mailward::testing
