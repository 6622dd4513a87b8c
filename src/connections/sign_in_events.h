#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// What the controllers' event logs know of an account's sign-ins, and Active Directory's attributes do not.
namespace mailward::connections {

/// One line of PowerShell that writes the sign-ins of the account at that controller since then as a CSV file: events
/// 4771 (Kerberos pre-authentication failed), 4776 (NTLM, also what was let in), 4624 and 4625 (signed in, refused
/// there). Source: Windows security auditing, the events' documentation. Errors: invalid_form for a name that no
/// literal can hold.
Result<std::string> event_query(const std::string& controller, const std::string& sam_account_name, Timestamp since);

/// One event.
struct SignInEvent {
  Timestamp at;
  int id = 0;
  std::string controller;
  std::string account;
  std::string from;  ///< address or workstation; empty where the event has none
  bool let_in = false;
};

inline constexpr std::size_t kMostEventBytes = 900'000;
inline constexpr std::size_t kMostEvents = 20'000;

/// The line of PowerShell that cuts such a file into one for each ten minutes, which lie beside it.
std::string_view cut_by_time();

/// Reads what event_query() writes (RFC 4180, the first line names the columns Time, Id, Controller, Account, From,
/// Status). All or nothing: errors are malformed with the first lines that do not hold, by number, and how many there
/// are and hold, and limit_exceeded with cut_by_time() as the remedy.
Result<std::vector<SignInEvent>> parse_sign_in_events(std::string_view csv);

/// Events of one origin, told together.
struct SignInOrigin {
  enum class Whose {
    exchange,     ///< a front end of a connection of the account: Mailward, or another client of Exchange
    this_server,  ///< the host that Mailward runs on
    another,
  };
  std::string from;
  Whose whose = Whose::another;
  std::int64_t let_in = 0;
  std::int64_t refused = 0;
  std::int64_t near_ours = 0;  ///< of both: while Mailward itself signed in with the account
  Timestamp first;
  Timestamp last;
};

/// What origins are known by: host names and addresses. Names are compared without regard to case, a workstation's with
/// a host's first label; addresses as such, however they are written.
struct Known {
  std::vector<std::string> ours;
  std::vector<std::string> exchange;
  /// When Mailward signed in with the account: from, to.
  std::vector<std::pair<Timestamp, Timestamp>> moments;
};

/// Those of the account (its sAMAccountName) since then, by where they came from. The most frequent first.
std::vector<SignInOrigin> origins_of(const std::vector<SignInEvent>& events, std::string_view sam_account_name,
                                     Timestamp since, const Known& known);

}  // namespace mailward::connections
