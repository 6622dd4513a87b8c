#pragma once

#include <string_view>

#include "base/error.h"

namespace mailward::ews {

/// What stood in the way of an answer, told apart as far as the wire tells it. What Exchange itself said stands beside
/// the code in Failure.
enum class EwsError {
  // Nothing reached the server's HTTP.
  connect_refused,
  connect_timed_out,
  unreachable,
  proxy_failed,        ///< the proxy could not be reached, refused the tunnel, or wants a sign-in of its own
  tls_failed,          ///< Failure::tls says how
  token_failed,        ///< Kerberos or NTLM gave no token; Failure::sign_in has GSSAPI's codes
  scheme_not_offered,  ///< the server offers the schemes of Failure::evidence only
  invalid_request,     ///< refused here: a credential or value that cannot be sent
  // The connection or the time ended.
  closed_before_sending,  ///< nothing of the request was sent: safe to begin anew
  closed,                 ///< closed or reset after sending began: see Failure::evidence.sent
  truncated,              ///< the answer was cut off
  timed_out,
  cancelled,
  answer_too_large,
  malformed_http,
  // HTTP answered something other than SOAP.
  unauthorized,        ///< 401; Failure::evidence.sign_in.stage says after which leg
  forbidden,           ///< 403
  not_found,           ///< 404
  request_too_large,   ///< 413, 431
  bad_request,         ///< 400 without SOAP: also what an overlong Kerberos ticket gets
  forms_sign_in,       ///< 440, or a redirect to a logon page
  redirected,          ///< elsewhere: Failure::location
  server_unavailable,  ///< 503, 502, 504 without SOAP
  server_error,        ///< any other 5xx without SOAP
  unexpected_status,
  html_page,  ///< a portal's or proxy's page under HTTP 200
  empty_answer,
  not_xml,
  malformed_xml,
  xml_limit,  ///< a document type, or deeper, longer or richer than we read
  not_soap,   ///< well-formed XML that is no SOAP envelope, or another operation's answer
  // Exchange answered.
  soap_fault,      ///< Failure::said holds its code and words
  response_error,  ///< a response message of class Error under HTTP 200; Failure::said
  throttled,       ///< either of the two with a code of throttling; Failure::said.back_off
};
std::string_view error_subject(EwsError code);
std::string_view error_name(EwsError code);

}  // namespace mailward::ews
