#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "connections/form.h"

namespace mailward::connections {

/// What makes a typed password look mistyped: a line end inside or at its end, outer spaces, control characters, or,
/// where Basic may be used, letters outside ASCII (RFC 7617 leaves their encoding to the server). Sentences for a
/// person that repeat nothing of the password; empty when nothing is odd.
std::vector<std::string> password_oddities(const SecretString& password, const Authentication& authentication);

/// Errors: invalid_form for a password that cannot be anyone's: empty, with a NUL, not UTF-8, over 256 characters.
Status check_password(const SecretString& password);

}  // namespace mailward::connections
