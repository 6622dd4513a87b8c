#pragma once

#include <set>
#include <string>
#include <vector>

#include "connections/ledger.h"

/// The versions of a service account's password: sealing, binding, promotion. Internal to connections/. Callers hold
/// the account's row (rows::account with a lock) where they write.
namespace mailward::connections::credentials {

/// Opens what the version sealed, for the destinations that its row lists. Errors: SecretsError::cannot_open where
/// account, number or list are not those it was sealed with.
Result<SecretString> open(db::Session& session, const secrets::SecretStore& store, const ServiceAccount& account,
                          const CredentialVersion& version);

/// Whether a pending or active version was typed for this destination, as its seal proves.
Result<bool> bound_to(db::Session& session, const secrets::SecretStore& store, const ServiceAccount& account,
                      std::string_view destination);
/// Whether the active version was.
Result<bool> proven(db::Session& session, const secrets::SecretStore& store, const ServiceAccount& account,
                    std::string_view destination);

/// What store_typed() is told.
struct Typed {
  const SecretString& secret;
  /// For which the person typed it, as they see it.
  std::set<std::string> destinations;
  /// Those of all connections of the account now.
  std::set<std::string> in_use;
  /// For the inventory; empty: "EWS as …".
  std::string opens = {};
};

/// Stores a typed password as the account's pending version, in place of an older pending one, raises the account's
/// version, and writes the inventory's line.
///
/// It is bound to what it was typed for. Where it equals the password of a stored version, it may also go where that
/// one may go already and is still needed: that gives nothing away. A *different* password is never carried over to a
/// destination that nobody named for it: else whoever may add a connection would bind a host of his own with any
/// password, and wait until somebody types the right one elsewhere.
Result<CredentialVersion> store_typed(db::Transaction& tx, secrets::SecretStore& store, const ServiceAccount& account,
                                      const Typed& typed, const By& by, Timestamp now);

/// Stores a password that no person has typed (generated or fetched) as the pending version, bound to what the active
/// one is bound to. Errors: no_password where there is no active version (of an account with a twin: nor a typed one);
/// account_busy where a typed one waits to be proven.
Result<CredentialVersion> store_generated(db::Transaction& tx, secrets::SecretStore& store,
                                          const ServiceAccount& account, const SecretString& secret,
                                          PasswordOrigin origin, const By& by, Timestamp now);

/// Seals the pending and the active version anew, so that they may go to that destination too. Errors: no_password
/// where there is neither.
Status bind_to(db::Transaction& tx, secrets::SecretStore& store, const ServiceAccount& account,
               const std::string& destination);

/// Removes versions with their secrets.
Status drop(db::Transaction& tx, secrets::SecretStore& store, const CredentialVersion& version);
/// All of the account, and its line in the inventory.
Status drop_all(db::Transaction& tx, secrets::SecretStore& store, const ServiceAccount& account);

}  // namespace mailward::connections::credentials
