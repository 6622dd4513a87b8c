#include "exchange_sim/folder_reading.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

enum class Transfer { move, copy };

std::optional<ResponseError> refusal_of(const FolderRef& ref, const FolderRef& to, Transfer how) {
  const Folder& target = *to.folder;
  if (ref.mailbox != to.mailbox) {
    return ResponseError{.code = "ErrorCrossMailboxMoveCopy",
                         .text = "A folder can't be moved or copied into another mailbox.",
                         .values = {}};
  }
  if (how == Transfer::move && !ref.folder->distinguished.empty()) {
    return ResponseError{
        .code = "ErrorMoveDistinguishedFolder", .text = "Distinguished folders cannot be moved.", .values = {}};
  }
  if (target.within(*ref.folder)) {
    return ResponseError{
        .code = "ErrorMoveCopyFailed", .text = "A folder can't be moved or copied into itself.", .values = {}};
  }
  const bool stays = how == Transfer::move && ref.folder->parent == &target;
  return refusal_of_name(target, ref.folder->name, stays ? ref.folder : nullptr);
}

OperationResult transfer_folders(OperationContext& context, const SoapRequest& request, Transfer how) {
  const std::string_view name = how == Transfer::move ? "MoveFolder" : "CopyFolder";
  if (auto fault = check_sequence(request, request.body, {"ToFolderId", "FolderIds"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto target =
      read_target_folder(context, request, child(request.body, kMessagesNs, "ToFolderId"), FolderUse::add_folders);
  if (!target) return std::unexpected(target.error());
  const auto folders = read_folder_ids(context, request, child(request.body, kMessagesNs, "FolderIds"),
                                       how == Transfer::move ? FolderUse::own : FolderUse::read);
  if (!folders) return std::unexpected(folders.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto& ref : *folders) {
    if (!*target || !ref) {
      write_error(xml, name, *target ? ref.error() : target->error());
      continue;
    }
    Folder& there = *(*target)->folder;
    if (const auto refusal = refusal_of(*ref, **target, how)) {
      write_error(xml, name, *refusal);
      continue;
    }
    Folder* folder = ref->folder;
    if (how == Transfer::move) {
      ref->mailbox->move_folder(*folder, there);
    } else {
      folder = &ref->mailbox->copy_folder(*folder, there);
    }
    XmlWriter content;
    content.open("m:Folders");
    write_folder(content, context, {.mailbox = ref->mailbox, .folder = folder}, {});
    content.close("m:Folders");
    write_success(xml, name, content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace

/// MS-OXWSFOLD 3.1.4.7.
OperationResult move_folder(OperationContext& context, const SoapRequest& request) {
  return transfer_folders(context, request, Transfer::move);
}

/// MS-OXWSFOLD 3.1.4.1.
OperationResult copy_folder(OperationContext& context, const SoapRequest& request) {
  return transfer_folders(context, request, Transfer::copy);
}

}  // namespace mailward::exchange_sim
