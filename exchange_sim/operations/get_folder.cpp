#include "exchange_sim/access.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// Permissions are shown to whoever may read the folder. Reported: exchangelib 676, 702, of those who only see it.
std::optional<ResponseError> refusal_to_show(const OperationContext& context, const FolderRef& ref,
                                             const Shape& shape) {
  if (shape.refusal) return shape.refusal;
  if (!shape.asks("folder:PermissionSet")) return std::nullopt;
  return refusal_of_use(context, *ref.mailbox, *ref.folder, FolderUse::read);
}

}  // namespace

/// MS-OXWSFOLD 3.1.4.5. Recorded: garethp-php-ews 15.2.1748, linkedin-pyexchange (not found).
OperationResult get_folder(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"FolderShape", "FolderIds"})) return std::unexpected(*fault);
  const auto shape = read_shape(request, child(request.body, kMessagesNs, "FolderShape"));
  if (!shape) return std::unexpected(shape.error());
  const auto folders = read_folder_ids(context, request, child(request.body, kMessagesNs, "FolderIds"), FolderUse::see);
  if (!folders) return std::unexpected(folders.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto& ref : *folders) {
    const auto refusal = ref ? refusal_to_show(context, *ref, *shape) : ref.error();
    if (refusal) {
      write_error(xml, "GetFolder", *refusal);
      continue;
    }
    XmlWriter content;
    content.open("m:Folders");
    write_folder(content, context, *ref, *shape);
    content.close("m:Folders");
    write_success(xml, "GetFolder", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
