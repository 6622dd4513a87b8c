#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Moves items into the archive mailbox, into the folder there that stands for theirs (MS-OXWSARCH 3.1.4.1).
struct ArchiveItem {
  static constexpr std::string_view kName = "ArchiveItem";
  using Response = Responses<std::vector<Item>>;

  FolderRef from;             ///< the folder in which they are
  std::vector<ItemId> items;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
