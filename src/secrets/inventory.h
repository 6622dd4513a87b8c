#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/session.h"

namespace mailward::secrets {

/// The kinds of the keys that this room itself holds. The master key's id is "master", a sub-key's its name, the
/// recovery key's "recovery".
inline constexpr std::string_view kMasterKeyKind = "master_key";
inline constexpr std::string_view kSubKeyKind = "sub_key";
inline constexpr std::string_view kRecoveryKeyKind = "recovery_key";
/// Who has set what nobody asked for: an actor's text form.
inline constexpr std::string_view kSetByItself = "system:secrets";

/// A line of the inventory: that a secret is held, never the secret.
struct SecretRecord {
  /// "service_account", "directory_reader", "relay" …, and the owner's id of it.
  std::string kind;
  std::string id;
  /// What it opens, for a person.
  std::string opens;
  Timestamp created;
  std::optional<Timestamp> last_used;
  /// When it must be renewed, where a policy says so.
  std::optional<Timestamp> renew_by;
  /// The actor's text form.
  std::string set_by;
};

/// Adds or replaces the line of (kind, id). Rooms call it in the transaction that stores the secret.
Status record_secret(db::Transaction& tx, const SecretRecord& record);
/// When the secret that is typed now was made, as far as the inventory knows: `now`, unless it is the `same` that
/// stands there, which grows no younger by being typed again.
Result<Timestamp> made_when(db::Session& session, std::string_view kind, std::string_view id, bool same, Timestamp now);
/// Writes down a use; no error for a line that is not there.
Status record_use(db::Transaction& tx, std::string_view kind, std::string_view id, Timestamp when);
/// When the secret that stands there now was last used; nothing where it was not, or there is no such line.
Result<std::optional<Timestamp>> last_use(db::Session& session, std::string_view kind, std::string_view id);
Status forget_secret(db::Transaction& tx, std::string_view kind, std::string_view id);
/// All lines, by kind and id.
Result<std::vector<SecretRecord>> list_secrets(db::Session& session);

}  // namespace mailward::secrets
