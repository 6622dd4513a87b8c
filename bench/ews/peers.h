#pragma once

#include <optional>
#include <string>

#include "bench/ews/measured.h"

/// The same work by clients that nobody here wrote, in processes of their own.
namespace mailward::bench {

/// exchangelib by Basic or NTLM: `what` is "small" or "large" (that question for `seconds`) or "fetch" (the whole
/// inbox).
Measured by_exchangelib(const Server& server, const std::string& what, const std::string& scheme, int connections,
                        double seconds);
/// DavMail's IMAP, the whole inbox.
Measured by_davmail(const Server& server);

}  // namespace mailward::bench
