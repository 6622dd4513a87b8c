#include <array>

#include "exchange_sim/item_transfer.h"
#include "exchange_sim/sending.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 4> kBooleans{"true", "false", "1", "0"};

std::optional<ResponseError> refusal_of(const OperationContext& context, const ItemRef& ref, pugi::xml_node id) {
  auto stale = check_change_key(ref, id.attribute("ChangeKey").value());
  if (stale) {
    if (stale->code == "ErrorIrresolvableConflict") stale->code = "ErrorStaleObject";
    return stale;
  }
  if (!is_message(ref.item->kind)) {
    return ResponseError{
        .code = "ErrorInvalidItemForOperationSendItem", .text = "Only messages can be sent.", .values = {}};
  }
  return refusal_to_send(context, *ref.item);
}

}  // namespace

/// MS-OXWSCORE 3.1.4.8. Recorded: gautamsi-ews-js (request).
OperationResult send_item(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_attribute(request, request.body, "SaveItemToFolder", "boolean", kBooleans)) {
    return std::unexpected(*std::move(fault));
  }
  if (auto fault = check_sequence(request, request.body, {"ItemIds", "SavedItemFolderId?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto items = read_item_ids(context, request, list, ItemUse::remove);
  if (!items) return std::unexpected(items.error());
  const bool saves = is_true(request.body.attribute("SaveItemToFolder").value());
  std::expected<FolderRef, ResponseError> place = FolderRef{};
  if (const auto target = child(request.body, kMessagesNs, "SavedItemFolderId")) {
    auto named = read_target_folder(context, request, target, FolderUse::add_items);
    if (!named) return std::unexpected(std::move(named).error());
    place = *std::move(named);
    if (place && !saves) {
      place = std::unexpected(ResponseError{.code = "ErrorInvalidSendItemSaveSettings",
                                            .text = "A folder was named in which nothing is to be saved.",
                                            .values = {}});
    }
  }

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  const auto ids = elements(list);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    // Each is looked for anew: the one before it may be the same.
    const auto ref = locate_item(context, ids[i].attribute("Id").value(), ItemUse::remove);
    if (!place || !ref) {
      write_error(xml, "SendItem", place ? ref.error() : place.error());
      continue;
    }
    if (const auto refusal = refusal_of(context, *ref, ids[i])) {
      write_error(xml, "SendItem", *refusal);
      continue;
    }
    send_item_now(context, *ref->mailbox, *ref->item);
    if (saves) {
      const FolderRef usual{.mailbox = ref->mailbox, .folder = ref->mailbox->find_distinguished("sentitems")};
      transfer(context, *ref, place->folder != nullptr ? *place : usual, Transfer::move);
    } else {
      ref->mailbox->dispose(*ref->item, Disposal::hard_delete);
    }
    write_success(xml, "SendItem", "");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
