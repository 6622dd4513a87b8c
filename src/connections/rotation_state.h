#pragma once

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
  std::stop_source stop;
  Pool probes{"rotation-probes", 4, 64};
  Pool pool{"rotations", 2, 16};  // last: its threads use all of the above

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
  std::optional<directory::Account> account;              ///< as the chosen controller shows it
  SecretString password;                                  ///< the new one, where this process knows it already
  std::shared_ptr<kerberos::Tickets> tickets;             ///< had with the new password
  std::optional<Timestamp> closing_since;                 ///< when the door began to close, before it is written down
  std::chrono::milliseconds directory_time{0};            ///< what the controller took for the reset and the proof
  nlohmann::json front_ends = nlohmann::json::array();
  bool degraded = false;
  bool was_tried = false;  ///< the new password, by this process
  std::string remedy;
  std::unique_ptr<RotationProbes> probes;

  const Rotations::Parts& parts() const { return state.parts; }
  Deadline step_deadline() const;

  // rotation_reset.cpp: before the new password is in force. Each does what the state asks for and moves the rotation
  // on; false where nothing can be done now.

  /// account, policy: whether it can be done, and what the password must be. Errors: what stands against it.
  Result<directory::LockoutPolicy> examine();
  /// password_setters: who can set the password, for a person to look at. What speaks against the reset account, empty
  /// where nothing does.
  std::string show_setters();
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

  // rotation_manual.cpp
  /// taken, by hand: connection tests try it.
  bool prove_typed();
  /// It was not accepted: which one is in force then, as the directory shows.
  bool end_unaccepted();

  // rotation_verify.cpp: afterwards.

  /// Runs the connection's test to its end; its result, or an object that says why there is none.
  nlohmann::json test_of(const ServerConnection& connection);
  /// A verdict of the whole test that is no worse than degraded.
  static bool works(const nlohmann::json& result);
  /// promoted: front ends, other controllers, sessions of the old version.
  bool verify();
  /// Every other controller: read until it shows the change, and signed in at then, once (rotation_controllers.cpp).
  void follow_controllers();

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

/// The name for a simple bind.
std::string bind_name(const directory::Account& account, const std::string& domain);

}  // namespace mailward::connections
