#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/by.h"
#include "connections/maintenance_window.h"
#include "connections/model.h"
#include "connections/rotation_rows.h"

namespace mailward::connections {

/// How an account's password is renewed, and when without being asked.
struct RotationPlan {
  AccountId account;
  std::int64_t version = 0;  ///< 0: none was saved, these are the defaults
  RotationMode mode = RotationMode::manual;
  int every_days = 0;  ///< 0: only when somebody asks; up to 366
  MaintenanceWindow window;
  bool unlocks = false;  ///< lift a lock-out that follows a rotation, by the reset account
  std::optional<Timestamp> reminded;
  Timestamp updated;
  std::string updated_by;
};

/// The default of an account without a saved plan: the reset account where it has one, else by hand; no schedule.
RotationPlan default_plan(const ServiceAccount& account);
/// The way in which the account is rotated when somebody asks: the plan's, or, where nobody has chosen one, the usual
/// one, which says what it wants.
RotationMode way_of(const RotationPlan& plan);

/// When the next one is due.
struct NextRotation {
  Timestamp due;           ///< it may begin from here on, in an open window
  Timestamp deadline;      ///< by then it should be done: the interval's end, or well before the password expires
  bool by_expiry = false;  ///< Active Directory's expiry asks for it, sooner than the interval
};

/// Of an account whose password in force was set then. Due some days before the deadline, as far as the account's id
/// says (a tenth of the interval at most, and three days), so that accounts that were set up together are not all
/// renewed in one night; always at a moment when a window is open. Nothing where the plan has no interval.
std::optional<NextRotation> next_rotation(const RotationPlan& plan, Timestamp set, std::optional<Timestamp> expires);

namespace rotation_plans {

/// The saved one, or the default.
Result<RotationPlan> of(db::Session& session, const ServiceAccount& account);
/// All that were saved.
Result<std::vector<RotationPlan>> all(db::Session& session);
/// Saves it, with version plus one. Errors: version_conflict where `plan.version` is not the one that stands.
Status save(db::Transaction& tx, const RotationPlan& plan);
Status note_reminded(db::Transaction& tx, AccountId account, Timestamp at);
/// With its account.
Status forget(db::Transaction& tx, AccountId account);

}  // namespace rotation_plans

}  // namespace mailward::connections
