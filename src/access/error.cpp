#include "access/error.h"

namespace mailward::access {

std::string_view error_subject(AccessError) {
  return "access";
}

std::string_view error_name(AccessError code) {
  switch (code) {
    case AccessError::unknown_user:
      return "unknown_user";
    case AccessError::unknown_role:
      return "unknown_role";
    case AccessError::unknown_session:
      return "unknown_session";
    case AccessError::unknown_token:
      return "unknown_token";
    case AccessError::invalid_form:
      return "invalid_form";
    case AccessError::already_exists:
      return "already_exists";
    case AccessError::version_changed:
      return "version_changed";
    case AccessError::last_administrator:
      return "last_administrator";
    case AccessError::weak_password:
      return "weak_password";
    case AccessError::sign_in_refused:
      return "sign_in_refused";
    case AccessError::code_required:
      return "code_required";
    case AccessError::throttled:
      return "throttled";
    case AccessError::busy:
      return "busy";
    case AccessError::not_signed_in:
      return "not_signed_in";
    case AccessError::invitation_void:
      return "invitation_void";
    case AccessError::wrong_code:
      return "wrong_code";
    case AccessError::no_totp:
      return "no_totp";
    case AccessError::totp_enforced:
      return "totp_enforced";
  }
  std::unreachable();
}

Error form_error(const std::vector<FieldProblem>& problems) {
  std::string sentence;
  for (const FieldProblem& problem : problems) {
    if (!sentence.empty()) sentence += "; ";
    sentence += problem.field + ": " + problem.problem;
  }
  return {AccessError::invalid_form, std::move(sentence)};
}

}  // namespace mailward::access
