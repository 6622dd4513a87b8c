#pragma once

#include <string>
#include <string_view>

#include "ews/operations/response.h"

namespace mailward::ews {

/// Ends a subscription (MS-OXWSNTIF 3.1.4.5).
struct Unsubscribe {
  static constexpr std::string_view kName = "Unsubscribe";
  using Response = Responses<Nothing>;

  std::string subscription;

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
