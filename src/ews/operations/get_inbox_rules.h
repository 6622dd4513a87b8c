#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// The rules of a mailbox's inbox (MS-OXWSRULES 3.1.4.1), of its owner's kind: those that Outlook alone carries out are
/// named and not told.
struct GetInboxRules {
  static constexpr std::string_view kName = "GetInboxRules";
  /// One condition or action: its element's name, and what it says as far as that is text.
  struct Clause {
    std::string name;
    std::vector<std::string> texts;
    std::vector<Mailbox> mailboxes;
    std::optional<FolderRef> folder;
  };
  struct Rule {
    std::string id;
    std::string name;
    std::int64_t priority = 0;
    bool enabled = false;
    bool in_error = false;
    bool not_supported = false;  ///< Exchange cannot tell it
    std::vector<Clause> conditions;
    std::vector<Clause> exceptions;
    std::vector<Clause> actions;
  };
  struct Rules {
    bool outlook_has_its_own = false;
    std::vector<Rule> rules;
  };
  using Response = Responses<Rules>;

  std::string mailbox;  ///< SMTP address; empty: the caller's, or whom it impersonates

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
