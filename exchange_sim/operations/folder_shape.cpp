#include <algorithm>

#include "base/bytes.h"
#include "base/digest.h"
#include "exchange_sim/access.h"
#include "exchange_sim/folder_contents.h"
#include "exchange_sim/permission_elements.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// Recorded: ms-docs 15.0.893. Associated items are the owner's.
void write_rights(XmlWriter& xml, const OperationContext& context, const FolderRef& ref) {
  const FolderRights rights = rights_in(context, *ref.mailbox, *ref.folder);
  xml.open("t:EffectiveRights");
  xml.boolean("t:CreateAssociated", rights.owner);
  xml.boolean("t:CreateContents", rights.create_items);
  xml.boolean("t:CreateHierarchy", rights.create_subfolders);
  xml.boolean("t:Delete", rights.owner);
  xml.boolean("t:Modify", rights.owner);
  xml.boolean("t:Read", rights.read == ReadDetail::full);
  xml.boolean("t:ViewPrivateItems", sees_private(context, *ref.mailbox));
  xml.close("t:EffectiveRights");
}

bool has_unread_count(FolderKind kind) {
  return kind != FolderKind::calendar && kind != FolderKind::contacts;
}

std::string one_value(const std::string& text) {
  XmlWriter xml;
  xml.text("t:Value", text);
  return xml.take();
}

/// The stored value, or a well-known tag (MS-OXPROPS) of what the folder has by another name.
std::optional<std::string> extended_of(const Mailbox& mailbox, const Folder& folder, const ExtendedName& name) {
  const std::string key = name.key();
  if (const std::string* stored = folder.find_extended(key)) return *stored;
  if (key == "tag:10f4:Boolean") return one_value("false");
  if (key == "tag:3001:String") return one_value(folder.name);
  if (key == "tag:3613:String") return one_value(folder.folder_class);
  if (key == "tag:3602:Integer") return one_value(std::to_string(folder.total()));
  if (key == "tag:3603:Integer") return one_value(std::to_string(folder.unread));
  if (key == "tag:3617:Integer") return one_value(std::to_string(folder.associated));
  if (key == "tag:360a:Boolean") return one_value(folder.children.empty() ? "false" : "true");
  if (key == "tag:3601:Integer")
    return one_value(folder.parent == nullptr ? "0" : folder.kind == FolderKind::search ? "2" : "1");
  if (key == "tag:fff:Binary") return one_value(entry_id_text(folder.id).value_or(""));
  if (key == "tag:e09:Binary") {
    return one_value(entry_id_text((folder.parent == nullptr ? folder : *folder.parent).id).value_or(""));
  }
  if (key == "tag:ffb:Binary") return one_value(store_entry_id(mailbox.smtp));
  if (key == "tag:65e0:Binary") {
    const Sha256 hash = sha256(as_bytes(folder.id));
    return one_value(to_base64(BytesView(hash).first(22)));
  }
  // PidTagReplicaList of a public folder: the mailbox that holds its contents, as text and a zero.
  if (key == "tag:6698:Binary" && !folder.content_mailbox.empty()) {
    const std::string guid = make_guid(folder.content_mailbox) + std::string(1, '\0');
    return one_value(to_base64(as_bytes(guid)));
  }
  // When anything in it last changed, and how many left: one FindFolder with both is a no-change pass.
  if (key == "tag:670a:SystemTime") return one_value(ews_time(folder.items_changed_at));
  if (key == "tag:670b:Integer") return one_value(std::to_string(folder.gone_count));
  return std::nullopt;
}

void write_extended(XmlWriter& xml, const Mailbox& mailbox, const Folder& folder, const Shape& shape) {
  for (const PropertyPath& path : shape.additional) {
    if (path.kind != PathKind::extended) continue;
    const auto value = extended_of(mailbox, folder, path.extended);
    if (!value) continue;
    xml.open("t:ExtendedProperty");
    write_extended_name(xml, path.extended);
    xml.raw(*value);
    xml.close("t:ExtendedProperty");
  }
}

void write_unread(XmlWriter& xml, const Folder& folder, const Shape& shape, const FolderCounts& counts) {
  const bool standard = shape.base != BaseShape::id_only;
  if (has_unread_count(folder.kind) && (standard || shape.asks("folder:UnreadCount"))) {
    xml.number("t:UnreadCount", static_cast<long long>(counts.unread));
  }
}

}  // namespace

std::string_view element_of(FolderKind kind) {
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

void write_folder_id(XmlWriter& xml, const Mailbox& mailbox, const Folder& folder) {
  xml.empty("t:FolderId", {{"Id", folder.id}, {"ChangeKey", mailbox.change_key(folder)}});
}

void write_folder(XmlWriter& xml, const OperationContext& context, const FolderRef& ref, const Shape& shape) {
  const Mailbox& mailbox = *ref.mailbox;
  const Folder& folder = *ref.folder;
  const std::string_view name = element_of(folder.kind);
  const bool standard = shape.base != BaseShape::id_only;
  const bool all = shape.base == BaseShape::all;
  xml.open(name);
  write_folder_id(xml, mailbox, folder);
  if ((all || shape.asks("folder:ParentFolderId")) && folder.parent != nullptr) {
    xml.empty("t:ParentFolderId", {{"Id", folder.parent->id}, {"ChangeKey", bare_folder_key()}});
  }
  if ((all || shape.asks("folder:FolderClass")) && !folder.folder_class.empty()) {
    xml.text("t:FolderClass", folder.folder_class);
  }
  if (standard || shape.asks("folder:DisplayName")) xml.text("t:DisplayName", folder.name);
  const FolderCounts counts = folder_counts(mailbox, folder);
  if (standard || shape.asks("folder:TotalCount")) xml.number("t:TotalCount", static_cast<long long>(counts.total));
  if (standard || shape.asks("folder:ChildFolderCount")) {
    xml.number("t:ChildFolderCount", static_cast<long long>(folder.children.size()));
  }
  write_extended(xml, mailbox, folder, shape);
  const auto has = [&](std::string_view uri) { return shape.schema >= first_with(uri) && (all || shape.asks(uri)); };
  if (has("folder:EffectiveRights")) write_rights(xml, context, ref);
  if (has("folder:DistinguishedFolderId") && !folder.distinguished.empty()) {
    xml.text("t:DistinguishedFolderId", folder.distinguished);
  }
  // Nothing but GetFolder refuses whoever may not see them.
  if (shape.asks("folder:PermissionSet") && !refusal_of_use(context, mailbox, folder, FolderUse::read)) {
    write_permission_set(xml, context.organisation, folder);
  }
  write_unread(xml, folder, shape, counts);
  if (folder.kind == FolderKind::search && (all || shape.asks("folder:SearchParameters")) &&
      !folder.search_parameters.empty()) {
    xml.raw(folder.search_parameters);
  }
  xml.close(name);
}

std::vector<std::string> folder_texts(const Mailbox& mailbox, const Folder& folder, const PropertyPath& path) {
  if (path.kind == PathKind::extended) {
    const auto value = extended_of(mailbox, folder, path.extended);
    if (!value || *value == "<t:Value/>") return {};
    return {plain_text(value->substr(9, value->size() - 19))};
  }
  const std::string_view uri = path.uri;
  if (uri == "folder:DisplayName") return {folder.name};
  if (uri == "folder:FolderClass" && !folder.folder_class.empty()) return {folder.folder_class};
  if (uri == "folder:FolderId") return {folder.id};
  if (uri == "folder:ParentFolderId" && folder.parent != nullptr) return {folder.parent->id};
  if (uri == "folder:DistinguishedFolderId" && !folder.distinguished.empty()) return {folder.distinguished};
  if (uri == "folder:TotalCount") return {std::to_string(folder.total())};
  if (uri == "folder:UnreadCount") return {std::to_string(folder.unread)};
  if (uri == "folder:ChildFolderCount") return {std::to_string(folder.children.size())};
  return {};
}

}  // namespace mailward::exchange_sim
