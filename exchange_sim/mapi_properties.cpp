#include <algorithm>
#include <charconv>
#include <span>
#include <unordered_map>

#include "base/bytes.h"
#include "base/digest.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_writing.h"

/// Well-known property tags (MS-OXPROPS) of what an item has by another name.
namespace mailward::exchange_sim {
namespace {

using Tag = std::optional<std::string> (*)(const ItemView& view);

std::string hash_of(std::string_view text, std::size_t bytes) {
  const Sha256 hash = sha256(as_bytes(text));
  return to_base64(BytesView(hash).first(bytes));
}

std::optional<std::string> given(const ItemView& view, std::string_view uri) {
  const auto value = field_value(view, field_id(uri));
  if (!value) return std::nullopt;
  return plain_text(value->inner);
}

std::string flags(const ItemView& view) {
  constexpr int kRead = 0x1;
  constexpr int kUnmodified = 0x2;
  constexpr int kSubmitted = 0x4;
  constexpr int kUnsent = 0x8;
  constexpr int kHasAttachment = 0x10;
  constexpr int kFromMe = 0x20;
  constexpr int kAssociated = 0x40;
  const Item& item = view.item;
  return std::to_string((item.read ? kRead : 0) | (item.unmodified ? kUnmodified : 0) |
                        (item.submitted ? kSubmitted : 0) | (item.draft ? kUnsent : 0) |
                        (item.attachments.empty() ? 0 : kHasAttachment) | (item.from_me ? kFromMe : 0) |
                        (item.associated ? kAssociated : 0));
}

/// The same for every copy of a message: what PidTagSearchKey is for.
std::string search_key(const ItemView& view) {
  const std::string id = plain_field(view.item, field_id("message:InternetMessageId"));
  return hash_of(id.empty() ? view.item.id : id, 16);
}

std::optional<std::string> first_address(const ItemView& view, std::string_view uri, bool name) {
  const auto people = people_in(view.item.find(field_id(uri)));
  if (people.empty()) return std::nullopt;
  return name ? people.front().name : people.front().smtp;
}

std::optional<std::string> number_of(const ItemView& view, std::string_view uri,
                                     std::span<const std::string_view> names) {
  const auto text = given(view, uri);
  const auto at = std::ranges::find(names, text ? std::string_view(*text) : names.front());
  return at == names.end() ? std::nullopt : std::optional(std::to_string(at - names.begin()));
}

std::optional<std::string> flag_number(const ItemView& view) {
  const auto* const at = std::ranges::find(kFlagStatus, flag_status(view));
  // It is there where it was ever set.
  if (at == kFlagStatus.begin() || at == kFlagStatus.end()) return std::nullopt;
  return std::to_string(at - kFlagStatus.begin());
}

/// "RE: " of "RE: subject".
std::string subject_prefix(const Item& item) {
  const std::string whole = plain_field(item, field_id("item:Subject"));
  const std::string rest = conversation_topic(item);
  return whole.ends_with(rest) ? whole.substr(0, whole.size() - rest.size()) : std::string();
}

std::optional<std::string> raw_headers(const ItemView& view) {
  if (view.item.draft) return std::nullopt;
  return transport_head(view);
}

/// What calendar clients look for by its name in PSETID_Appointment and PSETID_Task (MS-OXOCAL, MS-OXOTASK).
void add_named(std::unordered_map<std::string, Tag>& all) {
  const std::string appointment = "00062002-0000-0000-c000-000000000046:id:";
  const std::string task = "00062003-0000-0000-c000-000000000046:id:";
  all[appointment + "8208:String"] = [](const ItemView& v) { return given(v, "calendar:Location"); };
  all[appointment + "820d:SystemTime"] = [](const ItemView& v) { return given(v, "calendar:Start"); };
  all[appointment + "820e:SystemTime"] = [](const ItemView& v) { return given(v, "calendar:End"); };
  all[appointment + "8215:Boolean"] = [](const ItemView& v) { return given(v, "calendar:IsAllDayEvent"); };
  all[appointment + "8223:Boolean"] = [](const ItemView& v) { return given(v, "calendar:IsRecurring"); };
  all[task + "8105:SystemTime"] = [](const ItemView& v) { return given(v, "task:DueDate"); };
  all[task + "810f:SystemTime"] = [](const ItemView& v) { return given(v, "task:CompleteDate"); };
}

const std::unordered_map<std::string, Tag>& tags() {
  static const std::unordered_map<std::string, Tag> kTags = [] {
    std::unordered_map<std::string, Tag> all{
        {"tag:17:Integer", [](const ItemView& v) { return number_of(v, "item:Importance", kImportance); }},
        {"tag:36:Integer", [](const ItemView& v) { return number_of(v, "item:Sensitivity", kSensitivity); }},
        {"tag:3d:String", [](const ItemView& v) { return std::optional(subject_prefix(v.item)); }},
        {"tag:e1d:String", [](const ItemView& v) { return std::optional(conversation_topic(v.item)); }},
        {"tag:e69:Boolean",
         [](const ItemView& v) { return std::optional(std::string(v.item.read ? "true" : "false")); }},
        {"tag:1090:Integer", flag_number},
        {"tag:1a:String", [](const ItemView& v) { return std::optional(v.item.item_class); }},
        {"tag:37:String", [](const ItemView& v) { return given(v, "item:Subject"); }},
        {"tag:39:SystemTime", [](const ItemView& v) { return std::optional(ews_time(v.item.sent)); }},
        {"tag:42:String", [](const ItemView& v) { return first_address(v, "message:From", true); }},
        {"tag:65:String", [](const ItemView& v) { return first_address(v, "message:From", false); }},
        {"tag:70:String", [](const ItemView& v) { return std::optional(conversation_topic(v.item)); }},
        {"tag:7d:String", raw_headers},
        {"tag:c1a:String", [](const ItemView& v) { return first_address(v, "message:Sender", true); }},
        {"tag:c1f:String", [](const ItemView& v) { return first_address(v, "message:Sender", false); }},
        {"tag:e02:String", [](const ItemView& v) { return given(v, "item:DisplayBcc"); }},
        {"tag:e03:String", [](const ItemView& v) { return given(v, "item:DisplayCc"); }},
        {"tag:e04:String", [](const ItemView& v) { return given(v, "item:DisplayTo"); }},
        {"tag:e06:SystemTime", [](const ItemView& v) { return std::optional(ews_time(v.item.received)); }},
        {"tag:e07:Integer", [](const ItemView& v) { return std::optional(flags(v)); }},
        {"tag:e08:Integer", [](const ItemView& v) { return std::optional(std::to_string(size_of(v))); }},
        {"tag:e1b:Boolean", [](const ItemView& v) { return given(v, "item:HasAttachments"); }},
        // As IMAP counts: a number that a folder gives once, and that rises.
        {"tag:e23:Integer", [](const ItemView& v) { return std::optional(std::to_string(v.item.arrived)); }},
        {"tag:ff9:Binary", [](const ItemView& v) { return std::optional(hash_of(v.item.id, 32)); }},
        {"tag:e09:Binary",
         [](const ItemView& v) { return v.item.folder == nullptr ? std::nullopt : entry_id_text(v.item.folder->id); }},
        {"tag:ffb:Binary", [](const ItemView& v) { return std::optional(store_entry_id(v.mailbox.smtp)); }},
        {"tag:fff:Binary", [](const ItemView& v) { return entry_id_text(v.item.id); }},
        {"tag:1035:String", [](const ItemView& v) { return given(v, "message:InternetMessageId"); }},
        {"tag:1042:String", [](const ItemView& v) { return given(v, "item:InReplyTo"); }},
        {"tag:1039:String", [](const ItemView& v) { return given(v, "message:References"); }},
        {"tag:1000:String", [](const ItemView& v) { return std::optional(text_body(v)); }},
        {"tag:3007:SystemTime", [](const ItemView& v) { return std::optional(ews_time(v.item.created)); }},
        {"tag:3008:SystemTime", [](const ItemView& v) { return std::optional(ews_time(v.item.modified)); }},
        {"tag:300b:Binary", [](const ItemView& v) { return std::optional(search_key(v)); }},
        {"tag:65e0:Binary", [](const ItemView& v) { return std::optional(hash_of(v.item.id, 22)); }},
        {"tag:65e2:Binary", [](const ItemView& v) { return std::optional(hash_of(v.mailbox.change_key(v.item), 22)); }},
    };
    add_named(all);
    return all;
  }();
  return kTags;
}

}  // namespace

std::optional<std::string> extended_value(const ItemView& view, const ExtendedName& name) {
  if (const std::string* stored = view.item.find_extended(name.key())) return *stored;
  std::optional<std::string> text;
  const auto found = tags().find(name.key());
  if (found != tags().end()) {
    text = found->second(view);
  } else if (name.distinguished_set == "InternetHeaders" && is_message(view.item.kind)) {
    for (const InternetHeader& each : headers_of(view)) {
      if (equal_ignoring_case(each.name, name.name)) text = each.value;
    }
  }
  if (!text) return std::nullopt;
  XmlWriter xml;
  xml.text("t:Value", *text);
  return xml.take();
}

}  // namespace mailward::exchange_sim
