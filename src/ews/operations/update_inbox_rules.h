#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ews/operations/inbox_rule.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Makes, changes and deletes rules of a mailbox's inbox, all or none (MS-OXWSRULES 3.1.4.2). With Outlook's own rules
/// (GetInboxRules::Rules::outlook_has_its_own) it is refused unless those are given up.
struct UpdateInboxRules {
  static constexpr std::string_view kName = "UpdateInboxRules";
  struct Create {
    InboxRule rule;  ///< without an id
  };
  struct Set {
    InboxRule rule;  ///< in place of the one with its id
  };
  struct Delete {
    std::string id;
  };
  /// What is wrong with one of the operations.
  struct Mistake {
    std::size_t operation = 0;  ///< its place, from 0
    std::string field;          ///< "Action:MoveToFolder"
    std::string code;           ///< "FolderDoesNotExist"
    std::string text;
    std::string value;
  };
  struct Done {
    std::vector<Mistake> mistakes;  ///< told with ErrorInboxRulesValidationError
  };
  using Response = Responses<Done>;

  std::string mailbox;  ///< SMTP address; empty: the caller's, or whom it impersonates
  /// Deletes what Outlook keeps for itself: rules that it alone carries out, and all that are switched off there.
  bool remove_outlook_rules = false;
  std::vector<std::variant<Create, Set, Delete>> operations;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
