#include "exchange_sim/conversations.h"

#include <algorithm>
#include <array>

#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kPrefix = "conversation:";
constexpr std::string_view kGlobal = "Global";

using Items = std::span<const Item* const>;
void add_once(std::vector<std::string>& texts, std::string text) {
  if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
}

std::vector<std::string> names(Items items, std::string_view uri, bool unread_only) {
  const FieldId field = field_id(uri);
  std::vector<std::string> found;
  for (const Item* item : items) {
    if (unread_only && item->read) continue;
    for (const Address& each : people_in(item->find(field))) add_once(found, each.name.empty() ? each.smtp : each.name);
  }
  return found;
}

std::vector<std::string> one(std::string text) {
  return {std::move(text)};
}

std::vector<std::string> size(const Mailbox& mailbox, Items items) {
  std::uint64_t all = 0;
  for (const Item* each : items) all += size_of({.mailbox = mailbox, .item = *each});
  return one(std::to_string(all));
}

std::vector<std::string> classes(const Mailbox&, Items items) {
  std::vector<std::string> found;
  for (const Item* each : items) add_once(found, each->item_class);
  return found;
}

constexpr std::array<ConversationField, 9> kFields{{
    {"UniqueRecipients", "t:String",
     [](const Mailbox&, Items items) { return names(items, "message:ToRecipients", false); }},
    {"UniqueUnreadSenders", "t:String", [](const Mailbox&, Items items) { return names(items, "message:From", true); }},
    {"UniqueSenders", "t:String", [](const Mailbox&, Items items) { return names(items, "message:From", false); }},
    {"LastDeliveryTime", "", [](const Mailbox&, Items items) { return one(ews_time(last_delivery(items))); }},
    {"HasAttachments", "",
     [](const Mailbox&, Items items) {
       const bool any = std::ranges::any_of(items, [](const Item* each) { return !each->attachments.empty(); });
       return one(any ? "true" : "false");
     }},
    {"MessageCount", "", [](const Mailbox&, Items items) { return one(std::to_string(items.size())); }},
    {"UnreadCount", "",
     [](const Mailbox&, Items items) {
       return one(std::to_string(std::ranges::count_if(items, [](const Item* each) { return !each->read; })));
     }},
    {"Size", "", size},
    {"ItemClasses", "t:ItemClass", classes},
}};

}  // namespace

std::string conversation_of(const ItemView& view) {
  const auto value = field_value(view, field_id("item:ConversationId"));
  if (!value) return {};
  constexpr std::string_view kId = " Id=\"";
  const auto at = value->attributes.find(kId);
  return value->attributes.substr(at + kId.size(), value->attributes.find('"', at + kId.size()) - at - kId.size());
}

Timestamp last_delivery(Items items) {
  Timestamp latest{};
  for (const Item* item : items) latest = std::max(latest, item->received);
  return latest;
}

std::span<const ConversationField> conversation_fields() {
  return kFields;
}

std::vector<std::string> texts_of(const Mailbox& mailbox, const Conversation& conversation, std::string_view uri) {
  if (!uri.starts_with(kPrefix)) return {};
  std::string_view name = uri.substr(kPrefix.size());
  if (name == "ConversationId") return one(conversation.id);
  if (name == "ConversationTopic") return one(conversation.topic);
  const bool global = name.starts_with(kGlobal);
  if (global) name.remove_prefix(kGlobal.size());
  const auto* field = std::ranges::find(kFields, name, &ConversationField::name);
  if (field == kFields.end()) return {};
  return field->texts(mailbox, global ? conversation.everywhere : conversation.here);
}

}  // namespace mailward::exchange_sim
