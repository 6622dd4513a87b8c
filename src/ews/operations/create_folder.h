#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/folder.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Makes folders below one (MS-OXWSFOLD 3.1.4.2): one response message for each, with its id. A name that stands there
/// already is ErrorFolderExists.
struct CreateFolder {
  static constexpr std::string_view kName = "CreateFolder";
  using Response = Responses<std::vector<Folder>>;

  struct NewFolder {
    std::string display_name;
    std::string folder_class = "IPF.Note";
    bool hidden = false;  ///< with PidTagAttributeHidden
  };
  FolderRef parent;
  std::vector<NewFolder> folders;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
