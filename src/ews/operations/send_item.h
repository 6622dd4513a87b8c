#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Sends messages that were saved before (MS-OXWSCORE 3.1.4.8): one response message for each. Ids must carry their
/// change keys.
struct SendItem {
  static constexpr std::string_view kName = "SendItem";
  using Response = Responses<Nothing>;

  std::vector<ItemId> items;      ///< at least one
  std::optional<FolderRef> save;  ///< where a copy of what was sent goes; none: no copy

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
