#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ews/operations/response.h"

namespace mailward::ews {

/// A mailbox's automatic replies (MS-OXWSOOF 3.1.4.1). Impersonation does not reach it on all versions: by address.
struct GetUserOofSettings {
  static constexpr std::string_view kName = "GetUserOofSettings";
  enum class State { disabled, enabled, scheduled };
  struct Settings {
    State state = State::disabled;
    std::string audience;              ///< who outside is answered: "None", "Known", "All"
    std::optional<std::string> start;  ///< xs:dateTime in UTC
    std::optional<std::string> end;
    std::string internal_reply;  ///< HTML, as Exchange keeps it
    std::string external_reply;
  };
  using Response = Responses<Settings>;

  std::string mailbox;  ///< SMTP address

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
