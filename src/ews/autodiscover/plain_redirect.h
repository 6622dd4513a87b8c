#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/net.h"

namespace mailward::ews {

/// Asks `host` at `address`, by plain HTTP, without credentials and without any word of whom it is about, for
/// /autodiscover/autodiscover.xml: the one request that ever goes out unencrypted, made for the Location of its answer
/// alone (MS-OXDISCO 3.1.5.4). What it gives is as untrusted as the wire it came over. Nothing where it redirects
/// nowhere. At most 64 KiB are read. Errors: ConnectError, BaseError::timed_out, cancelled, malformed.
Result<std::optional<std::string>> plain_redirect(const SocketAddress& address, std::string_view host,
                                                  std::string_view user_agent, Deadline deadline,
                                                  std::stop_token stop = {});

}  // namespace mailward::ews
