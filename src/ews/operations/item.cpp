#include "ews/operations/item.h"

namespace mailward::ews {
namespace {

std::optional<std::string> text_of(XmlElement element) {
  return element ? std::optional(element.text()) : std::nullopt;
}

void read_rest(XmlElement element, Item& item) {
  item.sent = text_of(element.child("DateTimeSent"));
  item.last_modified = text_of(element.child("LastModifiedTime"));
  item.importance = text_of(element.child("Importance"));
  item.sensitivity = text_of(element.child("Sensitivity"));
  for (XmlElement at : element.child("Categories").children("String")) item.categories.push_back(at.text());
  item.flag = text_of(element.child("Flag").child("FlagStatus"));
  item.is_read = element.child("IsRead").boolean();
  item.is_draft = element.child("IsDraft").boolean();
  item.is_associated = element.child("IsAssociated").boolean();
  if (XmlElement id = element.child("ConversationId")) item.conversation_id = id.attribute("Id");
  item.in_reply_to = text_of(element.child("InReplyTo"));
  item.references = text_of(element.child("References"));
  for (XmlElement at : element.child("InternetMessageHeaders").children("InternetMessageHeader")) {
    item.internet_headers.emplace_back(at.attribute("HeaderName"), at.text());
  }
  item.attachments = read_attachments(element.child("Attachments"));
  for (XmlElement at : element.children("ExtendedProperty")) item.extended.push_back(read_extended_property(at));
}

}  // namespace

Mailbox read_mailbox(XmlElement element) {
  return {.name = element.child("Name").text(),
          .address = element.child("EmailAddress").text(),
          .routing_type = element.child("RoutingType").text(),
          .mailbox_type = element.child("MailboxType").text()};
}

std::vector<Mailbox> read_mailboxes(XmlElement list) {
  std::vector<Mailbox> read;
  for (XmlElement at : list.children("Mailbox")) read.push_back(read_mailbox(at));
  return read;
}

Item read_item(XmlElement element) {
  Item item;
  item.kind = element.name();
  item.id = read_item_id(element.child("ItemId"));
  if (XmlElement parent = element.child("ParentFolderId")) item.parent = read_folder_id(parent);
  item.item_class = text_of(element.child("ItemClass"));
  item.subject = text_of(element.child("Subject"));
  item.mime_content = text_of(element.child("MimeContent"));
  if (XmlElement body = element.child("Body")) {
    item.body = body.text();
    item.body_type = body.attribute("BodyType");
  }
  item.size = element.child("Size").integer();
  item.received = text_of(element.child("DateTimeReceived"));
  item.created = text_of(element.child("DateTimeCreated"));
  item.has_attachments = element.child("HasAttachments").boolean();
  item.internet_message_id = text_of(element.child("InternetMessageId"));
  if (XmlElement from = element.child("From")) item.from = read_mailbox(from.child("Mailbox"));
  if (XmlElement sender = element.child("Sender")) item.sender = read_mailbox(sender.child("Mailbox"));
  item.to = read_mailboxes(element.child("ToRecipients"));
  item.cc = read_mailboxes(element.child("CcRecipients"));
  item.bcc = read_mailboxes(element.child("BccRecipients"));
  item.reply_to = read_mailboxes(element.child("ReplyTo"));
  read_rest(element, item);
  return item;
}

std::vector<Item> read_items(XmlElement items) {
  std::vector<Item> read;
  for (XmlElement at = items.first_child(); at; at = at.next_sibling()) read.push_back(read_item(at));
  return read;
}

}  // namespace mailward::ews
