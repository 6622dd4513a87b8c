#include "exchange_sim/access.h"
#include "exchange_sim/item_transfer.h"
#include "exchange_sim/quota.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

std::optional<ResponseError> refusal_of(const ItemRef& ref, const FolderRef& to, Transfer how) {
  if (ref.master != nullptr) {
    return ResponseError{.code = "ErrorCalendarCannotMoveOrCopyOccurrence",
                         .text = "An occurrence cannot be moved or copied.",
                         .values = {}};
  }
  const bool another = to.mailbox != ref.mailbox;
  return how == Transfer::copy || another ? refusal_of_quota(*to.mailbox, *ref.item) : std::nullopt;
}

OperationResult transfer_items(OperationContext& context, const SoapRequest& request, Transfer how) {
  const std::string_view name = how == Transfer::move ? "MoveItem" : "CopyItem";
  if (auto fault = check_sequence(request, request.body, {"ToFolderId", "ItemIds", "ReturnNewItemIds?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto target =
      read_target_folder(context, request, child(request.body, kMessagesNs, "ToFolderId"), FolderUse::add_items);
  if (!target) return std::unexpected(target.error());
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const ItemUse use = how == Transfer::move ? ItemUse::remove : ItemUse::read;
  const auto checked = read_item_ids(context, request, list, use);
  if (!checked) return std::unexpected(checked.error());
  const std::string_view wanted = text_of(child(request.body, kMessagesNs, "ReturnNewItemIds"));
  const bool returns_ids = wanted.empty() || is_true(wanted);

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : elements(list)) {
    // Each is looked for anew: the one before it may be the same.
    const auto ref = locate_item(context, node, use);
    if (!*target || !ref) {
      write_error(xml, name, *target ? ref.error() : target->error());
      continue;
    }
    if (const auto refusal = refusal_of(*ref, **target, how)) {
      write_error(xml, name, *refusal);
      continue;
    }
    // What is in another mailbox now is not told (Microsoft: Move and copy email messages by using EWS).
    const bool tells = returns_ids && ref->mailbox == (*target)->mailbox;
    const Item& there = transfer(context, *ref, **target, how);
    XmlWriter content;
    content.open("m:Items");
    if (tells) write_item(content, view_of(context, *ref->mailbox, there), {}, ItemDetail::found);
    content.close("m:Items");
    write_success(xml, name, content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace

/// MS-OXWSCORE 3.1.4.7. Recorded: kde-kdepim-runtime 14.3, where an item that is not there stands among others.
OperationResult move_item(OperationContext& context, const SoapRequest& request) {
  return transfer_items(context, request, Transfer::move);
}

/// MS-OXWSCORE 3.1.4.1.
OperationResult copy_item(OperationContext& context, const SoapRequest& request) {
  return transfer_items(context, request, Transfer::copy);
}

}  // namespace mailward::exchange_sim
