#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/disposition.h"
#include "ews/operations/field_change.h"
#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Changes properties of items (MS-OXWSCORE 3.1.4.9): one response message for each, with its new change key.
struct UpdateItem {
  static constexpr std::string_view kName = "UpdateItem";
  struct Updated {
    std::vector<Item> items;
    std::int64_t conflicts = 0;  ///< properties that another had changed meanwhile
  };
  using Response = Responses<Updated>;

  /// What happens where the item has changed since the change key: nothing is changed, the two are merged, or ours
  /// wins.
  enum class Conflict { never_overwrite, auto_resolve, always_overwrite };
  struct Changed {
    ItemId item;                       ///< with its change key, unless ours is to win
    std::string kind = "Message";      ///< the element's name: "Message", "CalendarItem" …
    std::vector<FieldChange> changes;  ///< at least one
  };
  Conflict conflict = Conflict::auto_resolve;
  Disposition disposition = Disposition::save_only;
  std::optional<FolderRef> save;  ///< where a copy of what is sent goes
  std::vector<Changed> items;     ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
