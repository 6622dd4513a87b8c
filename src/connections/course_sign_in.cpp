#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/course.h"
#include "ews/operations/get_server_time_zones.h"

namespace mailward::connections {
namespace {

using SignInReply = ews::Outcome<ews::Reply<ews::GetServerTimeZones::Response>>;

/// The name to send with NTLM and Basic: as typed, but for an address that is no UPN the directory knows a better one.
std::string sign_in_name(const Course& course) {
  const auto& account = course.reading.account;
  const std::string& typed = course.input.form.master_mailbox;
  if (!account || typed.find('\\') != std::string::npos || !course.input.directory) return typed;
  if (course.input.account == account->user_principal_name || account->sam_account_name.empty()) return typed;
  const std::string& domain = course.input.directory->form.domain;
  return domain.empty() ? account->user_principal_name : domain + "\\" + account->sam_account_name;
}

ews::Credential credential_for(const Course& course, ews::Scheme scheme, ews::ChannelBinding binding) {
  ews::Credential credential;
  credential.scheme = scheme;
  credential.binding = binding;
  credential.account = course.input.account;
  if (scheme == ews::Scheme::negotiate) {
    credential.tickets = ews::TicketHandle(course.tickets, course.tickets->credential());
    credential.service = course.service_ticket->principal;
  } else {
    credential.user = sign_in_name(course);
    credential.password = course.input.password->clone();
  }
  return credential;
}

/// The first call that signs in: one that needs no mailbox, so that nothing but the sign-in can fail.
SignInReply attempt(Course& course, ews::Session& session, ews::Scheme scheme,
                    ews::ChannelBinding binding = ews::ChannelBinding::send) {
  if (auto taken = session.sign_in_with(credential_for(course, scheme, binding)); !taken) {
    return std::unexpected(ews::Failure(std::move(taken).error()));
  }
  ews::GetServerTimeZones operation;
  operation.ids = {"UTC"};
  return ews::call(session, operation, {}, course.step_deadline(), course.stop);
}

/// The same on a connection of its own: for another scheme or binding, after a refusal on this one.
SignInReply attempt_anew(Course& course, const Target& target, ews::Scheme scheme, ews::ChannelBinding binding) {
  ews::SessionSettings settings;
  settings.user_agent = course.input.form.user_agent;
  ews::Endpoint endpoint = target.session->endpoint();
  ews::Session session(course.parts.transport, std::move(endpoint), settings);
  return attempt(course, session, scheme, binding);
}

void forget_try(Course& course) {
  if (auto done = course.parts.refusals.forget(course.input.account, *course.input.password); !done) {
    log::failure("connection_test.refusal_not_kept", done.error());
  }
}

void keep_refusal(Course& course, FailureClass failure) {
  course.password_judged = true;
  course.password_refused = true;
  if (auto done = course.parts.refusals.refused(course.input.account, *course.input.password, name_of(failure));
      !done) {
    log::failure("connection_test.refusal_not_kept", done.error());
  }
}

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
    keep_refusal(course, FailureClass::bad_password);
    Finding finding =
        course.finding(FailureClass::bad_password, "The password is wrong: a domain controller counted the try");
    if (after.tries_left) finding.sentence += fmt::format("; {} tries are left", *after.tries_left);
    if (after.state) finding.sentence += "; the account is locked now";
    return finding;
  }
  keep_refusal(course, FailureClass::refused_or_overloaded);
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

/// A 401 for a password that the KDC took: which of the reasons is it?
Finding explain_refusal(Course& course, Target& target, ews::Scheme scheme, Facts& facts) {
  const auto offered = [&](ews::Scheme other) {
    return std::ranges::find(target.offer.schemes, other) != target.offer.schemes.end();
  };
  if (scheme != ews::Scheme::basic) {
    const auto unbound = attempt_anew(course, target, scheme, ews::ChannelBinding::omit);
    facts.add("without_channel_binding", unbound ? "accepted" : std::string(ews::error_name(unbound.error().code)));
    if (unbound) return course.finding(FailureClass::extended_protection);
  }
  if (scheme == ews::Scheme::negotiate && offered(ews::Scheme::ntlm)) {
    auto other = attempt_anew(course, target, ews::Scheme::ntlm, ews::ChannelBinding::send);
    facts.add("with_ntlm", other ? "accepted" : std::string(ews::error_name(other.error().code)));
    if (other) return course.finding(FailureClass::kerberos_refused);
  }
  return course.finding(FailureClass::refused_right_password);
}

/// The sign-in was cut short: nobody knows whether it was counted, unless the directory does.
void settle_unknown(Course& course, const ews::Failure& failure) {
  if (course.password_judged) return;
  const ews::Evidence& evidence = *failure.evidence;
  const bool answered = evidence.status != 0 && evidence.status != 401;
  if (evidence.sent == ews::Sent::nothing || answered) return forget_try(course);
  const Aftermath after = look_again(course);
  if (after.counted) return keep_refusal(course, FailureClass::bad_password);
  if (after.readable) forget_try(course);
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
    if (auto begun =
            course.parts.refusals.begin_try(course.input.account, *course.input.password, course.reading.pwd_last_set);
        !begun) {
      target.trouble = course.finding(FailureClass::internal_error, begun.error().message());
      course.steps.end(work::StepOutcome::failed, facts.add("error", target.trouble->sentence));
      final = true;
      return false;
    }
  }
  const SignInReply reply = attempt(course, *target.session, scheme);
  add_sign_in_facts(facts, reply ? reply->evidence : *reply.error().evidence);
  // A fault with Exchange's own words means that the sign-in itself was taken.
  const bool taken = reply || reply.error().said;
  if (taken && !course.password_judged) {
    forget_try(course);
    course.password_judged = true;
  }
  if (reply) {
    course.password_right = true;
    course.scheme = scheme;
    course.version = reply->version;
    course.steps.end(work::StepOutcome::ok, facts);
    return true;
  }
  const ews::Failure& failure = reply.error();
  if (failure.is(ews::EwsError::unauthorized)) {
    if (course.password_right) {
      target.trouble = explain_refusal(course, target, scheme, facts);
      if (target.trouble->failure == FailureClass::kerberos_refused) {
        // NTLM serves: the test goes on with it.
        std::erase(target.offer.schemes, ews::Scheme::negotiate);
        course.steps.end(work::StepOutcome::warning, facts.add("error", target.trouble->sentence),
                         target.trouble->remedy);
        course.note(*std::exchange(target.trouble, std::nullopt));
        target.session->close();
        return sign_in_at(course, target, final);
      }
    } else {
      target.trouble = judge_refusal(course);
      final = true;
    }
  } else {
    target.trouble = finding_of(course, target, failure);
    if (taken) course.password_right = true;
    settle_unknown(course, failure);
    final = !taken && !course.password_judged && failure.evidence->sent != ews::Sent::nothing &&
            failure.evidence->status == 0;
    add_said(facts, failure);
    facts.add("location", failure.location);
  }
  course.steps.end(work::StepOutcome::failed, facts.add("error", target.trouble->sentence), target.trouble->remedy);
  return false;
}

}  // namespace

bool sign_in(Course& course) {
  for (Target* target : course.sound_targets()) {
    if (course.stopped()) return false;
    bool final = false;
    if (!sign_in_at(course, *target, final) && final) {
      course.note(*target->trouble);
      return false;
    }
  }
  return !course.sound_targets().empty();
}

}  // namespace mailward::connections
