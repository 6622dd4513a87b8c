#pragma once

#include <memory>
#include <stop_token>
#include <string_view>

#include "base/clock.h"
#include "base/net.h"
#include "base/result.h"
#include "base/tls.h"

namespace mailward {

enum class TlsStreamError {
  untrusted,  ///< the certificate does not lead to what is trusted, or is for another name
  failed,     ///< the handshake or the connection failed
  timed_out,
};
std::string_view error_subject(TlsStreamError code);
std::string_view error_name(TlsStreamError code);

/// A TLS connection (1.2 or 1.3) to a server whose certificate was verified, for protocols that mainly send. For one
/// thread at a time, in programs that ignore SIGPIPE.
class TlsStream {
 public:
  /// Errors: ConnectError, TlsStreamError, cancelled.
  static Result<TlsStream> connect(const SocketAddress& address, std::string_view server_name,
                                   const CertificateTrust& trust, Deadline deadline, const std::stop_token& stop = {});
  TlsStream(TlsStream&&) noexcept;
  TlsStream& operator=(TlsStream&&) noexcept;
  ~TlsStream();

  /// All of it, as far as the system takes it. Errors: TlsStreamError; cancelled.
  Status send(std::string_view bytes, Deadline deadline, const std::stop_token& stop = {});
  /// Whether the server has closed its side; what it says otherwise is read and dropped.
  bool ended();
  /// The socket underneath, to look at.
  int descriptor() const;

 private:
  struct State;
  explicit TlsStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mailward
