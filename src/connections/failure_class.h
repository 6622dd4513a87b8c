#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mailward::connections {

/// What a connection test found, one name for each thing that an administrator has to do something else about. The
/// table with title, remedy and weight is failure_class.cpp; the confusion matrix in docs/ shows each against its
/// fault.
enum class FailureClass {
  none,
  // The way there
  unknown_host,
  name_server_failed,
  destination_refused,
  connection_refused,
  connection_timed_out,
  unreachable,
  proxy_unreachable,
  proxy_tls,
  proxy_refused,  ///< it gives no tunnel to the server
  proxy_sign_in,  ///< it wants a sign-in, or refused this one
  address_dead,   ///< one of several addresses; degraded
  connection_reset,
  // TLS
  tls_name_mismatch,
  tls_expired,
  tls_not_yet_valid,
  tls_untrusted,
  tls_incomplete_chain,
  tls_too_old,
  tls_too_weak,
  not_tls,
  tls_failed,
  tls_intercepted,  ///< something opens TLS before the front ends, and breaks the sign-in; a note where it breaks
                    ///< nothing
  // HTTP
  forms_sign_in,
  portal_page,
  redirected,
  not_exchange,
  server_unavailable,
  server_error,
  malformed_answer,
  answer_timed_out,
  request_too_large,
  token_too_large,   ///< a Kerberos token does not fit in the head; degraded where NTLM serves
  out_of_service,    ///< the health check says so; degraded
  front_end_broken,  ///< one of several; degraded
  // Signing in
  scheme_not_allowed,
  extended_protection,
  no_spn,
  encryption_types,          ///< the service's
  account_encryption_types,  ///< the service account's
  foreign_domain,            ///< the account's domain is not its directory's
  kerberos_clock,
  kerberos_refused,  ///< but NTLM works; degraded
  fell_to_ntlm,      ///< Kerberos is allowed and its realm known, but another scheme signs in; degraded, or a note
                     ///< beside a class that says why
  kdc_unreachable,
  password_missing,
  password_suspicious,
  refused_before,   ///< remembered: not tried again
  try_interrupted,  ///< an earlier try's outcome is unknown
  lockout_near,     ///< too few tries are left to try this one
  bad_password,
  password_changed_elsewhere,
  older_database,  ///< a restored database has forgotten newer passwords
  account_unknown,
  account_locked,
  account_disabled,
  account_expired,
  password_expired,
  must_change_password,
  logon_not_allowed,
  refused_right_password,  ///< 401 although the directory takes the password
  refused_or_overloaded,   ///< 401, and nobody could be asked
  // Exchange
  ews_not_allowed,  ///< EWS disabled, or the user agent not allowed
  impersonation_denied,
  scope_too_wide,
  mailbox_check_missing,
  mailbox_unknown,
  mailbox_moved,
  mailbox_unknown_or_moved,
  throttled,
  server_too_old,
  autodiscover_differs,  ///< a note
  autodiscover_silent,   ///< a note
  clock_skew,
  write_refused,     ///< deep test: reading works, writing is denied
  mailbox_full,      ///< deep test
  leftovers_remain,  ///< deep test: what it made could not be removed; degraded
  exchange_error,    ///< another error of Exchange, in its own words
  // The test itself
  cancelled,
  account_busy,
  internal_error,
};

/// What weight a class has for the connection.
enum class Weight {
  note,          ///< worth knowing; the connection is healthy
  degraded,      ///< it works, not as it should
  failed,        ///< it does not work
  inconclusive,  ///< the test could not tell: nothing is learnt of the connection
  parked,        ///< it does not work until a person gives a credential or mends the account
};

struct FailureClassInfo {
  FailureClass failure;
  std::string_view name;   ///< snake_case, stable: in the API, the database and the matrix
  std::string_view title;  ///< a sentence for a person
  std::string_view
      remedy;  ///< what to do, often a PowerShell line; {mailbox}, {account}, {host}, {port} and {server} are filled in
  Weight weight;
  /// Where several causes look the same from outside: their names in the order to look, separated by ", ".
  std::string_view candidates;
};

/// Whether it is the proxy's, and not the server's.
bool is_of_proxy(FailureClass failure);
const FailureClassInfo& info_of(FailureClass failure);
std::string_view name_of(FailureClass failure);
std::span<const FailureClassInfo> failure_classes();

}  // namespace mailward::connections
