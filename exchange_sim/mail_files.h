#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "exchange_sim/organisation.h"

/// Messages from files into mailboxes, before anybody is served.
namespace mailward::exchange_sim {

struct LoadedMail {
  std::size_t messages = 0;  ///< that were read; a message may stand in several mailboxes
  std::size_t left_out = 0;
  std::vector<std::string> why;  ///< "file: reason" of the first of what was left out
};

/// Loads a folder of .eml files and mboxes (with all folders below, in the order of their names), one .eml file, or one
/// mbox (RFC 4155; lines quoted with ">From " are unquoted). A message goes to the inbox of each mailbox that its To
/// and Cc name, and to the Sent Items of the mailbox in From; one that names none goes to the mailboxes' inboxes in
/// turn. What is no message, is larger than mime::Limits allow, cannot be read or is a link within the folder is left
/// out and told. Errors: not_found where there is nothing there or no such file in it; malformed where all was left
/// out.
Result<LoadedMail> load_mail(Organisation& organisation, const std::filesystem::path& source);

}  // namespace mailward::exchange_sim
