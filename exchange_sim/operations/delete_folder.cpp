#include <array>

#include "exchange_sim/access.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 4> kBooleans{"true", "false", "1", "0"};

std::optional<ResponseError> refusal_to_delete(const Folder& folder) {
  if (folder.distinguished.empty()) return std::nullopt;
  return ResponseError{
      .code = "ErrorDeleteDistinguishedFolder", .text = "Distinguished folders cannot be deleted.", .values = {}};
}

void remove(const FolderRef& ref, Disposal how) {
  Mailbox& mailbox = *ref.mailbox;
  if (how == Disposal::move_to_deleted_items) {
    mailbox.move_folder(*ref.folder, *mailbox.find_distinguished("deleteditems"));
  } else {
    mailbox.remove_folder(*ref.folder, how);
  }
}

/// Of the folders below those that the caller owns.
void empty(const OperationContext& context, const FolderRef& ref, Disposal how, bool folders_too) {
  Mailbox& mailbox = *ref.mailbox;
  std::vector<Item*> items;
  for (const auto& [arrival, item] : ref.folder->items) {
    if (!item->associated) items.push_back(item);
  }
  for (Item* item : items) mailbox.dispose(*item, how);
  if (!folders_too) return;
  const std::vector<Folder*> below = ref.folder->children;
  for (Folder* folder : below) {
    if (!folder->distinguished.empty() || !rights_in(context, mailbox, *folder).owner) continue;
    remove({.mailbox = &mailbox, .folder = folder}, how);
  }
}

}  // namespace

/// MS-OXWSFOLD 3.1.4.4. Shape: Microsoft's documentation of the operation.
OperationResult delete_folder(OperationContext& context, const SoapRequest& request) {
  const auto disposal = read_disposal(request);
  if (!disposal) return std::unexpected(disposal.error());
  if (auto fault = check_sequence(request, request.body, {"FolderIds"})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "FolderIds");
  const auto checked = read_folder_ids(context, request, list, FolderUse::own);
  if (!checked) return std::unexpected(checked.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (std::size_t i = 0; i < checked->size(); ++i) {
    // Each is looked for anew: what was deleted before it may have held it.
    const auto folders = read_folder_ids(context, request, list, FolderUse::own);
    const auto& ref = folders->at(i);
    if (!ref) {
      write_error(xml, "DeleteFolder", ref.error());
      continue;
    }
    if (const auto refusal = refusal_to_delete(*ref->folder)) {
      write_error(xml, "DeleteFolder", *refusal);
      continue;
    }
    remove(*ref, *disposal);
    write_success(xml, "DeleteFolder", "");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

/// MS-OXWSFOLD 3.1.4.5 (EmptyFolder).
OperationResult empty_folder(OperationContext& context, const SoapRequest& request) {
  const auto disposal = read_disposal(request);
  if (!disposal) return std::unexpected(disposal.error());
  if (auto fault = check_attribute(request, request.body, "DeleteSubFolders", "boolean", kBooleans)) {
    return std::unexpected(*std::move(fault));
  }
  if (auto fault = check_sequence(request, request.body, {"FolderIds"})) return std::unexpected(*std::move(fault));
  const auto folders =
      read_folder_ids(context, request, child(request.body, kMessagesNs, "FolderIds"), FolderUse::empty);
  if (!folders) return std::unexpected(folders.error());
  const bool folders_too = is_true(request.body.attribute("DeleteSubFolders").value());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto& ref : *folders) {
    if (!ref) {
      write_error(xml, "EmptyFolder", ref.error());
      continue;
    }
    if (ref->folder->parent == nullptr || ref->folder->kind == FolderKind::search) {
      write_error(xml, "EmptyFolder",
                  {.code = "ErrorCannotEmptyFolder", .text = "Cannot empty the folder.", .values = {}});
      continue;
    }
    empty(context, *ref, *disposal, folders_too);
    write_success(xml, "EmptyFolder", "");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
