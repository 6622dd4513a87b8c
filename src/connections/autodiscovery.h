#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "connections/proxy_way.h"
#include "connections/test_runs.h"
#include "ews/autodiscover/walk.h"

/// Autodiscover for a connection: by its way, its trust, and with the password only where it may go.
namespace mailward::connections {

/// One walk.
struct AutodiscoverWalk {
  ews::Transport& transport;
  const Resolver& resolver;
  const DestinationPolicy& destinations;
  const ConnectionForm& form;
  CertificateTrust trust;
  const ProxyWay& way;
  std::string request_id;
  std::vector<std::string> scp_urls;
  std::function<bool(const std::string& host)> confirmed;
  std::function<ews::Outcome<ews::Credential>(const std::string& host, Deadline deadline)> credential;
};

/// Whose mailbox is asked about: the form's Autodiscover address or, where that is a domain alone, an address of that
/// domain that the form holds. Errors: invalid_form, field "autodiscover".
Result<std::string> autodiscover_address(const ConnectionForm& form);

/// Errors: those of autodiscover_address(); what went wrong with the candidates stands in the steps.
Result<ews::AutodiscoverResult> walk(const AutodiscoverWalk& walk, Deadline deadline, const std::stop_token& stop);

/// {"mailbox", "steps", "unconfirmed", "password_refused"}, as the API has it.
nlohmann::json json_of(const ews::AutodiscoverResult& result);

/// What a person asks who fills a form in.
struct EwsSearch {
  ConnectionForm form;  ///< as it stands, its EWS URL may be empty
  std::optional<ConnectionId> connection;
  std::optional<DirectoryId> directory;
  /// Shown to `confirmed` alone, whatever the form says; its destination, where it names one, is a search's
  /// (search_destination_text()). Without it the stored one goes to bound_hosts(), where it is bound to the form's
  /// destination.
  std::optional<TypedPassword> password;
  std::optional<TypedPassword> proxy_password;  ///< with a destination as `password`
  std::vector<std::string> confirmed;
  By by;
};

/// Asks the candidates of the form's Autodiscover address. A typed password is tried once: what was refused before is
/// not tried, and a refusal is remembered. The audit trail has each search that began ("connection.find"). Blocks.
/// Errors: invalid_form, suspicious_password, destination_changed, account_busy, account_parked, and those of
/// ProxyWay::find().
Result<ews::AutodiscoverResult> find_ews(const TestRuns::Parts& parts, EwsSearch search, Deadline deadline,
                                         const std::stop_token& stop);

}  // namespace mailward::connections
