#include "ews/operations/attachment.h"

#include "ews/operations/item.h"

namespace mailward::ews {
namespace {

std::optional<std::string> text_of(XmlElement element) {
  return element ? std::optional(element.text()) : std::nullopt;
}

bool is_item(std::string_view name) {
  for (std::string_view other : {"AttachmentId", "Name", "ContentType", "ContentId", "ContentLocation", "Size",
                                 "AttachmentOriginalUrl", "LastModifiedTime", "IsInline"}) {
    if (name == other) return false;
  }
  return true;
}

}  // namespace

Attachment read_attachment(XmlElement element) {
  Attachment attachment;
  if (element.name() == "ItemAttachment") attachment.kind = Attachment::Kind::item;
  if (element.name() == "ReferenceAttachment") attachment.kind = Attachment::Kind::reference;
  if (XmlElement id = element.child("AttachmentId")) {
    attachment.id = id.attribute("Id");
    attachment.root_item_id = id.attribute("RootItemId");
    attachment.root_item_change_key = id.attribute("RootItemChangeKey");
  }
  attachment.name = element.child("Name").text();
  attachment.content_type = element.child("ContentType").text();
  attachment.content_id = element.child("ContentId").text();
  attachment.content_location = element.child("ContentLocation").text();
  attachment.size = element.child("Size").integer();
  attachment.last_modified = text_of(element.child("LastModifiedTime"));
  attachment.is_inline = element.child("IsInline").boolean().value_or(false);
  attachment.is_contact_photo = element.child("IsContactPhoto").boolean().value_or(false);
  if (attachment.kind == Attachment::Kind::file) attachment.content = text_of(element.child("Content"));
  if (attachment.kind == Attachment::Kind::item) {
    for (XmlElement at = element.first_child(); at; at = at.next_sibling()) {
      if (is_item(at.name())) attachment.item = std::make_shared<Item>(read_item(at));
    }
  }
  return attachment;
}

std::vector<Attachment> read_attachments(XmlElement attachments) {
  std::vector<Attachment> read;
  for (XmlElement at = attachments.first_child(); at; at = at.next_sibling()) read.push_back(read_attachment(at));
  return read;
}

}  // namespace mailward::ews
