#include <algorithm>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

std::expected<ItemRef, ResponseError> locate(const OperationContext& context, std::string_view id) {
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
    if (found != folder.items.end()) return ItemRef{.mailbox = owner, .item = &*found};
  }
  return std::unexpected(ResponseError{
      .code = "ErrorItemNotFound", .text = "The specified object was not found in the store.", .values = {}});
}

}  // namespace

std::expected<std::vector<std::expected<ItemRef, ResponseError>>, SoapFault> read_item_ids(
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list) {
  const auto ids = elements(list);
  if (ids.empty()) {
    return std::unexpected(schema_violation(
        request.xml, list,
        "The element 'ItemIds' in namespace '" + std::string(kMessagesNs) + "' has incomplete content."));
  }
  std::vector<std::expected<ItemRef, ResponseError>> found;
  for (const auto node : ids) {
    if (auto fault = check_attribute(request, node, "Id", "string", {})) return std::unexpected(*std::move(fault));
    found.push_back(locate(context, node.attribute("Id").value()));
  }
  return found;
}

}  // namespace mailward::exchange_sim
