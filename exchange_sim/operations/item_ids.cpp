#include <algorithm>

#include "exchange_sim/operations.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {

std::expected<ItemRef, ResponseError> locate_item(const OperationContext& context, std::string_view id) {
  if (context.mailbox_error) return std::unexpected(*context.mailbox_error);
  const Mailbox* owner = context.organisation.mailbox_of_id(id);
  if (owner == nullptr) return std::unexpected(id_malformed());
  if (owner != context.mailbox) return std::unexpected(access_denied());
  Item* item = context.mailbox->find_item(id);
  if (item == nullptr) return std::unexpected(item_not_found());
  return ItemRef{.mailbox = context.mailbox, .item = item};
}

std::optional<ResponseError> check_change_key(const ItemRef& ref, std::string_view change_key) {
  if (change_key.empty()) {
    return ResponseError{.code = "ErrorChangeKeyRequiredForWriteOperations",
                         .text = "A change key is required for this operation.",
                         .values = {}};
  }
  const auto change = change_of_key(change_key);
  if (!change) {
    return ResponseError{.code = "ErrorInvalidChangeKey", .text = "The change key is invalid.", .values = {}};
  }
  if (*change != ref.item->last_change()) {
    return ResponseError{.code = "ErrorIrresolvableConflict",
                         .text =
                             "The send or update operation could not be performed because the change key passed in "
                             "the request does not match the current change key for the item.",
                         .values = {}};
  }
  return std::nullopt;
}

std::expected<std::vector<std::expected<ItemRef, ResponseError>>, SoapFault> read_item_ids(
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list) {
  const auto ids = elements(list);
  if (ids.empty()) return std::unexpected(incomplete(request, list));
  std::vector<std::expected<ItemRef, ResponseError>> found;
  for (const auto node : ids) {
    const std::string_view name = local_name(node);
    // Occurrences are named by their master's id; a series is one item here.
    const bool occurrence = name == "OccurrenceItemId";
    if (!occurrence && name != "ItemId" && name != "RecurringMasterItemId") {
      return std::unexpected(unexpected_child(request, list, node));
    }
    const char* attribute = occurrence ? "RecurringMasterId" : name == "ItemId" ? "Id" : "OccurrenceId";
    if (auto fault = check_attribute(request, node, attribute, "string", {})) return std::unexpected(*std::move(fault));
    found.push_back(locate_item(context, node.attribute(attribute).value()));
    if (occurrence && found.back()) {
      found.back() = std::unexpected(ResponseError{.code = "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
                                                   .text = "The specified occurrence index is out of range.",
                                                   .values = {}});
    }
  }
  return found;
}

}  // namespace mailward::exchange_sim
