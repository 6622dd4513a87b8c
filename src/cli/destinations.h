#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/sending.h"

namespace mailward::cli {

/// Where a password would go, as the service says, for a connection.
struct PasswordGoal {
  std::string connection;   ///< its description
  std::string destination;  ///< the canonical text: "ews=mail.example.test:443" and so on, line by line
  bool proven = false;      ///< a password of the account was accepted there
  bool given_here = false;  ///< all that is new about it stands in this very command
  bool chosen = true;       ///< the person named this connection
};

/// "mail.example.test:443"; of a search the confirmed hosts.
std::string host_of(const std::string& destination);
/// What --destination takes: the first 16 digits of the SHA-256 of the text.
std::string fingerprint_of(const std::string& destination);

/// The canonical text from its lines in one, as the console writes them for `account rebind --to`: "ews=… trust=…".
std::string from_one_line(std::string_view line);
/// Line by line, for a person.
std::string destination_lines(const std::string& destination, const Terminal& terminal);

/// Shows a person where the password would go, and asks where that is new, or where the person did not choose it. With
/// `pinned` (--destination), each must be one of them, and nothing is asked. Errors: cancelled (the answer is no),
/// invalid_argument where there is no terminal to ask at, or one is not among `pinned`; the message lists what to name.
Status agree(const Context& context, const std::vector<PasswordGoal>& goals, const std::vector<std::string>& pinned);

/// The same for a form, or with the member "confirmed" for a search by Autodiscover: asks the service where its
/// password would go, agrees on it, and writes the member "destination", so that the service refuses if it has changed
/// until then. `stands` is the stored connection that the form edits, or null. Returns the prompt.
Result<std::string> agree_on_form(Context& context, Json& body, const Json& stands, const PasswordOptions& options);

/// --destination
void add_destination_option(CLI::App& command, const std::shared_ptr<PasswordOptions>& options);

}  // namespace mailward::cli
