#include "exchange_sim/meeting_roles.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/people.h"

namespace mailward::exchange_sim {
namespace {

ResponseError refuse(std::string_view code, std::string_view text) {
  return {.code = std::string(code), .text = std::string(text), .values = {}};
}

/// An attendee's answer, and the codes by which Exchange refuses it.
struct Answer {
  std::string_view element;
  std::string_view wrong_class;
  std::string_view organizer;
  std::string_view cancelled;
};
constexpr auto kAnswers = std::to_array<Answer>({
    {"AcceptItem", "ErrorInvalidItemForOperationAcceptItem", "ErrorCalendarIsOrganizerForAccept",
     "ErrorCalendarIsCancelledForAccept"},
    {"TentativelyAcceptItem", "ErrorInvalidItemForOperationTentative", "ErrorCalendarIsOrganizerForTentative",
     "ErrorCalendarIsCancelledForTentative"},
    {"DeclineItem", "ErrorInvalidItemForOperationDeclineItem", "ErrorCalendarIsOrganizerForDecline",
     "ErrorCalendarIsCancelledForDecline"},
});

bool is_cancelled(const Item& meeting) {
  return plain_field(meeting, field_id("calendar:IsCancelled")) == "true";
}

bool is_deleted_occurrence(const ItemRef& ref) {
  return ref.master != nullptr && ref.master->folder == ref.mailbox->find_distinguished("deleteditems");
}

std::optional<ResponseError> refusal_of_answer(const ItemRef& ref, const Answer& answer) {
  const Item& item = *ref.item;
  const bool request = item.kind == ItemKind::meeting_request;
  if ((!request && item.kind != ItemKind::calendar_item) || is_deleted_occurrence(ref)) {
    return refuse(answer.wrong_class, "Only meeting requests and calendar items can be answered.");
  }
  if (organizes(*ref.mailbox, item)) return refuse(answer.organizer, "You are the organizer of the meeting.");
  const auto meeting = request ? find_meeting_of(*ref.mailbox, item) : nullptr;
  if (is_cancelled(meeting ? *meeting : item)) return refuse(answer.cancelled, "The meeting was canceled.");
  if (request && is_out_of_date(*ref.mailbox, item)) {
    return refuse("ErrorCalendarMeetingRequestIsOutOfDate", "A later request has taken the place of this one.");
  }
  return std::nullopt;
}

std::optional<ResponseError> refusal_of_cancelling(const ItemRef& ref) {
  if (ref.item->kind != ItemKind::calendar_item) {
    return refuse("ErrorInvalidItemForOperationCancelItem", "Only calendar items can be canceled.");
  }
  if (organizes(*ref.mailbox, *ref.item)) return std::nullopt;
  return refuse("ErrorCalendarIsNotOrganizer", "You must be the organizer to cancel the meeting.");
}

std::optional<ResponseError> refusal_of_removing(const ItemRef& ref) {
  const ItemKind kind = ref.item->kind;
  const bool about_meeting = kind == ItemKind::calendar_item || kind == ItemKind::meeting_cancellation;
  if (about_meeting && organizes(*ref.mailbox, *ref.item)) {
    return refuse("ErrorCalendarIsOrganizerForRemove", "The organizer cancels a meeting, and does not remove it.");
  }
  if (kind == ItemKind::meeting_cancellation) return std::nullopt;
  return refuse("ErrorInvalidItemForOperationRemoveItem", "Only meeting cancellations can be removed.");
}

std::optional<ResponseError> refusal_of_reply(const ItemRef& ref, bool forward) {
  const Item& item = *ref.item;
  const bool appointment = item.kind == ItemKind::calendar_item;
  const bool fits = appointment || is_message(item.kind);
  const bool to_oneself = appointment && organizes(*ref.mailbox, item);
  if (fits && (forward || (!to_oneself && !item.draft))) return std::nullopt;
  return refuse("ErrorInvalidReferenceItem", "The reference item cannot be answered or forwarded.");
}

}  // namespace

bool is_out_of_date(const Mailbox& mailbox, const Item& request) {
  static const FieldId kNumber = field_id("calendar:AppointmentSequenceNumber");
  const auto meeting = find_meeting_of(mailbox, request);
  const auto number = [](const Item& item) { return read_int(plain_field(item, kNumber)).value_or(0); };
  return meeting != nullptr && number(request) < number(*meeting);
}

bool organizes(const Mailbox& mailbox, const Item& meeting) {
  const Value* organizer = meeting.find(field_id("calendar:Organizer"));
  if (organizer == nullptr && is_message(meeting.kind)) organizer = meeting.find(field_id("message:From"));
  const auto people = people_in(organizer);
  if (people.empty()) return !is_message(meeting.kind);
  return equal_ignoring_case(people.front().smtp, mailbox.smtp);
}

std::optional<ResponseError> refusal_of_response(const ItemRef& ref, std::string_view element) {
  const auto* answer = std::ranges::find(kAnswers, element, &Answer::element);
  if (answer != kAnswers.end()) return refusal_of_answer(ref, *answer);
  if (element == "CancelCalendarItem") return refusal_of_cancelling(ref);
  if (element == "RemoveItem") return refusal_of_removing(ref);
  if (element != "SuppressReadReceipt") return refusal_of_reply(ref, element == "ForwardItem");
  if (is_message(ref.item->kind)) return std::nullopt;
  return refuse("ErrorInvalidReferenceItem", "The reference item is no message.");
}

}  // namespace mailward::exchange_sim
