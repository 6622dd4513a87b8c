#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "connections/course_attempt.h"

namespace mailward::connections {
namespace {

/// What the directory says after a refusal: whether a controller counted a bad password that it had not before.
struct Aftermath {
  bool readable = false;
  bool counted = false;
  std::optional<FailureClass> state;  ///< locked meanwhile
  std::optional<int> tries_left;
};

Aftermath look_again(Course& course) {
  Aftermath after;
  if (!course.directory || !course.reading.account) return after;
  const auto counters =
      course.directory->sign_in_counters(*course.reading.account, course.step_deadline(), course.stop);
  after.readable = !counters.empty();
  int worst = 0;
  for (const directory::SignInCounters& now : counters) {
    const auto before =
        std::ranges::find(course.reading.counters, now.controller, &directory::SignInCounters::controller);
    if (now.error || before == course.reading.counters.end()) {
      after.readable = false;
      continue;
    }
    worst = std::max(worst, now.bad_password_count.value_or(0));
    // The time moves with each bad password, the count may have begun anew.
    if (now.bad_password_time != before->bad_password_time ||
        now.bad_password_count.value_or(0) > before->bad_password_count.value_or(0)) {
      after.counted = true;
    }
    if (now.lockout_time && now.lockout_time != before->lockout_time) after.state = FailureClass::account_locked;
  }
  const auto& policy = course.reading.policy;
  if (policy && policy->threshold > 0) after.tries_left = std::max(0, policy->threshold - worst);
  return after;
}

/// A 401 for a password that nobody has judged yet.
Finding judge_refusal(Course& course) {
  const Aftermath after = look_again(course);
  if (after.counted) {
    const FailureClass failure = class_of_refused(course);
    course.keep_refusal(failure);
    std::string_view title = info_of(failure).title;
    title.remove_suffix(1);  // its full stop
    Finding finding = course.finding(failure, fmt::format("{}: a domain controller counted the try", title));
    if (after.tries_left) course.reading.tries_left = after.tries_left;
    if (after.tries_left) finding.sentence += fmt::format("; {} tries are left", *after.tries_left);
    if (after.state) finding.sentence += "; the account is locked now";
    return finding;
  }
  course.keep_refusal(FailureClass::refused_or_overloaded);
  if (after.readable) {
    // Not counted: the right password, or one of the last two before it (which Active Directory does not count).
    Finding finding = course.finding(FailureClass::refused_or_overloaded,
                                     "Exchange refuses the sign-in, but no domain controller counted a bad password: "
                                     "this is the right password and Exchange "
                                     "refuses it, or one of the account's last two before it");
    return finding;
  }
  return course.finding(FailureClass::refused_or_overloaded);
}

/// A 401 for a password that the KDC took: which of the reasons is it? Found out once a test. A Kerberos ticket can be
/// shown again at no cost; NTLM only where the directory is seen not to have counted the refusal, as a controller that
/// Exchange asks may not know the password yet.
RightRefused explain_refusal(Course& course, Target& target, ews::Scheme scheme, Facts& facts) {
  RightRefused refusal{.finding = course.finding(FailureClass::refused_right_password)};
  if (scheme != ews::Scheme::negotiate) {
    const Aftermath after = look_again(course);
    refusal.final = !after.readable || after.counted;
    if (after.counted) {
      refusal.finding.sentence =
          "Exchange refuses a password that the KDC takes, and a domain controller counted a bad password: the "
          "controller that Exchange asks may not have the new password yet";
      return refusal;
    }
  }
  if (scheme == ews::Scheme::negotiate) {
    if (auto by_mechanism = explain_by_mechanism(course, target, facts)) return *std::move(by_mechanism);
  }
  if (course.refusal_explained || refusal.final || scheme == ews::Scheme::basic) return refusal;
  const auto unbound = attempt_anew(course, target, scheme, ews::ChannelBinding::omit);
  facts.add("without_channel_binding", unbound ? "accepted" : std::string(ews::error_name(unbound.error().code)));
  // Where another certificate shows than the front ends', they are asked next: what they say explains more than NTLM
  // would here, which such a thing breaks as it breaks Kerberos.
  if (!unbound && scheme == ews::Scheme::negotiate && !target.opened_before.empty()) return refusal;
  course.refusal_explained = true;
  if (unbound) {
    refusal.finding = course.finding(FailureClass::extended_protection);
  } else if (scheme == ews::Scheme::negotiate) {
    try_ntlm(course, target, facts, refusal);
    if (refusal.ntlm_serves) refusal.finding = course.finding(FailureClass::kerberos_refused);
  }
  return refusal;
}

/// Whether the answer proves that the sign-in was taken: Exchange's own words, or a 403, which comes after the sign-in
/// (the same request without one was answered 401 before). Any other status may be a balancer's that lost the back end.
bool proves_sign_in(const ews::Failure& failure) {
  return failure.evidence->sign_in.accepted && (failure.said || failure.is(ews::EwsError::forbidden));
}

/// The sign-in was cut short, or something else than Exchange answered: nobody knows whether the password was judged.
/// The record of the try stays, so that it is not made again before the directory or a person has been asked.
void settle_unknown(Course& course, const ews::Evidence& evidence, bool& final) {
  if (course.password_judged) return;
  if (!showed_password(evidence)) return course.forget_try();
  final = true;
  if (look_again(course).counted) course.keep_refusal(class_of_refused(course));
}

void add_sign_in_facts(Facts& facts, const ews::Evidence& evidence) {
  add_call_facts(facts, evidence);
  if (evidence.sign_in.scheme) facts.add("scheme", ews::scheme_name(*evidence.sign_in.scheme));
  facts.add("stage", ews::sign_in_stage_name(evidence.sign_in.stage))
      .add("channel_binding", evidence.sign_in.binding_sent);
  facts.add("requests", static_cast<std::int64_t>(evidence.requests));
}

/// One address. True when signed in; else `target.trouble` says why, and `final` whether the test must end.
bool sign_in_at(Course& course, Target& target, bool& final) {
  final = false;
  course.steps.begin("sign_in");
  const ews::Scheme scheme = target.offer.schemes.front();
  Facts facts;
  facts.add("address", target.label)
      .add("account", scheme == ews::Scheme::negotiate ? course.tickets->principal() : sign_in_name(course));
  if (!course.password_judged) {
    if (auto begun = course.begin_try(); !begun) {
      target.trouble = course.finding(FailureClass::internal_error, begun.error().message());
      course.steps.end(work::StepOutcome::failed, facts.add("error", target.trouble->sentence));
      final = true;
      return false;
    }
  }
  target.scheme = scheme;
  const SignInReply reply = attempt(course, *target.session, scheme);
  add_sign_in_facts(facts, reply ? reply->evidence : *reply.error().evidence);
  if (reply && !reply->evidence.sign_in.accepted) {
    target.trouble =
        course.finding(FailureClass::not_exchange, "EWS answered before the sign-in was done, as Exchange never does");
    settle_unknown(course, reply->evidence, final);
    course.steps.end(work::StepOutcome::failed, facts.add("error", target.trouble->sentence), target.trouble->remedy);
    return false;
  }
  if (reply || proves_sign_in(reply.error())) course.take_password();
  if (reply) {
    course.scheme = scheme;
    course.version = reply->version;
    course.steps.end(work::StepOutcome::ok, facts);
    return true;
  }
  const ews::Failure& failure = reply.error();
  std::optional<RightRefused> refusal;
  if (may_be_token_size(failure)) refusal = explain_token_size(course, target, *failure.evidence, facts);
  if (refusal) {
    target.trouble = std::move(refusal->finding);
    final = refusal->final;
  } else if (!failure.is(ews::EwsError::unauthorized)) {
    target.trouble = finding_of(course, target, failure);
    settle_unknown(course, *failure.evidence, final);
    add_said(facts, failure);
    facts.add("location", failure.location);
  } else if (!showed_password(*failure.evidence)) {
    target.trouble = course.finding(FailureClass::refused_right_password,
                                    "the server broke the sign-in off before the password was shown");
    settle_unknown(course, *failure.evidence, final);
  } else if (!course.password_right) {
    target.trouble = judge_refusal(course);
    final = true;
  } else {
    refusal = explain_refusal(course, target, scheme, facts);
    target.trouble = std::move(refusal->finding);
    final = refusal->final;
  }
  if (refusal && refusal->ntlm_serves) {
    // The test goes on with it, here and at the other addresses.
    course.steps.end(work::StepOutcome::warning, facts.add("error", target.trouble->sentence), target.trouble->remedy);
    course.no_kerberos = target.trouble;
    course.note(*std::exchange(target.trouble, std::nullopt));
    for (Target& one : course.targets) std::erase(one.offer.schemes, ews::Scheme::negotiate);
    target.session->close();
    return sign_in_at(course, target, final);
  }
  suspect_interception(course, target, scheme);
  course.steps.end(work::StepOutcome::failed, facts.add("error", target.trouble->sentence), target.trouble->remedy);
  return false;
}

}  // namespace

bool sign_in(Course& course) {
  for (Target* target : course.sound_targets()) {
    if (course.stopped()) return false;
    bool final = false;
    if (target->offer.schemes.empty()) {
      target->trouble = course.finding(FailureClass::scheme_not_allowed,
                                       target->label + ": only Negotiate is left, which is refused");
      continue;
    }
    if (!sign_in_at(course, *target, final) && final) {
      course.note(*target->trouble);
      return false;
    }
  }
  blame_interception(course);
  tell_fall(course);
  return !course.sound_targets().empty();
}

}  // namespace mailward::connections
