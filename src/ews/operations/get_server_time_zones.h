#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/response.h"

namespace mailward::ews {

/// The time zones that the server knows (MS-OXWSGTZ 3.1.4.1). Needs no mailbox: the account's own sign-in is enough.
struct GetServerTimeZones {
  static constexpr std::string_view kName = "GetServerTimeZones";
  struct TimeZone {
    std::string id;
    std::string name;
    std::size_t periods = 0;  ///< 0 without full data
  };
  using Response = Responses<std::vector<TimeZone>>;

  bool full_data = false;
  std::vector<std::string> ids;  ///< empty: all

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
