#include "directory/directory_error.h"

namespace mailward::directory {

std::string_view error_subject(DirectoryError) {
  return "directory";
}

std::string_view error_name(DirectoryError code) {
  switch (code) {
    case DirectoryError::bad_password:
      return "bad_password";
    case DirectoryError::unknown_user:
      return "unknown_user";
    case DirectoryError::logon_not_allowed:
      return "logon_not_allowed";
    case DirectoryError::password_expired:
      return "password_expired";
    case DirectoryError::account_disabled:
      return "account_disabled";
    case DirectoryError::account_expired:
      return "account_expired";
    case DirectoryError::must_change_password:
      return "must_change_password";
    case DirectoryError::account_locked:
      return "account_locked";
    case DirectoryError::account_revoked:
      return "account_revoked";
    case DirectoryError::refused_earlier:
      return "refused_earlier";
    case DirectoryError::unreachable:
      return "unreachable";
    case DirectoryError::tls_untrusted:
      return "tls_untrusted";
    case DirectoryError::tls_name_mismatch:
      return "tls_name_mismatch";
    case DirectoryError::tls_expired:
      return "tls_expired";
    case DirectoryError::tls_failed:
      return "tls_failed";
    case DirectoryError::start_tls_refused:
      return "start_tls_refused";
    case DirectoryError::timed_out:
      return "timed_out";
    case DirectoryError::not_found:
      return "not_found";
    case DirectoryError::ambiguous:
      return "ambiguous";
    case DirectoryError::insufficient_rights:
      return "insufficient_rights";
    case DirectoryError::policy_unreadable:
      return "policy_unreadable";
    case DirectoryError::password_rejected:
      return "password_rejected";
    case DirectoryError::old_password_refused:
      return "old_password_refused";
    case DirectoryError::outcome_unknown:
      return "outcome_unknown";
    case DirectoryError::too_large:
      return "too_large";
    case DirectoryError::protocol:
      return "protocol";
    case DirectoryError::other:
      return "other";
  }
  return "other";
}

bool is_refused_bind(const Error& error) {
  using enum DirectoryError;
  for (auto code : {bad_password, unknown_user, logon_not_allowed, password_expired, account_disabled, account_expired,
                    must_change_password, account_locked, account_revoked}) {
    if (error.is(code)) return true;
  }
  return false;
}

}  // namespace mailward::directory
