#include "ews/operations/mark_as_junk.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string MarkAsJunk::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("IsJunk", verdict == Verdict::junk ? "true" : "false");
  writer.attribute("MoveItem", move ? "true" : "false");
  write_items(writer, items);
  writer.close();
  return writer.take();
}

Outcome<MarkAsJunk::Response> MarkAsJunk::read(XmlElement payload) {
  return read_messages<std::optional<ItemId>>(payload, kName, [](XmlElement message) -> std::optional<ItemId> {
    XmlElement moved = message.child("MovedItemId");
    return moved ? std::optional(read_item_id(moved)) : std::nullopt;
  });
}

}  // namespace mailward::ews
