#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Takes attachments off their items (MS-OXWSATT 3.1.4.2): one response message for each, with the item's new change
/// key.
struct DeleteAttachment {
  static constexpr std::string_view kName = "DeleteAttachment";
  using Response = Responses<ItemId>;

  std::vector<std::string> ids;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
