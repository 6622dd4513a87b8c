#include "exchange_sim/mailbox_changes.h"
#include "exchange_sim/operations.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {

/// MS-OXWSCORE 3.1.4.7. Recorded: kde-kdepim-runtime 14.3, where an item that is not there stands among others.
OperationResult move_item(const OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ToFolderId", "ItemIds", "ReturnNewItemIds?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto target = read_target_folder(context, request, child(request.body, kMessagesNs, "ToFolderId"));
  if (!target) return std::unexpected(target.error());
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto checked = read_item_ids(context, request, list);
  if (!checked) return std::unexpected(checked.error());
  const std::string_view wanted = text_of(child(request.body, kMessagesNs, "ReturnNewItemIds"));
  const bool returns_ids = wanted != "false" && wanted != "0";
  const std::string folder = *target ? (*target)->folder->id : std::string();

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (std::size_t i = 0; i < checked->size(); ++i) {
    const auto items = read_item_ids(context, request, list);
    const auto& ref = items->at(i);
    if (!*target || !ref) {
      write_error(xml, "MoveItem", *target ? ref.error() : target->error());
      continue;
    }
    Mailbox& mailbox = context.organisation.contents_of(*ref->mailbox);
    const Item& moved = move_item(mailbox, std::string(ref->item->id), folder);
    XmlWriter content;
    content.open("m:Items");
    if (returns_ids) write_item(content, mailbox, moved, {.additional = {}}, ItemDetail::found);
    content.close("m:Items");
    write_success(xml, "MoveItem", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
