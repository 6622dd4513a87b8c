#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/sessions.h"
#include "access/source.h"
#include "access/user.h"
#include "audit/trail.h"
#include "db/database.h"
#include "secrets/secret_store.h"

/// The room's tables as values. Internal to access/.
namespace mailward::access::rows {

/// A user with what only this room may know.
struct StoredUser {
  User user;
  std::string password_hash;  ///< empty without password
  /// When the password was set: tells whether it is still the one that was checked a moment ago.
  std::optional<Timestamp> password_set;
  std::optional<secrets::SecretId> totp;
  std::optional<secrets::SecretId> totp_pending;
  std::int64_t totp_last_step = 0;
};

/// `lock` is tx.lock_rows() where the row will be changed. Errors: unknown_user.
Result<StoredUser> user(db::Session& session, UserId id, std::string_view lock = {});
/// `name` normalised.
Result<std::optional<StoredUser>> user_named(db::Session& session, std::string_view name);
Result<std::vector<User>> users(db::Session& session);
/// False where the name is taken.
Result<bool> insert(db::Transaction& tx, const User& user);
/// What an administrator changes; raises the version.
Status update(db::Transaction& tx, const User& user);

/// An empty hash voids the password. Whichever it is, no other one is wanted any more.
Status set_password(db::Transaction& tx, UserId id, std::string_view hash, std::optional<Timestamp> when);
Status demand_new_password(db::Transaction& tx, UserId id);
/// The hash of the same password at another cost, unless the password was changed since.
Status replace_hash(db::Transaction& tx, UserId id, std::string_view old_hash, std::string_view new_hash);

/// The roles that demand one-time codes.
Result<Roles> totp_roles(db::Session& session);
Result<bool> must_enrol(db::Session& session, const User& user);

/// Whether the user signed in from there within the last 90 days. `source` is source_key() of throttle.h.
Result<bool> is_known_source(db::Session& session, UserId user, std::string_view source, Timestamp now);
/// Keeps the newest 32 of a user.
Status note_source(db::Transaction& tx, UserId user, std::string_view source, Timestamp now);

/// Ends sessions, each with its line in the trail. Returns how many.
struct Ending {
  std::string_view why;  ///< "signed_out", "idle", "expired", "password_changed" …
  std::optional<SessionId> spared;
};
Result<std::int64_t> end_sessions_of(db::Transaction& tx, const audit::Trail& trail, UserId user, const Ending& ending,
                                     const By& by);
/// False where there is no such session.
Result<bool> end_session(db::Transaction& tx, const audit::Trail& trail, SessionId id, std::string_view why,
                         const By& by);

/// "administrator,auditor" and back. Errors: DbError::corrupt.
std::string text_of(const std::vector<std::string>& names);
Result<Rights> read_rights(std::string_view text);
Result<Roles> read_roles(std::string_view text);

}  // namespace mailward::access::rows
