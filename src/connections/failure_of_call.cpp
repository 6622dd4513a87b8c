#include <fmt/format.h>

#include "base/bytes.h"
#include "connections/course.h"

namespace mailward::connections {
namespace {

/// The class of a code that Exchange itself gave.
FailureClass class_of(ews::ResponseCode code) {
  switch (code) {
    case ews::ResponseCode::ErrorImpersonateUserDenied:
    case ews::ResponseCode::ErrorImpersonationDenied:
    case ews::ResponseCode::ErrorImpersonationFailed:
      return FailureClass::impersonation_denied;
    case ews::ResponseCode::ErrorNonExistentMailbox:
    case ews::ResponseCode::ErrorMissingEmailAddress:
    case ews::ResponseCode::ErrorNonPrimarySmtpAddress:
      return FailureClass::mailbox_unknown_or_moved;
    // The version that is asked for is 2016's: who does not know it is older.
    case ews::ResponseCode::ErrorInvalidServerVersion:
    case ews::ResponseCode::ErrorIncorrectSchemaVersion:
      return FailureClass::server_too_old;
    case ews::ResponseCode::ErrorAccessDenied:
      return FailureClass::ews_not_allowed;
    default:
      return FailureClass::exchange_error;
  }
}

FailureClass class_of(const ews::Failure& failure) {
  switch (failure.code) {
    case ews::EwsError::connect_refused:
      return FailureClass::connection_refused;
    case ews::EwsError::connect_timed_out:
      return FailureClass::connection_timed_out;
    case ews::EwsError::unreachable:
      return FailureClass::unreachable;
    case ews::EwsError::proxy_failed:
      return FailureClass::proxy_unreachable;
    case ews::EwsError::tls_failed:
      return FailureClass::tls_failed;
    case ews::EwsError::closed_before_sending:
    case ews::EwsError::closed:
      return FailureClass::connection_reset;
    case ews::EwsError::truncated:
    case ews::EwsError::answer_too_large:
    case ews::EwsError::malformed_http:
    case ews::EwsError::empty_answer:
    case ews::EwsError::not_xml:
    case ews::EwsError::malformed_xml:
    case ews::EwsError::xml_limit:
    case ews::EwsError::not_soap:
      return FailureClass::malformed_answer;
    case ews::EwsError::request_too_large:
      return FailureClass::request_too_large;
    case ews::EwsError::timed_out:
      return FailureClass::answer_timed_out;
    case ews::EwsError::cancelled:
      return FailureClass::cancelled;
    case ews::EwsError::forbidden:
      return FailureClass::ews_not_allowed;
    case ews::EwsError::not_found:
      return FailureClass::not_exchange;
    case ews::EwsError::forms_sign_in:
      return FailureClass::forms_sign_in;
    case ews::EwsError::redirected:
      return FailureClass::redirected;
    case ews::EwsError::html_page:
      return FailureClass::portal_page;
    case ews::EwsError::server_unavailable:
      return FailureClass::server_unavailable;
    case ews::EwsError::server_error:
    case ews::EwsError::bad_request:
    case ews::EwsError::unexpected_status:
      return FailureClass::server_error;
    case ews::EwsError::unauthorized:
      return FailureClass::refused_or_overloaded;
    case ews::EwsError::scheme_not_offered:
      return FailureClass::scheme_not_allowed;
    case ews::EwsError::token_failed:
    case ews::EwsError::invalid_request:
      return FailureClass::internal_error;
    case ews::EwsError::throttled:
      return FailureClass::throttled;
    case ews::EwsError::soap_fault:
    case ews::EwsError::response_error:
      return failure.said ? class_of(failure.said->code) : FailureClass::exchange_error;
  }
  return FailureClass::exchange_error;
}

}  // namespace

Finding finding_of(const Course& course, const Target& target, const ews::Failure& failure) {
  std::string sentence = failure.error.message();
  if (failure.said && !failure.said->code_text.empty()) {
    sentence = fmt::format("{}: {}", printable(failure.said->code_text, 80), printable(failure.said->text));
  }
  if (!failure.location.empty()) sentence += " (to " + printable(failure.location) + ")";
  if (course.targets.size() > 1) sentence = target.label + ": " + sentence;
  return course.finding(class_of(failure), std::move(sentence));
}

void add_call_facts(Facts& facts, const ews::Evidence& evidence) {
  if (evidence.status != 0) facts.add("status", static_cast<std::int64_t>(evidence.status));
  facts.add("server", evidence.head.get("Server"));
  facts.add("front_end_server", evidence.front_end).add("back_end_server", evidence.back_end);
  facts.add("diagnostic", evidence.diagnostic);
  facts.add("client_request_id", evidence.request_id);
}

void add_said(Facts& facts, const ews::Failure& failure) {
  if (!failure.said) return;
  facts.add("response_code", failure.said->code_text).add("message", failure.said->text);
  if (failure.said->back_off) facts.add("back_off_ms", static_cast<std::int64_t>(failure.said->back_off->count()));
}

}  // namespace mailward::connections
