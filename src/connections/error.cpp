#include "connections/error.h"

namespace mailward::connections {

std::string_view error_subject(ConnectionsError) {
  return "connections";
}

std::string_view error_name(ConnectionsError code) {
  switch (code) {
    case ConnectionsError::unknown_connection:
      return "unknown_connection";
    case ConnectionsError::unknown_account:
      return "unknown_account";
    case ConnectionsError::unknown_directory:
      return "unknown_directory";
    case ConnectionsError::invalid_form:
      return "invalid_form";
    case ConnectionsError::version_conflict:
      return "version_conflict";
    case ConnectionsError::already_exists:
      return "already_exists";
    case ConnectionsError::in_use:
      return "in_use";
    case ConnectionsError::password_must_be_typed:
      return "password_must_be_typed";
    case ConnectionsError::destination_changed:
      return "destination_changed";
    case ConnectionsError::no_password:
      return "no_password";
    case ConnectionsError::suspicious_password:
      return "suspicious_password";
    case ConnectionsError::account_busy:
      return "account_busy";
    case ConnectionsError::account_disabled:
      return "account_disabled";
    case ConnectionsError::connection_disabled:
      return "connection_disabled";
    case ConnectionsError::unknown_rotation:
      return "unknown_rotation";
    case ConnectionsError::illegal_transition:
      return "illegal_transition";
    case ConnectionsError::cannot_rotate:
      return "cannot_rotate";
    case ConnectionsError::external_source:
      return "external_source";
    case ConnectionsError::proxy_refused:
      return "proxy_refused";
    case ConnectionsError::proxy_in_doubt:
      return "proxy_in_doubt";
    case ConnectionsError::gate_timeout:
      return "gate_timeout";
    case ConnectionsError::account_parked:
      return "account_parked";
  }
  return "unknown";
}

}  // namespace mailward::connections
