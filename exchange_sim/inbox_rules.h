#pragma once

#include <string>
#include <vector>

#include "exchange_sim/mailbox.h"
#include "exchange_sim/people.h"

/// Rules of an inbox (MS-OXWSRULES): each is kept as its t:Rule in an associated item, and applied to what is
/// delivered.
namespace mailward::exchange_sim {

inline constexpr std::string_view kRuleClass = "IPM.Rule.Version2.Message";

struct InboxRule {
  Item* item = nullptr;
  std::string id;
  int priority = 0;
  std::string xml;  ///< what t:Rule holds, with its id
};

/// By their priority; those of one priority as they were made. The mailbox is held by the caller.
std::vector<InboxRule> inbox_rules(const Mailbox& mailbox);
/// Keeps what t:Rule holds in the item.
void keep_rule(Item& item, const std::string& xml, const std::string& id, int priority);
std::string new_rule_id(Mailbox& mailbox);

enum class Onward { redirected, forwarded, attached };

/// What the rules make of a message.
struct RuleVerdict {
  std::vector<Folder*> folders;  ///< it stands in the first; a copy in each other. Empty: the inbox
  bool destroyed = false;        ///< it stands nowhere, but copies do
  struct Sending {
    Onward how = Onward::redirected;
    std::vector<Address> to;
  };
  std::vector<Sending> sendings;
  std::vector<const Item*> replies;  ///< templates with which its sender is answered
};

/// Applies the enabled rules to a message on its way into the inbox: what is done to the message itself is done, the
/// rest is the verdict. Rules with a condition or action that is not known here never fire.
RuleVerdict apply_rules(Mailbox& mailbox, Item& item);

}  // namespace mailward::exchange_sim
