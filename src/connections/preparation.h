#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connections/form.h"
#include "connections/ledger.h"

namespace mailward::connections {

/// What Exchange must be told about one service account.
struct PreparationFacts {
  std::string account;  ///< as the administrator names it
  /// Of all its connections: mailboxes that it must open, and those that it must not.
  std::vector<std::string> mailbox_checks;
  std::vector<std::string> refused_mailboxes;
  /// As entries of Exchange's list of allowed applications, which takes "*": "Mailward/*".
  std::vector<std::string> user_agents;
};

/// What is in the form, and in the account's other connections: the right belongs to the account, so that one script
/// must not take away what another gave. `edited` is the stored connection that the form stands for. Errors: DbError.
Result<PreparationFacts> preparation_facts(const Ledger& ledger, const ConnectionForm& form,
                                           std::optional<ConnectionId> edited);

/// Two scripts for the Exchange Management Shell of Exchange 2016, 2019 and Subscription Edition. Both ask nothing,
/// read before they write and may be run again. What comes from the facts stands in single-quoted literals at the top
/// and nowhere else.
struct Preparation {
  /// A management scope without the refused mailboxes, the role ApplicationImpersonation within it, the user agent on
  /// the lists of allowed applications where such lists are enforced, and the check of it all.
  std::string script;
  /// Takes away what the script made.
  std::string undo;
};
/// Errors: invalid_form for a value that cannot stand in a literal (powershell.h).
Result<Preparation> prepare(const PreparationFacts& facts);

}  // namespace mailward::connections
