#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Moves items into a folder (MS-OXWSCORE 3.1.4.7): one response message for each, with the id that the item has there,
/// which is another one. Between mailboxes Exchange tells no new ids.
struct MoveItem {
  static constexpr std::string_view kName = "MoveItem";
  using Response = Responses<std::vector<Item>>;

  FolderRef to;
  std::vector<ItemId> items;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
