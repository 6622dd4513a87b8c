#include "ews/operations/get_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_item_shape(writer, shape, mime_content, additional, extended_tags);
  write_items(writer, items);
  writer.close();
  return writer.take();
}

Outcome<GetItem::Response> GetItem::read(XmlElement payload) {
  return read_messages<std::vector<Item>>(payload, kName,
                                          [](XmlElement message) { return read_items(message.child("Items")); });
}

}  // namespace mailward::ews
