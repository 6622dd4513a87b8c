#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connections/load_report.h"
#include "connections/model.h"
#include "connections/rotation_states.h"
#include "db/session.h"
#include "work/run.h"

namespace mailward::connections {

enum class RotationMode {
  delegated_reset,  ///< the reset account sets a password that Mailward made
  manual,           ///< a person has set it elsewhere and typed it here
  self_change,      ///< the account itself sets a password that Mailward made, with the one in force
  twin,             ///< another account, at rest, gets a new password, and takes this one's place
  external,         ///< another vault sets it, and hands it over
};
std::string_view name_of(RotationMode mode);
/// Errors: malformed.
Result<RotationMode> parse_rotation_mode(std::string_view name);

/// A controller that had not heard of the new password when the rotation ended, and shows it since.
struct CaughtUp {
  std::string controller;
  Timestamp at;
  bool accepted = false;  ///< what the one sign-in there came to
};

/// A rotation as it is written down (table rotation), beside its run, whose id it has.
struct Rotation {
  work::RunId run;
  AccountId account;
  std::string account_name;
  RotationMode mode = RotationMode::delegated_reset;
  RotationState state = RotationState::planned;
  std::optional<CredentialVersionId> version;      ///< the new one
  std::optional<CredentialVersionId> old_version;  ///< the one that was active
  std::string controller;                          ///< that the reset goes to; once taken, that took it
  std::optional<Timestamp> pwd_last_set_before;    ///< as that controller showed it before
  std::optional<Timestamp> pwd_last_set_after;
  bool confirmed = false;           ///< the controller itself said that it took the new password
  bool front_end_accepted = false;  ///< the new password has signed in at an Exchange front end
  std::string why;                  ///< why it was undone or is unclear; empty otherwise
  std::optional<Timestamp> door_closed;
  std::optional<Timestamp> door_opened;
  std::vector<LoadReport> loads;     ///< as counted when it was last written
  std::vector<std::string> behind;   ///< controllers that have not heard of the new password
  std::vector<CaughtUp> caught_up;   ///< those of them that have, since it ended
  std::optional<AccountId> partner;  ///< in mode "twin": whose place it takes
  Timestamp created;
  Timestamp updated;
  std::optional<Timestamp> ended;
};

namespace rotation_rows {

/// Errors: account_busy where the account has one that has not ended.
Status insert(db::Transaction& tx, const Rotation& rotation);
/// Errors: unknown_rotation.
Result<Rotation> get(db::Session& session, work::RunId run, std::string_view lock = {});
/// The account's rotation that has not ended, if there is one.
Result<std::optional<Rotation>> open_of(db::Session& session, AccountId account);
/// All that have not ended, the oldest first.
Result<std::vector<Rotation>> open(db::Session& session);
/// The newest first, of one account or of all; with `before`, those that were begun before that one.
Result<std::vector<Rotation>> list(db::Session& session, std::optional<AccountId> account, std::size_t limit,
                                   std::optional<work::RunId> before = std::nullopt);
/// Writes all fields, and the state only as the table of transitions allows it from the one that stands. Errors:
/// illegal_transition where it does not, or somebody else moved it.
Status update(db::Transaction& tx, const Rotation& rotation, RotationState from);
/// Writes what has been counted, in whatever state it stands. Nothing is written of one that has ended.
Status note_loads(db::Transaction& tx, const Rotation& rotation);
/// Those that ended while a controller was behind, and whose password is still in force.
Result<std::vector<Rotation>> with_controllers_behind(db::Session& session);
/// Writes the two lists of controllers of one that has ended.
Status note_controllers(db::Transaction& tx, const Rotation& rotation);
/// Of those that were begun since then and did not end as they should (a twin that could not take over, too): how many,
/// and when the last one ended.
struct Failures {
  std::int64_t count = 0;
  std::optional<Timestamp> last;
};
/// Of the account, or of the twin that was renewed in its place.
Result<Failures> failures_since(db::Session& session, AccountId account, Timestamp since);
/// The version of the account's password that a person has typed and that no rotation has followed: it waits to be
/// proven, or a connection test has promoted it in the place of another.
Result<std::optional<CredentialVersionId>> typed_version_to_follow(db::Session& session, AccountId account);
/// The accounts that have one which is in force.
Result<std::vector<AccountId>> accounts_to_follow(db::Session& session);

}  // namespace rotation_rows

}  // namespace mailward::connections
