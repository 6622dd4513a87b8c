#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {

/// MS-OXWSFOLD 3.1.4.5. Recorded: garethp-php-ews 15.2.1748, linkedin-pyexchange (not found).
OperationResult get_folder(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"FolderShape", "FolderIds"})) return std::unexpected(*fault);
  const auto shape = read_shape(request, child(request.body, kMessagesNs, "FolderShape"));
  if (!shape) return std::unexpected(shape.error());
  const auto folders = read_folder_ids(context, request, child(request.body, kMessagesNs, "FolderIds"));
  if (!folders) return std::unexpected(folders.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto& ref : *folders) {
    if (!ref) {
      write_error(xml, "GetFolder", ref.error());
      continue;
    }
    XmlWriter content;
    content.open("m:Folders");
    write_folder(content, *ref->mailbox, *ref->folder, *shape);
    content.close("m:Folders");
    write_success(xml, "GetFolder", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
