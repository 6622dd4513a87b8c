#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/field_path.h"
#include "ews/operations/folder.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Folders by id or by their fixed names (MS-OXWSFOLD 3.1.4.6): one response message for each asked for.
struct GetFolder {
  static constexpr std::string_view kName = "GetFolder";
  using Response = Responses<std::vector<Folder>>;

  BaseShape shape = BaseShape::default_properties;
  std::vector<FieldPath> additional;  ///< "folder:FolderClass"
  std::vector<FolderRef> folders;     ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
