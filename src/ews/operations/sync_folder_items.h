#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/answer_reader.h"
#include "ews/operations/item.h"
#include "ews/operations/response.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

/// What changed in a folder since a state (MS-OXWSSYNC 3.1.4.2), at most 512 changes a call. Answers
/// ErrorInvalidSyncStateData to a state that is another folder's or too old: begun anew with an empty one. Gives no
/// body and no MIME: GetItem does.
struct SyncFolderItems {
  static constexpr std::string_view kName = "SyncFolderItems";
  struct Change {
    /// unknown: of a kind that this schema has not; all that is known of it is its ItemId, where it has one.
    enum class Kind { created, updated, deleted, read_flag, unknown };
    Kind kind = Kind::created;
    Item item;             ///< of one that was deleted, or read, the id alone
    bool is_read = false;  ///< of read_flag
  };
  struct Changes {
    std::string state;  ///< to go on from; with an error there is none: whatever stands there is not to be kept
    bool last = true;   ///< false: there is more, asked for with this state
    std::vector<Change> changes;
  };
  using Response = Responses<Changes>;
  using Unit = Change;

  ItemShape shape;
  FolderRef folder;
  std::string state;           ///< empty: from the beginning
  std::vector<ItemId> ignore;  ///< changes of these are left out
  std::uint32_t max_changes = 512;
  bool associated = false;  ///< with rules, views and their like (NormalAndAssociatedItems)

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
  static AnswerParts parts();  ///< values: none
  static Changes read_message(XmlElement message);
  static Change read_unit(XmlElement element);
};

}  // namespace mailward::ews
