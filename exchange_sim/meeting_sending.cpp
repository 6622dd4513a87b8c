#include "exchange_sim/meeting_sending.h"

#include <algorithm>

#include "base/digest.h"
#include "exchange_sim/access.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/meeting_mail.h"
#include "exchange_sim/meeting_roles.h"
#include "exchange_sim/sending.h"

namespace mailward::exchange_sim {
namespace {

void set_text(Item& item, std::string_view uri, std::string_view text) {
  item.set(field_id(uri), {.inner = escape_text(text)});
}

bool holds(const std::vector<Address>& people, const Address& one) {
  return std::ranges::any_of(people, [&](const Address& each) { return equal_ignoring_case(each.smtp, one.smtp); });
}

std::vector<Address> without(std::vector<Address> people, const std::vector<Address>& others) {
  std::erase_if(people, [&](const Address& each) { return holds(others, each); });
  return people;
}

enum class Request { first, update };

/// To these of the appointment's attendees; nothing where there are none.
void send_request(OperationContext& context, Mailbox& mailbox, Item& appointment, const std::vector<Address>& to,
                  Request request, CopySaved saves) {
  if (to.empty()) return;
  set_text(appointment, "calendar:MeetingRequestWasSent", "true");
  Item asked;
  asked.kind = ItemKind::meeting_request;
  asked.item_class = default_class(asked.kind);
  asked.body = appointment.body;
  asked.original_start = appointment.original_start;
  copy_meeting_fields(appointment, asked);
  const Value owner = owner_value(mailbox);
  asked.set(field_id("message:From"), owner);
  asked.set(field_id("message:Sender"), owner_value(acting(context, mailbox)));
  asked.set(field_id("calendar:Organizer"), owner);
  set_text(asked, "calendar:MyResponseType", "NoResponseReceived");
  for (const auto& [attendees, recipients] : {std::pair("calendar:RequiredAttendees", "message:ToRecipients"),
                                              std::pair("calendar:OptionalAttendees", "message:CcRecipients"),
                                              std::pair("calendar:Resources", "message:BccRecipients")}) {
    std::vector<Address> among = people_in(appointment.find(field_id(attendees)));
    std::erase_if(among, [&](const Address& each) { return !holds(to, each); });
    if (!among.empty()) asked.set(field_id(recipients), people_value(among));
  }
  set_text(asked, "meetingRequest:MeetingRequestType", request == Request::update ? "FullUpdate" : "NewMeetingRequest");
  set_text(asked, "message:InternetMessageId", new_message_id(mailbox.smtp));
  asked.created = asked.modified = mailbox.now();
  send_item_now(context, mailbox, asked);
  if (saves == CopySaved::no) return;
  auto copy = asked.clone();
  copy->read = true;
  copy->erase(field_id("calendar:MyResponseType"));
  mailbox.add(std::move(copy), *mailbox.find_distinguished("sentitems"), Arrival::created);
}

}  // namespace

void send_meeting_request(OperationContext& context, Mailbox& mailbox, Item& appointment, CopySaved saves) {
  send_request(context, mailbox, appointment, attendees_of(appointment), Request::first, saves);
}

void send_meeting_update(OperationContext& context, Mailbox& mailbox, Item& appointment,
                         const std::vector<Address>& before, Updated updated, CopySaved saves) {
  if (plain_field(appointment, field_id("calendar:MeetingRequestWasSent")) != "true") {
    send_meeting_request(context, mailbox, appointment, saves);
    return;
  }
  const std::vector<Address> now = attendees_of(appointment);
  const int number = read_int(plain_field(appointment, field_id("calendar:AppointmentSequenceNumber"))).value_or(0);
  set_text(appointment, "calendar:AppointmentSequenceNumber", std::to_string(number + 1));
  send_meeting_cancellation(context, mailbox, appointment, without(before, now), "");
  const std::vector<Address> added = without(now, before);
  if (updated == Updated::all) send_request(context, mailbox, appointment, without(now, added), Request::update, saves);
  send_request(context, mailbox, appointment, added, Request::first, saves);
}

void send_meeting_cancellation(OperationContext& context, Mailbox& mailbox, const Item& meeting,
                               const std::vector<Address>& attendees, std::string_view text) {
  if (meeting.kind != ItemKind::calendar_item || !organizes(mailbox, meeting) || attendees.empty()) return;
  Item cancellation;
  cancellation.kind = ItemKind::meeting_cancellation;
  cancellation.item_class = default_class(cancellation.kind);
  copy_meeting_fields(meeting, cancellation);
  cancellation.original_start = meeting.original_start;
  const Value owner = owner_value(mailbox);
  cancellation.set(field_id("message:From"), owner);
  cancellation.set(field_id("message:Sender"), owner);
  cancellation.set(field_id("message:ToRecipients"), people_value(attendees));
  set_text(cancellation, "item:Subject", cancelled_subject(meeting));
  set_text(cancellation, "message:InternetMessageId", new_message_id(mailbox.smtp));
  cancellation.body = text.empty() ? meeting.body : std::optional(Body{.html = false, .text = mailbox.blobs.add(text)});
  cancellation.created = cancellation.modified = mailbox.now();
  cancellation.modified_by = mailbox.display_name;
  send_item_now(context, mailbox, cancellation);
}

}  // namespace mailward::exchange_sim
