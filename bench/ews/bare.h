#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/ews/measured.h"

/// The least that libcurl, pugixml and a base64 decoder can do: what our client is held to.
namespace mailward::bench {

enum class BareScheme { basic, ntlm, negotiate };

/// Posts `body` over and over on so many connections, one thread each, for `lasts`. Negotiate takes the credential
/// cache that KRB5CCNAME names.
Did bare_posts(const Server& server, BareScheme scheme, int connections, const std::string& body,
               std::chrono::milliseconds lasts);

/// Posts the bodies one after another on one connection; of each answer every t:MimeContent is decoded. `bytes` are
/// those of the messages.
Did bare_fetch(const Server& server, const std::vector<std::string>& bodies);

}  // namespace mailward::bench
