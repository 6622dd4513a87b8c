#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exchange_sim/organisation.h"

/// Autodiscover as Exchange answers it, under HTTP 200 whatever it says: where it is asked, what it knows, and "plain
/// old XML". By SOAP: autodiscover_soap.h.
namespace mailward::exchange_sim {

/// Whether the path is one of Autodiscover's, in any case.
bool is_autodiscover(std::string_view path);
/// Whether such a path is asked by SOAP.
bool is_autodiscover_soap(std::string_view path);

/// Whether Autodiscover can send on to that: an address or an https URL.
bool is_autodiscover_target(std::string_view text);

/// What Autodiscover tells of a mailbox, whichever way it is asked.
struct Discovered {
  std::string smtp;
  std::string display_name;
  bool archive = false;
  std::string public_folders = {};  ///< the address of their hierarchy's mailbox; empty: the organisation has none
  bool online = false;              ///< in Exchange Online
  std::string ews_url = {};
  std::string server = {};   ///< "GUID@example.test"
  std::string address = {};  ///< to which it sends on; empty: it does not
  std::string url = {};      ///< likewise
};
/// By an address or GUID@domain, also what holds contents of public folders and is no mailbox of a user's. Nothing
/// where nobody has that address. `base` is what the client came to: "https://mail.example.test".
std::optional<Discovered> discover(const Organisation& organisation, std::string_view address, const std::string& base);

/// The answer to a request of plain old XML (MS-OXDSCLI).
std::string answer_pox(const Organisation& organisation, std::string_view request, const std::string& base);

}  // namespace mailward::exchange_sim
