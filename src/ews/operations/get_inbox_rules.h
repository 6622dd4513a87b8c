#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/inbox_rule.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// The rules of a mailbox's inbox (MS-OXWSRULES 3.1.4.1), of its owner's kind: those that Outlook alone carries out are
/// named and not told.
struct GetInboxRules {
  static constexpr std::string_view kName = "GetInboxRules";
  struct Rules {
    bool outlook_has_its_own = false;
    std::vector<InboxRule> rules;
  };
  using Response = Responses<Rules>;

  std::string mailbox;  ///< SMTP address; empty: the caller's, or whom it impersonates

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
