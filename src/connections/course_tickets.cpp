#include <fmt/format.h>

#include "base/bytes.h"
#include "connections/course.h"
#include "connections/directory_settings.h"

namespace mailward::connections {
namespace {

/// Whose ticket was not had.
enum class Lacking { account, service };

/// What a refusal of the KDC means; nothing where the password was not judged.
std::optional<FailureClass> refusal_of(const Error& error) {
  using enum kerberos::KerberosError;
  if (error.is(bad_password)) return FailureClass::bad_password;
  if (error.is(password_expired)) return FailureClass::password_expired;
  if (error.is(must_change_password)) return FailureClass::must_change_password;
  if (error.is(account_disabled)) return FailureClass::account_disabled;
  // MIT and Samba say "revoked" for both; with a reader the account step has told them apart before.
  if (error.is(account_locked) || error.is(account_revoked)) return FailureClass::account_locked;
  if (error.is(account_expired)) return FailureClass::account_expired;
  if (error.is(not_allowed_now)) return FailureClass::logon_not_allowed;
  if (error.is(unknown_user)) return FailureClass::account_unknown;
  return std::nullopt;
}

/// Whether the refusal is one of this password, rather than of the account.
bool concerns_password(FailureClass failure) {
  return failure == FailureClass::bad_password || failure == FailureClass::password_changed_elsewhere;
}

std::string principal_of(const Course& course) {
  const auto& account = course.reading.account;
  if (account && !account->user_principal_name.empty()) return account->user_principal_name;
  if (account && !account->sam_account_name.empty()) return account->sam_account_name;
  return course.input.form.master_mailbox;
}

/// The KDC refused: the door of the password closes, and Exchange is not asked.
void take_refusal(Course& course, FailureClass failure, const Error& error, Facts& facts) {
  if (failure == FailureClass::bad_password) failure = class_of_refused(course);
  if (concerns_password(failure)) {
    course.keep_refusal(failure);
  } else {
    course.forget_try();
    course.password_judged = true;
  }
  std::string_view title = info_of(failure).title;
  title.remove_suffix(1);  // its full stop
  Finding finding = course.finding(failure, fmt::format("{} ({})", title, printable(error.message())));
  if (failure == FailureClass::password_changed_elsewhere) {
    finding.sentence += "; another was set at " + format_timestamp(*course.reading.pwd_last_set);
  }
  if (concerns_password(failure) && course.reading.tries_left) {
    course.reading.tries_left = std::max(0, *course.reading.tries_left - 1);
    finding.sentence += fmt::format("; {} tries are left", *course.reading.tries_left);
  }
  course.steps.end(work::StepOutcome::failed, facts.add("error", finding.sentence), finding.remedy);
  course.note(std::move(finding));
}

/// What the lack of a ticket means: of one for the account itself, or for the service.
FailureClass lack_of(const Error& error, Lacking lacking) {
  using enum kerberos::KerberosError;
  if (error.is(no_spn) || error.is(duplicate_spn)) return FailureClass::no_spn;
  if (error.is(etype_mismatch)) {
    return lacking == Lacking::account ? FailureClass::account_encryption_types : FailureClass::encryption_types;
  }
  if (error.is(foreign_domain)) return FailureClass::foreign_domain;
  if (error.is(clock_skew)) return FailureClass::kerberos_clock;
  return FailureClass::kdc_unreachable;
}

/// No ticket for the EWS host: with another scheme allowed this is worth knowing, without one it ends the test.
bool without_ticket(Course& course, const Error& error, Lacking lacking, Facts& facts) {
  const FailureClass failure = lack_of(error, lacking);
  const bool another_way = course.input.form.authentication.ntlm || course.input.form.authentication.basic;
  const bool harmless = failure == FailureClass::kdc_unreachable && another_way;
  const Weight weight = !another_way ? Weight::failed : harmless ? Weight::note : Weight::degraded;
  Finding finding = course.finding(failure, printable(error.message()), weight);
  if (failure == FailureClass::no_spn && course.directory) {
    if (const auto owners =
            course.directory->find_spn_owners("HTTP/" + course.url.host, course.step_deadline(), course.stop)) {
      std::string names;
      for (const directory::SpnOwner& owner : *owners) names += (names.empty() ? "" : ", ") + owner.sam_account_name;
      facts.add("spn_owners", names.empty() ? "none" : names);
    }
  }
  course.steps.end(
      another_way ? (harmless ? work::StepOutcome::note : work::StepOutcome::warning) : work::StepOutcome::failed,
      facts.add("error", finding.sentence), finding.remedy);
  course.no_kerberos = finding;
  course.note(std::move(finding));
  for (Target& target : course.targets) {
    std::erase(target.offer.schemes, ews::Scheme::negotiate);
    if (target.trouble || !target.offer.schemes.empty()) continue;
    target.trouble = course.findings.back();
  }
  return !course.sound_targets().empty();
}

/// Not those that show an older password than the version is known by.
KdcChoice kdcs_for(const Course& course) {
  KdcChoice choice;
  if (!course.input.version) return choice;
  choice.first = course.input.version->controller;
  const auto& known = course.input.version->pwd_last_set;
  for (const directory::SignInCounters& one : course.reading.counters) {
    const bool shows = !one.error && one.pwd_last_set;
    if (known && shows && *one.pwd_last_set < *known) choice.behind.push_back(one.controller);
  }
  return choice;
}

}  // namespace

bool get_tickets(Course& course) {
  const auto no_negotiate = [&] {
    for (Target& target : course.targets) {
      std::erase(target.offer.schemes, ews::Scheme::negotiate);
      if (target.trouble || !target.offer.schemes.empty()) continue;
      target.trouble = course.finding(FailureClass::kdc_unreachable,
                                      "only Negotiate is left to sign in with, and no realm is known for this account",
                                      Weight::failed);
      target.trouble->remedy =
          "Give the account a directory with its realm and controllers: mailward directory add --realm …";
      course.note(*target.trouble);
    }
    return !course.sound_targets().empty();
  };
  if (!course.input.directory || course.input.directory->form.realm.empty()) {
    course.steps.add("service_ticket", work::StepOutcome::skipped, Facts().add("realm", "none is set"));
    return no_negotiate();
  }
  course.steps.begin("service_ticket");
  Facts facts;
  facts.add("realm", course.input.directory->form.realm).add("service", "HTTP/" + course.url.host);
  const Deadline deadline = course.step_deadline();
  const auto settings = realm_settings(*course.input.directory, course.parts.resolver, course.parts.destinations,
                                       deadline, kdcs_for(course));
  if (!settings) return without_ticket(course, settings.error(), Lacking::account, facts);

  if (auto begun = course.begin_try(); !begun) {
    Finding finding = course.finding(FailureClass::internal_error, begun.error().message());
    course.steps.end(work::StepOutcome::failed, facts.add("error", finding.sentence));
    course.note(std::move(finding));
    return false;
  }
  auto tickets = kerberos::acquire(*settings, principal_of(course), *course.input.password, deadline, course.stop);
  if (!tickets) {
    if (const auto refusal = refusal_of(tickets.error())) {
      take_refusal(course, *refusal, tickets.error(), facts);
      return false;
    }
    if (tickets.error().is(kerberos::KerberosError::unanswered)) {
      // It may have been counted: the password is not used a second time before somebody has looked.
      Finding finding = course.finding(FailureClass::try_interrupted, printable(tickets.error().message()));
      course.steps.end(work::StepOutcome::failed, facts.add("error", finding.sentence), finding.remedy);
      course.note(std::move(finding));
      return false;
    }
    course.forget_try();
    return without_ticket(course, tickets.error(), Lacking::account, facts);
  }
  course.take_password();
  facts.add("principal", tickets->principal()).add("controller", tickets->controller().text());
  course.tickets = std::make_shared<kerberos::Tickets>(*std::move(tickets));
  if (!course.input.form.authentication.negotiate) {
    course.steps.end(work::StepOutcome::ok,
                     facts.add("negotiate", "not allowed on this connection; the password was checked"));
    return no_negotiate();
  }
  const auto ticket = kerberos::fetch_service_ticket(*course.tickets, "HTTP", course.url.host, deadline, course.stop);
  if (!ticket) return without_ticket(course, ticket.error(), Lacking::service, facts);
  course.service_ticket = *ticket;
  facts.add("ticket", ticket->principal).add("encryption", ticket->encryption);
  facts.add("bytes", static_cast<std::int64_t>(ticket->bytes));
  course.steps.end(work::StepOutcome::ok, facts);
  return true;
}

}  // namespace mailward::connections
