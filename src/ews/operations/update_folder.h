#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/field_change.h"
#include "ews/operations/folder.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Changes properties of folders (MS-OXWSFOLD 3.1.4.8): one response message for each.
struct UpdateFolder {
  static constexpr std::string_view kName = "UpdateFolder";
  using Response = Responses<std::vector<Folder>>;

  struct Changed {
    FolderRef folder;
    std::string kind = "Folder";       ///< the element's name: "Folder", "CalendarFolder" …
    std::vector<FieldChange> changes;  ///< at least one; a folder knows no appending but to lists
  };
  std::vector<Changed> folders;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
