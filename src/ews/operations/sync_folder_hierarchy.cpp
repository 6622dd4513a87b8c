#include "ews/operations/sync_folder_hierarchy.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

SyncFolderHierarchy::Change::Kind kind_of(std::string_view name) {
  using Kind = SyncFolderHierarchy::Change::Kind;
  if (name == "Create") return Kind::created;
  if (name == "Update") return Kind::updated;
  return name == "Delete" ? Kind::deleted : Kind::unknown;
}

}  // namespace

std::string SyncFolderHierarchy::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_folder_shape(writer, shape, additional);
  if (root) write_target(writer, "m:SyncFolderId", *root);
  if (!state.empty()) writer.element("m:SyncState", state);
  writer.close();
  return writer.take();
}

Outcome<SyncFolderHierarchy::Response> SyncFolderHierarchy::read(XmlElement payload) {
  return read_messages<Changes>(payload, kName, &SyncFolderHierarchy::read_message);
}

AnswerParts SyncFolderHierarchy::parts() {
  static constexpr std::string_view kUnitsIn[] = {"Changes"};
  return {.operation = kName, .units_in = kUnitsIn};
}

SyncFolderHierarchy::Changes SyncFolderHierarchy::read_message(XmlElement message) {
  Changes changes{.state = message.child("SyncState").text(),
                  .last = message.child("IncludesLastFolderInRange").boolean().value_or(true),
                  .changes = {}};
  for (XmlElement at : message.child("Changes").children()) changes.changes.push_back(read_unit(at));
  return changes;
}

SyncFolderHierarchy::Change SyncFolderHierarchy::read_unit(XmlElement element) {
  Change change{.kind = kind_of(element.name()), .folder = {}};
  if (change.kind == Change::Kind::created || change.kind == Change::Kind::updated) {
    if (XmlElement folder = element.first_child()) change.folder = read_folder(folder);
    return change;
  }
  change.folder.id = read_folder_id(element.child("FolderId"));
  return change;
}

}  // namespace mailward::ews
