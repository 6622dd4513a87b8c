#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The remedies of failure_class.cpp with the names of this connection. Internal to connections/.
namespace mailward::connections {

struct RemedyValues {
  std::string host;
  std::uint16_t port = 443;
  /// As Exchange calls the front end; empty where it did not say.
  std::string server;
  /// As the directory calls it, else as the form does.
  std::string account;
  std::string mailbox;
};

/// Fills in {host}, {port}, {server}, {ews_directory} (the front end's virtual directory), {account}, {account_filter}
/// (of Get-ADUser), {ad_account} (as the cmdlets for Active Directory take it, which know no UPN) and {mailbox}. People
/// paste what comes of it into PowerShell: each value stands as a plain word or as a literal of its own, whatever a
/// form, a directory or a hostile server says, and as "<…>" where it cannot.
std::string filled_remedy(std::string_view remedy, const RemedyValues& values);

}  // namespace mailward::connections
