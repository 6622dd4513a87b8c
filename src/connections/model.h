#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "connections/form.h"
#include "secrets/secret_store.h"

namespace mailward::connections {

using ConnectionId = Id<struct ConnectionTag>;
using AccountId = Id<struct AccountTag>;
using DirectoryId = Id<struct DirectoryTag>;
using CredentialVersionId = Id<struct CredentialVersionTag>;

/// How a server connection is, as far as its last test or call tells.
enum class ConnectionState { untested, healthy, degraded, needs_credential, failing, disabled };
std::string_view name_of(ConnectionState state);
Result<ConnectionState> parse_connection_state(std::string_view name);

/// A server connection as it is stored. `version` rises with each save.
struct ServerConnection {
  ConnectionId id;
  std::int64_t version = 0;
  ConnectionForm form;
  std::optional<secrets::SecretId> proxy_secret;  ///< the proxy's password, where it wants one
  AccountId account;
  ConnectionState state = ConnectionState::untested;
  std::string reason;       ///< the failure class of the last test; empty while healthy or untested
  std::string reason_text;  ///< one sentence of evidence
  Timestamp state_since;
  std::optional<Timestamp> last_test;
  std::string last_test_run;  ///< the run's id, or empty
  Timestamp created;
  Timestamp updated;
};

enum class CredentialState { pending, active, previous };
std::string_view name_of(CredentialState state);

/// Whose making a password is: a person's, who typed it; ours; another vault's, which handed it over.
enum class PasswordOrigin { typed, generated, fetched };
std::string_view name_of(PasswordOrigin origin);

/// A version of a service account's password. The password itself is sealed apart.
struct CredentialVersion {
  CredentialVersionId id;
  std::int64_t number = 0;  ///< 1, 2, 3 … within the account
  CredentialState state = CredentialState::pending;
  std::vector<std::string> destinations;  ///< for which it was typed: destination_text() of each, sorted
  Timestamp created;
  std::string created_by;  ///< the actor's text
  std::optional<Timestamp> promoted;
  std::optional<Timestamp> refused;  ///< when it was refused: its sign-in door is closed
  std::string refusal;               ///< the failure class it was refused with
  PasswordOrigin origin = PasswordOrigin::typed;
  std::optional<Timestamp> pwd_last_set;  ///< as Active Directory shows it, where it was read after it was set
  std::string controller;                 ///< that took it first; empty where that is not known
  secrets::SecretId secret;

  /// Whether a person has it; else nobody can type it.
  bool is_typed() const { return origin == PasswordOrigin::typed; }
  /// Whether what the directory shows as pwdLastSet is later than when this one was known to be in force.
  bool was_replaced(std::optional<Timestamp> shown) const;
};

/// A service account ("master mailbox"): it has the password, connections use it.
struct ServiceAccount {
  AccountId id;
  std::int64_t version = 0;
  std::string name;        ///< as typed
  std::string normalised;  ///< unique
  std::string sid;         ///< as the directory gave it; empty until then
  std::string resolved;    ///< as the directory shows it: "EXAMPLE\svc (svc@example.test)"
  std::optional<DirectoryId> directory;
  std::optional<AccountId> reset_account;  ///< that may set this one's password (delegated reset)
  std::optional<AccountId> twin;           ///< that takes its place when a password is renewed, and the other way round
  std::optional<Timestamp> password_expires;       ///< as the directory last showed it; nothing: never, or not known
  std::optional<Timestamp> password_expires_read;  ///< when that was
  bool enabled = true;
  std::vector<CredentialVersion> credentials;  ///< newest first
  Timestamp created;
  Timestamp updated;

  const CredentialVersion* pending() const;
  const CredentialVersion* active() const;
};

/// An Active Directory that service accounts live in.
struct DirectoryRecord {
  DirectoryId id;
  std::int64_t version = 0;
  DirectoryForm form;
  std::optional<secrets::SecretId> reader_secret;
  std::optional<Timestamp> reader_refused;  ///< its password was refused: not tried again until typed anew
  Timestamp created;
  Timestamp updated;
};

}  // namespace mailward::connections
