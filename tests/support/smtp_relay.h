#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/paths.h"
#include "tests/support/supervised.h"
#include "tests/support/test_ca.h"

namespace mailward::testing {

struct SmtpRelayOptions {
  bool implicit_tls = false;
  bool starttls = true;
  std::string user{};  ///< whom it lets sign in; empty: nobody is asked to
  std::string password{};
  CertificateWish certificate{.common_name = "relay", .dns_names = {"relay.example.test"}};
};

/// A real SMTP relay (aiosmtpd) on loopback. Its certificate is for relay.example.test unless it is told otherwise.
class SmtpRelay {
 public:
  /// Throws where it does not come up.
  explicit SmtpRelay(SmtpRelayOptions options = {});
  ~SmtpRelay();
  SmtpRelay(const SmtpRelay&) = delete;
  SmtpRelay& operator=(const SmtpRelay&) = delete;

  std::uint16_t port() const { return port_; }
  const std::string& ca_pem() const { return ca_.pem(); }
  /// What it does from now on ("rcpt 550 5.7.1 no", "data 451 later", "hang data", "hang ehlo", "close data"); empty:
  /// its best.
  void set_mood(std::string_view mood) const;
  void set_password(std::string_view password) const;
  /// The mails that it has taken, in order; recipients on the first line.
  std::vector<std::string> mails() const;
  /// "right" and "wrong", in order.
  std::vector<std::string> sign_ins() const;
  /// How often somebody said EHLO.
  std::size_t greetings() const;

 private:
  std::vector<std::string> lines_of(const char* file) const;
  TemporaryFolder folder_;
  TestCa ca_;
  Supervised process_;
  std::uint16_t port_ = 0;
};

}  // namespace mailward::testing
