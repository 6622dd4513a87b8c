#include "ews/operations/item.h"

namespace mailward::ews {
namespace {

std::optional<std::string> text_of(XmlElement element) {
  return element ? std::optional(element.text()) : std::nullopt;
}

}  // namespace

Mailbox read_mailbox(XmlElement element) {
  return {.name = element.child("Name").text(),
          .address = element.child("EmailAddress").text(),
          .routing_type = element.child("RoutingType").text(),
          .mailbox_type = element.child("MailboxType").text()};
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
  for (XmlElement extended : element.children("ExtendedProperty"))
    item.extended.push_back(read_extended_property(extended));
  return item;
}

std::vector<Item> read_items(XmlElement items) {
  std::vector<Item> read;
  for (XmlElement at = items.first_child(); at; at = at.next_sibling()) read.push_back(read_item(at));
  return read;
}

}  // namespace mailward::ews
