#pragma once

#include <string_view>

#include "base/error.h"

namespace mailward::directory {

/// What went wrong at the directory. Refused binds are typed by the `data` code of Active Directory's diagnostic
/// message; the message keeps the server's own words.
enum class DirectoryError {
  bad_password,          ///< 52e, also for an unknown name
  unknown_user,          ///< 525
  logon_not_allowed,     ///< 530, 531, 534: hours, workstation or logon type
  password_expired,      ///< 532
  account_disabled,      ///< 533
  account_expired,       ///< 701
  must_change_password,  ///< 773
  account_locked,        ///< 775
  account_revoked,       ///< disabled, locked or expired: Kerberos did not say which
  refused_earlier,       ///< this reader's bind was refused before; it is not tried again with the same password
  unreachable,           ///< no controller took the connection
  tls_untrusted,         ///< the certificate's issuer is not trusted, or its chain is incomplete
  tls_name_mismatch,
  tls_expired,        ///< or not yet valid
  tls_failed,         ///< another reason; the message says which
  start_tls_refused,  ///< the controller offers no StartTLS: nothing goes over a plain connection
  timed_out,
  not_found,
  ambiguous,  ///< more than one entry answers to the name
  insufficient_rights,
  policy_unreadable,     ///< a fine-grained policy may be in force and the reader may not read it
  password_rejected,     ///< the new password breaks the policy in force, or changes too early; the message has the
                         ///< server's own words
  old_password_refused,  ///< in a change by the account itself: the old password is not the one in force
  outcome_unknown,       ///< the change was sent and its answer was not seen: it may have been done
  too_large,             ///< an answer beyond the limits
  protocol,              ///< what answered does not speak LDAP
  other,
};
std::string_view error_subject(DirectoryError code);
std::string_view error_name(DirectoryError code);

/// Whether the controller judged the reader and refused it: trying again would cost another attempt.
bool is_refused_bind(const Error& error);

}  // namespace mailward::directory
