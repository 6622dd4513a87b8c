#include <algorithm>

#include "connections/course_attempt.h"

namespace mailward::connections {

void examine_protection(Course& course) {
  // NTLM would show the password's proof with a false binding; Basic has none.
  if (course.input.by_schedule || course.scheme != ews::Scheme::negotiate) return;
  const auto took_ticket = [](const Target& one) { return !one.trouble && one.scheme == ews::Scheme::negotiate; };
  const auto target = std::ranges::find_if(course.targets, took_ticket);
  if (target == course.targets.end()) return;
  course.steps.begin("extended_protection");
  Facts facts;
  facts.add("address", target->label);
  const auto reply = attempt_anew(course, *target, ews::Scheme::negotiate, ews::ChannelBinding::falsify);
  const bool taken = reply && reply->evidence.sign_in.accepted;
  const bool refused = !reply && reply.error().is(ews::EwsError::unauthorized);
  facts.add("false_binding", taken ? "accepted" : refused ? "refused" : "unclear");
  if (!reply && !refused) facts.add("error", reply.error().error.message());
  // What follows from it is a recommended measure, not the connection's health.
  course.steps.end(taken || !refused ? work::StepOutcome::note : work::StepOutcome::ok, facts);
}

}  // namespace mailward::connections
