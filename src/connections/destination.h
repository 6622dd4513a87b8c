#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "connections/model.h"
#include "connections/password.h"

namespace mailward::connections {

/// Where a password of a connection may go, as one canonical text: URL host and port, front ends' own addresses, trust
/// (the authorities' hash), allowed authentication, Autodiscover's domain and the proxy with its trust where they are
/// set, and realm, controllers and trust of the account's directory. Two
/// connections with the same text are the same destination. Errors: invalid_form where the stored fields do not hold.
Result<std::string> destination_text(const ConnectionForm& form, const std::optional<DirectoryForm>& directory);

/// Where a directory reader's password may go: controllers, their trust, the reader's name.
Result<std::string> destination_text(const DirectoryForm& form);

/// Hosts as a person confirmed them to be shown a password: each checked, sorted, once. Errors: invalid_form, field
/// "confirmed".
Result<std::vector<std::string>> confirmed_hosts(const std::vector<std::string>& typed);

/// Where a password may go that is typed for a search by Autodiscover: the confirmed hosts, and by the form trust,
/// allowed authentication, Autodiscover's domain and the proxy with its trust. Errors: invalid_form.
Result<std::string> search_destination_text(const ConnectionForm& form, const std::vector<std::string>& confirmed);

/// The hosts that a password bound to the form's destination may be shown to: the EWS URL's, the Autodiscover domain
/// and autodiscover.DOMAIN. Errors: invalid_form.
Result<std::vector<std::string>> bound_hosts(const ConnectionForm& form);

/// Whether a password that may go to that destination of a connection may go wherever the search would send it.
bool covers_search(std::string_view destination, std::string_view search);

/// Whether a destination, of a connection or of a directory reader, is one in that directory: its controllers, their
/// trust and its realm.
Result<bool> is_in_directory(std::string_view destination, const DirectoryForm& form);

/// Whether it could be one of a connection's. Errors: invalid_form, field "destination".
Status check_destination_text(std::string_view text);

/// The associated data that a service account's password is sealed with: the account, the version and every
/// destination. A list changed in the database no longer opens what was sealed.
Bytes sealing_context(AccountId account, std::string_view normalised_name, std::int64_t version_number,
                      const std::vector<std::string>& destinations);
Bytes sealing_context(DirectoryId directory, std::string_view destination);
/// Of a connection's proxy: its password goes nowhere else (proxy_destination()).
Bytes sealing_context(ConnectionId connection, std::string_view proxy_destination);

/// Fails with destination_changed, naming what differs, unless a person was shown this very destination.
Status check_shown(std::string_view shown, std::string_view destination);
/// The same of a password that was typed, where it says what was shown.
Status check_shown(const std::optional<TypedPassword>& typed, std::string_view destination);

/// What differs between two destinations, for a person: "EWS host, certificate trust".
std::string difference(std::string_view before, std::string_view after);

}  // namespace mailward::connections
