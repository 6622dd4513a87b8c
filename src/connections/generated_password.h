#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace mailward::connections {

/// What a password that Mailward makes must satisfy, as read from the policy in force.
struct PasswordRules {
  std::size_t length = 64;         ///< wished; the policy's minimum where that is more
  std::size_t minimum_length = 0;  ///< the policy's
  /// Letters and digits with "-", "_" and "." alone: for tools that take other signs apart (HTTP Basic by hand, LDIF,
  /// command lines). A password of this kind satisfies Active Directory's complexity all the same.
  bool plain = false;
  /// Active Directory's complexity forbids what holds one of these: the sAMAccountName, and the parts of the display
  /// name between its delimiters; whatever the case, from three letters on.
  std::vector<std::string> names{};
};

/// A random password (the system's source), every one that satisfies the rules as likely as any other. It always has
/// capital and small letters and digits, and without `plain` another sign: what Active Directory's complexity wants
/// (three of five kinds; MS "Password must meet complexity requirements"). Errors: limit_exceeded where the policy
/// wants more than 127 characters, the most that Windows' own tools take.
Result<SecretString> generated_password(const PasswordRules& rules);

}  // namespace mailward::connections
