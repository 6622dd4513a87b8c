#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/answer_reader.h"
#include "ews/operations/item.h"
#include "ews/operations/response.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

/// Items by id (MS-OXWSCORE 3.1.4.4). Microsoft advises about ten with content a call; size matters more than count.
struct GetItem {
  static constexpr std::string_view kName = "GetItem";
  using Response = Responses<std::vector<Item>>;
  using Unit = Item;

  BaseShape shape = BaseShape::default_properties;
  bool mime_content = false;
  ItemShape::Body body_type = ItemShape::Body::as_stored;
  std::vector<FieldPath> additional;
  std::vector<std::uint32_t> extended_tags;       ///< property tags of type String
  std::vector<ItemId> items;                      ///< at least one
  static constexpr auto kList = &GetItem::items;  ///< one response message for each, in this order

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
  static AnswerParts parts();  ///< values: MimeContent
  static std::vector<Item> read_message(XmlElement message);
  static Item read_unit(XmlElement element) { return read_item(element); }
};

}  // namespace mailward::ews
