#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/ews/support/scripted_server.h"
#include "tests/support/paths.h"

namespace mailward::testing {

enum class ExtendedProtection { none, require };

/// The server's half of NTLM for a ScriptedServer: gss-ntlmssp as acceptor with one account. One at a time in a
/// process, as it sets NTLM_USER_FILE while it lives.
class NtlmAcceptor {
 public:
  NtlmAcceptor(const std::string& domain, const std::string& user, const std::string& password,
               ExtendedProtection protection = ExtendedProtection::none);
  ~NtlmAcceptor();
  NtlmAcceptor(const NtlmAcceptor&) = delete;
  NtlmAcceptor& operator=(const NtlmAcceptor&) = delete;

  /// The 401 that answers a request which is not signed in, or nothing where the connection is signed in (now). `ssl`
  /// is null where there is no TLS, and so no binding.
  std::optional<Reaction> challenge(const ReceivedRequest& request, SSL* ssl);
  /// Type 3 messages that were judged.
  unsigned attempts() const { return attempts_; }
  unsigned refused() const { return refused_; }
  bool bound() const { return bound_; }  ///< the last accepted one carried the right channel binding
  std::string signed_in_as() const { return account_; }

 private:
  struct Half;
  TemporaryFolder folder_;
  ExtendedProtection protection_;
  std::map<unsigned, std::unique_ptr<Half>> connections_;
  unsigned attempts_ = 0;
  unsigned refused_ = 0;
  bool bound_ = false;
  std::string account_;
};

/// The proxy's half: the server's under other names. The 407 that answers a CONNECT, or nothing for a tunnel.
std::optional<std::string> proxy_challenge(NtlmAcceptor& acceptor, const ReceivedRequest& connect);

}  // namespace mailward::testing
