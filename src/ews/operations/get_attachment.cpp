#include "ews/operations/get_attachment.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetAttachment::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  writer.open("m:AttachmentShape").element("t:IncludeMimeContent", mime_content ? "true" : "false");
  write_paths(writer, additional);
  writer.close();
  writer.open("m:AttachmentIds");
  for (const auto& id : ids) writer.open("t:AttachmentId").attribute("Id", id).close();
  writer.close().close();
  return writer.take();
}

Outcome<GetAttachment::Response> GetAttachment::read(XmlElement payload) {
  return read_messages<std::vector<Attachment>>(payload, kName, &GetAttachment::read_message);
}

AnswerParts GetAttachment::parts() {
  static constexpr std::string_view kUnitsIn[] = {"Attachments"};
  static constexpr std::string_view kValues[] = {"Content", "MimeContent"};
  return {.operation = kName, .units_in = kUnitsIn, .values = kValues};
}

std::vector<Attachment> GetAttachment::read_message(XmlElement message) {
  return read_attachments(message.child("Attachments"));
}

}  // namespace mailward::ews
