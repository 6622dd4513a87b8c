#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/disposition.h"
#include "ews/operations/item.h"
#include "ews/operations/new_item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Makes items, of MIME or of properties, and sends messages (MS-OXWSCORE 3.1.4.2). One response message for each, with
/// its id; what is only sent has none.
struct CreateItem {
  static constexpr std::string_view kName = "CreateItem";
  using Response = Responses<std::vector<Item>>;

  /// A message of plain text.
  struct NewMessage {
    std::string subject;
    std::string text;
  };
  FolderRef folder;                  ///< where it, or the copy of what is sent, goes; not used for send_only
  std::vector<NewMessage> messages;  ///< they and `items` are at least one
  std::vector<NewItem> items{};
  Disposition disposition = Disposition::save_only;

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
