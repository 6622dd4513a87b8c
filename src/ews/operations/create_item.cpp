#include "ews/operations/create_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string CreateItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("MessageDisposition", "SaveOnly");
  write_target(writer, "m:SavedItemFolderId", folder);
  writer.open("m:Items");
  for (const NewMessage& message : messages) {
    writer.open("t:Message").element("t:Subject", message.subject);
    writer.open("t:Body").attribute("BodyType", "Text").text(message.text).close();
    writer.close();
  }
  writer.close().close();
  return writer.take();
}

Outcome<CreateItem::Response> CreateItem::read(XmlElement payload) {
  return read_messages<std::vector<Item>>(payload, kName,
                                          [](XmlElement message) { return read_items(message.child("Items")); });
}

}  // namespace mailward::ews
