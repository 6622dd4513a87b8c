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

/// The items of some folders (MS-OXWSSRCH 3.1.4.2). From 2013 on at most 1,000 a page, 250 with a restriction. A page's
/// `total` and `next_offset` are of that moment: a folder that changes meanwhile skips or repeats items, which only
/// SyncFolderItems does not.
struct FindItem {
  static constexpr std::string_view kName = "FindItem";
  using Response = Responses<Page<Item>>;
  using Unit = Item;

  enum class Traversal { shallow, soft_deleted, associated };
  struct Order {
    FieldPath field;
    bool descending = false;
  };
  Traversal traversal = Traversal::shallow;
  BaseShape shape = BaseShape::id_only;
  std::vector<FieldPath> additional;
  std::uint32_t max_entries = 250;
  std::uint32_t offset = 0;
  std::optional<Restriction> restriction;
  std::vector<Order> order{};
  std::vector<FolderRef> parents;      ///< at least one
  std::optional<std::string> query{};  ///< Advanced Query Syntax, in place of a restriction: "subject:offer"

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
  static AnswerParts parts();
  static Page<Item> read_message(XmlElement message);
  static Item read_unit(XmlElement element) { return read_item(element); }
};

}  // namespace mailward::ews
