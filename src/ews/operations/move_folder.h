#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/folder.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Moves folders with all that is in them below another (MS-OXWSFOLD 3.1.4.7): one response message for each.
struct MoveFolder {
  static constexpr std::string_view kName = "MoveFolder";
  using Response = Responses<std::vector<Folder>>;

  FolderRef to;
  std::vector<FolderRef> folders;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
