#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Whom a distribution list holds, one level deep (MS-OXWSDLIST 3.1.4.1).
struct ExpandDL {
  static constexpr std::string_view kName = "ExpandDL";
  struct Expansion {
    std::vector<Mailbox> members;
    std::optional<std::int64_t> total;
    bool last = true;
  };
  using Response = Responses<Expansion>;

  Mailbox list;  ///< by its address

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
