#include "ews/operations/item.h"

#include <charconv>

namespace mailward::ews {
namespace {

std::optional<std::string> text_of(XmlElement element) {
  return element ? std::optional(element.text()) : std::nullopt;
}

ExtendedProperty read_extended(XmlElement element) {
  ExtendedProperty property;
  XmlElement uri = element.child("ExtendedFieldURI");
  property.tag = parse_property_tag(uri.attribute("PropertyTag"));
  property.set = uri.has_attribute("DistinguishedPropertySetId") ? uri.attribute("DistinguishedPropertySetId")
                                                                 : uri.attribute("PropertySetId");
  property.name = uri.attribute("PropertyName");
  std::string_view id = uri.attribute("PropertyId");
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (!id.empty() && error == std::errc() && end == id.data() + id.size()) property.id = number;
  property.type = uri.attribute("PropertyType");
  if (XmlElement value = element.child("Value")) property.values.push_back(value.text());
  for (XmlElement value : element.child("Values").children("Value")) property.values.push_back(value.text());
  return property;
}

}  // namespace

std::optional<std::uint32_t> parse_property_tag(std::string_view text) {
  bool hex = text.starts_with("0x") || text.starts_with("0X");
  std::string_view digits = hex ? text.substr(2) : text;
  std::uint32_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

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
  for (XmlElement extended : element.children("ExtendedProperty")) item.extended.push_back(read_extended(extended));
  return item;
}

std::vector<Item> read_items(XmlElement items) {
  std::vector<Item> read;
  for (XmlElement at = items.first_child(); at; at = at.next_sibling()) read.push_back(read_item(at));
  return read;
}

}  // namespace mailward::ews
