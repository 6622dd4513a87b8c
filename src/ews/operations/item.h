#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ews/operations/extended_property.h"
#include "ews/operations/ids.h"
#include "ews/xml.h"

namespace mailward::ews {

struct Mailbox {
  std::string name;
  std::string address;
  std::string routing_type;  ///< "SMTP", "EX"
  std::string mailbox_type;  ///< "Mailbox", "PublicDL", …
};

/// An item as GetItem and FindItem give it; what the shape did not ask for is absent.
struct Item {
  std::string kind;  ///< the element's name: "Message", "CalendarItem", …
  ItemId id;
  std::optional<FolderId> parent;
  std::optional<std::string> item_class;
  std::optional<std::string> subject;
  std::optional<std::string> mime_content;  ///< base64, as sent
  std::optional<std::string> body;
  std::string body_type;  ///< "HTML", "Text"
  std::optional<std::int64_t> size;
  std::optional<std::string> received;  ///< xs:dateTime as sent: some have seven digits and no zone
  std::optional<std::string> created;
  std::optional<bool> has_attachments;
  std::optional<std::string> internet_message_id;
  std::optional<Mailbox> from;
  std::vector<ExtendedProperty> extended;
};

Item read_item(XmlElement element);
std::vector<Item> read_items(XmlElement items);
Mailbox read_mailbox(XmlElement element);

}  // namespace mailward::ews
