#include <array>

#include "base/bytes.h"
#include "exchange_sim/access.h"
#include "exchange_sim/people.h"
#include "exchange_sim/public_folders.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 4> kBooleans{"true", "false", "1", "0"};

}  // namespace

/// MS-OXWSMSG (MarkAsJunk): the sender is blocked, or no more; his next mail goes to the junk. Shape: Microsoft's
/// documentation of the operation.
OperationResult mark_as_junk(OperationContext& context, const SoapRequest& request) {
  for (const char* name : {"IsJunk", "MoveItem"}) {
    if (auto fault = check_attribute(request, request.body, name, "boolean", kBooleans)) {
      return std::unexpected(*std::move(fault));
    }
  }
  if (auto fault = check_sequence(request, request.body, {"ItemIds"})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto checked = read_item_ids(context, request, list, ItemUse::remove);
  if (!checked) return std::unexpected(checked.error());
  const bool junk = is_true(request.body.attribute("IsJunk").value());
  const bool moves = is_true(request.body.attribute("MoveItem").value());
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : elements(list)) {
    // Each is looked for anew: the one before it may be the same.
    const auto ref = locate_item(context, node, ItemUse::remove);
    if (!ref) {
      write_error(xml, "MarkAsJunk", ref.error());
      continue;
    }
    Mailbox& mailbox = *ref->mailbox;
    if (mailbox.public_folders) {
      write_error(xml, "MarkAsJunk", not_with_public_folders());
      continue;
    }
    // Whose mail is junk is the owner's own list.
    if (!opens(context, mailbox)) {
      write_error(xml, "MarkAsJunk", access_denied());
      continue;
    }
    for (const Address& sender : people_in(ref->item->find(field_id("message:From")))) {
      if (junk) {
        mailbox.blocked_senders.insert(lower_case(sender.smtp));
      } else {
        mailbox.blocked_senders.erase(lower_case(sender.smtp));
      }
    }
    XmlWriter content;
    if (moves) {
      mailbox.move(*ref->item, *mailbox.find_distinguished(junk ? "junkemail" : "inbox"));
      content.empty("m:MovedItemId", {{"Id", ref->item->id}, {"ChangeKey", mailbox.change_key(*ref->item)}});
    }
    write_success(xml, "MarkAsJunk", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
