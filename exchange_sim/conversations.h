#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exchange_sim/item_values.h"

/// Conversations: the messages of one topic, and what is said of them together (t:ConversationType).
namespace mailward::exchange_sim {

/// Items live as long as their mailbox keeps them.
struct Conversation {
  std::string id;
  std::string topic;
  std::string_view scope{};               ///< t:MailboxScope; empty where none was asked for
  std::vector<const Item*> here{};        ///< its items that were looked for
  std::vector<const Item*> everywhere{};  ///< all of them: of what is told with "Global" before its name
};

/// The id of the conversation to which an item belongs; empty for none.
std::string conversation_of(const ItemView& view);
/// When the last of them came.
Timestamp last_delivery(std::span<const Item* const> items);

/// What is told of some of a conversation's items.
struct ConversationField {
  std::string_view name;
  std::string_view each{};  ///< the element of each text, where there may be several
  std::vector<std::string> (*texts)(const Mailbox& mailbox, std::span<const Item* const> items);
};
/// In the schema's order; each is told of the items that were looked for, and again, with "Global" before its name, of
/// all.
std::span<const ConversationField> conversation_fields();
/// The texts of a path ("conversation:GlobalUnreadCount"): none for what no conversation has.
std::vector<std::string> texts_of(const Mailbox& mailbox, const Conversation& conversation, std::string_view uri);

}  // namespace mailward::exchange_sim
