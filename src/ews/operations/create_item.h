#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Saves messages in a folder (MS-OXWSCORE 3.1.4.2); sends none of them. One response message for each, with its id.
struct CreateItem {
  static constexpr std::string_view kName = "CreateItem";
  using Response = Responses<std::vector<Item>>;

  struct NewMessage {
    std::string subject;
    std::string text;  ///< the body, as plain text
  };
  FolderRef folder;
  std::vector<NewMessage> messages;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
