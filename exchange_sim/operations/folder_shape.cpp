#include <algorithm>

#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

std::string_view element_name(FolderKind kind) {
  switch (kind) {
    case FolderKind::calendar:
      return "t:CalendarFolder";
    case FolderKind::contacts:
      return "t:ContactsFolder";
    case FolderKind::tasks:
      return "t:TasksFolder";
    case FolderKind::search:
      return "t:SearchFolder";
    case FolderKind::plain:
      break;
  }
  return "t:Folder";
}

void write_rights(XmlWriter& xml) {
  xml.open("t:EffectiveRights");
  for (const std::string_view right :
       {"t:CreateAssociated", "t:CreateContents", "t:CreateHierarchy", "t:Delete", "t:Modify", "t:Read"}) {
    xml.boolean(right, true);
  }
  xml.close("t:EffectiveRights");
}

long long unread(const Folder& folder) {
  return std::ranges::count(folder.items, false, &Item::read);
}

bool has_unread_count(FolderKind kind) {
  return kind != FolderKind::calendar && kind != FolderKind::contacts;
}

}  // namespace

void write_folder(XmlWriter& xml, const Mailbox& mailbox, const Folder& folder, const Shape& shape) {
  const std::string_view name = element_name(folder.kind);
  const bool standard = shape.base != BaseShape::id_only;
  const bool all = shape.base == BaseShape::all;
  xml.open(name);
  xml.empty("t:FolderId", {{"Id", folder.id}, {"ChangeKey", folder.change_key}});
  if ((all || shape.asks("folder:ParentFolderId")) && folder.distinguished != "root") {
    xml.empty("t:ParentFolderId", {{"Id", folder.parent_id}, {"ChangeKey", "AQAAAA=="}});
  }
  if ((all || shape.asks("folder:FolderClass")) && !folder.folder_class.empty()) {
    xml.text("t:FolderClass", folder.folder_class);
  }
  if (standard || shape.asks("folder:DisplayName")) xml.text("t:DisplayName", folder.name);
  if (standard || shape.asks("folder:TotalCount")) {
    xml.number("t:TotalCount", static_cast<long long>(folder.items.size()));
  }
  if (standard || shape.asks("folder:ChildFolderCount")) {
    xml.number("t:ChildFolderCount", static_cast<long long>(mailbox.children(folder.id).size()));
  }
  // Recorded answers spell a tag as the server does, not as it was asked for.
  if (shape.hidden) {
    xml.open("t:ExtendedProperty");
    xml.empty("t:ExtendedFieldURI", {{"PropertyTag", "0x10f4"}, {"PropertyType", "Boolean"}});
    xml.boolean("t:Value", folder.hidden);
    xml.close("t:ExtendedProperty");
  }
  if (all || shape.asks("folder:EffectiveRights")) write_rights(xml);
  if ((all || shape.asks("folder:DistinguishedFolderId")) && !folder.distinguished.empty()) {
    xml.text("t:DistinguishedFolderId", folder.distinguished);
  }
  if (has_unread_count(folder.kind) && (standard || shape.asks("folder:UnreadCount"))) {
    xml.number("t:UnreadCount", unread(folder));
  }
  xml.close(name);
}

std::string folder_field(const Mailbox& mailbox, const Folder& folder, std::string_view field) {
  if (field == "folder:DisplayName") return folder.name;
  if (field == "folder:FolderClass") return folder.folder_class;
  if (field == "folder:FolderId") return folder.id;
  if (field == "folder:ParentFolderId") return folder.parent_id;
  if (field == "folder:DistinguishedFolderId") return folder.distinguished;
  if (field == "folder:TotalCount") return std::to_string(folder.items.size());
  if (field == "folder:UnreadCount") return std::to_string(unread(folder));
  if (field == "folder:ChildFolderCount") return std::to_string(mailbox.children(folder.id).size());
  return {};
}

}  // namespace mailward::exchange_sim
