#include "ews/operations/delete_attachment.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string DeleteAttachment::body() const {
  XmlWriter writer;
  open_operation(writer, kName).open("m:AttachmentIds");
  for (const auto& id : ids) writer.open("t:AttachmentId").attribute("Id", id).close();
  writer.close().close();
  return writer.take();
}

Outcome<DeleteAttachment::Response> DeleteAttachment::read(XmlElement payload) {
  return read_messages<ItemId>(payload, kName, [](XmlElement message) {
    XmlElement root = message.child("RootItemId");
    return ItemId{.id = std::string(root.attribute("RootItemId")),
                  .change_key = std::string(root.attribute("RootItemChangeKey"))};
  });
}

}  // namespace mailward::ews
