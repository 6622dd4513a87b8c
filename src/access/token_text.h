#pragma once

#include <string_view>

#include "access/error.h"
#include "base/secret.h"

/// The form of what opens a session, an invitation or an API. Internal to access/.
namespace mailward::access {

/// 32 random bytes as 64 hexadecimal digits.
SecretString random_token();
/// Whether it has random_token()'s form, before a hash of it is looked for.
bool is_random_token(std::string_view text);

/// "mw_", 64 hexadecimal digits, and 8 of the SHA-256 of these.
SecretString random_api_token();
bool is_api_token(std::string_view text);

/// With a word of when to come again where the error is `busy`.
Refused when_busy(Error error);

}  // namespace mailward::access
