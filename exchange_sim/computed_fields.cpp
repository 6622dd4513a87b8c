#include "exchange_sim/computed_fields.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/digest.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_writing.h"

/// What the store itself makes of an item. Each is asked under its FieldURI.
namespace mailward::exchange_sim {
namespace {

Value boolean(bool value) {
  return {.inner = value ? "true" : "false"};
}
Value text(std::string_view value) {
  return {.inner = escape_text(value)};
}
Value time_value(Timestamp time) {
  return {.inner = ews_time(time)};
}
std::string id_pair(std::string_view id, std::string_view key) {
  std::string out = " Id=\"" + std::string(id) + "\"";
  if (!key.empty()) out += " ChangeKey=\"" + std::string(key) + "\"";
  return out;
}
const Value* stored(const ItemView& view, std::string_view uri) {
  return view.item.find(field_id(uri));
}
bool has(const ItemView& view, std::string_view uri) {
  return stored(view, uri) != nullptr;
}
Value display(const ItemView& view, std::string_view uri) {
  return text(display_of(stored(view, uri)));
}
std::string stored_text(const ItemView& view, std::string_view uri) {
  return plain_field(view.item, field_id(uri));
}

std::optional<Value> item_id(const ItemView& view) {
  if (view.item.id.empty()) return std::nullopt;
  return Value{.inner = {}, .attributes = id_pair(view.item.id, view.mailbox.change_key(view.item))};
}

std::optional<Value> parent_folder_id(const ItemView& view) {
  if (view.item.folder == nullptr) return std::nullopt;
  return Value{.inner = {}, .attributes = id_pair(view.item.folder->id, bare_folder_key())};
}

std::optional<Value> conversation_id(const ItemView& view) {
  if (!is_message(view.item.kind) && view.item.kind != ItemKind::calendar_item && view.item.kind != ItemKind::post) {
    return std::nullopt;
  }
  std::string seed = lower_case(conversation_topic(view.item));
  if (seed.empty()) seed = stored_text(view, "message:InternetMessageId");
  return Value{.inner = {},
               .attributes = id_pair(make_store_id(view.mailbox.guid, StoreIdKind::conversation, seed), {})};
}

std::optional<Value> headers(const ItemView& view) {
  // The message's own; what was never sent has none.
  if (!is_message(view.item.kind) || view.item.draft) return std::nullopt;
  XmlWriter xml;
  for (const auto& header : headers_of(view)) {
    xml.text("t:InternetMessageHeader", header.value, {{"HeaderName", header.name}});
  }
  if (xml.str().empty()) return std::nullopt;
  return Value{.inner = xml.take()};
}

std::optional<Value> response_objects(const ItemView& view) {
  if (view.item.kind == ItemKind::calendar_item) return calendar_responses(view);
  if (view.item.draft || !is_message(view.item.kind)) return std::nullopt;
  const bool asks = view.item.kind == ItemKind::meeting_request;
  return Value{.inner = std::string(asks ? kMeetingAnswers : "") + std::string(kReplies)};
}

/// Recorded: gautamsi-ews-js 15.1. Nothing is created in an item.
std::optional<Value> effective_rights(const ItemView& view) {
  XmlWriter xml;
  for (const std::string_view none : {"t:CreateAssociated", "t:CreateContents", "t:CreateHierarchy"}) {
    xml.boolean(none, false);
  }
  xml.boolean("t:Delete", view.rights.remove);
  xml.boolean("t:Modify", view.rights.edit);
  xml.boolean("t:Read", view.rights.read);
  xml.boolean("t:ViewPrivateItems", view.rights.sees_private);
  return Value{.inner = xml.take()};
}

std::optional<Value> preview(const ItemView& view) {
  constexpr std::size_t kLength = 255;
  std::string body = text_body(view);
  if (body.size() > kLength) {
    std::size_t end = kLength;
    while (end > 0 && (static_cast<unsigned char>(body[end]) & 0xc0) == 0x80) --end;
    body.resize(end);
  }
  return text(body);
}

std::optional<Value> has_attachments(const ItemView& view) {
  return boolean(std::ranges::any_of(view.item.attachments, [](const auto& each) { return !each.inline_part; }));
}

std::optional<Value> received_by(const ItemView& view) {
  if (view.item.from_me || view.item.draft || !is_message(view.item.kind)) return std::nullopt;
  return owner_value(view.mailbox);
}

std::optional<Value> conversation_index(const ItemView& view) {
  const Sha256 hash = sha256(as_bytes(lower_case(conversation_topic(view.item))));
  Bytes raw{0x01, 0xda};
  raw.insert(raw.end(), hash.begin(), hash.begin() + 20);
  return Value{.inner = to_base64(raw)};
}

std::optional<Value> complete_name(const ItemView& view) {
  XmlWriter xml;
  const auto part = [&](std::string_view element, const std::string& value) {
    if (!value.empty()) xml.text(element, value);
  };
  part("t:FirstName", stored_text(view, "contacts:GivenName"));
  part("t:MiddleName", stored_text(view, "contacts:MiddleName"));
  part("t:LastName", stored_text(view, "contacts:Surname"));
  part("t:Suffix", stored_text(view, "contacts:Generation"));
  part("t:Initials", stored_text(view, "contacts:Initials"));
  part("t:FullName", stored_text(view, "contacts:DisplayName"));
  part("t:Nickname", stored_text(view, "contacts:Nickname"));
  if (xml.str().empty()) return std::nullopt;
  return Value{.inner = xml.take()};
}

bool complete(const ItemView& view) {
  return stored_text(view, "task:Status") == "Completed" || has(view, "task:CompleteDate") ||
         stored_text(view, "task:PercentComplete") == "100";
}

std::optional<Value> task_status(const ItemView& view) {
  if (complete(view)) return text("Completed");
  if (const Value* given = stored(view, "task:Status")) return *given;
  const std::string percent = stored_text(view, "task:PercentComplete");
  return text(percent.empty() || percent == "0" ? "NotStarted" : "InProgress");
}

std::optional<Value> status_description(const ItemView& view) {
  const std::string status = task_status(view)->inner;
  if (status == "NotStarted") return text("Not Started");
  if (status == "InProgress") return text("In Progress");
  if (status == "WaitingOnOthers") return text("Waiting on someone else");
  return text(status);
}

void add_items_fields(ComputedTable& table) {
  const auto add = [&](std::string_view uri, Computed computed) { table.emplace(field_id(uri), computed); };
  add("item:ItemId", item_id);
  add("item:ParentFolderId", parent_folder_id);
  add("item:ItemClass", [](const ItemView& v) { return std::optional(text(v.item.item_class)); });
  add("item:DateTimeReceived", [](const ItemView& v) { return std::optional(time_value(v.item.received)); });
  add("item:Size", [](const ItemView& v) { return std::optional(Value{.inner = std::to_string(size_of(v))}); });
  add("item:IsSubmitted", [](const ItemView& v) { return std::optional(boolean(v.item.submitted)); });
  add("item:IsDraft", [](const ItemView& v) { return std::optional(boolean(v.item.draft)); });
  add("item:IsFromMe", [](const ItemView& v) { return std::optional(boolean(v.item.from_me)); });
  add("item:IsResend", [](const ItemView&) { return std::optional(boolean(false)); });
  add("item:IsUnmodified", [](const ItemView& v) { return std::optional(boolean(v.item.unmodified)); });
  add("item:InternetMessageHeaders", headers);
  add("item:DateTimeSent", [](const ItemView& v) { return std::optional(time_value(v.item.sent)); });
  add("item:DateTimeCreated", [](const ItemView& v) { return std::optional(time_value(v.item.created)); });
  add("item:ResponseObjects", response_objects);
  add("item:DisplayCc", [](const ItemView& v) { return std::optional(display(v, "message:CcRecipients")); });
  add("item:DisplayTo", [](const ItemView& v) { return std::optional(display(v, "message:ToRecipients")); });
  add("item:DisplayBcc", [](const ItemView& v) { return std::optional(display(v, "message:BccRecipients")); });
  add("item:HasAttachments", has_attachments);
  add("item:EffectiveRights", effective_rights);
  add("item:LastModifiedName", [](const ItemView& v) { return std::optional(text(v.item.modified_by)); });
  add("item:LastModifiedTime", [](const ItemView& v) { return std::optional(time_value(v.item.modified)); });
  add("item:IsAssociated", [](const ItemView& v) { return std::optional(boolean(v.item.associated)); });
  add("item:ConversationId", conversation_id);
  add("item:Preview", preview);
  add("item:StoreEntryId",
      [](const ItemView& v) { return v.item.id.empty() ? std::nullopt : std::optional(Value{.inner = v.item.id}); });
  add("item:InstanceKey",
      [](const ItemView& v) { return std::optional(Value{.inner = bare_change_key(v.item.kind)}); });
}

void add_messages_fields(ComputedTable& table) {
  const auto add = [&](std::string_view uri, Computed computed) { table.emplace(field_id(uri), computed); };
  add("message:IsRead", [](const ItemView& v) { return std::optional(boolean(v.item.read)); });
  add("message:ConversationTopic", [](const ItemView& v) { return std::optional(text(conversation_topic(v.item))); });
  add("message:ConversationIndex", conversation_index);
  add("message:ReceivedBy", received_by);
  add("message:ReceivedRepresenting", received_by);
  add("postitem:PostedTime", [](const ItemView& v) { return std::optional(time_value(v.item.sent)); });
}

void add_other_fields(ComputedTable& table) {
  const auto add = [&](std::string_view uri, Computed computed) { table.emplace(field_id(uri), computed); };
  add("contacts:CompleteName", complete_name);
  add("contacts:HasPicture", [](const ItemView& v) {
    return std::optional(boolean(std::ranges::any_of(v.item.attachments, &ItemAttachment::contact_photo)));
  });
  add("task:IsComplete", [](const ItemView& v) { return std::optional(boolean(complete(v))); });
  add("task:IsRecurring", [](const ItemView& v) { return std::optional(boolean(has(v, "task:Recurrence"))); });
  add("task:Status", task_status);
  add("task:StatusDescription", status_description);
}

const ComputedTable& table() {
  static const ComputedTable kTable = [] {
    ComputedTable made;
    add_items_fields(made);
    add_messages_fields(made);
    add_calendar_fields(made);
    add_other_fields(made);
    return made;
  }();
  return kTable;
}

/// What a kind's items have without anybody having set it.
const std::unordered_map<FieldId, std::string>& defaults() {
  static const std::unordered_map<FieldId, std::string> kDefaults = [] {
    std::unordered_map<FieldId, std::string> made;
    const auto add = [&](std::string_view uri, std::string value) { made.emplace(field_id(uri), std::move(value)); };
    add("item:Subject", "");
    add("item:Sensitivity", "Normal");
    add("item:Importance", "Normal");
    add("item:Culture", "en-US");
    add("item:ReminderIsSet", "false");
    add("item:ReminderMinutesBeforeStart", "0");
    add("item:Flag", "<t:FlagStatus>NotFlagged</t:FlagStatus>");
    add("message:IsReadReceiptRequested", "false");
    add("message:IsDeliveryReceiptRequested", "false");
    add("message:IsResponseRequested", "false");
    add("calendar:IsAllDayEvent", "false");
    add("calendar:LegacyFreeBusyStatus", "Busy");
    add("calendar:IsCancelled", "false");
    add("calendar:MeetingRequestWasSent", "false");
    add("calendar:IsResponseRequested", "true");
    add("calendar:MyResponseType", "Organizer");
    add("calendar:ConflictingMeetingCount", "0");
    add("calendar:AdjacentMeetingCount", "0");
    add("calendar:AppointmentSequenceNumber", "0");
    add("calendar:ConferenceType", "0");
    add("calendar:AllowNewTimeProposal", "true");
    add("contacts:FileAsMapping", "None");
    add("contacts:ContactSource", "Store");
    add("task:ActualWork", "0");
    add("task:ChangeCount", "1");
    add("task:DelegationState", "NoMatch");
    add("task:IsAssignmentEditable", "0");
    add("task:IsTeamTask", "false");
    add("task:PercentComplete", "0");
    add("task:TotalWork", "0");
    add("meeting:IsDelegated", "false");
    add("meeting:HasBeenProcessed", "false");
    add("meeting:ResponseType", "NoResponseReceived");
    return made;
  }();
  return kDefaults;
}

}  // namespace

std::optional<Value> computed_value(const ItemView& view, FieldId field) {
  const auto found = table().find(field);
  return found == table().end() ? std::nullopt : found->second(view);
}

std::optional<Value> default_value(const ItemView&, FieldId field) {
  const auto found = defaults().find(field);
  if (found == defaults().end()) return std::nullopt;
  return Value{.inner = found->second};
}

}  // namespace mailward::exchange_sim
