#include "exchange_sim/mailbox_changes.h"
#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

/// MS-OXWSFOLD 3.1.4.4. Shape: Microsoft's documentation of the operation. A soft-deleted folder is gone here: there is
/// no dumpster to look into.
OperationResult delete_folder(const OperationContext& context, const SoapRequest& request) {
  const auto disposal = read_disposal(request);
  if (!disposal) return std::unexpected(disposal.error());
  if (auto fault = check_sequence(request, request.body, {"FolderIds"})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "FolderIds");
  const auto checked = read_folder_ids(context, request, list);
  if (!checked) return std::unexpected(checked.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (std::size_t i = 0; i < checked->size(); ++i) {
    // Each is looked for anew: what was deleted before it may have held it.
    const auto folders = read_folder_ids(context, request, list);
    const auto& ref = folders->at(i);
    if (!ref) {
      write_error(xml, "DeleteFolder", ref.error());
      continue;
    }
    if (!ref->folder->distinguished.empty()) {
      write_error(
          xml, "DeleteFolder",
          {.code = "ErrorDeleteDistinguishedFolder", .text = "Distinguished folders cannot be deleted.", .values = {}});
      continue;
    }
    Mailbox& mailbox = context.organisation.contents_of(*ref->mailbox);
    const std::string id = ref->folder->id;
    if (*disposal == Disposal::move_to_deleted_items) {
      reparent_folder(mailbox, id, mailbox.find_distinguished("deleteditems")->id);
    } else {
      remove_folder(mailbox, id);
    }
    write_success(xml, "DeleteFolder", "");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
