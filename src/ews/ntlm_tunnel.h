#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/file.h"
#include "ews/failure.h"
#include "ews/session.h"

namespace mailward::ews {

/// Asks an HTTP proxy for a tunnel to `target` ("192.0.2.1:443") with a sign-in by NTLM: type 1, type 2, type 3, on one
/// connection. libcurl could, but answers a challenge without target information by NTLMv1. `tickets` keeps
/// gss-ntlmssp's credential, made at the first time. One password costs one attempt, and `shown` is told what came of
/// it. Blocks its caller. Errors: proxy_failed, connect's, timed_out, cancelled, token_failed.
Outcome<FileDescriptor> open_ntlm_tunnel(const Proxy& proxy, TicketHandle& tickets, ProxyTry& shown,
                                         std::string_view target, std::string_view user_agent, Deadline deadline,
                                         const std::stop_token& stop);

}  // namespace mailward::ews
