#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "exchange_sim/settings.h"

namespace mailward::exchange_sim {

/// A security context in the making; belongs to one connection.
class KerberosContext {
 public:
  KerberosContext();
  ~KerberosContext();
  KerberosContext(const KerberosContext&) = delete;
  KerberosContext& operator=(const KerberosContext&) = delete;

  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct KerberosStep {
  enum class State { accepted, more, refused };
  State state = State::refused;
  Bytes answer;           ///< a token for the client; may be empty
  std::string principal;  ///< "svc-mailward@EXAMPLE.TEST" once accepted
};

/// Accepts SPNEGO and Kerberos tokens (RFC 4178, RFC 4559) with the keys of one keytab. Thread-safe.
class KerberosAcceptor {
 public:
  /// Errors: io for a file that cannot be read; crypto when the keytab cannot be used, with GSSAPI's word.
  static Result<std::unique_ptr<KerberosAcceptor>> open(const std::string& keytab);
  ~KerberosAcceptor();

  /// Under `require` a context without a matching binding (GSS_C_CHANNEL_BOUND_FLAG) is refused, under `allow` one with
  /// a wrong binding.
  KerberosStep accept(KerberosContext& context, BytesView token, ExtendedProtection protection,
                      BytesView end_point) const;

 private:
  KerberosAcceptor();
  struct Credential;
  std::unique_ptr<Credential> credential_;
};

}  // namespace mailward::exchange_sim
