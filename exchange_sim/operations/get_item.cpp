#include <algorithm>

#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

std::expected<const Item*, ResponseError> locate(const OperationContext& context, std::string_view id) {
  if (context.mailbox_error) return std::unexpected(*context.mailbox_error);
  const Mailbox* owner = context.organisation.mailbox_of_id(id);
  if (owner == nullptr) {
    return std::unexpected(ResponseError{.code = "ErrorInvalidIdMalformed", .text = "Id is malformed.", .values = {}});
  }
  if (owner != context.mailbox) {
    return std::unexpected(ResponseError{
        .code = "ErrorAccessDenied", .text = "Access is denied. Check credentials and try again.", .values = {}});
  }
  for (const Folder& folder : owner->folders) {
    const auto found = std::ranges::find(folder.items, id, &Item::id);
    if (found != folder.items.end()) return &*found;
  }
  return std::unexpected(ResponseError{
      .code = "ErrorItemNotFound", .text = "The specified object was not found in the store.", .values = {}});
}

}  // namespace

/// MS-OXWSCORE 3.1.4.4 (GetItem). Recorded: garethp-php-ews 15.2.1748, 15.20.9073.
OperationResult get_item(const OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ItemShape", "ItemIds"})) return std::unexpected(*fault);
  const auto shape = read_shape(request, child(request.body, kMessagesNs, "ItemShape"));
  if (!shape) return std::unexpected(shape.error());
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto ids = elements(list);
  if (ids.empty()) {
    return std::unexpected(schema_violation(
        request.xml, list,
        "The element 'ItemIds' in namespace '" + std::string(kMessagesNs) + "' has incomplete content."));
  }
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : ids) {
    if (auto fault = check_attribute(request, node, "Id", "string", {})) return std::unexpected(*fault);
    const auto item = locate(context, node.attribute("Id").value());
    if (!item) {
      write_error(xml, "GetItem", item.error());
      continue;
    }
    XmlWriter content;
    content.open("m:Items");
    write_item(content, *context.mailbox, **item, *shape, ItemDetail::whole);
    content.close("m:Items");
    write_success(xml, "GetItem", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
