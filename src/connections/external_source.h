#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/net.h"
#include "base/secret.h"
#include "connections/ledger.h"

namespace mailward::connections {

/// Where another vault hands over an account's password: a program on this machine, or an HTTPS address. One of them.
struct ExternalSourceForm {
  /// The program's absolute path and its arguments. It is run as the service's user, without a shell, with an empty
  /// environment but for PATH and MAILWARD_ACCOUNT (the account's name), and writes the password to standard output: as
  /// text, or as a JSON object with a member "password".
  std::vector<std::string> command;
  /// Asked by GET; plain HTTP only to this machine. The answer is the password as text, or JSON with a member
  /// "password".
  std::string url;
  std::string trust_pem;  ///< authorities for it; empty: the system's
};

struct ExternalSource {
  ExternalSourceForm form;
  /// The token that is sent as a bearer (RFC 6750 2.1), or nothing, sealed with the form, which proves the row.
  std::optional<secrets::SecretId> sealed;
  bool has_token = false;  ///< as Ledger::source() found it
  Timestamp updated;
  std::string updated_by;
};

/// The limits of what hands over a password.
inline constexpr std::chrono::seconds kExternalDeadline{30};
inline constexpr std::size_t kMostExternalBytes = 8192;

/// What a source is asked by.
struct ExternalAsk {
  const ExternalSource& source;
  const SecretString& token;  ///< empty for none
  const std::string& account_name;
  const Resolver& resolver;
  const DestinationPolicy& destinations;
  std::chrono::milliseconds within = kExternalDeadline;
};

/// The password as it is handed over now: one line end at its end is not part of it. Blocks for `within` at most; a
/// program that takes longer is killed, with all that it started and that has not left its process group. Errors:
/// external_source (what it said or did: never what it handed over), refused_destination, NameError.
Result<SecretString> fetch_external(const ExternalAsk& ask, const std::stop_token& stop);

/// The form without what may hold a token: of an address scheme, host and port, of a program its path. For whoever may
/// not change it, for errors and for the audit trail.
ExternalSourceForm without_secrets(const ExternalSourceForm& form);

/// Errors: invalid_form.
Status check_external(const ExternalSourceForm& form);
/// Whether the service's user could run the program as it lies there now; an address always could. Errors:
/// invalid_form.
Status check_program(const ExternalSourceForm& form);

}  // namespace mailward::connections
