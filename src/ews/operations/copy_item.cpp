#include "ews/operations/copy_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string CopyItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_target(writer, "m:ToFolderId", to);
  write_items(writer, items);
  writer.element("m:ReturnNewItemIds", "true").close();
  return writer.take();
}

Outcome<CopyItem::Response> CopyItem::read(XmlElement payload) {
  return read_messages<std::vector<Item>>(payload, kName,
                                          [](XmlElement message) { return read_items(message.child("Items")); });
}

}  // namespace mailward::ews
