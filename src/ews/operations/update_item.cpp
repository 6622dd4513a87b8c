#include "ews/operations/update_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

std::string_view conflict_name(UpdateItem::Conflict conflict) {
  switch (conflict) {
    case UpdateItem::Conflict::never_overwrite:
      return "NeverOverwrite";
    case UpdateItem::Conflict::auto_resolve:
      return "AutoResolve";
    case UpdateItem::Conflict::always_overwrite:
      return "AlwaysOverwrite";
  }
  return "NeverOverwrite";
}

}  // namespace

std::string UpdateItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("ConflictResolution", conflict_name(conflict));
  writer.attribute("MessageDisposition", disposition_name(disposition));
  // Exchange wants to be told for calendar items, and takes it with any other.
  writer.attribute("SendMeetingInvitationsOrCancellations", "SendToNone").attribute("SuppressReadReceipts", "true");
  if (save) write_target(writer, "m:SavedItemFolderId", *save);
  writer.open("m:ItemChanges");
  for (const Changed& changed : items) {
    writer.open("t:ItemChange");
    write_item_id(writer, changed.item);
    writer.open("t:Updates");
    for (const FieldChange& change : changed.changes) write_field_change(writer, change, "Item", changed.kind);
    writer.close().close();
  }
  writer.close().close();
  return writer.take();
}

Outcome<UpdateItem::Response> UpdateItem::read(XmlElement payload) {
  return read_messages<Updated>(payload, kName, [](XmlElement message) {
    return Updated{.items = read_items(message.child("Items")),
                   .conflicts = message.child("ConflictResults").child("Count").integer().value_or(0)};
  });
}

}  // namespace mailward::ews
