#include <fmt/format.h>

#include <algorithm>

#include "connections/course_attempt.h"

namespace mailward::connections {
namespace {

/// Windows' default for one field of a request's head (MaxFieldLength of http.sys).
constexpr std::size_t kHttpSysField = 16384;
constexpr const char* kWhereMeant =
    " Where NTLM is meant, take Negotiate off what the connection allows (--authentication ntlm).";

bool offers(const Target& target, ews::Scheme scheme) {
  return std::ranges::find(target.offer.schemes, scheme) != target.offer.schemes.end();
}

}  // namespace

void try_ntlm(Course& course, const Target& target, Facts& facts, RightRefused& refused) {
  if (!offers(target, ews::Scheme::ntlm)) return;
  const auto answer = attempt_anew(course, target, ews::Scheme::ntlm, ews::ChannelBinding::send);
  facts.add("with_ntlm", answer ? "accepted" : std::string(ews::error_name(answer.error().code)));
  refused.ntlm_serves = answer.has_value();
  refused.final = !answer && !answer.error().said;  // refused, or nobody knows: once is enough
}

std::optional<RightRefused> explain_by_mechanism(Course& course, Target& target, Facts& facts) {
  if (ask_for_mechanism(course, target) != ews::Mechanism::ntlm) return std::nullopt;
  facts.add("negotiate_holds", "NTLM only");
  constexpr const char* kWhy = "the server offers Negotiate and takes only NTLM inside it (negotiate_holds_ntlm)";
  RightRefused refused{.finding = course.finding(FailureClass::fell_to_ntlm)};
  if (!offers(target, ews::Scheme::ntlm)) {
    refused.finding.failure = FailureClass::scheme_not_allowed;
    refused.finding.weight = Weight::failed;
    refused.finding.sentence =
        fmt::format("{}: {}; NTLM under its own name is not {}", target.label, kWhy,
                    course.input.form.authentication.ntlm ? "offered" : "allowed on this connection");
    return refused;
  }
  if (!std::exchange(course.refusal_explained, true)) try_ntlm(course, target, facts, refused);
  if (!refused.ntlm_serves) {
    refused.finding = course.finding(FailureClass::refused_right_password,
                                     fmt::format("{}: {}; NTLM does not serve either", target.label, kWhy));
    return refused;
  }
  refused.finding.sentence = fmt::format("{} by NTLM: {}", target.label, kWhy);
  refused.finding.remedy += kWhereMeant;
  return refused;
}

void tell_fall(Course& course) {
  const auto& directory = course.input.directory;
  if (!course.input.form.authentication.negotiate || !directory || directory->form.realm.empty()) return;
  // Said already, with all that is known of it.
  if (course.no_kerberos && course.no_kerberos->failure == FailureClass::fell_to_ntlm) return;
  std::string fallen;
  bool by_kerberos = false;
  for (const Target& target : course.targets) {
    if (target.trouble || !target.scheme) continue;
    if (*target.scheme == ews::Scheme::negotiate) {
      by_kerberos = true;
      continue;
    }
    fallen += fmt::format("{}{} by {}", fallen.empty() ? "" : ", ", target.label, ews::scheme_name(*target.scheme));
  }
  if (fallen.empty()) return;
  Finding finding = course.finding(FailureClass::fell_to_ntlm);
  if (course.no_kerberos) {
    const Finding& why = *course.no_kerberos;
    if (why.weight >= Weight::degraded) finding.weight = Weight::note;
    finding.sentence = fmt::format("{}: {} ({})", fallen, why.sentence, name_of(why.failure));
    finding.remedy = why.remedy;
  } else {
    if (!by_kerberos) finding.weight = Weight::note;
    finding.sentence = fmt::format("{}: the server does not offer Negotiate there (negotiate_not_offered)", fallen);
    finding.remedy = course.finding(FailureClass::scheme_not_allowed).remedy;
  }
  finding.remedy += kWhereMeant;
  course.note(std::move(finding));
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
