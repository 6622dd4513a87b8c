#include "exchange_sim/meeting_mail.h"

#include <algorithm>

#include "base/digest.h"
#include "exchange_sim/associated_items.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/meeting_roles.h"
#include "exchange_sim/people.h"
#include "exchange_sim/sending.h"
#include "exchange_sim/series.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kAttendees{"calendar:RequiredAttendees", "calendar:OptionalAttendees",
                                                     "calendar:Resources"};

void set_text(Item& item, std::string_view uri, std::string_view text) {
  item.set(field_id(uri), {.inner = escape_text(text)});
}

std::string text_of_field(const Item& item, std::string_view uri) {
  return plain_field(item, field_id(uri));
}

/// The attendees with one's answer in it; none where he is not among them.
std::optional<std::string> with_answer(const Value& attendees, std::string_view smtp, std::string_view answer,
                                       Timestamp at) {
  const pugi::xml_document document = parse_kept(attendees.inner);
  bool found = false;
  XmlWriter xml;
  for (const auto attendee : elements(document.document_element())) {
    const auto mailbox = child(attendee, kTypesNs, "Mailbox");
    xml.open("t:Attendee");
    xml.raw("<t:Mailbox>" + normalised(mailbox) + "</t:Mailbox>");
    if (equal_ignoring_case(text_of(child(mailbox, kTypesNs, "EmailAddress")), smtp)) {
      found = true;
      xml.text("t:ResponseType", answer);
      xml.text("t:LastResponseTime", ews_time(at));
    } else {
      for (const std::string_view name : {"ResponseType", "LastResponseTime"}) {
        if (const auto kept = child(attendee, kTypesNs, name)) xml.text("t:" + std::string(name), text_of(kept));
      }
    }
    xml.close("t:Attendee");
  }
  if (!found) return std::nullopt;
  return xml.take();
}

void note_answer(Mailbox& mailbox, const Item& response) {
  Item* meeting = find_meeting(mailbox, text_of_field(response, "calendar:UID"));
  const auto from = people_in(response.find(field_id("message:From")));
  if (meeting == nullptr || from.empty()) return;
  const std::string answer = text_of_field(response, "meeting:ResponseType");
  bool changed = false;
  for (const std::string_view uri : kAttendees) {
    const Value* attendees = meeting->find(field_id(uri));
    if (attendees == nullptr) continue;
    if (auto inner = with_answer(*attendees, from.front().smtp, answer, response.sent)) {
      meeting->set(field_id(uri), {.inner = *std::move(inner)});
      changed = true;
    }
  }
  if (changed) mailbox.note_change(*meeting);
}

void cancel(Item& meeting, const Item& cancellation) {
  set_text(meeting, "calendar:IsCancelled", "true");
  set_text(meeting, "calendar:LegacyFreeBusyStatus", "Free");
  set_text(meeting, "item:Subject", text_of_field(cancellation, "item:Subject"));
}

/// An occurrence's cancellation names the moment at which it would have begun.
void note_cancellation(Mailbox& mailbox, const Item& cancellation) {
  Item* meeting = find_meeting(mailbox, text_of_field(cancellation, "calendar:UID"));
  if (meeting == nullptr) return;
  if (!is_master(*meeting) || cancellation.original_start == Timestamp{}) {
    cancel(*meeting, cancellation);
  } else if (const auto date = find_series_date(*meeting, cancellation.original_start)) {
    if (date->exception != nullptr && !date->exception->item) return;
    auto occurrence = make_occurrence(*meeting, *date);
    cancel(*occurrence, cancellation);
    keep_exception(*meeting, date->original, std::move(occurrence));
  }
  mailbox.note_change(*meeting);
}

void note_request(Mailbox& mailbox, const Item& request) {
  Item* known = find_meeting(mailbox, text_of_field(request, "calendar:UID"));
  if (known == nullptr) {
    put_into_calendar(mailbox, request);
    return;
  }
  if (is_master(*known) && request.original_start != Timestamp{}) {
    const auto date = find_series_date(*known, request.original_start);
    if (!date || (date->exception != nullptr && !date->exception->item)) return;
    auto occurrence = make_occurrence(*known, *date);
    copy_meeting_fields(request, *occurrence);
    keep_exception(*known, date->original, std::move(occurrence));
    mailbox.note_change(*known);
    return;
  }
  // An update: what was answered before no longer counts where the time is another.
  const bool moved = text_of_field(*known, "calendar:Start") != text_of_field(request, "calendar:Start") ||
                     text_of_field(*known, "calendar:End") != text_of_field(request, "calendar:End");
  copy_meeting_fields(request, *known);
  known->body = request.body;
  if (moved) {
    set_text(*known, "calendar:MyResponseType", "NoResponseReceived");
    set_text(*known, "calendar:LegacyFreeBusyStatus", "Tentative");
  }
  mailbox.note_change(*known);
}

}  // namespace

Item* find_meeting(const Mailbox& mailbox, std::string_view uid) {
  static const FieldId kUid = field_id("calendar:UID");
  const Folder* calendar = uid.empty() ? nullptr : mailbox.find_distinguished("calendar");
  if (calendar == nullptr) return nullptr;
  for (const auto& [arrival, item] : calendar->items) {
    if (plain_field(*item, kUid) == uid) return item;
  }
  return nullptr;
}

void copy_meeting_fields(const Item& from, Item& to) {
  for (const auto& [id, value] : from.values()) {
    const std::string_view uri = field(id).uri;
    // The meeting's own, not what one of its attendees makes of it.
    if (uri == "calendar:MyResponseType" || uri == "calendar:LegacyFreeBusyStatus") continue;
    if (place_of(to.kind, id)) to.set(id, value);
  }
}

Item& put_into_calendar(Mailbox& mailbox, const Item& request) {
  if (Item* known = find_meeting(mailbox, text_of_field(request, "calendar:UID"))) return *known;
  auto made = std::make_unique<Item>();
  made->kind = ItemKind::calendar_item;
  made->item_class = default_class(made->kind);
  made->created = made->modified = made->received = made->sent = mailbox.now();
  made->modified_by = mailbox.display_name;
  made->read = true;
  made->body = request.body;
  copy_meeting_fields(request, *made);
  set_text(*made, "calendar:MyResponseType", "NoResponseReceived");
  set_text(*made, "calendar:LegacyFreeBusyStatus", "Tentative");
  return mailbox.add(std::move(made), *mailbox.find_distinguished("calendar"), Arrival::created);
}

void attend_to(Mailbox& mailbox, const Item& message) {
  switch (message.kind) {
    case ItemKind::meeting_request:
      return note_request(mailbox, message);
    case ItemKind::meeting_response:
      return note_answer(mailbox, message);
    case ItemKind::meeting_cancellation:
      return note_cancellation(mailbox, message);
    default:
      return;
  }
}

void send_meeting_cancellation(OperationContext& context, Mailbox& mailbox, const Item& meeting,
                               std::string_view text) {
  if (meeting.kind != ItemKind::calendar_item) return;
  if (!organizes(mailbox, meeting)) return;
  std::vector<Address> attendees;
  for (const std::string_view uri : kAttendees) {
    for (Address& each : people_in(meeting.find(field_id(uri)))) attendees.push_back(std::move(each));
  }
  if (attendees.empty()) return;
  Item cancellation;
  cancellation.kind = ItemKind::meeting_cancellation;
  cancellation.item_class = default_class(cancellation.kind);
  copy_meeting_fields(meeting, cancellation);
  cancellation.original_start = meeting.original_start;
  const Value owner = people_value({{.name = mailbox.display_name, .smtp = mailbox.smtp}});
  cancellation.set(field_id("message:From"), owner);
  cancellation.set(field_id("message:Sender"), owner);
  cancellation.set(field_id("message:ToRecipients"), people_value(attendees));
  set_text(cancellation, "item:Subject", "Canceled: " + text_of_field(meeting, "item:Subject"));
  set_text(cancellation, "message:InternetMessageId",
           "<" + random_uuid() + "@" + mailbox.smtp.substr(mailbox.smtp.find('@') + 1) + ">");
  cancellation.body = text.empty() ? meeting.body : std::optional(Body{.html = false, .text = mailbox.blobs.add(text)});
  cancellation.created = cancellation.modified = mailbox.now();
  cancellation.modified_by = mailbox.display_name;
  send_item_now(context, mailbox, cancellation);
}

}  // namespace mailward::exchange_sim
