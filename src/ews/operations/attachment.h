#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ews/xml.h"

namespace mailward::ews {

struct Item;

/// An attachment of an item (MS-OXWSATT 2.2.4). Without content where an item lists it; GetAttachment brings that.
struct Attachment {
  enum class Kind { file, item, reference };
  Kind kind = Kind::file;
  std::string id;
  std::string root_item_id;  ///< of the item that holds it, where that was told
  std::string root_item_change_key;
  std::string name;
  std::string content_type;
  std::string content_id;
  std::string content_location;
  std::optional<std::int64_t> size;  ///< as Exchange counts it, which is not the content's
  std::optional<std::string> last_modified;
  bool is_inline = false;
  bool is_contact_photo = false;
  std::optional<std::string> content;  ///< of a file: base64, as sent; empty where it was pulled
  std::shared_ptr<Item> item;          ///< of an item attachment, where it came along
};

Attachment read_attachment(XmlElement element);
/// The children of t:Attachments or m:Attachments.
std::vector<Attachment> read_attachments(XmlElement attachments);

}  // namespace mailward::ews
