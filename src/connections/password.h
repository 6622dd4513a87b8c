#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "connections/form.h"

namespace mailward::connections {

/// A password as a person gave it.
struct TypedPassword {
  SecretString secret;
  bool confirmed = false;  ///< the person was asked about its oddities and means it
  /// Where the person saw that it would go: destination_text(). None: nobody says.
  std::optional<std::string> destination = std::nullopt;
};

/// What makes a typed password look mistyped: a line end inside or at its end, outer spaces, control characters, or,
/// where Basic may be used, letters outside ASCII (RFC 7617 leaves their encoding to the server). Sentences for a
/// person that repeat nothing of the password; empty when nothing is odd.
std::vector<std::string> password_oddities(const SecretString& password, const Authentication& authentication);

/// Errors: invalid_form for a password that cannot be anyone's: empty, with a NUL, not UTF-8, over 256 characters.
Status check_password(const SecretString& password);

/// Both: invalid_form, or suspicious_password naming the oddities where nobody confirmed them.
Status check_typed(const TypedPassword& password, const Authentication& authentication);

}  // namespace mailward::connections
