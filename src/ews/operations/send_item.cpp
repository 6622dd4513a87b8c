#include "ews/operations/send_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string SendItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("SaveItemToFolder", save ? "true" : "false");
  write_items(writer, items);
  if (save) write_target(writer, "m:SavedItemFolderId", *save);
  writer.close();
  return writer.take();
}

Outcome<SendItem::Response> SendItem::read(XmlElement payload) {
  return read_messages<Nothing>(payload, kName, [](XmlElement) { return Nothing{}; });
}

}  // namespace mailward::ews
