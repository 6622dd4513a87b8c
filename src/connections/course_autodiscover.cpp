#include <algorithm>

#include "base/bytes.h"
#include "connections/autodiscovery.h"
#include "connections/course_attempt.h"
#include "connections/destination.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""s;

std::vector<std::string> points_of(const Course& course) {
  if (!course.directory) return {};
  const auto urls = course.directory->autodiscover_urls(course.step_deadline(8s), course.stop);
  return urls ? *urls : std::vector<std::string>();
}

/// What the test itself signed in with: the password is right, so that showing it costs no attempt.
ews::Outcome<ews::Credential> credential_for(Course& course, const std::string& host, Deadline deadline) {
  ews::Credential credential;
  credential.account = course.input.account;
  if (course.tickets && course.input.form.authentication.negotiate) {
    const auto ticket = kerberos::fetch_service_ticket(*course.tickets, "HTTP", host, deadline, course.stop);
    if (ticket) {
      credential.scheme = ews::Scheme::negotiate;
      credential.tickets = ews::TicketHandle(course.tickets, course.tickets->credential());
      credential.service = ticket->principal;
      return credential;
    }
  }
  const Authentication& allowed = course.input.form.authentication;
  if ((!allowed.ntlm && !allowed.basic) || !course.input.password) {
    return std::unexpected(ews::Failure(ews::EwsError::scheme_not_offered, "there is nothing to sign in with there"));
  }
  credential.scheme = allowed.ntlm ? ews::Scheme::ntlm : ews::Scheme::basic;
  credential.user = sign_in_name(course);
  credential.password = course.input.password->clone();
  return credential;
}

void add_steps(Facts& facts, const ews::AutodiscoverResult& result) {
  int number = 0;
  for (const ews::AutodiscoverStep& step : result.steps) {
    facts.add("candidate_" + std::to_string(++number),
              std::string(ews::autodiscover_source_name(step.source)) + " " + step.url + ": " + step.sentence);
  }
}

/// The same host and port: what stands behind them is the same.
bool leads_there(const Course& course, const std::string& found) {
  const auto url = EwsUrl::parse(found);
  return url && url->host == course.url.host && url->port == course.url.port;
}

}  // namespace

void look_by_autodiscover(Course& course) {
  const ConnectionForm& form = course.input.form;
  if (form.autodiscover.empty() || course.input.by_schedule) return;
  course.steps.begin("autodiscover");
  Facts facts;
  facts.add("address", form.autodiscover);
  const auto hosts = bound_hosts(form);
  AutodiscoverWalk plan{.transport = course.parts.transport,
                        .resolver = course.parts.resolver,
                        .destinations = course.parts.destinations,
                        .form = form,
                        .trust = course.trust,
                        .way = course.way,
                        .request_id = course.input.request_id,
                        .scp_urls = points_of(course),
                        .confirmed = {},
                        .credential = {}};
  plan.confirmed = [&](const std::string& host) { return hosts && std::ranges::find(*hosts, host) != hosts->end(); };
  plan.credential = [&](const std::string& host, Deadline deadline) { return credential_for(course, host, deadline); };
  const auto result = walk(plan, course.step_deadline(25s), course.stop);
  if (!result) {
    course.steps.end(work::StepOutcome::note, facts.add("error", result.error().message()));
    return;
  }
  add_steps(facts, *result);
  if (result->mailbox) facts.add("ews_url", result->mailbox->ews_url());
  if (result->mailbox && leads_there(course, result->mailbox->ews_url())) {
    course.steps.end(work::StepOutcome::ok, facts);
    return;
  }
  Finding finding = course.finding(
      result->mailbox ? FailureClass::autodiscover_differs : FailureClass::autodiscover_silent,
      result->mailbox ? "Autodiscover leads to " + printable(result->mailbox->ews_url()) : std::string());
  course.steps.end(work::StepOutcome::note, facts, finding.remedy);
  course.note(std::move(finding));
}

}  // namespace mailward::connections
