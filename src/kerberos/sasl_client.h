#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "kerberos/tickets.h"

namespace mailward::kerberos {

/// The client's side of SASL's mechanism GSSAPI (RFC 4752), without a security layer: for a connection that has TLS
/// beneath it, where Active Directory takes no other (MS-ADTS 5.1.1.1.2). Kerberos only; nothing goes over a network
/// here. One thread.
class SaslClient {
 public:
  /// `tickets` must outlive this object and hold the ticket; `channel_binding` may be empty. Errors: as step().
  static Result<SaslClient> make(const Tickets& tickets, const ServiceTicket& ticket, Bytes channel_binding);
  SaslClient(SaslClient&&) noexcept;
  SaslClient& operator=(SaslClient&&) noexcept;
  ~SaslClient();

  /// The answer to the server's challenge, first of all to an empty one; may be empty and is to be sent all the same.
  /// Errors: KerberosError::malformed_answer for a challenge that proves no server or offers no way without a layer.
  Result<std::string> step(std::string_view challenge);
  /// The server has proved itself and was told the last: its next word is the outcome.
  bool complete() const;

 private:
  struct State;
  explicit SaslClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mailward::kerberos
