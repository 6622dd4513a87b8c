#include "ews/operations/sync_folder_items.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

SyncFolderItems::Change::Kind kind_of(std::string_view name) {
  using Kind = SyncFolderItems::Change::Kind;
  if (name == "Create") return Kind::created;
  if (name == "Update") return Kind::updated;
  if (name == "Delete") return Kind::deleted;
  return name == "ReadFlagChange" ? Kind::read_flag : Kind::unknown;
}

}  // namespace

std::string SyncFolderItems::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_item_shape(writer, shape);
  write_target(writer, "m:SyncFolderId", folder);
  if (!state.empty()) writer.element("m:SyncState", state);
  if (!ignore.empty()) {
    writer.open("m:Ignore");
    for (const ItemId& item : ignore) write_item_id(writer, item);
    writer.close();
  }
  writer.element("m:MaxChangesReturned", std::to_string(max_changes));
  writer.element("m:SyncScope", associated ? "NormalAndAssociatedItems" : "NormalItems").close();
  return writer.take();
}

Outcome<SyncFolderItems::Response> SyncFolderItems::read(XmlElement payload) {
  return read_messages<Changes>(payload, kName, &SyncFolderItems::read_message);
}

AnswerParts SyncFolderItems::parts() {
  static constexpr std::string_view kUnitsIn[] = {"Changes"};
  return {.operation = kName, .units_in = kUnitsIn};
}

SyncFolderItems::Changes SyncFolderItems::read_message(XmlElement message) {
  Changes changes{.state = message.child("SyncState").text(),
                  .last = message.child("IncludesLastItemInRange").boolean().value_or(true),
                  .changes = {}};
  for (XmlElement at : message.child("Changes").children()) changes.changes.push_back(read_unit(at));
  return changes;
}

SyncFolderItems::Change SyncFolderItems::read_unit(XmlElement element) {
  Change change{.kind = kind_of(element.name()), .item = {}};
  if (change.kind == Change::Kind::created || change.kind == Change::Kind::updated) {
    if (XmlElement item = element.first_child()) change.item = read_item(item);
    return change;
  }
  change.item.id = read_item_id(element.child("ItemId"));
  change.is_read = element.child("IsRead").boolean().value_or(false);
  return change;
}

}  // namespace mailward::ews
