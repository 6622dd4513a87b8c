#pragma once

#include <optional>

#include "connections/ledger.h"

/// The password of a connection's proxy: sealed for the connection and for where it goes and as whom, so that another
/// proxy, user or way of signing in opens nothing. Internal to connections/.
namespace mailward::connections::proxy_credentials {

/// Errors: no_password where none is stored; cannot_open where it was typed for another proxy than `form` names.
Result<SecretString> open(db::Session& session, const secrets::SecretStore& store, const ServerConnection& connection,
                          const ProxyForm& form);

/// Makes the connection's secret fit its form: a typed one is stored, one that was typed for the same proxy stays, one
/// that is needed no more goes. `before`: as the connection stood; null for a new one. The row is written by the
/// caller. Errors: invalid_form (field "proxy_password") where one is needed and none was typed for this very proxy.
Status settle(db::Transaction& tx, secrets::SecretStore& store, ServerConnection& connection,
              const ServerConnection* before, const std::optional<TypedPassword>& typed, const By& by, Timestamp now);

/// Removes it with its line in the inventory.
Status drop(db::Transaction& tx, secrets::SecretStore& store, ServerConnection& connection);

}  // namespace mailward::connections::proxy_credentials
