#include <algorithm>
#include <deque>
#include <mutex>
#include <set>

#include "base/bytes.h"
#include "base/digest.h"
#include "exchange_sim/automatic_reply.h"
#include "exchange_sim/inbox_rules.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/journal.h"
#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/oof_settings.h"
#include "exchange_sim/organisation.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/submission.h"
#include "exchange_sim/xml_writing.h"

/// From the outbox into the recipients' mailboxes.
namespace mailward::exchange_sim {
namespace {

/// Rules that send to each other go on this far.
constexpr std::size_t kMostSteps = 3;

/// As transport between two mailbox servers and submission by MAPI write them, the last hop first.
std::string received_headers(const Organisation& organisation, Timestamp at) {
  const std::string host = "mbx01." + organisation.domain();
  const std::string other = "mbx02." + organisation.domain();
  const std::string build = "15.2.1748.10";
  return "Received: from " + host + " (192.0.2.11) by " + other +
         " (192.0.2.12) with Microsoft SMTP Server\r\n (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) "
         "id\r\n " +
         build + "; " + mime_date(at) + "\r\nReceived: from " + host + " ([192.0.2.11]) by " + host +
         " ([192.0.2.11])\r\n with mapi id " + build + "; " + mime_date(at) + "\r\n";
}

std::unique_ptr<Item> delivered(const Organisation& organisation, const Submission& submission, const Mailbox& to) {
  auto item = submission.item->clone();
  item->received = item->created = item->modified = to.now();
  item->modified_by = to.display_name;
  item->transport_headers = received_headers(organisation, item->received);
  item->read = item->draft = item->submitted = false;
  item->unmodified = true;
  item->from_me = equal_ignoring_case(submission.sender, to.smtp);
  return item;
}

enum class Failure { unknown, full };

/// The report that a message could not be delivered, in its sender's inbox.
void report(Organisation& organisation, const Submission& submission, const Address& recipient, Failure why) {
  Mailbox* sender = organisation.find_mailbox(submission.sender);
  if (sender == nullptr) return;
  const Address system{.name = "Microsoft Outlook",
                       .smtp = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@" + organisation.domain()};
  const std::unique_lock lock(sender->mutex);
  auto item = std::make_unique<Item>();
  item->item_class = "REPORT.IPM.Note.NDR";
  item->received = item->created = item->modified = item->sent = sender->now();
  item->modified_by = system.name;
  item->unmodified = true;
  item->transport_headers = received_headers(organisation, item->received);
  const std::string subject = plain_field(*submission.item, field_id("item:Subject"));
  item->set(field_id("item:Subject"), {.inner = escape_text("Undeliverable: " + subject)});
  item->set(field_id("message:From"), people_value({system}));
  item->set(field_id("message:Sender"), people_value({system}));
  item->set(field_id("message:ToRecipients"), owner_value(*sender));
  item->set(field_id("message:InternetMessageId"), {.inner = escape_text(new_message_id(organisation.domain()))});
  const std::string status = why == Failure::full
                                 ? "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"
                                 : "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address "
                                   "lookup";
  item->body = Body{.html = false,
                    .text = sender->blobs.add("Delivery has failed to these recipients or groups:\r\n\r\n" +
                                              recipient.smtp + "\r\n\r\nRemote Server returned '" + status + "'\r\n")};
  sender->add(std::move(item), *sender->find_distinguished("inbox"), Arrival::delivered);
}

/// Each recipient once, the members of lists in their place.
void expand(const Organisation& organisation, const Address& recipient, std::set<std::string>& known,
            std::vector<Address>& found) {  // NOLINT(misc-no-recursion): a list is expanded once
  if (!known.insert(lower_case(recipient.smtp)).second) return;
  const DistributionList* list = organisation.find_list(recipient.smtp);
  if (list == nullptr) {
    found.push_back(recipient);
    return;
  }
  for (const std::string& member : list->members) expand(organisation, {.name = {}, .smtp = member}, known, found);
}

/// What a rule sends on, made under the mailbox's lock.
Submission sent_on(const Mailbox& mailbox, const Item& message, const RuleVerdict::Sending& wish,
                   const Submission& original) {
  if (wish.how == Onward::redirected) {
    return {.item = message.clone(), .sender = original.sender, .recipients = wish.to};
  }
  auto made = std::make_unique<Item>();
  Item& forward = *made;
  forward.item_class = "IPM.Note";
  forward.created = forward.modified = forward.sent = forward.received = mailbox.now();
  forward.modified_by = mailbox.display_name;
  const Value owner = owner_value(mailbox);
  forward.set(field_id("message:From"), owner);
  forward.set(field_id("message:Sender"), owner);
  forward.set(field_id("message:ToRecipients"), people_value(wish.to));
  forward.set(field_id("item:Subject"), {.inner = escape_text("FW: " + conversation_topic(message))});
  forward.set(field_id("message:InternetMessageId"), {.inner = escape_text(new_message_id(mailbox.smtp))});
  if (wish.how == Onward::forwarded) {
    auto copy = message.clone();
    forward.body = message.body;
    forward.attachments = std::move(copy->attachments);
    forward.attachments_made = copy->attachments_made;
  } else {
    forward.attachments.push_back({.number = ++forward.attachments_made,
                                   .name = plain_field(message, field_id("item:Subject")),
                                   .content_type = {},
                                   .content_id = {},
                                   .content_location = {},
                                   .modified = mailbox.now(),
                                   .item = message.clone()});
  }
  return {.item = std::move(made), .sender = mailbox.smtp, .recipients = wish.to};
}

/// Into the folders that the rules chose.
void place(Mailbox& mailbox, std::unique_ptr<Item> item, const RuleVerdict& verdict) {
  for (std::size_t i = 1; i < verdict.folders.size(); ++i) {
    mailbox.add(item->clone(), *verdict.folders[i], Arrival::delivered);
  }
  Folder* first = verdict.folders.empty() ? mailbox.find_distinguished("inbox") : verdict.folders.front();
  if (verdict.destroyed && mailbox.hold) {
    mailbox.dispose(mailbox.add(item->clone(), *mailbox.find_distinguished("inbox"), Arrival::delivered),
                    Disposal::hard_delete);
  }
  if (verdict.folders.empty() && verdict.destroyed) return;
  mailbox.add(std::move(item), *first, Arrival::delivered);
}

/// One recipient's share. What it sets off (rules' messages, an automatic reply) goes into `onward`.
std::optional<Failure> deliver_to(Organisation& organisation, Mailbox& to, const Submission& submission,
                                  std::vector<Submission>& onward) {
  const std::unique_lock lock(to.mutex);
  auto item = delivered(organisation, submission, to);
  if (!to.has_room_for(size_of({.mailbox = to, .item = *item}))) return Failure::full;
  if (to.blocked_senders.contains(lower_case(submission.sender))) {
    to.add(std::move(item), *to.find_distinguished("junkemail"), Arrival::delivered);
    return std::nullopt;
  }
  attend_to(to, *item);
  const auto answer = [&](std::unique_ptr<Item> reply) {
    if (!reply) return;
    onward.push_back(
        {.item = std::move(reply), .sender = to.smtp, .recipients = {{.name = {}, .smtp = submission.sender}}});
  };
  answer(make_oof_reply(to, *item, submission.sender));
  const RuleVerdict verdict = apply_rules(to, *item);
  for (const Item* each : verdict.replies) answer(make_rule_reply(to, *each, *item, submission.sender));
  for (const RuleVerdict::Sending& wish : verdict.sendings) onward.push_back(sent_on(to, *item, wish, submission));
  place(to, std::move(item), verdict);
  return std::nullopt;
}

void deliver_once(Organisation& organisation, const Submission& submission, std::vector<Submission>& onward) {
  std::set<std::string> known;
  std::vector<Address> recipients;
  for (const Address& each : submission.recipients) expand(organisation, each, known, recipients);
  journal(organisation, submission, recipients);
  for (const Address& recipient : recipients) {
    Mailbox* to = organisation.find_mailbox(recipient.smtp);
    const bool reached = to != nullptr && (organisation.place(*to) == MailboxPlace::here ||
                                           organisation.place(*to) == MailboxPlace::moving);
    const auto failure = reached ? deliver_to(organisation, *to, submission, onward) : Failure::unknown;
    if (failure) report(organisation, submission, recipient, *failure);
  }
}

}  // namespace

void deliver(Organisation& organisation, const Submission& submission) {
  std::vector<Submission> now;
  deliver_once(organisation, submission, now);
  for (std::size_t step = 0; step < kMostSteps && !now.empty(); ++step) {
    std::vector<Submission> next;
    for (const Submission& each : now) deliver_once(organisation, each, next);
    now = std::move(next);
  }
}

}  // namespace mailward::exchange_sim
