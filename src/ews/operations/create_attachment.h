#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "ews/operations/attachment.h"
#include "ews/operations/ids.h"
#include "ews/operations/new_item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Attaches files and items to an item (MS-OXWSATT 3.1.4.1): one response message for each, with its id and the item's
/// new change key.
struct CreateAttachment {
  static constexpr std::string_view kName = "CreateAttachment";
  using Response = Responses<std::vector<Attachment>>;

  struct NewAttachment {
    std::string name;
    std::string content_type;  ///< empty: the server's guess
    std::string content_id;
    bool is_inline = false;
    std::variant<Bytes, NewItem> content;
  };
  ItemId parent;
  std::vector<NewAttachment> attachments;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
