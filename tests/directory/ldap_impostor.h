#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/test_ca.h"

namespace mailward::directory {

/// Somebody with a controller's good name and certificate, on 127.0.0.1, who says what a test wants: after each piece
/// of a request inside TLS the next answer, then nothing. Knows nothing of LDAP.
class LdapImpostor {
 public:
  LdapImpostor(const testing::TestCa& authority, std::vector<std::string> answers);
  ~LdapImpostor();
  LdapImpostor(const LdapImpostor&) = delete;
  LdapImpostor& operator=(const LdapImpostor&) = delete;

  std::uint16_t port() const { return port_; }
  /// What it heard inside TLS, of all connections; once it has stopped.
  std::string heard();

 private:
  void serve();
  void converse(int client);
  void stop();

  testing::IssuedCertificate certificate_;
  std::vector<std::string> answers_;
  std::string heard_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  ///< of heard_
  std::thread server_;
};

/// An LDAPMessage (RFC 4511 4.1.1): its number below 128, the tag of what it holds, and that.
std::string ldap_message(int number, char tag, const std::string& content);
/// An LDAPResult's members: the code, no matched DN, no words, and where it refers to.
std::string ldap_result(int code, const std::string& referral = {});

}  // namespace mailward::directory
