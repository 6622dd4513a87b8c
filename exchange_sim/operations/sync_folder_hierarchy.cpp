#include <algorithm>

#include "exchange_sim/access.h"
#include "exchange_sim/public_folders.h"
#include "exchange_sim/shapes.h"
#include "exchange_sim/sync_states.h"

namespace mailward::exchange_sim {
namespace {

struct Entry {
  std::uint64_t at = 0;
  bool created = false;
  Folder* folder = nullptr;
  const FolderTombstone* gone = nullptr;
};

/// What the client does not know, oldest first: a folder's parent was made before it.
std::vector<Entry> entries_since(const OperationContext& context, const FolderRef& ref, std::uint64_t known) {
  const Mailbox& mailbox = *ref.mailbox;
  const Folder& root = *ref.folder;
  std::vector<Entry> found;
  if (known >= mailbox.changes()) return found;
  for (Folder* folder : Mailbox::descendants(root)) {
    if (!may_see(context, mailbox, *folder)) continue;
    if (folder->created > known) {
      found.push_back({.at = folder->created, .created = true, .folder = folder});
    } else if (folder->changed > known) {
      found.push_back({.at = folder->changed, .created = false, .folder = folder});
    }
  }
  for (const FolderTombstone& gone : mailbox.folders_gone()) {
    if (gone.left <= known || gone.created > known) continue;
    if (std::ranges::find(gone.above, root.id) != gone.above.end()) found.push_back({.at = gone.left, .gone = &gone});
  }
  std::ranges::sort(found, {}, &Entry::at);
  return found;
}

void write_entry(XmlWriter& xml, const OperationContext& context, Mailbox& mailbox, const Entry& entry,
                 const Shape& shape) {
  if (entry.gone != nullptr) {
    xml.open("t:Delete");
    xml.empty("t:FolderId", {{"Id", entry.gone->id}, {"ChangeKey", bare_folder_key()}});
    xml.close("t:Delete");
    return;
  }
  const std::string_view name = entry.created ? "t:Create" : "t:Update";
  xml.open(name);
  write_folder(xml, context, {.mailbox = &mailbox, .folder = entry.folder}, shape);
  xml.close(name);
}

std::expected<std::string, ResponseError> answer(const OperationContext& context, const FolderRef& ref,
                                                 const Shape& shape, std::string_view state) {
  if (ref.mailbox->public_folders) return std::unexpected(not_with_public_folders());
  if (shape.refusal) return std::unexpected(*shape.refusal);
  std::uint64_t known = 0;
  if (!state.empty()) {
    const auto read = read_sync_state(state, SyncKind::hierarchy, ref.folder->id);
    if (!read || read->change < ref.mailbox->folders_forgotten() || read->change > ref.mailbox->changes()) {
      return std::unexpected(
          ResponseError{.code = "ErrorInvalidSyncStateData", .text = "The sync state data is invalid.", .values = {}});
    }
    known = read->change;
  }
  XmlWriter xml;
  xml.text(
      "m:SyncState",
      write_sync_state({.kind = SyncKind::hierarchy, .folder_id = ref.folder->id, .change = ref.mailbox->changes()}));
  xml.boolean("m:IncludesLastFolderInRange", true);
  xml.open("m:Changes");
  for (const Entry& entry : entries_since(context, ref, known)) write_entry(xml, context, *ref.mailbox, entry, shape);
  xml.close("m:Changes");
  return xml.take();
}

/// Where no folder is named, the mailbox's root is meant.
std::expected<std::expected<FolderRef, ResponseError>, SoapFault> read_root(const OperationContext& context,
                                                                            const SoapRequest& request) {
  if (const auto named = child(request.body, kMessagesNs, "SyncFolderId")) {
    return read_target_folder(context, request, named, FolderUse::see);
  }
  if (context.mailbox_error) return std::expected<FolderRef, ResponseError>(std::unexpect, *context.mailbox_error);
  if (context.mailbox == nullptr) return std::expected<FolderRef, ResponseError>(std::unexpect, access_denied());
  return FolderRef{.mailbox = context.mailbox, .folder = context.mailbox->find_distinguished("root")};
}

}  // namespace

/// MS-OXWSSYNC 3.1.4.1.
OperationResult sync_folder_hierarchy(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"FolderShape", "SyncFolderId?", "SyncState?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto shape = read_shape(request, child(request.body, kMessagesNs, "FolderShape"));
  if (!shape) return std::unexpected(shape.error());
  const auto root = read_root(context, request);
  if (!root) return std::unexpected(root.error());
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  const auto content = *root ? answer(context, **root, *shape, text_of(child(request.body, kMessagesNs, "SyncState")))
                             : std::unexpected(root->error());
  if (content) {
    write_success(xml, "SyncFolderHierarchy", *content);
  } else {
    write_error(xml, "SyncFolderHierarchy", content.error());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
