#include <charconv>

#include "exchange_sim/access.h"
#include "exchange_sim/series.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

ResponseError out_of_range() {
  return {.code = "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
          .text = "The specified occurrence index is out of range.",
          .values = {}};
}

ResponseError not_a_master() {
  return {.code = "ErrorCalendarCannotUseIdForRecurringMasterId",
          .text = "The ID does not correspond to a recurring master item.",
          .values = {}};
}

ResponseError not_an_occurrence() {
  return {.code = "ErrorCalendarCannotUseIdForOccurrenceId",
          .text = "The ID does not correspond to a valid occurrence.",
          .values = {}};
}

std::expected<ItemRef, ResponseError> occurrence_of(Mailbox& mailbox, Item& master, const SeriesDate& date) {
  if (date.exception != nullptr && date.exception->item == nullptr) {
    return std::unexpected(ResponseError{.code = "ErrorCalendarOccurrenceIsDeletedFromRecurrence",
                                         .text = "The occurrence has been deleted from the recurrence.",
                                         .values = {}});
  }
  std::shared_ptr<Item> made = make_occurrence(master, date);
  Item* item = made.get();
  return ItemRef{.mailbox = &mailbox, .item = item, .master = &master, .made = std::move(made)};
}

}  // namespace

std::expected<ItemRef, ResponseError> locate_item(const OperationContext& context, std::string_view id, ItemUse use) {
  if (context.mailbox_error) return std::unexpected(*context.mailbox_error);
  if (id.empty()) return std::unexpected(id_empty());
  Mailbox* owner = context.organisation.mailbox_of_id(id);
  if (owner == nullptr) return std::unexpected(id_malformed());
  if (auto refusal = refusal_of_place(context, *owner)) return std::unexpected(*std::move(refusal));
  Item* item = owner->find_item(id);
  const auto occurrence = item == nullptr ? read_occurrence_id(id) : std::nullopt;
  if (occurrence) item = owner->find_item(occurrence->master_id);
  if (item == nullptr && owner->find_folder(id) != nullptr) {
    return std::unexpected(
        ResponseError{.code = "ErrorCannotUseFolderIdForItemId", .text = "The ID is a folder's.", .values = {}});
  }
  if (item == nullptr) return std::unexpected(item_not_found());
  if (auto refusal = refusal_of_use(context, *owner, *item, use)) return std::unexpected(*std::move(refusal));
  if (!occurrence) return ItemRef{.mailbox = owner, .item = item};
  const auto date = find_series_date(*item, occurrence->original);
  if (!date) return std::unexpected(item_not_found());
  return occurrence_of(*owner, *item, *date);
}

std::expected<ItemRef, ResponseError> locate_item(const OperationContext& context, pugi::xml_node id, ItemUse use) {
  const std::string_view name = local_name(id);
  if (name == "OccurrenceItemId") {
    const auto master = locate_item(context, std::string_view(id.attribute("RecurringMasterId").value()), use);
    if (!master) return master;
    if (!is_master(*master->item)) return std::unexpected(not_a_master());
    const std::string_view text = id.attribute("InstanceIndex").value();
    std::size_t index = 0;
    std::from_chars(text.data(), text.data() + text.size(), index);
    const auto date = find_series_date(*master->item, index);
    if (!date) return std::unexpected(out_of_range());
    return occurrence_of(*master->mailbox, *master->item, *date);
  }
  if (name == "RecurringMasterItemId") {
    auto occurrence = locate_item(context, std::string_view(id.attribute("OccurrenceId").value()), use);
    if (!occurrence) return occurrence;
    if (occurrence->master == nullptr) return std::unexpected(not_an_occurrence());
    return ItemRef{.mailbox = occurrence->mailbox, .item = occurrence->master};
  }
  return locate_item(context, std::string_view(id.attribute("Id").value()), use);
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
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list, ItemUse use) {
  const auto ids = elements(list);
  if (ids.empty()) return std::unexpected(incomplete(request, list));
  std::vector<std::expected<ItemRef, ResponseError>> found;
  for (const auto node : ids) {
    const std::string_view name = local_name(node);
    const bool occurrence = name == "OccurrenceItemId";
    if (!occurrence && name != "ItemId" && name != "RecurringMasterItemId") {
      return std::unexpected(
          unexpected_child(request, list, node, {"ItemId", "OccurrenceItemId", "RecurringMasterItemId"}));
    }
    const char* attribute = occurrence ? "RecurringMasterId" : name == "ItemId" ? "Id" : "OccurrenceId";
    if (auto fault = check_attribute(request, node, attribute, "string", {})) return std::unexpected(*std::move(fault));
    found.push_back(locate_item(context, node, use));
  }
  return found;
}

}  // namespace mailward::exchange_sim
