#include "ews/operations/archive_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string ArchiveItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_target(writer, "m:ArchiveSourceFolderId", from);
  write_items(writer, items);
  writer.close();
  return writer.take();
}

Outcome<ArchiveItem::Response> ArchiveItem::read(XmlElement payload) {
  return read_messages<std::vector<Item>>(payload, kName,
                                          [](XmlElement message) { return read_items(message.child("Items")); });
}

}  // namespace mailward::ews
