#include "ews/errors.h"

namespace mailward::ews {

std::string_view error_subject(EwsError) {
  return "ews";
}

std::string_view error_name(EwsError code) {
  switch (code) {
    case EwsError::connect_refused:
      return "connect_refused";
    case EwsError::connect_timed_out:
      return "connect_timed_out";
    case EwsError::unreachable:
      return "unreachable";
    case EwsError::proxy_failed:
      return "proxy_failed";
    case EwsError::tls_failed:
      return "tls_failed";
    case EwsError::token_failed:
      return "token_failed";
    case EwsError::scheme_not_offered:
      return "scheme_not_offered";
    case EwsError::invalid_request:
      return "invalid_request";
    case EwsError::closed_before_sending:
      return "closed_before_sending";
    case EwsError::closed:
      return "closed";
    case EwsError::truncated:
      return "truncated";
    case EwsError::timed_out:
      return "timed_out";
    case EwsError::cancelled:
      return "cancelled";
    case EwsError::answer_too_large:
      return "answer_too_large";
    case EwsError::malformed_http:
      return "malformed_http";
    case EwsError::unauthorized:
      return "unauthorized";
    case EwsError::forbidden:
      return "forbidden";
    case EwsError::not_found:
      return "not_found";
    case EwsError::request_too_large:
      return "request_too_large";
    case EwsError::bad_request:
      return "bad_request";
    case EwsError::forms_sign_in:
      return "forms_sign_in";
    case EwsError::redirected:
      return "redirected";
    case EwsError::server_unavailable:
      return "server_unavailable";
    case EwsError::server_error:
      return "server_error";
    case EwsError::unexpected_status:
      return "unexpected_status";
    case EwsError::html_page:
      return "html_page";
    case EwsError::empty_answer:
      return "empty_answer";
    case EwsError::not_xml:
      return "not_xml";
    case EwsError::malformed_xml:
      return "malformed_xml";
    case EwsError::xml_limit:
      return "xml_limit";
    case EwsError::not_soap:
      return "not_soap";
    case EwsError::soap_fault:
      return "soap_fault";
    case EwsError::response_error:
      return "response_error";
    case EwsError::throttled:
      return "throttled";
  }
  return "unknown";
}

}  // namespace mailward::ews
