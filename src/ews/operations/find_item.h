#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/find_folder.h"
#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// The items of some folders (MS-OXWSSRCH 3.1.4.2). From 2013 on at most 1,000 a page, 250 with a restriction.
struct FindItem {
  static constexpr std::string_view kName = "FindItem";
  using Response = Responses<Page<Item>>;

  enum class Traversal { shallow, soft_deleted, associated };
  /// t:IsEqualTo of a field and a constant.
  struct Equals {
    std::string field;  ///< a FieldURI: "message:InternetMessageId"
    std::string value;
  };
  Traversal traversal = Traversal::shallow;
  BaseShape shape = BaseShape::id_only;
  std::vector<std::string> additional;
  std::uint32_t max_entries = 250;
  std::uint32_t offset = 0;
  std::optional<Equals> restriction;
  std::optional<std::string> newest_first_by;  ///< a FieldURI: "item:DateTimeReceived"
  std::vector<FolderRef> parents;              ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
