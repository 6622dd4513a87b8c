// Tells apart what is no SOAP answer.
#include <algorithm>

#include "base/bytes.h"
#include "ews/soap.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kPageKept = 4096;
constexpr std::size_t kPageSearched = 64U << 10U;

/// The place that forms-based sign-in sends to, in a URL or a page.
bool names_logon_page(std::string_view text) {
  std::string lowered = lower_case(text.substr(0, kPageSearched));
  return lowered.find("/owa/auth") != std::string::npos || lowered.find("logon.aspx") != std::string::npos ||
         lowered.find("auth.owa") != std::string::npos;
}

std::string_view without_leading_space(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

bool is_html(std::string_view body, const Evidence& evidence) {
  std::string begin = lower_case(without_leading_space(body).substr(0, 64));
  if (begin.starts_with("<!doctype html") || begin.starts_with("<html") || begin.starts_with("<head") ||
      begin.starts_with("<script")) {
    return true;
  }
  return lower_case(evidence.head.get("Content-Type")).starts_with("text/html") && !begin.starts_with("<?xml");
}

Failure refused_sign_in(const HttpAnswer& answer) {
  const Evidence& evidence = answer.evidence;
  bool tried = evidence.sign_in.scheme.has_value() && evidence.sign_in.stage != SignInStage::already;
  bool offered = !tried || evidence.offer.schemes.empty() || evidence.offer.offers(*evidence.sign_in.scheme);
  if (!offered && evidence.sign_in.stage != SignInStage::ntlm_type3_sent) {
    return {EwsError::scheme_not_offered,
            "the server does not offer " + std::string(scheme_name(*evidence.sign_in.scheme))};
  }
  return {EwsError::unauthorized,
          tried ? "the server did not accept the sign-in (HTTP 401)" : "the server wants a sign-in (HTTP 401)"};
}

Failure redirect(const HttpAnswer& answer) {
  std::string location(answer.evidence.head.get("Location"));
  bool forms = names_logon_page(location);
  Failure failure(forms ? EwsError::forms_sign_in : EwsError::redirected,
                  (forms ? "a sign-in form stands before Exchange: HTTP " : "the server sends elsewhere: HTTP ") +
                      std::to_string(answer.evidence.status) + " to " + printable(location));
  failure.location = std::move(location);
  return failure;
}

/// By status, for what is no SOAP answer.
std::optional<Failure> judge_status(const HttpAnswer& answer) {
  int status = answer.evidence.status;
  std::string http = "HTTP " + std::to_string(status);
  if (status == 401) return refused_sign_in(answer);
  if (status >= 300 && status < 400) return redirect(answer);
  switch (status) {
    case 440:
      return Failure(EwsError::forms_sign_in, "a sign-in form stands before Exchange (HTTP 440)");
    case 403:
      return Failure(EwsError::forbidden, "the server forbids it (HTTP 403)");
    case 404:
      return Failure(EwsError::not_found, "there is no EWS at this address (HTTP 404)");
    case 413:
      return Failure(EwsError::request_too_large, "the request is too large for the server (HTTP 413)");
    case 431:
      return Failure(EwsError::request_too_large, "the request's head is too large for the server (HTTP 431)");
    case 400:
      return Failure(EwsError::bad_request, "the server does not understand the request (HTTP 400)");
    case 502:
    case 503:
    case 504:
      return Failure(EwsError::server_unavailable, "the server is not available (" + http + ")");
    default:
      break;
  }
  if (status >= 500) return Failure(EwsError::server_error, "the server failed (" + http + ")");
  if (status != 200) return Failure(EwsError::unexpected_status, "an answer that means nothing here: " + http);
  return std::nullopt;
}

Failure judge_page(const HttpAnswer& answer) {
  if (names_logon_page(answer.body)) {
    return {EwsError::forms_sign_in, "a sign-in form stands before Exchange (a page under HTTP 200)"};
  }
  return {EwsError::html_page, "a web page came under HTTP 200 where Exchange should have answered"};
}

}  // namespace

bool may_be_soap(std::string_view beginning, const Evidence& evidence) {
  auto begin = without_leading_space(beginning);
  return !is_html(beginning, evidence) &&
         (begin.starts_with('<') || begin.starts_with("\xFF\xFE") || begin.starts_with("\xFE\xFF"));
}

Outcome<Envelope> read_answer(const HttpAnswer& answer, std::string_view operation) {
  auto decorated = [&](Failure failure) {
    failure = with_evidence(std::move(failure), answer.evidence);
    if (!failure.said) failure.page = answer.body.substr(0, kPageKept);
    return fail(std::move(failure));
  };
  auto by_status = judge_status(answer);
  if (by_status && (answer.evidence.status < 400 || !may_be_soap(answer.body, answer.evidence)))
    return decorated(*std::move(by_status));
  if (!by_status && is_html(answer.body, answer.evidence)) return decorated(judge_page(answer));
  auto read = read_envelope(answer.body, operation);
  if (read && by_status) return decorated(*std::move(by_status));
  if (!read) {
    // A fault says more than the status, and the status more than XML that is none of SOAP's.
    bool said = read.error().said.has_value();
    return decorated(said || !by_status ? std::move(read).error() : *std::move(by_status));
  }
  return read;
}

}  // namespace mailward::ews
