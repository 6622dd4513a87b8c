#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "ews/session.h"

/// A random script of mailbox operations, run through our client, and what a mailbox holds in the end.
namespace mailward::testing {

using Step = nlohmann::json;

/// `count` steps, the same for the same seed; each can be carried out when those before it were. What it uses: folders,
/// messages of properties and of MIME, appointments, contacts, tasks, changes, attachments, moves, copies, deletions of
/// every kind, sending; names in many scripts.
std::vector<Step> script_of(unsigned seed, std::size_t count);

/// Runs them in the mailbox of the session's account. Throws std::runtime_error with the step where one fails.
void run_script(ews::Session& session, const std::vector<Step>& script);

/// One line for each folder and item of the mailbox, Recoverable Items too, sorted: all that a client can have written,
/// nothing that a server makes up (ids, times, sizes).
std::vector<std::string> mailbox_lines(ews::Session& session);

}  // namespace mailward::testing
