#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/operations/item.h"
#include "ews/xml.h"

namespace mailward::ews {

/// One condition or action of a rule: its element's name, and what it says as far as that is text. A word, number or
/// boolean is one text; a list of texts is as many; a range is "MinimumSize 1000" and "MaximumSize 2000", as its
/// elements are called; a message to reply with is its id.
struct RuleClause {
  std::string name;
  std::vector<std::string> texts{};
  std::vector<Mailbox> mailboxes{};
  std::optional<FolderRef> folder{};
};

/// A rule of an inbox (MS-OXWSRULES 2.2.4.11). What was read can be written again, but for what Exchange cannot tell
/// (`not_supported`).
struct InboxRule {
  std::string id;  ///< empty: one to be made
  std::string name;
  std::int64_t priority = 1;  ///< from 1: the order in which they are tried
  bool enabled = false;
  bool in_error = false;       ///< the server's word: never written
  bool not_supported = false;  ///< Exchange cannot tell it
  std::vector<RuleClause> conditions{};
  std::vector<RuleClause> exceptions{};
  std::vector<RuleClause> actions{};
};

InboxRule read_inbox_rule(XmlElement element);
/// t:Rule. Clauses may come in any order; they are written in the schema's.
void write_inbox_rule(XmlWriter& writer, const InboxRule& rule);

}  // namespace mailward::ews
