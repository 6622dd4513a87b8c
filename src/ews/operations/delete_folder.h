#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/disposal.h"
#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Deletes folders with all that is in them (MS-OXWSFOLD 3.1.4.4): one response message for each.
struct DeleteFolder {
  static constexpr std::string_view kName = "DeleteFolder";
  using Response = Responses<Nothing>;

  Disposal disposal = Disposal::move_to_deleted_items;
  std::vector<FolderRef> folders;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
