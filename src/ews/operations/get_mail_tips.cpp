#include "ews/operations/get_mail_tips.h"

#include <algorithm>

#include "ews/operations/new_item.h"
#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

GetMailTips::Tips read_tips(XmlElement element) {
  GetMailTips::Tips tips;
  tips.recipient = read_mailbox(element.child("RecipientAddress"));
  tips.pending = words_of(element.child("PendingMailTips").text());
  if (XmlElement reply = element.child("OutOfOffice").child("ReplyBody")) {
    tips.automatic_reply = reply.child("Message").text();
  }
  tips.mailbox_full = element.child("MailboxFull").boolean();
  if (XmlElement custom = element.child("CustomMailTip")) tips.custom = custom.text();
  tips.members = element.child("TotalMemberCount").integer();
  tips.outside_members = element.child("ExternalMemberCount").integer();
  tips.max_message_size = element.child("MaxMessageSize").integer();
  tips.delivery_restricted = element.child("DeliveryRestricted").boolean();
  tips.moderated = element.child("IsModerated").boolean();
  tips.invalid = element.child("InvalidRecipient").boolean();
  return tips;
}

}  // namespace

std::string GetMailTips::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_mailbox(writer, "m:SendingAs", {.name = {}, .address = sender, .routing_type = {}, .mailbox_type = {}});
  writer.open("m:Recipients");
  for (const auto& recipient : recipients) {
    write_mailbox(writer, "t:Mailbox", {.name = {}, .address = recipient, .routing_type = {}, .mailbox_type = {}});
  }
  writer.close().element("m:MailTipsRequested", "All").close();
  return writer.take();
}

/// A response message of its own says whether the whole was refused.
Outcome<GetMailTips::Response> GetMailTips::read(XmlElement payload) {
  MW_TRY(auto status, read_status(payload));
  Response response;
  if (!status.ok()) {
    response.messages.push_back({.status = std::move(status), .value = {}});
    return response;
  }
  for (XmlElement at : payload.child("ResponseMessages").children("MailTipsResponseMessageType")) {
    MW_TRY(auto one, read_one_message(at, [](XmlElement message) { return read_tips(message.child("MailTips")); }));
    response.messages.push_back(std::move(one));
  }
  return response;
}

}  // namespace mailward::ews
