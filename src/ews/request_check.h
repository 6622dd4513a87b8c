#pragma once

#include <string_view>

#include "ews/session.h"

/// Inner part of the room: what is refused before anything is sent. Errors: invalid_request, with what it was.
namespace mailward::ews {

/// What goes into the request's head.
Status check_request(const HttpRequest& request, std::string_view path, std::string_view user_agent);
Status check_credential(const Credential& credential);
Status check_proxy(const Proxy& proxy);

}  // namespace mailward::ews
