#include "ews/operations/create_attachment.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string CreateAttachment::body() const {
  XmlWriter writer;
  open_operation(writer, kName).open("m:ParentItemId").attribute("Id", parent.id);
  if (!parent.change_key.empty()) writer.attribute("ChangeKey", parent.change_key);
  writer.close().open("m:Attachments");
  for (const NewAttachment& attachment : attachments) {
    const auto* file = std::get_if<Bytes>(&attachment.content);
    writer.open(file != nullptr ? "t:FileAttachment" : "t:ItemAttachment").element("t:Name", attachment.name);
    if (!attachment.content_type.empty()) writer.element("t:ContentType", attachment.content_type);
    if (!attachment.content_id.empty()) writer.element("t:ContentId", attachment.content_id);
    if (attachment.is_inline) writer.element("t:IsInline", "true");
    if (file != nullptr) {
      writer.element("t:Content", to_base64(*file));
    } else {
      write_new_item(writer, std::get<NewItem>(attachment.content));
    }
    writer.close();
  }
  writer.close().close();
  return writer.take();
}

Outcome<CreateAttachment::Response> CreateAttachment::read(XmlElement payload) {
  return read_messages<std::vector<Attachment>>(
      payload, kName, [](XmlElement message) { return read_attachments(message.child("Attachments")); });
}

}  // namespace mailward::ews
