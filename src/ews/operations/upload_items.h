#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Makes items of exported streams, or writes them over others (MS-OXWSBTRF 3.1.4.2): one response message for each,
/// with its id. A request of more than about 35 MB is refused by default.
struct UploadItems {
  static constexpr std::string_view kName = "UploadItems";
  using Response = Responses<ItemId>;

  enum class Action { create_new, update, update_or_create };
  struct Upload {
    Action action = Action::create_new;
    FolderId parent;
    std::optional<ItemId> item;  ///< which one to write over
    bool associated = false;
    Bytes data;
  };
  std::vector<Upload> items;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
