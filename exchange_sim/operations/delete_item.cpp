#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/meeting_sending.h"
#include "exchange_sim/sending.h"
#include "exchange_sim/series.h"

namespace mailward::exchange_sim {
namespace {

std::optional<ResponseError> missing_wish(const SoapRequest& request, const Item& item) {
  if (item.kind == ItemKind::calendar_item && !request.body.attribute("SendMeetingCancellations")) {
    return ResponseError{.code = "ErrorSendMeetingCancellationsRequired",
                         .text = "SendMeetingCancellations attribute is required for Calendar items.",
                         .values = {}};
  }
  if (item.kind == ItemKind::task && !request.body.attribute("AffectedTaskOccurrences")) {
    return ResponseError{.code = "ErrorAffectedTaskOccurrencesRequired",
                         .text = "AffectedTaskOccurrences attribute is required for Task items.",
                         .values = {}};
  }
  return std::nullopt;
}

}  // namespace

/// MS-OXWSCORE 3.1.4.3. Recorded: kde-kdepim-runtime 14.3.
OperationResult delete_item(OperationContext& context, const SoapRequest& request) {
  const auto disposal = read_disposal(request);
  if (!disposal) return std::unexpected(disposal.error());
  if (auto fault = check_sequence(request, request.body, {"ItemIds"})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto checked = read_item_ids(context, request, list, ItemUse::remove);
  if (!checked) return std::unexpected(checked.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : elements(list)) {
    // Each is looked for anew: the one before it may be the same.
    const auto ref = locate_item(context, node, ItemUse::remove);
    if (!ref) {
      write_error(xml, "DeleteItem", ref.error());
      continue;
    }
    if (const auto error = missing_wish(request, *ref->item)) {
      write_error(xml, "DeleteItem", *error);
      continue;
    }
    if (request.body.attribute("SendMeetingCancellations").as_string("SendToNone") != std::string_view("SendToNone")) {
      if (const auto refusal = refusal_to_invite(context, *ref->mailbox, *ref->item)) {
        write_error(xml, "DeleteItem", *refusal);
        continue;
      }
      send_meeting_cancellation(context, *ref->mailbox, *ref->item, attendees_of(*ref->item), "");
    }
    if (ref->master != nullptr) {
      keep_exception(*ref->master, ref->item->original_start, nullptr);
      ref->mailbox->note_change(*ref->master);
    } else {
      ref->mailbox->dispose(*ref->item, *disposal);
    }
    write_success(xml, "DeleteItem", "");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
