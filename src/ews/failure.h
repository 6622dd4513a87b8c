#pragma once

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/tls.h"
#include "ews/errors.h"
#include "ews/evidence.h"
#include "ews/response_code.h"

namespace mailward::ews {

/// What Exchange said, in its own words and as values: nobody need read the text. Texts are foreign: printable() them.
struct ServerWords {
  ResponseCode code = ResponseCode::unknown;
  std::string code_text;  ///< as sent, without prefix; also where `code` is unknown. Empty for a fault without a code.
  std::string text;       ///< MessageText or faultstring; varies by build and language: never match on it
  std::string
      fault_code;  ///< SOAP's own, without prefix: "Client", "Server", "ErrorSchemaValidation", "InternalServiceFault"
  std::map<std::string, std::string> values;  ///< of MessageXml: named Values, and LineNumber, LinePosition, Violation
  std::optional<std::chrono::milliseconds> back_off;  ///< BackOffMilliseconds, at most an hour
};

struct TlsFailure {
  TlsVerdict verdict = TlsVerdict::other;
  long verify_code = 0;  ///< OpenSSL's X509_V_ERR_…, 0 where verification was not what failed
  std::string detail;    ///< the library's words
};

/// What a proxy said where it gave no tunnel (EwsError::proxy_failed). What it thinks of the credential its
/// ProxyWitness is told.
struct ProxyWords {
  int status = 0;                        ///< of its answer; 0: none came, or its TLS did not stand
  bool tls = false;                      ///< it is the TLS with the proxy itself that failed
  bool shown = false;                    ///< it was shown a credential before
  std::vector<std::string> offers = {};  ///< the sign-ins that a 407 offers

  /// Whether it let us through and could not go on itself (RFC 9110 15.6.3 to 15.6.5).
  bool is_about_the_server() const { return status >= 502 && status <= 504; }
};

/// An Error with everything that was learnt beside it. Converts to Error where nobody wants more.
struct Failure {
  EwsError code;
  Error error;
  std::shared_ptr<const Evidence> evidence;  ///< never null
  std::optional<ServerWords> said;
  std::optional<TlsFailure> tls;
  std::optional<ProxyWords> proxy;
  std::string location;  ///< of a redirect, as sent
  std::string page;      ///< the beginning of an answer that was no SOAP, at most 4 KiB

  Failure(EwsError failure_code, std::string message);
  /// Of an error from below: EwsError::invalid_request, or timed_out and cancelled where it was that.
  Failure(Error below);  // NOLINT(google-explicit-constructor)
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator Error() const { return error; }
  bool is(EwsError other) const { return code == other; }
};

template <typename T>
using Outcome = std::expected<T, Failure>;

}  // namespace mailward::ews

namespace mailward {

/// Lets MW_TRY and MW_CHECK pass a Failure on whole.
inline std::unexpected<ews::Failure> fail(ews::Failure failure) {
  return std::unexpected(std::move(failure));
}

}  // namespace mailward
