#include "exchange_sim/access.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {

/// MS-OXWSCORE 3.1.4.4 (GetItem). Recorded: garethp-php-ews 15.2.1748, 15.20.9073.
OperationResult get_item(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ItemShape", "ItemIds"})) return std::unexpected(*fault);
  const auto shape = read_shape(request, child(request.body, kMessagesNs, "ItemShape"));
  if (!shape) return std::unexpected(shape.error());
  const auto items = read_item_ids(context, request, child(request.body, kMessagesNs, "ItemIds"), ItemUse::read);
  if (!items) return std::unexpected(items.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto& ref : *items) {
    if (!ref || shape->refusal) {
      write_error(xml, "GetItem", ref ? *shape->refusal : ref.error());
      continue;
    }
    XmlWriter content;
    content.open("m:Items");
    write_item(content, view_of(context, *ref->mailbox, *ref->item), *shape, ItemDetail::whole);
    content.close("m:Items");
    write_success(xml, "GetItem", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
