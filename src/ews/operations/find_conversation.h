#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// The conversations of one folder (MS-OXWSCONV 3.1.4.2).
struct FindConversation {
  static constexpr std::string_view kName = "FindConversation";
  struct Conversation {
    std::string id;
    std::string topic;
    std::optional<std::string> last_delivered;  ///< xs:dateTime
    std::optional<std::int64_t> messages;       ///< in this folder
    std::optional<std::int64_t> all_messages;   ///< in all of the mailbox
    std::optional<std::int64_t> unread;
    std::optional<std::int64_t> size;
    std::optional<bool> has_attachments;
    std::vector<std::string> senders;
    std::vector<ItemId> items;  ///< in this folder
    std::vector<ItemId> all_items;
  };
  struct Conversations {
    std::vector<Conversation> found;
    std::optional<std::int64_t> total;
  };
  using Response = Responses<Conversations>;

  std::uint32_t max_entries = 250;
  std::uint32_t offset = 0;
  FolderRef folder;
  std::optional<std::string> query;  ///< Advanced Query Syntax

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
