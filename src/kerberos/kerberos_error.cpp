#include "kerberos/tickets.h"

namespace mailward::kerberos {

std::string_view error_subject(KerberosError) {
  return "kerberos";
}

std::string_view error_name(KerberosError code) {
  switch (code) {
    case KerberosError::bad_password:
      return "bad_password";
    case KerberosError::password_expired:
      return "password_expired";
    case KerberosError::must_change_password:
      return "must_change_password";
    case KerberosError::account_disabled:
      return "account_disabled";
    case KerberosError::account_locked:
      return "account_locked";
    case KerberosError::account_expired:
      return "account_expired";
    case KerberosError::account_revoked:
      return "account_revoked";
    case KerberosError::not_allowed_now:
      return "not_allowed_now";
    case KerberosError::unknown_user:
      return "unknown_user";
    case KerberosError::foreign_domain:
      return "foreign_domain";
    case KerberosError::unreachable:
      return "unreachable";
    case KerberosError::unanswered:
      return "unanswered";
    case KerberosError::no_kdc_known:
      return "no_kdc_known";
    case KerberosError::clock_skew:
      return "clock_skew";
    case KerberosError::etype_mismatch:
      return "etype_mismatch";
    case KerberosError::no_spn:
      return "no_spn";
    case KerberosError::duplicate_spn:
      return "duplicate_spn";
    case KerberosError::malformed_answer:
      return "malformed_answer";
    case KerberosError::other:
      return "other";
  }
  return "other";
}

}  // namespace mailward::kerberos
