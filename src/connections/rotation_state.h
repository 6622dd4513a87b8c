#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "base/pool.h"
#include "connections/account_hold.h"
#include "connections/reset_door.h"
#include "connections/rotation_probes.h"
#include "connections/rotations.h"
#include "connections/test_steps.h"
#include "kerberos/tickets.h"

/// The parts of a rotation, one file each. Internal to connections/.
namespace mailward::connections {

struct Rotations::State {
  explicit State(const Parts& given)
      : parts(given),
        resets({given.ledger, given.refusals, given.resolver, given.destinations, given.clock, given.runs.process()}) {}

  Parts parts;
  ResetDoor resets;
  std::mutex mutex;
  std::set<work::RunId> driven;                    ///< by a thread of this process
  std::set<work::RunId> counting;                  ///< their loads are counted by this process
  std::map<work::RunId, MonotonicTime> looked_at;  ///< when the controllers behind were last read
  /// What is looked at now and then on a thread of the pool, one look at a time.
  struct Look {
    std::optional<MonotonicTime> last;
    bool under_way = false;
  };
  Look sources;
  Look watches;
  /// Runs it on a thread, unless it runs already or ran within source_interval.
  void look(Look& which, const std::function<void()>& at);
  std::stop_source stop;
  Pool probes{"rotation-probes", 4, 64};
  Pool pool{"rotations", 2, 16};  // last: its threads use all of the above

  Result<work::RunId> begin(const RotationRequest& request, const By& by);
  Status submit(work::RunId run, const RotationRequest& request, bool dry);
  Status follow(AccountId account, const By& by, bool only_promoted);
  void begin_to_count(work::RunId run, AccountId account, const std::vector<LoadReport>& counted);

  // rotation_controllers.cpp

  /// The directory, to be asked as the reset account, else as its reader. Errors: none can be asked.
  Result<std::shared_ptr<const directory::Directory>> directory_of(const ServiceAccount& account);
  /// One that ended while controllers were behind: now and then, on another thread, reads them and signs in where they
  /// show the change.
  void look_at_controllers(const Rotation& rotation);
  Status catch_up(Rotation rotation);

  // rotation_watch.cpp

  /// After each rotation, for an hour, once a minute, on another thread.
  Status look_for_old_passwords();
  Status look_for_old_password(OldPasswordWatch watch);
  /// Writes down what was seen: in the trail and as notices what is new.
  Status note_signs(const OldPasswordWatch& watch, const ServiceAccount& stored, std::vector<OldPasswordSign> fresh,
                    Timestamp now);
  /// By the reset account, where the plan wants it, once after each rotation; else what to do.
  Result<OldPasswordSign> lift_lockout(const ServiceAccount& stored, const directory::Account& account,
                                       const OldPasswordWatch& watch);

  // rotation_external.cpp

  /// Each account that another vault hands over, once a minute, on another thread.
  Status look_at_sources();
  /// Whether another vault has set the password of an account that it hands over; fetched then.
  Status look_at_source(const ServiceAccount& account);
};

/// One rotation on its way, for one thread.
struct RotationCourse {
  Rotations::State& state;
  Rotation rotation;
  RotationRequest request;
  By by;
  StepLog steps;
  std::stop_token stop;

  std::shared_ptr<const directory::Directory> directory;  ///< asked as the reset account; else as the reader; or null
  std::shared_ptr<const directory::Directory> setter;     ///< as whom the password is set: the reset account or itself
  std::optional<directory::Account> account;              ///< as the chosen controller shows it
  SecretString password;                                  ///< the new one, where this process knows it already
  std::shared_ptr<kerberos::Tickets> tickets;             ///< had with the new password
  std::optional<Timestamp> closing_since;                 ///< when the door began to close, before it is written down
  std::chrono::milliseconds directory_time{0};            ///< what the controller took for the reset and the proof
  nlohmann::json front_ends = nlohmann::json::array();
  /// What the controllers showed when they were first read after the reset: what the watch compares with.
  std::map<std::string, WatchedController> baseline;
  bool degraded = false;
  bool was_tried = false;  ///< the new password, by this process
  std::string remedy;
  std::unique_ptr<RotationProbes> probes;

  const Rotations::Parts& parts() const { return state.parts; }
  /// Takes the account for itself, waiting for tests of it to end. Errors: they took all the time.
  Status take_account(AccountHold& hold);
  /// The account sets its own password: by its plan, or as a twin that has no reset account.
  bool sets_itself(const ServiceAccount& stored) const;
  /// Somebody else has set it, and it was handed over.
  bool is_set_elsewhere() const {
    return rotation.mode == RotationMode::manual || rotation.mode == RotationMode::external;
  }
  Deadline step_deadline() const;

  // rotation_reset.cpp: before the new password is in force. Each does what the state asks for and moves the rotation
  // on; false where nothing can be done now.

  /// account, policy: whether it can be done, and what the password must be. Errors: what stands against it.
  Result<directory::LockoutPolicy> examine();
  /// password_setters: who can set the password, for a person to look at. What speaks against the reset account, empty
  /// where nothing does.
  std::string show_setters();
  /// unlock_right: whether the reset account can lift a lock-out, where the plan wants that; nothing depends on it.
  void show_unlock_right();
  /// A dry run: whether it would go well, as far as can be told, in its own way. Errors: what speaks against it.
  Status try_out();
  /// planned: makes and seals the new password.
  bool prepare();
  /// sealed: closes the door and sends it.
  bool send_reset();
  /// resetting: finds out what became of it.
  bool settle();
  /// taken: signs in with it at the controller that took it.
  bool prove();
  /// undoing: sets the old one again.
  bool undo();
  /// When the password was set, as the controller that got the reset shows it; nothing where it cannot be read.
  std::optional<std::optional<Timestamp>> pwd_last_set_at_controller() const;
  /// Ends it as unclear, and parks the connections: neither of the two passwords is in force.
  bool end_without_password(const std::string& why);
  /// The same where the controller shows somebody else's.
  bool end_as_foreign(std::optional<Timestamp> set, Facts& facts);

  // rotation_self_change.cpp

  /// Opens `directory` and, but for passwords that are set elsewhere, `setter`. Errors: what is missing.
  Status open_directory(const ServiceAccount& stored);
  /// Whether the policy lets the account change its password now. Errors: cannot_rotate with the next possible moment.
  Status check_own_change(const ServiceAccount& stored, const directory::LockoutPolicy& policy) const;
  /// Sends the password to the controller that showed the account.
  Result<directory::PasswordTaken> send_password(const ServiceAccount& stored);

  // rotation_external.cpp

  /// A dry run: asks once for what is handed over, and shows it to nobody. Errors: what stands against it.
  Status try_source();
  /// planned, external: gets the password that was set elsewhere, and stores it as pending.
  bool fetch();
  /// Opens the directory and finds the account in it, as a step. Errors: what stands against it.
  Status find_in_directory(const ServiceAccount& stored);
  /// taken, external: before it is shown. Nobody here knows whether it is right, so it is shown once, also where a kill
  /// cut that short. Why it is not shown, if it is not. Errors: that cannot be told now.
  Result<std::optional<std::string>> begin_handed_try(const ServiceAccount& stored);
  /// taken, external: what was handed over is not shown, or not again.
  bool end_unfit(const std::string& why, Facts& facts);

  // rotation_twin.cpp

  /// promoted, twin: tries every connection of the partner with this account, and lets it take the partner's place
  /// where all of them work.
  void switch_over();

  // rotation_manual.cpp
  /// taken, by hand: connection tests try it.
  bool prove_typed();
  /// It was not accepted: which one is in force then, as the directory shows.
  bool end_unaccepted();

  // rotation_verify.cpp: afterwards.

  /// Runs the connection's test to its end, with another form where one is given; its result, or an object that says
  /// why there is none.
  nlohmann::json test_of(const ServerConnection& connection, std::optional<ConnectionForm> form = std::nullopt);
  /// A verdict of the whole test that is no worse than degraded.
  static bool works(const nlohmann::json& result);
  /// promoted: front ends, other controllers, sessions of the old version.
  bool verify();
  /// Every other controller: read until it shows the change, and signed in at then, once (rotation_controllers.cpp).
  void follow_controllers();

  /// With its end: the watch on the old password begins (rotation_watch.cpp).
  Status begin_watch(db::Transaction& tx);

  /// Moves the rotation on, durably; `more` is written with it.
  Status advance(RotationState to, const std::function<Status(db::Transaction&)>& more = {});
  /// Ends it as undone, without the new password, for that reason.
  bool give_up(const std::string& why, const std::string& remedy);
  void open_door();
  /// Notes in the recovery file what became of the new password.
  Status mark_recovery(std::int64_t number, secrets::RecoveryFate fate);
  /// Writes down what has been counted so far.
  void keep_loads();
  /// Runs it from where it stands. It may stay open.
  void drive();
  /// The run's result, and its end.
  Status finish(db::Transaction& tx);
  nlohmann::ordered_json result() const;
};

/// What stands against signing in with the account at all: a new password would not help.
std::optional<std::string> trouble_of(const directory::Account& account);

/// The twin of an account that no connection uses, which is to be renewed. Errors: cannot_rotate where each of the two
/// is used, or neither.
Result<ServiceAccount> idle_twin(db::Transaction& tx, const ServiceAccount& account);

/// Waits so long, or until stopped.
void pause(std::chrono::milliseconds span, const std::stop_token& stop);

/// The controller that shows the newest password, where any can be read; one of `counters`.
const directory::SignInCounters* newest_of(const std::vector<directory::SignInCounters>& counters);

/// The name for a simple bind.
std::string bind_name(const directory::Account& account, const std::string& domain);

}  // namespace mailward::connections
