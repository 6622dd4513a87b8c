#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/failure.h"

namespace mailward::ews {

/// What Autodiscover told of a mailbox, as far as we use it.
struct DiscoveredMailbox {
  std::string display_name;
  std::string address;           ///< AutoDiscoverSMTPAddress, or as asked for
  std::string internal_ews_url;  ///< inside the network; empty: not told
  std::string external_ews_url;
  std::string server;          ///< mailbox GUID and domain ("…@example.test"), or the server
  std::string archive_server;  ///< of the archive, where it has one
  bool exchange_online = false;
  /// The URL to take: the internal one where it can be used (parse_https_url()), else the external. May be empty.
  const std::string& ews_url() const;
};

struct AutodiscoverAnswer {
  enum class Kind { settings, redirect_address, redirect_url, error };
  Kind kind = Kind::error;
  DiscoveredMailbox mailbox{};
  std::string redirect{};  ///< an address or a URL, as sent
  std::string code{};      ///< of an error: "500", "600", "InvalidUser" …
  std::string message{};   ///< foreign text: printable() it
};

/// More of an answer is not read; nothing that is sent for a mailbox comes near it.
inline constexpr std::size_t kAutodiscoverAnswerLimit = std::size_t{4} << 20U;

/// The request of "plain old XML" (MS-OXDSCLI 2.2.3) and what answers it, errors under HTTP 200 among it. Errors:
/// XML's, not_soap for XML that is no such answer.
std::string pox_request(std::string_view address);
Outcome<AutodiscoverAnswer> read_pox(std::string_view bytes);

/// GetUserSettings by SOAP (MS-OXWSADISC 3.1.4.5), to be posted to `url`. Errors: as above, and soap_fault.
std::string user_settings_request(std::string_view address, std::string_view url);
Outcome<AutodiscoverAnswer> read_user_settings(std::string_view bytes);

}  // namespace mailward::ews
