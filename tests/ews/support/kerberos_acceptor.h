#pragma once

#include <gssapi/gssapi.h>

#include <filesystem>
#include <optional>
#include <string>

#include "tests/ews/support/scripted_server.h"
#include "tests/ews/support/tunnel_proxy.h"

namespace mailward::testing {

/// The half of a server, or of a proxy, that takes Kerberos tickets: by a keytab, with MIT's GSSAPI and, where asked
/// to, only with the right channel binding. Not thread-safe: ScriptedServer and TunnelProxy call one at a time.
class KerberosAcceptor {
 public:
  /// Throws std::runtime_error for a keytab that cannot be used.
  explicit KerberosAcceptor(const std::filesystem::path& keytab);
  ~KerberosAcceptor();
  KerberosAcceptor(const KerberosAcceptor&) = delete;
  KerberosAcceptor& operator=(const KerberosAcceptor&) = delete;

  /// The server's own token in base64, or nothing where it refuses. Without `ssl` it is a proxy's.
  std::optional<std::string> accept(const ReceivedRequest& request, SSL* ssl, bool require_binding);
  /// What a proxy does that wants tickets: a tunnel, or 407.
  TunnelProxy::Judge judge();

  /// Of the last token.
  bool bound() const { return bound_; }
  /// How many were shown.
  unsigned tokens() const { return tokens_; }

 private:
  gss_cred_id_t credential_ = GSS_C_NO_CREDENTIAL;
  bool bound_ = false;
  unsigned tokens_ = 0;
};

}  // namespace mailward::testing
