#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mailward::access {

enum class AccessError {
  unknown_user,
  unknown_role,
  unknown_session,
  unknown_token,
  /// A field does not hold; the check function of the form (check_user(), check_token()) names each.
  invalid_form,
  /// Another user has that name.
  already_exists,
  /// Somebody else saved in the meantime: the message says who, and what stands otherwise than was wished.
  version_changed,
  /// After it nobody could administer any more.
  last_administrator,
  /// The new password does not hold to the rules (password_rules.h).
  weak_password,
  /// Name, password or code is not right, or the user may not sign in: one answer for all of them.
  sign_in_refused,
  /// The password is right and the user's one-time code is wanted too.
  code_required,
  /// Too many attempts; Refused::retry_after says when the next one counts.
  throttled,
  /// Too many passwords are being checked at this moment.
  busy,
  /// No session or token, or one that has ended.
  not_signed_in,
  /// The invitation was used, replaced, has expired, or never was.
  invitation_void,
  /// The code does not prove the pending one-time code secret.
  wrong_code,
  /// There is no one-time code secret to be proven or dropped.
  no_totp,
  /// A role of the user demands one-time codes.
  totp_enforced,
};
std::string_view error_subject(AccessError code);
std::string_view error_name(AccessError code);

/// What is wrong with one field of a form. Field names are those of the API.
struct FieldProblem {
  std::string field;
  std::string problem;  ///< a sentence for a person, which repeats no password
};
/// invalid_form, with all of them in one sentence. `problems` is not empty.
Error form_error(const std::vector<FieldProblem>& problems);

/// Why something that a password or code opens was not done, and when to come again (for throttled and busy, else 0).
struct Refused {
  Refused(Error why, std::chrono::seconds wait = {})  // NOLINT(google-explicit-constructor): errors pass through
      : error(std::move(why)), retry_after(wait) {}
  Error error;
  std::chrono::seconds retry_after;
};
template <typename T>
using Attempt = std::expected<T, Refused>;

}  // namespace mailward::access
