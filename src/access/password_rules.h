#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace mailward::access {

inline constexpr std::size_t kShortestPassword = 12;
inline constexpr std::size_t kLongestPassword = 1024;

/// What is wrong with a new password, as a sentence that repeats none of it; nothing where it holds. By NIST SP 800-63B
/// 3.1.1.2: no rules of composition, no expiry; 12 to 1024 bytes of UTF-8 without control characters, not the user's
/// name with a few letters around it, and none of the commonest (a short list, repetitions, runs of the keyboard).
/// Unicode is taken as it is typed: two ways to compose a letter are two passwords.
std::optional<std::string> password_problem(const SecretString& password, std::string_view user_name);

}  // namespace mailward::access
