#include "ews/operations/create_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string CreateItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("MessageDisposition", disposition_name(disposition));
  // Exchange wants to be told for calendar items, and takes it with any other: nobody is invited.
  writer.attribute("SendMeetingInvitations", "SendToNone");
  if (disposition != Disposition::send_only) write_target(writer, "m:SavedItemFolderId", folder);
  writer.open("m:Items");
  for (const NewMessage& message : messages) {
    write_new_item(writer, {.properties = {{"item:Subject", message.subject},
                                           {"item:Body", BodyText{BodyText::Kind::text, message.text}}}});
  }
  for (const NewItem& item : items) write_new_item(writer, item);
  writer.close().close();
  return writer.take();
}

Outcome<CreateItem::Response> CreateItem::read(XmlElement payload) {
  return read_messages<std::vector<Item>>(payload, kName,
                                          [](XmlElement message) { return read_items(message.child("Items")); });
}

}  // namespace mailward::ews
