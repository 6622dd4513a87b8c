#include <fmt/format.h>

#include <algorithm>

#include "connections/course_attempt.h"

namespace mailward::connections {
namespace {

/// Windows' default for one field of a request's head (MaxFieldLength of http.sys).
constexpr std::size_t kHttpSysField = 16384;

}  // namespace

void try_ntlm(Course& course, const Target& target, Facts& facts, RightRefused& refused) {
  const auto& schemes = target.offer.schemes;
  if (std::ranges::find(schemes, ews::Scheme::ntlm) == schemes.end()) return;
  const auto answer = attempt_anew(course, target, ews::Scheme::ntlm, ews::ChannelBinding::send);
  facts.add("with_ntlm", answer ? "accepted" : std::string(ews::error_name(answer.error().code)));
  refused.ntlm_serves = answer.has_value();
  refused.final = !answer && !answer.error().said;  // refused, or nobody knows: once is enough
}

bool may_be_token_size(const ews::Failure& failure) {
  const bool by_http = failure.is(ews::EwsError::request_too_large) || failure.is(ews::EwsError::bad_request);
  return by_http && !failure.said && failure.evidence->sign_in.stage == ews::SignInStage::negotiate_sent;
}

std::optional<RightRefused> explain_token_size(Course& course, Target& target, const ews::Evidence& evidence,
                                               Facts& facts) {
  const auto without = ask_without_sign_in(course, target);
  facts.add("token_bytes", static_cast<std::int64_t>(evidence.sign_in.token_bytes));
  facts.add("without_token", without ? "accepted" : std::string(ews::error_name(without.error().code)));
  if (without || !without.error().is(ews::EwsError::unauthorized)) return std::nullopt;

  const bool beyond = evidence.sign_in.token_bytes > kHttpSysField;
  RightRefused refused{.finding = course.finding(FailureClass::token_too_large)};
  if (!std::exchange(course.refusal_explained, true)) try_ntlm(course, target, facts, refused);
  const char* then = refused.ntlm_serves                     ? "; NTLM serves in its place"
                     : course.input.form.authentication.ntlm ? "; NTLM does not serve either"
                                                             : "; NTLM is not allowed on this connection";
  refused.finding.sentence = fmt::format(
      "{}: a ticket of {} bytes makes {} bytes of token, which HTTP {} answers before any sign-in, while the same "
      "request without it passes; Windows takes up to {} by default, so {}{}",
      target.label, course.service_ticket->bytes, evidence.sign_in.token_bytes, evidence.status, kHttpSysField,
      beyond ? "the account's groups are too many for it"
             : "a limit was lowered, or something before Windows has its own",
      then);
  if (refused.ntlm_serves) refused.finding.weight = Weight::degraded;
  return refused;
}

}  // namespace mailward::connections
