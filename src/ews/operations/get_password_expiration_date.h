#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ews/operations/response.h"

namespace mailward::ews {

/// When an account's password ends (MS-OXWSPED 3.1.4.1). A date far off, or none, where it does not.
struct GetPasswordExpirationDate {
  static constexpr std::string_view kName = "GetPasswordExpirationDate";
  struct Expiry {
    std::string date;  ///< xs:dateTime as sent; "9999-12-31T23:59:59.9999999" or alike: never
  };
  using Response = Responses<Expiry>;

  std::string mailbox;  ///< SMTP address; empty: the caller's

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
