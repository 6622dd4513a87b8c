#include <fmt/format.h>

#include "base/bytes.h"
#include "connections/course.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_folder.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""min;

constexpr std::chrono::minutes kMostSkew =
    5min;  // Kerberos' own limit (RFC 4120 8.2, MaxClockSkew of Active Directory)

using FolderReply = ews::Outcome<ews::Reply<ews::GetFolder::Response>>;

/// Asks for one folder's id, and for nothing in it.
FolderReply get_folder(Course& course, Target& target, std::string_view name, std::optional<std::string> impersonate) {
  ews::GetFolder operation;
  operation.shape = ews::BaseShape::id_only;
  operation.folders = {ews::DistinguishedFolder{std::string(name), {}}};
  ews::CallContext context;
  if (impersonate) context.impersonate = {ews::Impersonation::Kind::smtp_address, *std::move(impersonate)};
  auto reply = ews::call(*target.session, operation, context, course.step_deadline(), course.stop);
  if (!reply) return reply;
  if (auto failure = reply->response.first_error()) {
    return std::unexpected(ews::with_evidence(*std::move(failure), std::move(reply->evidence)));
  }
  return reply;
}

void server_version(Course& course) {
  Facts facts;
  facts.add("version", course.version.text()).add("product", ews::product_name(course.version.product()));
  if (course.version.known() && !course.version.supported()) {
    Finding finding = course.finding(
        FailureClass::server_too_old,
        fmt::format("the server is {} ({})", ews::product_name(course.version.product()), course.version.text()));
    course.steps.add("server_version", work::StepOutcome::failed, facts, finding.remedy);
    course.note(std::move(finding));
    return;
  }
  course.steps.add("server_version", work::StepOutcome::ok, facts);
}

void clock_skew(Course& course, const ews::Evidence& evidence) {
  if (!evidence.date || !evidence.received) {
    course.steps.add("clock_skew", work::StepOutcome::skipped, Facts().add("date", "the server sends no Date"));
    return;
  }
  const auto difference = std::chrono::duration_cast<std::chrono::seconds>(*evidence.date - *evidence.received);
  Facts facts;
  facts.add("server_time", format_timestamp(*evidence.date))
      .add("difference_seconds", static_cast<std::int64_t>(difference.count()));
  if (std::chrono::abs(difference) <= kMostSkew) {
    course.steps.add("clock_skew", work::StepOutcome::ok, facts);
    return;
  }
  Finding finding =
      course.finding(FailureClass::clock_skew,
                     fmt::format("the server's clock is {} seconds {} this machine's", std::abs(difference.count()),
                                 difference.count() > 0 ? "ahead of" : "behind"));
  course.steps.add("clock_skew", work::StepOutcome::warning, facts, finding.remedy);
  course.note(std::move(finding));
}

/// A service account without a mailbox of its own is usual: a note. The answer's head also tells the server's time.
void own_mailbox(Course& course, Target& target) {
  course.steps.begin("own_mailbox");
  const FolderReply reply = get_folder(course, target, "inbox", std::nullopt);
  Facts facts;
  facts.add("mailbox",
            reply ? "the account has a mailbox of its own" : "the account has no mailbox of its own; it needs none");
  if (!reply) add_said(facts, reply.error());
  if (!reply && !reply.error().said) facts.add("error", reply.error().error.message());
  course.steps.end(reply ? work::StepOutcome::ok : work::StepOutcome::note, facts);
  clock_skew(course, reply ? reply->evidence : *reply.error().evidence);
}

/// Which of the two reasons it is that there is no such mailbox, where the directory can tell.
Finding missing_mailbox(Course& course, const std::string& address, std::string sentence) {
  if (!course.directory) return course.finding(FailureClass::mailbox_unknown_or_moved, std::move(sentence));
  const auto found = course.directory->find_account(address, course.step_deadline(), course.stop);
  if (!found && found.error().is(directory::DirectoryError::not_found)) {
    return course.finding(FailureClass::mailbox_unknown, "Active Directory knows no recipient " + printable(address));
  }
  if (!found) return course.finding(FailureClass::mailbox_unknown_or_moved, std::move(sentence));
  if (found->recipient == directory::RecipientKind::remote_mailbox) {
    return course.finding(
        FailureClass::mailbox_moved,
        fmt::format("the mailbox is in Exchange Online now (targetAddress {})", printable(found->target_address)));
  }
  return course.finding(FailureClass::mailbox_unknown,
                        fmt::format("{} is in Active Directory, but as {}", printable(address),
                                    directory::recipient_kind_name(found->recipient)));
}

bool impersonation_at(Course& course, Target& target) {
  const std::string& address = course.input.form.mailbox_check;
  course.steps.begin("impersonation");
  Facts facts;
  facts.add("address", target.label).add("mailbox_check", address);
  const FolderReply reply = get_folder(course, target, "inbox", address);
  add_call_facts(facts, reply ? reply->evidence : *reply.error().evidence);
  if (reply) {
    course.steps.end(work::StepOutcome::ok, facts);
    return true;
  }
  add_said(facts, reply.error());
  Finding finding = finding_of(course, target, reply.error());
  if (finding.failure == FailureClass::mailbox_unknown_or_moved)
    finding = missing_mailbox(course, address, finding.sentence);
  course.steps.end(work::StepOutcome::failed, facts.add("error", finding.sentence), finding.remedy);
  target.trouble = std::move(finding);
  return false;
}

/// At every front end; what Exchange says of the mailbox is the same everywhere, so the first such answer ends it.
bool impersonation(Course& course) {
  if (course.input.form.mailbox_check.empty()) {
    Finding finding = course.finding(FailureClass::mailbox_check_missing);
    course.steps.add("impersonation", work::StepOutcome::skipped, Facts(), finding.remedy);
    if (course.input.deep) {
      course.steps.add("deep_create_folder", work::StepOutcome::skipped, Facts(), finding.remedy);
    }
    course.note(std::move(finding));
    return false;
  }
  for (Target* target : course.sound_targets()) {
    if (course.stopped()) return false;
    impersonation_at(course, *target);
  }
  return !course.sound_targets().empty();
}

void scope(Course& course, Target& target) {
  const std::string& address = course.input.form.refused_mailbox;
  if (address.empty()) {
    course.steps.add("scope", work::StepOutcome::skipped, Facts().add("refused_mailbox", "none is given"),
                     "Give a mailbox outside the impersonation scope, so that the scope is proven.");
    return;
  }
  course.steps.begin("scope");
  Facts facts;
  facts.add("refused_mailbox", address);
  const FolderReply reply = get_folder(course, target, "msgfolderroot", address);
  if (reply) {
    Finding finding = course.finding(FailureClass::scope_too_wide);
    course.steps.end(work::StepOutcome::warning, facts.add("error", finding.sentence), finding.remedy);
    course.note(std::move(finding));
    return;
  }
  add_said(facts, reply.error());
  const Finding reason = finding_of(course, target, reply.error());
  if (reason.failure == FailureClass::impersonation_denied) {
    course.steps.end(work::StepOutcome::ok, facts.add("refused", true));
    return;
  }
  // Refused for another reason: that proves nothing of the scope.
  course.steps.end(work::StepOutcome::note, facts.add("error", reason.sentence),
                   "The scope is not proven: choose a mailbox that exists on this Exchange.");
}

/// What the products chosen need beyond the sign-in: to read what stands in a folder.
void products(Course& course, Target& target) {
  std::string names;
  for (const std::string& product : course.input.form.products) names += (names.empty() ? "" : ", ") + product;
  if (names.empty()) {
    course.steps.add("products", work::StepOutcome::skipped, Facts().add("products", "none is chosen"));
    return;
  }
  course.steps.begin("products");
  Facts facts;
  facts.add("products", names);
  ews::FindItem operation;
  operation.max_entries = 1;
  operation.parents = {ews::DistinguishedFolder{"inbox", {}}};
  ews::CallContext context;
  context.impersonate = {ews::Impersonation::Kind::smtp_address, course.input.form.mailbox_check};
  const auto reply = ews::call(*target.session, operation, context, course.step_deadline(), course.stop);
  std::optional<ews::Failure> failure;
  if (!reply) failure = reply.error();
  if (reply) failure = reply->response.first_error();
  if (!failure) {
    course.steps.end(work::StepOutcome::ok, facts.add("reads_items", true));
    return;
  }
  add_said(facts, *failure);
  Finding finding = finding_of(course, target, *failure);
  course.steps.end(work::StepOutcome::failed, facts.add("error", finding.sentence), finding.remedy);
  course.note(std::move(finding));
}

}  // namespace

void examine_mailboxes(Course& course) {
  Target& first = *course.sound_targets().front();
  server_version(course);
  own_mailbox(course, first);
  if (!impersonation(course) || course.stopped()) return;
  Target& sound = *course.sound_targets().front();
  scope(course, sound);
  if (!course.stopped()) products(course, sound);
  if (course.input.deep && !course.stopped()) test_deep(course, sound);
}

}  // namespace mailward::connections
