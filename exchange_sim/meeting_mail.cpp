#include "exchange_sim/meeting_mail.h"

#include <algorithm>

#include "exchange_sim/associated_items.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_values.h"
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

std::string recurrence_of(const Item& meeting) {
  const Value* recurrence = meeting.find(field_id("calendar:Recurrence"));
  return recurrence == nullptr ? std::string() : recurrence->inner;
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
  const auto is_his = [&](const Address& each) { return equal_ignoring_case(each.smtp, from.front().smtp); };
  if (std::ranges::none_of(attendees_of(*meeting), is_his)) return;
  change_meeting(mailbox, *meeting, response.original_start, [&](Item& answered) {
    for (const std::string_view uri : kAttendees) {
      const Value* attendees = answered.find(field_id(uri));
      if (attendees == nullptr) continue;
      if (auto inner = with_answer(*attendees, from.front().smtp, answer, response.sent)) {
        answered.set(field_id(uri), {.inner = *std::move(inner)});
      }
    }
  });
}

void cancel(Item& meeting) {
  if (text_of_field(meeting, "calendar:IsCancelled") == "true") return;
  set_text(meeting, "calendar:IsCancelled", "true");
  set_text(meeting, "calendar:LegacyFreeBusyStatus", "Free");
  set_text(meeting, "item:Subject", cancelled_subject(meeting));
}

/// With the series go those of its occurrences that differ from it.
void note_cancellation(Mailbox& mailbox, const Item& cancellation) {
  Item* meeting = find_meeting(mailbox, text_of_field(cancellation, "calendar:UID"));
  if (meeting == nullptr) return;
  change_meeting(mailbox, *meeting, cancellation.original_start, [](Item& cancelled) {
    cancel(cancelled);
    for (const SeriesException& each : cancelled.exceptions) {
      if (each.item) cancel(*each.item);
    }
  });
}

void note_request(Mailbox& mailbox, const Item& request) {
  Item* known = find_meeting(mailbox, text_of_field(request, "calendar:UID"));
  if (known == nullptr) {
    put_into_calendar(mailbox, request);
    return;
  }
  // An update: what was answered before no longer counts where the time is another, or he was not asked in between.
  change_meeting(mailbox, *known, request.original_start, [&](Item& updated) {
    const bool moved = text_of_field(updated, "calendar:Start") != text_of_field(request, "calendar:Start") ||
                       text_of_field(updated, "calendar:End") != text_of_field(request, "calendar:End");
    const bool asked_again = text_of_field(updated, "calendar:IsCancelled") == "true";
    if (moved || recurrence_of(updated) != recurrence_of(request)) updated.exceptions.clear();
    copy_meeting_fields(request, updated);
    updated.body = request.body;
    updated.erase(field_id("calendar:IsCancelled"));
    if (!moved && !asked_again) return;
    set_text(updated, "calendar:MyResponseType", "NoResponseReceived");
    set_text(updated, "calendar:LegacyFreeBusyStatus", "Tentative");
  });
}

}  // namespace

std::string cancelled_subject(const Item& meeting) {
  return "Canceled: " + text_of_field(meeting, "item:Subject");
}

Item* find_meeting(const Mailbox& mailbox, std::string_view uid) {
  static const FieldId kUid = field_id("calendar:UID");
  const Folder* calendar = uid.empty() ? nullptr : mailbox.find_distinguished("calendar");
  if (calendar == nullptr) return nullptr;
  for (const auto& [arrival, item] : calendar->items) {
    if (plain_field(*item, kUid) == uid) return item;
  }
  return nullptr;
}

std::shared_ptr<const Item> find_meeting_of(const Mailbox& mailbox, const Item& message) {
  const Item* meeting = find_meeting(mailbox, text_of_field(message, "calendar:UID"));
  if (meeting == nullptr) return nullptr;
  if (message.original_start == Timestamp{} || !is_master(*meeting)) return {std::shared_ptr<void>(), meeting};
  const auto date = find_series_date(*meeting, message.original_start);
  if (!date || (date->exception != nullptr && !date->exception->item)) return nullptr;
  return make_occurrence(*meeting, *date);
}

void change_meeting(Mailbox& mailbox, Item& meeting, Timestamp original, const std::function<void(Item&)>& change) {
  if (original == Timestamp{} || !is_master(meeting)) {
    change(meeting);
  } else {
    const auto date = find_series_date(meeting, original);
    if (!date || (date->exception != nullptr && !date->exception->item)) return;
    auto occurrence = make_occurrence(meeting, *date);
    change(*occurrence);
    keep_exception(meeting, date->original, std::move(occurrence));
  }
  mailbox.note_change(meeting);
}

std::vector<Address> attendees_of(const Item& meeting) {
  std::vector<Address> found;
  for (const std::string_view uri : kAttendees) {
    for (Address& each : people_in(meeting.find(field_id(uri)))) found.push_back(std::move(each));
  }
  return found;
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

}  // namespace mailward::exchange_sim
