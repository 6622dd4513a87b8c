#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/response.h"

namespace mailward::ews {

/// Who may act for a mailbox's owner (MS-OXWSDLGM 3.1.4.2).
struct GetDelegate {
  static constexpr std::string_view kName = "GetDelegate";
  struct Delegate {
    std::string address;
    std::string name;
    std::string sid;
    std::vector<std::pair<std::string, std::string>> levels;  ///< "Calendar", "Editor"; one for each folder told
    bool copies_of_meetings = false;
    bool sees_private = false;
  };
  struct Delegates {
    std::vector<ResponseMessage<Delegate>> delegates;
    std::string meeting_requests;  ///< to whom they go: "DelegatesOnly" …
  };
  using Response = Responses<Delegates>;

  std::string mailbox;  ///< SMTP address
  bool permissions = true;

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
