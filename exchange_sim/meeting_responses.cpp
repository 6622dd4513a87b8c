#include <algorithm>
#include <array>

#include "base/digest.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_reading.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/meeting_roles.h"
#include "exchange_sim/sending.h"
#include "exchange_sim/series.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

struct Answer {
  std::string_view element;
  std::string_view item_class;
  std::string_view response;  ///< ResponseTypeType
  std::string_view prefix;    ///< of the subject
};
constexpr auto kAnswers = std::to_array<Answer>({
    {"AcceptItem", "IPM.Schedule.Meeting.Resp.Pos", "Accept", "Accepted: "},
    {"TentativelyAcceptItem", "IPM.Schedule.Meeting.Resp.Tent", "Tentative", "Tentative: "},
    {"DeclineItem", "IPM.Schedule.Meeting.Resp.Neg", "Decline", "Declined: "},
});

const Answer* answer_of(std::string_view element) {
  const auto* found = std::ranges::find(kAnswers, element, &Answer::element);
  return found == kAnswers.end() ? nullptr : &*found;
}

void set_text(Item& item, std::string_view uri, std::string_view text) {
  item.set(field_id(uri), {.inner = escape_text(text)});
}

/// The answer to the organiser.
Item response_to(const Mailbox& mailbox, const Item& request, const Answer& answer, pugi::xml_node node) {
  Item made;
  made.kind = ItemKind::meeting_response;
  made.item_class = answer.item_class;
  copy_meeting_fields(request, made);
  for (const std::string_view uri : {"message:CcRecipients", "message:BccRecipients"}) made.erase(field_id(uri));
  const Value owner = owner_value(mailbox);
  made.set(field_id("message:From"), owner);
  made.set(field_id("message:Sender"), owner);
  const Value* organizer = request.find(field_id("calendar:Organizer"));
  if (organizer == nullptr) organizer = request.find(field_id("message:From"));
  if (organizer != nullptr) made.set(field_id("message:ToRecipients"), *organizer);
  set_text(made, "item:Subject", std::string(answer.prefix) + plain_field(request, field_id("item:Subject")));
  set_text(made, "meeting:ResponseType", answer.response);
  made.original_start = request.original_start;
  for (const std::string_view name : {"ProposedStart", "ProposedEnd"}) {
    if (const auto proposed = parse_ews_time(text_of(child(node, kTypesNs, name)))) {
      set_text(made, "meeting:" + std::string(name), ews_time(*proposed));
    }
  }
  set_text(made, "message:InternetMessageId", new_message_id(mailbox.smtp));
  if (const auto body = child(node, kTypesNs, "Body")) {
    made.body = Body{.html = std::string_view(body.attribute("BodyType").value()) == "HTML",
                     .text = mailbox.blobs.add(text_of(body))};
  }
  made.created = made.modified = mailbox.now();
  made.modified_by = mailbox.display_name;
  return made;
}

/// Out of the calendar: the meeting, or its one occurrence.
void decline(Mailbox& mailbox, Item& meeting, Timestamp original) {
  if (original == Timestamp{}) {
    mailbox.dispose(meeting, Disposal::move_to_deleted_items);
  } else if (find_series_date(meeting, original)) {
    keep_exception(meeting, original, nullptr);
    mailbox.note_change(meeting);
  }
}

}  // namespace

bool is_meeting_response(std::string_view element) {
  return answer_of(element) != nullptr;
}

std::expected<ItemRef, ResponseError> respond_to_meeting(OperationContext& context, pugi::xml_node node,
                                                         std::string_view disposition) {
  const Answer& answer = *answer_of(local_name(node));
  const auto ref =
      locate_item(context, child(node, kTypesNs, "ReferenceItemId").attribute("Id").value(), ItemUse::edit);
  if (!ref) return std::unexpected(ref.error());
  Mailbox& mailbox = *ref->mailbox;
  Item& request = *ref->item;
  if (auto refusal = refusal_of_response(*ref, answer.element)) return std::unexpected(*std::move(refusal));
  if (disposition != "SaveOnly") {
    if (auto refusal = refusal_to_send_for(context, mailbox)) return std::unexpected(*std::move(refusal));
  }
  Item response = response_to(mailbox, request, answer, node);
  if (disposition != "SaveOnly") send_item_now(context, mailbox, response);
  if (disposition == "SendAndSaveCopy") {
    mailbox.add(response.clone(), *mailbox.find_distinguished("sentitems"), Arrival::created);
  }
  Item* meeting = ref->master != nullptr ? ref->master : &request;
  Timestamp original = request.original_start;
  if (request.kind == ItemKind::meeting_request) {
    meeting = &put_into_calendar(mailbox, request);
    mailbox.dispose(request, Disposal::move_to_deleted_items);
  }
  if (!is_master(*meeting)) original = Timestamp{};
  if (answer.response == "Decline") {
    decline(mailbox, *meeting, original);
    return ItemRef{};
  }
  change_meeting(mailbox, *meeting, original, [&](Item& answered) {
    set_text(answered, "calendar:MyResponseType", answer.response);
    set_text(answered, "calendar:LegacyFreeBusyStatus", answer.response == "Accept" ? "Busy" : "Tentative");
    set_text(answered, "calendar:AppointmentReplyTime", ews_time(mailbox.now()));
  });
  if (original == Timestamp{}) return ItemRef{.mailbox = &mailbox, .item = meeting};
  const auto date = find_series_date(*meeting, original);
  if (!date || (date->exception != nullptr && !date->exception->item)) return ItemRef{};
  std::shared_ptr<Item> occurrence = make_occurrence(*meeting, *date);
  return ItemRef{.mailbox = &mailbox, .item = occurrence.get(), .master = meeting, .made = std::move(occurrence)};
}

}  // namespace mailward::exchange_sim
