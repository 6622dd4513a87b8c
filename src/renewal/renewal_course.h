#pragma once

#include <condition_variable>
#include <mutex>
#include <set>

#include <nlohmann/json.hpp>

#include "base/pool.h"
#include "connections/test_steps.h"
#include "renewal/renewals.h"

/// How a plan is run. Internal to renewal/.
namespace mailward::renewal {

struct Renewals::State {
  explicit State(Parts given) : parts(std::move(given)) {}

  Parts parts;
  std::mutex mutex;
  std::set<RenewalId> driven;  ///< by a thread of this process
  std::optional<MonotonicTime> due_told;
  std::mutex pausing;
  std::condition_variable_any stopped;
  std::stop_source stop;
  Pool pool{"renewal", 1, 4};  // last: its thread uses all of the above

  /// Gives the plan to the thread; nothing happens where it has it already. Where none is free, resume() does.
  void submit(RenewalId id);
  /// Waits so long, or until the service ends.
  void pause(std::chrono::milliseconds span);

  // renewal_watch.cpp: what happens to a plan while nothing runs.

  /// Once an hour: which secrets are due.
  Status tell_due();
  /// Notices what people have renewed.
  Status look_at_waiting(const Renewal& renewal);
  /// Ends it after seven days; takes an approval back whose giver left.
  Status look_at_unstarted(const Renewal& renewal);
  /// Whether the approval of that plan still holds; why not. Errors: DbError.
  Result<std::optional<std::string>> why_void(const Renewal& renewal) const;
  Status take_approval_back(db::Transaction& tx, Renewal renewal, const std::string& why, const audit::By& by) const;
};

/// What an item came to.
struct ItemOutcome {
  ItemState state = ItemState::done;
  std::string why;
  std::string remedy;
  bool degraded = false;   ///< renewed, and not all is as it should be
  bool unchanged = false;  ///< not renewed, and nothing was changed: it may be begun again
};

/// One plan on its way, for the pool's thread.
struct RenewalCourse {
  Renewals::State& state;
  Renewal renewal;
  connections::StepLog steps;
  std::stop_token stop;

  const Renewals::Parts& parts() const { return state.parts; }
  /// Runs it from where it stands, to the end of what can be done by itself.
  Status drive();

 private:
  /// One item, from planned or acting to where it rests. Errors: it could not be written down.
  Status renew(RenewalItem& item);
  /// Writes the intent of what comes next; `again` where it was acting already.
  Status intend(RenewalItem& item);
  Status settle(RenewalItem& item, const ItemOutcome& outcome);
  ItemOutcome act(RenewalItem& item, const HeldSecret& held, bool was_acting);

  // renewal_keys.cpp
  ItemOutcome renew_master_key(RenewalItem& item, bool was_acting);
  ItemOutcome renew_recovery_key(RenewalItem& item, bool was_acting);
  ItemOutcome renew_certificate(RenewalItem& item);

  // renewal_accounts.cpp
  ItemOutcome rotate_account(RenewalItem& item, bool was_acting);
  /// One rotation of an item that wants `times`: found again by its mark, or begun. What stands against it, if
  /// anything.
  std::optional<ItemOutcome> rotate_once(RenewalItem& item, connections::AccountId account);
  Result<work::RunId> begin_rotation(const RenewalItem& item, connections::AccountId account);
  /// Waits for its end. False: it has not ended within the time.
  Result<bool> follow_rotation(work::RunId run);
  ItemOutcome revoke_token(RenewalItem& item, bool was_acting);
  ItemOutcome end_sessions(RenewalItem& item);

  /// Writes the item, whatever its state, and that it is in that state still.
  Status keep(const RenewalItem& item);
  Status conclude();
  /// Who started it, tied to this plan.
  audit::By by(std::string request_id = {}) const;
};

nlohmann::ordered_json json_in(const std::string& text);
std::string text_of(const nlohmann::ordered_json& json);

/// An item's proof, each of its rotations with what was seen of the password before, as it is known now.
std::string with_old_passwords(const std::string& proof, const connections::Rotations& rotations);

/// A line of the audit trail about a plan.
Status note(db::Transaction& tx, const audit::Trail& trail, const audit::By& by, std::string_view action, RenewalId id,
            const nlohmann::json& details, std::string_view outcome = "ok");
/// What Mailward does to a plan by itself.
audit::By by_itself();

}  // namespace mailward::renewal
