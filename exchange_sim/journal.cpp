#include "exchange_sim/journal.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

#include "base/bytes.h"
#include "base/digest.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/organisation.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

bool inside(const Organisation& organisation, std::string_view smtp) {
  return organisation.find_mailbox(smtp) != nullptr || organisation.find_list(smtp) != nullptr;
}

bool concerns(const Organisation& organisation, const JournalRule& rule, const Submission& submission,
              const std::vector<Address>& recipients) {
  const auto is_named = [&](std::string_view smtp) { return equal_ignoring_case(smtp, rule.recipient); };
  const bool named = rule.recipient.empty() || is_named(submission.sender) ||
                     std::ranges::any_of(recipients, [&](const Address& each) { return is_named(each.smtp); });
  if (!named || rule.scope == JournalScope::global) return named;
  const bool crosses =
      !inside(organisation, submission.sender) ||
      std::ranges::any_of(recipients, [&](const Address& each) { return !inside(organisation, each.smtp); });
  return crosses == (rule.scope == JournalScope::external);
}

bool holds(const std::vector<Address>& people, std::string_view smtp) {
  return std::ranges::any_of(people, [&](const Address& each) { return equal_ignoring_case(each.smtp, smtp); });
}

/// Of the list, or of one within it.
bool is_member(const Organisation& organisation, std::string_view list_smtp, std::string_view smtp,
               std::set<std::string>& looked_at) {  // NOLINT(misc-no-recursion): a list is looked at once
  const DistributionList* list = organisation.find_list(list_smtp);
  if (list == nullptr || !looked_at.insert(lower_case(list_smtp)).second) return false;
  return std::ranges::any_of(list->members, [&](const std::string& member) {
    return equal_ignoring_case(member, smtp) || is_member(organisation, member, smtp, looked_at);
  });
}

/// Who received it, each with the field in which he stood; members of a list behind it; all others got a blind copy.
std::string envelope_lines(const Organisation& organisation, const Submission& submission,
                           const std::vector<Address>& recipients) {
  const Item& item = *submission.item;
  const auto to = people_in(item.find(field_id("message:ToRecipients")));
  const auto cc = people_in(item.find(field_id("message:CcRecipients")));
  const auto list_of = [&](const std::vector<Address>& people, std::string_view smtp) -> std::string {
    for (const Address& each : people) {
      std::set<std::string> looked_at;
      if (is_member(organisation, each.smtp, smtp, looked_at)) return each.smtp;
    }
    return {};
  };
  std::string lines;
  for (const Address& each : recipients) {
    const std::string to_list = list_of(to, each.smtp);
    const std::string cc_list = list_of(cc, each.smtp);
    if (holds(to, each.smtp)) {
      lines += "To: " + each.smtp;
    } else if (holds(cc, each.smtp)) {
      lines += "Cc: " + each.smtp;
    } else if (!to_list.empty()) {
      lines += "To: " + each.smtp + ", Expanded: " + to_list;
    } else if (!cc_list.empty()) {
      lines += "Cc: " + each.smtp + ", Expanded: " + cc_list;
    } else {
      lines += "Bcc: " + each.smtp;
    }
    lines += "\r\n";
  }
  return lines;
}

/// RFC 5322: what Microsoft calls envelope journaling.
std::string report_of(const Organisation& organisation, const Submission& submission,
                      const std::vector<Address>& recipients, const Mailbox& journal_mailbox) {
  const Item& item = *submission.item;
  const std::string subject = plain_field(item, field_id("item:Subject"));
  const std::string message_id = plain_field(item, field_id("message:InternetMessageId"));
  const std::string boundary = "_" + make_guid(message_id + journal_mailbox.smtp) + "_";
  const std::string system = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@" + organisation.domain();
  const std::string message = mime_of({.mailbox = journal_mailbox, .item = item});
  // The subject as the message itself writes it, encoded words and folds and all.
  std::string subject_header = "Subject: " + subject + "\r\n";
  const auto at = ("\r\n" + message.substr(0, message.find("\r\n\r\n") + 2)).find("\r\nSubject:");
  if (at != std::string::npos) {
    auto end = message.find("\r\n", at);
    while (end != std::string::npos && end + 2 < message.size() &&
           (message[end + 2] == ' ' || message[end + 2] == '\t')) {
      end = message.find("\r\n", end + 2);
    }
    if (end != std::string::npos) subject_header = message.substr(at, end + 2 - at);
  }
  std::string out = "Sender: <" + system + ">\r\nFrom: \"Microsoft Outlook\" <" + system + ">\r\nTo: <" +
                    journal_mailbox.smtp + ">\r\nDate: " + mime_date(journal_mailbox.now()) + "\r\n" + subject_header +
                    "Message-ID: <" + random_uuid() + "@journal.report.generator>\r\nX-MS-Journal-Report:\r\n" +
                    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"" + boundary + "\"\r\n\r\n";
  out += "--" + boundary + "\r\nContent-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
  out += "Sender: " + submission.sender + "\r\nSubject: " + subject + "\r\nMessage-Id: " + message_id + "\r\n";
  out += envelope_lines(organisation, submission, recipients);
  out += "\r\n--" + boundary + "\r\nContent-Type: message/rfc822\r\n\r\n" + message;
  if (!message.ends_with("\r\n")) out += "\r\n";
  return out + "--" + boundary + "--\r\n";
}

constexpr auto kScopes = std::to_array<std::pair<JournalScope, std::string_view>>({
    {JournalScope::global, "global"},
    {JournalScope::internal, "internal"},
    {JournalScope::external, "external"},
});

}  // namespace

std::string_view journal_scope_name(JournalScope scope) {
  return std::ranges::find(kScopes, scope, &std::pair<JournalScope, std::string_view>::first)->second;
}

std::optional<JournalScope> journal_scope_from(std::string_view name) {
  const auto* found = std::ranges::find(kScopes, name, &std::pair<JournalScope, std::string_view>::second);
  if (found == kScopes.end()) return std::nullopt;
  return found->first;
}

void journal(Organisation& organisation, const Submission& submission, const std::vector<Address>& recipients) {
  for (const JournalRule& rule : organisation.journal_rules()) {
    if (!concerns(organisation, rule, submission, recipients)) continue;
    Mailbox* to = organisation.find_mailbox(rule.to);
    if (to == nullptr) continue;
    const std::unique_lock lock(to->mutex);
    auto item = std::make_unique<Item>();
    if (!fill_from_mime(*item, *to, report_of(organisation, submission, recipients, *to))) continue;
    item->item_class = "IPM.Note";
    item->received = item->created = item->modified = to->now();
    item->modified_by = "Microsoft Outlook";
    item->unmodified = true;
    to->add(std::move(item), *to->find_distinguished("inbox"), Arrival::delivered);
  }
}

}  // namespace mailward::exchange_sim
