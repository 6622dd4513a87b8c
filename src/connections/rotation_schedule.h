#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "connections/ledger.h"
#include "connections/rotation_plan.h"
#include "work/run.h"

namespace mailward::connections {

/// A rotation that the schedule will begin, or that a person must.
struct ScheduledRotation {
  AccountId account;
  std::string account_name;
  RotationMode mode = RotationMode::manual;
  Timestamp due;       ///< when it will begin, as things stand
  Timestamp deadline;  ///< by when it should be done
  bool by_expiry = false;
  bool by_person = false;  ///< the schedule reminds, and begins nothing
  std::string obstacle;    ///< what keeps it from being begun; empty where nothing does
  std::string remedy;
};

/// Somebody must renew a password by hand.
struct RotationReminder {
  AccountId account;
  std::string account_name;
  Timestamp deadline;
  bool by_expiry = false;  ///< Active Directory lets it expire soon after
  int days_left = 0;       ///< negative once it is late
};

/// Renews passwords by itself, as each account's plan has it: within its maintenance window, some days before its
/// interval ends or Active Directory lets it expire, never two accounts of one organisation (a directory) at once. What
/// did not end well is begun again an hour later, then after twice as long each time, at most after a day, while a
/// window is open. Of passwords that only a person can renew, somebody is reminded: 14, 7, 3 and 1 days before and on
/// the day, then each week. All that it goes by stands in the database, so a restart forgets nothing. Thread-safe.
class RotationSchedule {
 public:
  struct Parts {
    Ledger& ledger;
    const Clock& clock;
    /// Begins a rotation in the plan's mode (Rotations::start, in the schedule's name). Errors: as that.
    std::function<Result<work::RunId>(AccountId)> start;
    /// In the transaction that remembers that it was said.
    std::function<Status(db::Transaction&, const RotationReminder&)> remind;
  };
  explicit RotationSchedule(Parts parts) : parts_(std::move(parts)) {}

  /// Begins what is due, and reminds; to be called every few seconds. Returns how many were begun. Errors: DbError; one
  /// account's trouble is logged and holds up no other.
  Result<std::size_t> tick();

  /// A dry run: what will happen until then, as things stand and if all goes well; in the order of time, at most
  /// `limit`.
  Result<std::vector<ScheduledRotation>> upcoming(Timestamp until, std::size_t limit) const;

 private:
  Result<bool> tick_one(const RotationPlan& plan, const ServiceAccount& account,
                        const std::optional<NextRotation>& next, Timestamp set, Timestamp now);
  Status remind_of(const RotationPlan& plan, const ServiceAccount& account, const NextRotation& next, Timestamp now);

  Parts parts_;
};

/// Why a rotation in that mode cannot be begun for this account; nothing where it can. Errors: DbError.
Result<std::optional<Error>> obstacle_to(db::Session& session, const ServiceAccount& account, RotationMode mode);

}  // namespace mailward::connections
