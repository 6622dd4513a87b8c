#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/disposal.h"
#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Deletes items (MS-OXWSCORE 3.1.4.3): one response message for each; of a recurring task all occurrences. Tells
/// nobody: no meeting is cancelled, no read receipt goes out.
struct DeleteItem {
  static constexpr std::string_view kName = "DeleteItem";
  using Response = Responses<Nothing>;

  Disposal disposal = Disposal::move_to_deleted_items;
  std::vector<ItemId> items;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
