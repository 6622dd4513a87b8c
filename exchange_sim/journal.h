#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange_sim/submission.h"

namespace mailward::exchange_sim {

enum class JournalScope { global, internal, external };

std::string_view journal_scope_name(JournalScope scope);
std::optional<JournalScope> journal_scope_from(std::string_view name);

/// A journal rule: of what is sent, a report goes to a mailbox.
struct JournalRule {
  std::string to;         ///< the journal mailbox
  std::string recipient;  ///< only mail from or to this address; empty: all mail
  JournalScope scope = JournalScope::global;
};

/// Delivers a report for each rule that wants one: the envelope as text, the message as it left behind it. `recipients`
/// are those whom it really goes to, lists expanded. No mailbox is held by the caller.
void journal(Organisation& organisation, const Submission& submission, const std::vector<Address>& recipients);

}  // namespace mailward::exchange_sim
