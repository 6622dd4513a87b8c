#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Items by id (MS-OXWSCORE 3.1.4.4). Microsoft advises about ten with content a call; size matters more than count.
struct GetItem {
  static constexpr std::string_view kName = "GetItem";
  using Response = Responses<std::vector<Item>>;

  BaseShape shape = BaseShape::default_properties;
  bool mime_content = false;
  std::vector<std::string> additional;
  std::vector<std::uint32_t> extended_tags;  ///< property tags of type String
  std::vector<ItemId> items;                 ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
