#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/answer_reader.h"
#include "ews/operations/field_path.h"
#include "ews/operations/folder.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// What changed among the folders below one since a state (MS-OXWSSYNC 3.1.4.1). A state is opaque; one that the server
/// does not take (ErrorInvalidSyncStateData) is begun anew with an empty one. Public folders have none of it.
struct SyncFolderHierarchy {
  static constexpr std::string_view kName = "SyncFolderHierarchy";
  struct Change {
    /// unknown: of a kind that this schema has not; all that is known of it is its FolderId, where it has one.
    enum class Kind { created, updated, deleted, unknown };
    Kind kind = Kind::created;
    Folder folder;  ///< of a deleted one the id alone
  };
  struct Changes {
    std::string state;  ///< to go on from; with an error there is none: whatever stands there is not to be kept
    bool last = true;   ///< false: there is more, asked for with this state
    std::vector<Change> changes;
  };
  using Response = Responses<Changes>;
  using Unit = Change;

  BaseShape shape = BaseShape::default_properties;
  std::vector<FieldPath> additional;
  std::optional<FolderRef> root;  ///< none: all that the mailbox shows
  std::string state;              ///< empty: from the beginning

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
  static AnswerParts parts();
  static Changes read_message(XmlElement message);
  static Change read_unit(XmlElement element);
};

}  // namespace mailward::ews
