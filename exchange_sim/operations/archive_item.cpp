#include <algorithm>

#include "exchange_sim/access.h"
#include "exchange_sim/people.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

ResponseError no_archive() {
  return {.code = "ErrorInvalidOperation", .text = "Archive mailbox is not enabled for this user.", .values = {}};
}

/// The folder of the archive that stands where the source stands in the mailbox; made where it is missing.
Folder& archive_folder(Mailbox& mailbox, const Folder& source) {  // NOLINT(misc-no-recursion): as deep as the tree
  Folder& root = *mailbox.find_distinguished("archivemsgfolderroot");
  if (source.parent == nullptr || source.distinguished == "msgfolderroot") return root;
  Folder& above = archive_folder(mailbox, *source.parent);
  const auto known = std::ranges::find_if(
      above.children, [&](const Folder* each) { return equal_ignoring_case(each->name, source.name); });
  if (known != above.children.end()) return **known;
  return mailbox.make_folder(&above, {.name = source.name, .folder_class = source.folder_class, .kind = source.kind});
}

}  // namespace

/// MS-OXWSARCH 3.1.4.1: items go to the folder of the same path in the archive. Shape: Microsoft's documentation of the
/// operation.
OperationResult archive_item(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ArchiveSourceFolderId", "ItemIds"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto source =
      read_target_folder(context, request, child(request.body, kMessagesNs, "ArchiveSourceFolderId"), FolderUse::read);
  if (!source) return std::unexpected(source.error());
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto checked = read_item_ids(context, request, list, ItemUse::remove);
  if (!checked) return std::unexpected(checked.error());
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : elements(list)) {
    const auto ref = locate_item(context, node, ItemUse::remove);
    if (!*source || !ref || !ref->mailbox->archive) {
      write_error(xml, "ArchiveItem", !*source ? source->error() : !ref ? ref.error() : no_archive());
      continue;
    }
    if (ref->mailbox != (*source)->mailbox || !opens(context, *ref->mailbox)) {
      write_error(xml, "ArchiveItem", access_denied());
      continue;
    }
    ref->mailbox->move(*ref->item, archive_folder(*ref->mailbox, *(*source)->folder));
    XmlWriter content;
    content.open("m:Items");
    write_item(content, view_of(context, *ref->mailbox, *ref->item), {}, ItemDetail::found);
    content.close("m:Items");
    write_success(xml, "ArchiveItem", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
