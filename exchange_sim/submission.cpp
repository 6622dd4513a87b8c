#include "exchange_sim/submission.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "base/digest.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/organisation.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kRecipientFields{"message:ToRecipients", "message:CcRecipients",
                                                           "message:BccRecipients"};

std::vector<Address> recipients_of(const Item& item) {
  std::vector<Address> found;
  for (const std::string_view uri : kRecipientFields) {
    for (Address& each : people_in(item.find(field_id(uri)))) {
      const bool known =
          std::ranges::any_of(found, [&](const Address& other) { return equal_ignoring_case(other.smtp, each.smtp); });
      if (!known) found.push_back(std::move(each));
    }
  }
  return found;
}

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

/// The report that a message could not be delivered, in its sender's inbox.
void report(Organisation& organisation, const Submission& submission, const Address& recipient) {
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
  item->set(field_id("message:ToRecipients"), people_value({{.name = sender->display_name, .smtp = sender->smtp}}));
  item->set(field_id("message:InternetMessageId"),
            {.inner = escape_text("<" + random_uuid() + "@" + organisation.domain() + ">")});
  item->body =
      Body{.html = false,
           .text = sender->blobs.add("Delivery has failed to these recipients or groups:\r\n\r\n" + recipient.smtp +
                                     "\r\n\r\nRemote Server returned '550 5.1.10 RESOLVER.ADR."
                                     "RecipientNotFound; Recipient not found by SMTP address lookup'\r\n")};
  sender->add(std::move(item), *sender->find_distinguished("inbox"), Arrival::delivered);
}

}  // namespace

bool has_recipients(const Item& item) {
  return !recipients_of(item).empty();
}

Submission submission_of(const Mailbox& mailbox, const Item& item) {
  Submission made{.item = item.clone(), .sender = mailbox.smtp, .recipients = recipients_of(item)};
  if (item.mime) made.item->mime = mailbox.blobs.add(outgoing_mime({mailbox, item}));
  for (const std::string_view uri : {"message:BccRecipients", "item:Categories", "item:Flag", "item:ReminderIsSet",
                                     "item:ReminderDueBy", "item:ReminderMinutesBeforeStart"}) {
    made.item->erase(field_id(uri));
  }
  return made;
}

void deliver(Organisation& organisation, const Submission& submission) {
  for (const Address& recipient : submission.recipients) {
    Mailbox* to = organisation.find_mailbox(recipient.smtp);
    if (to == nullptr || organisation.place(*to) != MailboxPlace::here) {
      report(organisation, submission, recipient);
      continue;
    }
    const std::unique_lock lock(to->mutex);
    to->add(delivered(organisation, submission, *to), *to->find_distinguished("inbox"), Arrival::delivered);
  }
}

}  // namespace mailward::exchange_sim
