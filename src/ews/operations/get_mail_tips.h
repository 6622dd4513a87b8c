#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// What a sender would be told of recipients before he sends (MS-OXWSMTIPS 3.1.4.1): automatic replies, full mailboxes,
/// sizes, who is outside.
struct GetMailTips {
  static constexpr std::string_view kName = "GetMailTips";
  struct Tips {
    Mailbox recipient;
    std::vector<std::string> pending;  ///< tips that the server could not make in time
    std::optional<std::string> automatic_reply;
    std::optional<bool> mailbox_full;
    std::optional<std::string> custom;
    std::optional<std::int64_t> members;
    std::optional<std::int64_t> outside_members;
    std::optional<std::int64_t> max_message_size;
    std::optional<bool> delivery_restricted;
    std::optional<bool> moderated;
    std::optional<bool> invalid;
  };
  using Response = Responses<Tips>;

  std::string sender;                   ///< SMTP address
  std::vector<std::string> recipients;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
