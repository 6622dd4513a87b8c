#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/answer_reader.h"
#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Items as opaque streams of full fidelity (MS-OXWSBTRF 3.1.4.1): one response message for each. Only pulled does
/// memory stay bounded. Exchange may cut a long answer off under HTTP 200: that is `truncated`.
struct ExportItems {
  static constexpr std::string_view kName = "ExportItems";
  struct Exported {
    ItemId id;
    std::string data;  ///< base64, as sent; empty where it was pulled
  };
  using Response = Responses<Exported>;
  using Unit = Nothing;  ///< each message is one item

  std::vector<ItemId> items;                          ///< at least one
  static constexpr auto kList = &ExportItems::items;  ///< one response message for each, in this order

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
  static AnswerParts parts();  ///< values: Data
  static Exported read_message(XmlElement message);
  static Nothing read_unit(XmlElement) { return {}; }
};

}  // namespace mailward::ews
