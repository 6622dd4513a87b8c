#pragma once

#include "access/access.h"
#include "api/error.h"
#include "api/json.h"

namespace mailward::api {

Json json_of(const access::User& user);
Json json_of(const access::Session& session);
Json json_of(const access::Token& token);
/// With the address that carries the invitation: its token stands behind "#", which no browser sends.
Json json_of(const access::Invitation& invitation, const std::string& console_url);

/// A password that does not hold to the rules is the fault of that member.
Failure weak_password_of(access::Refused refused, std::string_view member);

}  // namespace mailward::api
