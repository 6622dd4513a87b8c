#include "exchange_sim/operations.h"
#include "exchange_sim/quota.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

enum class Transfer { move, copy };

const Item& transfer(const ItemRef& ref, Folder& folder, Transfer how) {
  if (how == Transfer::copy) return ref.mailbox->copy(*ref.item, folder);
  ref.mailbox->move(*ref.item, folder);
  return *ref.item;
}

OperationResult transfer_items(OperationContext& context, const SoapRequest& request, Transfer how) {
  const std::string_view name = how == Transfer::move ? "MoveItem" : "CopyItem";
  if (auto fault = check_sequence(request, request.body, {"ToFolderId", "ItemIds", "ReturnNewItemIds?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto target = read_target_folder(context, request, child(request.body, kMessagesNs, "ToFolderId"));
  if (!target) return std::unexpected(target.error());
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto checked = read_item_ids(context, request, list);
  if (!checked) return std::unexpected(checked.error());
  const std::string_view wanted = text_of(child(request.body, kMessagesNs, "ReturnNewItemIds"));
  const bool returns_ids = wanted.empty() || is_true(wanted);

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : elements(list)) {
    // Each is looked for anew: the one before it may be the same.
    const auto ref = locate_item(context, node);
    if (!*target || !ref) {
      write_error(xml, name, *target ? ref.error() : target->error());
      continue;
    }
    if (ref->master != nullptr) {
      write_error(xml, name,
                  {.code = "ErrorCalendarCannotMoveOrCopyOccurrence",
                   .text = "An occurrence cannot be moved or copied.",
                   .values = {}});
      continue;
    }
    if (how == Transfer::copy) {
      if (const auto full = refusal_of_quota(*ref->mailbox, *ref->item)) {
        write_error(xml, name, *full);
        continue;
      }
    }
    const Item& there = transfer(*ref, *(*target)->folder, how);
    XmlWriter content;
    content.open("m:Items");
    if (returns_ids) write_item(content, *ref->mailbox, there, {}, ItemDetail::found);
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
