#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Copies items into a folder (MS-OXWSCORE 3.1.4.1): one response message for each, with the copy's id. Between
/// mailboxes Exchange tells no new ids.
struct CopyItem {
  static constexpr std::string_view kName = "CopyItem";
  using Response = Responses<std::vector<Item>>;

  FolderRef to;
  std::vector<ItemId> items;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
