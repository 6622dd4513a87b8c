#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/file.h"
#include "ews/failure.h"
#include "ews/session.h"

namespace mailward::ews {

/// Whither, and as whom to the eye.
struct TunnelAsked {
  std::string_view target;  ///< "192.0.2.1:443"
  std::string_view user_agent;
};

/// Asks an HTTP proxy for a tunnel, with a sign-in by Basic or NTLM. One password costs one attempt, and `shown` is
/// told what came of it. Blocks its caller. Errors: proxy_failed, connect's, timed_out, cancelled, token_failed.
/// - Basic crosses the wire as it is: the proxy is asked without it first, and shown it on a connection of its own
/// where
///   it offers Basic. libcurl would show it unasked, or to a connection that the proxy closes behind its question.
/// - NTLM: type 1, type 2, type 3, on one connection. libcurl answers a challenge without target information by NTLMv1.
///   `tickets` keeps gss-ntlmssp's credential, made at the first time.
Outcome<FileDescriptor> open_tunnel(const Proxy& proxy, TicketHandle& tickets, ProxyTry& shown,
                                    const TunnelAsked& asked, Deadline deadline, const std::stop_token& stop);

}  // namespace mailward::ews
