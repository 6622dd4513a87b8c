#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/failure.h"
#include "ews/http_fields.h"

namespace mailward::ews {

/// The sign-ins that a proxy's answer offers (Proxy-Authenticate), each once, as it spells them, made printable.
std::vector<std::string> proxy_offers(const HttpFields& head);

/// A proxy that gave no tunnel, in words: `why` where its answer says nothing.
Failure no_tunnel(const SocketAddress& proxy, ProxyWords said, std::string_view why);

}  // namespace mailward::ews
