#include "ews/operations/upload_items.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

std::string_view action_name(UploadItems::Action action) {
  switch (action) {
    case UploadItems::Action::create_new:
      return "CreateNew";
    case UploadItems::Action::update:
      return "Update";
    case UploadItems::Action::update_or_create:
      return "UpdateOrCreate";
  }
  return "CreateNew";
}

}  // namespace

std::string UploadItems::body() const {
  XmlWriter writer;
  open_operation(writer, kName).open("m:Items");
  for (const Upload& upload : items) {
    writer.open("t:Item").attribute("CreateAction", action_name(upload.action));
    writer.attribute("IsAssociated", upload.associated ? "true" : "false");
    writer.open("t:ParentFolderId").attribute("Id", upload.parent.id);
    if (!upload.parent.change_key.empty()) writer.attribute("ChangeKey", upload.parent.change_key);
    writer.close();
    if (upload.item) write_item_id(writer, *upload.item);
    writer.element("t:Data", to_base64(upload.data)).close();
  }
  writer.close().close();
  return writer.take();
}

Outcome<UploadItems::Response> UploadItems::read(XmlElement payload) {
  return read_messages<ItemId>(payload, kName,
                               [](XmlElement message) { return read_item_id(message.child("ItemId")); });
}

}  // namespace mailward::ews
