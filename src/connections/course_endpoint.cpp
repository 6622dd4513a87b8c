#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "connections/course.h"

namespace mailward::connections {
namespace {

std::string names_of(const ews::Offer& offer) {
  std::string text;
  for (const ews::Scheme scheme : offer.schemes)
    text += (text.empty() ? "" : ", ") + std::string(ews::scheme_name(scheme));
  for (const std::string& other : offer.others) text += (text.empty() ? "" : ", ") + other;
  return text.empty() ? "none" : text;
}

/// Asks for EWS without signing in: Exchange answers 401 with what it offers; whatever else stands there shows itself.
void ask(Course& course, Target& target) {
  course.steps.begin("http_endpoint");
  const auto answer =
      target.session->send({.method = ews::Method::get, .with_credential = false}, course.step_deadline(), course.stop);
  Facts facts;
  facts.add("address", target.label);
  const ews::Evidence& evidence = answer ? answer->evidence : *answer.error().evidence;
  course.server = evidence.front_end;
  add_call_facts(facts, evidence);
  if (answer && answer->evidence.status == 401) {
    facts.add("strict_transport_security", evidence.head.get("Strict-Transport-Security"));
    course.steps.end(work::StepOutcome::ok, facts);
    target.offer = answer->evidence.offer;
    return;
  }
  std::optional<ews::Failure> failure;
  if (!answer) {
    failure = answer.error();
  } else if (auto read = ews::read_answer(*answer, "GetFolder"); !read) {
    failure = std::move(read).error();
  }
  if (failure) {
    target.trouble = finding_of(course, target, *failure);
    add_said(facts, *failure);
    facts.add("location", failure->location);
  } else {
    target.trouble =
        course.finding(FailureClass::not_exchange, "EWS answered without a sign-in, as Exchange never does");
  }
  course.steps.end(work::StepOutcome::failed, facts.add("error", target.trouble->sentence), target.trouble->remedy);
}

bool allowed(const Authentication& authentication, ews::Scheme scheme) {
  switch (scheme) {
    case ews::Scheme::negotiate:
      return authentication.negotiate;
    case ews::Scheme::ntlm:
      return authentication.ntlm;
    case ews::Scheme::basic:
      return authentication.basic;
  }
  return false;
}

void choose_schemes(Course& course, Target& target) {
  const std::string offered = names_of(target.offer);
  const std::string wanted = course.input.form.authentication.text();
  Facts facts;
  facts.add("address", target.label).add("offered", offered).add("allowed", wanted);
  std::erase_if(target.offer.schemes,
                [&](ews::Scheme scheme) { return !allowed(course.input.form.authentication, scheme); });
  if (target.offer.schemes.empty()) {
    target.trouble = course.finding(FailureClass::scheme_not_allowed,
                                    fmt::format("the server offers {}; the connection allows {}", offered, wanted));
    course.steps.add("authentication_schemes", work::StepOutcome::failed, facts, target.trouble->remedy);
    return;
  }
  course.steps.add("authentication_schemes", work::StepOutcome::ok, facts);
}

}  // namespace

bool find_endpoint(Course& course) {
  for (Target* target : course.sound_targets()) {
    if (course.stopped()) return false;
    ask(course, *target);
    if (!target->trouble) choose_schemes(course, *target);
  }
  return !course.sound_targets().empty();
}

}  // namespace mailward::connections
