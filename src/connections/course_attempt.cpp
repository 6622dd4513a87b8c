#include "connections/course_attempt.h"

namespace mailward::connections {
namespace {

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

SignInReply call_on(Course& course, ews::Session& session) {
  ews::GetServerTimeZones operation;
  operation.ids = {"UTC"};
  return ews::call(session, operation, {}, course.step_deadline(), course.stop);
}

ews::Session session_of_its_own(Course& course, const Target& target) {
  ews::SessionSettings settings;
  settings.user_agent = course.input.form.user_agent;
  settings.request_id = course.input.request_id;
  ews::Endpoint endpoint = target.session->endpoint();
  return {course.parts.transport, std::move(endpoint), settings, course.way.proxy()};
}

}  // namespace

std::string sign_in_name(const Course& course) {
  const auto& account = course.reading.account;
  const std::string& typed = course.input.form.master_mailbox;
  if (!account || typed.find('\\') != std::string::npos || !course.input.directory) return typed;
  if (course.input.account == account->user_principal_name || account->sam_account_name.empty()) return typed;
  const std::string& domain = course.input.directory->form.domain;
  return domain.empty() ? account->user_principal_name : domain + "\\" + account->sam_account_name;
}

SignInReply attempt(Course& course, ews::Session& session, ews::Scheme scheme, ews::ChannelBinding binding) {
  if (auto taken = session.sign_in_with(credential_for(course, scheme, binding)); !taken) {
    return std::unexpected(ews::Failure(std::move(taken).error()));
  }
  return call_on(course, session);
}

SignInReply attempt_anew(Course& course, const Target& target, ews::Scheme scheme, ews::ChannelBinding binding) {
  ews::Session session = session_of_its_own(course, target);
  return attempt(course, session, scheme, binding);
}

std::optional<ews::Mechanism> ask_for_mechanism(Course& course, const Target& target) {
  ews::Session session = session_of_its_own(course, target);
  const auto answer =
      session.send({.method = ews::Method::get, .with_credential = false, .question = ews::mechanism_question()},
                   course.step_deadline(), course.stop);
  if (!answer || answer->evidence.status != 401) return std::nullopt;
  return ews::chosen_mechanism(answer->evidence.head);
}

SignInReply ask_without_sign_in(Course& course, const Target& target) {
  ews::Session session = session_of_its_own(course, target);
  return call_on(course, session);
}

}  // namespace mailward::connections
