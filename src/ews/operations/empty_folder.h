#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/disposal.h"
#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Deletes all items of folders and, where told, the folders below them (MS-OXWSFOLD 3.1.4.5). Calendar folders refuse.
struct EmptyFolder {
  static constexpr std::string_view kName = "EmptyFolder";
  using Response = Responses<Nothing>;

  Disposal disposal = Disposal::move_to_deleted_items;
  bool with_subfolders = false;
  std::vector<FolderRef> folders;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
