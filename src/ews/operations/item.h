#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ews/operations/attachment.h"
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
  std::optional<Mailbox> sender;
  std::vector<Mailbox> to;
  std::vector<Mailbox> cc;
  std::vector<Mailbox> bcc;
  std::vector<Mailbox> reply_to;
  std::optional<std::string> sent;
  std::optional<std::string> last_modified;
  std::optional<std::string> importance;   ///< "Low", "Normal", "High"
  std::optional<std::string> sensitivity;  ///< "Normal", "Personal", "Private", "Confidential"
  std::vector<std::string> categories;
  std::optional<std::string> flag;  ///< "NotFlagged", "Flagged", "Complete"
  std::optional<bool> is_read;
  std::optional<bool> is_draft;
  std::optional<bool> is_associated;
  std::optional<std::string> conversation_id;
  std::optional<std::string> in_reply_to;
  std::optional<std::string> references;
  std::vector<std::pair<std::string, std::string>> internet_headers;  ///< in their order, as Exchange knows them
  std::vector<Attachment> attachments;                                ///< without content
  std::vector<ExtendedProperty> extended;
};

Item read_item(XmlElement element);
std::vector<Item> read_items(XmlElement items);
Mailbox read_mailbox(XmlElement element);
/// The t:Mailbox children of a list of recipients.
std::vector<Mailbox> read_mailboxes(XmlElement list);

}  // namespace mailward::ews
