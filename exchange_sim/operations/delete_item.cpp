#include "exchange_sim/mailbox_changes.h"
#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

/// MS-OXWSCORE 3.1.4.3. Recorded: kde-kdepim-runtime 14.3. A soft-deleted item is gone here: there is no dumpster to
/// look into.
OperationResult delete_item(const OperationContext& context, const SoapRequest& request) {
  const auto disposal = read_disposal(request);
  if (!disposal) return std::unexpected(disposal.error());
  if (auto fault = check_sequence(request, request.body, {"ItemIds"})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto checked = read_item_ids(context, request, list);
  if (!checked) return std::unexpected(checked.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (std::size_t i = 0; i < checked->size(); ++i) {
    // Each is looked for anew: the one before it may be the same.
    const auto items = read_item_ids(context, request, list);
    const auto& ref = items->at(i);
    if (!ref) {
      write_error(xml, "DeleteItem", ref.error());
      continue;
    }
    Mailbox& mailbox = context.organisation.contents_of(*ref->mailbox);
    const std::string id = ref->item->id;
    if (*disposal == Disposal::move_to_deleted_items) {
      move_item(mailbox, id, mailbox.find_distinguished("deleteditems")->id);
    } else {
      remove_item(mailbox, id);
    }
    write_success(xml, "DeleteItem", "");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
