#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "directory/directory.h"

namespace mailward::connections {

/// One domain controller as an administrator writes it: "dc1.example.test", "dc1.example.test:3636", "ldap://…" for
/// StartTLS on 389 and "ldaps://…" for TLS from the first byte (the default). The port is filled in. "srv:example.test"
/// stands for those that DNS names for the domain, "srv:example.test/Site-Name" for those of a site before the others;
/// they are asked by LDAPS. Errors: invalid_form.
Result<directory::Controller> parse_controller(std::string_view text);
/// "ldaps://dc1.example.test:636", "srv:example.test".
std::string controller_text(const directory::Controller& controller);

}  // namespace mailward::connections
