#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/net.h"
#include "connections/gate.h"
#include "connections/ledger.h"
#include "connections/old_password_watch.h"
#include "connections/reader_door.h"
#include "connections/refusal_memory.h"
#include "connections/rotation_rows.h"
#include "connections/test_runs.h"
#include "secrets/recovery_file.h"
#include "work/runs.h"

namespace mailward::connections {

/// The kind of its runs.
inline constexpr std::string_view kRotationRun = "rotation";

struct ExternalSourceForm;

/// An account as its directory shows it.
struct NamedAccount {
  std::string sid;
  std::string dn;
};

struct RotationRequest {
  AccountId account;
  bool dry_run = false;                ///< find out whether it would go well, and change nothing
  std::size_t length = 64;             ///< of the new password, in characters; the policy's minimum where that is more
  bool plain = false;                  ///< letters, digits, "-", "_" and "." alone
  std::optional<RotationMode> mode{};  ///< in place of the one that the account's plan has
};

/// A rotation as it is shown: what is written down, and what the loads experience while it goes on.
struct RotationReport {
  Rotation rotation;
  work::Run run;
  std::vector<LoadReport> loads;  ///< while it goes on; afterwards they stand in the run's result
};

/// What was seen of the old password after a rotation, and how to see more.
struct OldPasswordReport {
  OldPasswordWatch watch;
  /// For each controller that was read: the line of PowerShell that asks its event log (event_query()).
  std::vector<std::pair<std::string, std::string>> commands;
  std::optional<EventFile> file;  ///< that was just taken (take_events())
};

/// Renews service accounts' passwords, each renewal as a durable run (kRotationRun) whose steps appear as they end, and
/// with a row of its own that says how far it is (rotation_states.h). The run's subject is "account:<id>"; its result
/// is JSON {"state", "sentence", "remedy", "mode", "controller", "door_closed_ms", "directory_ms", "front_ends",
/// "behind", "loads", "calls_failed"}. Thread-safe.
///
/// A delegated reset: the new password is sealed as pending in the database and in the recovery file before a
/// controller hears of it; the sign-in door is closed, the controller that showed the account gets the reset, and its
/// KDC (or a bind there) must accept the new password: then it is promoted and the door opens. Afterwards each
/// connection is tested at every front end, and every other controller is read until it shows the change, and only then
/// signed in at. What cannot be settled yet stays open and is looked at again by resume(); no password that a
/// controller may have is ever dropped.
class Rotations {
 public:
  struct Parts {
    Ledger& ledger;
    RefusalMemory& refusals;
    secrets::Keyring& keyring;
    const audit::Trail& trail;
    work::Runs& runs;
    TestRuns& tests;
    Gate& gate;
    ReaderDoor& readers;
    const Resolver& resolver;
    DestinationPolicy destinations;
    const Clock& clock;
    secrets::RecoveryFile& recovery;
    secrets::GenerationFile& generation;
    /// How long other controllers are waited for before they are reported as behind.
    std::chrono::seconds replication_wait{60};
    /// How often the directory is asked whether another vault has set a password that it hands over.
    std::chrono::seconds source_interval{60};
    /// How long another vault has to hand over a password.
    std::chrono::milliseconds source_patience{std::chrono::seconds(30)};
  };
  explicit Rotations(const Parts& parts);
  ~Rotations();
  Rotations(const Rotations&) = delete;
  Rotations& operator=(const Rotations&) = delete;

  /// Begins one and returns at once. Errors: unknown_account, account_disabled, account_busy, cannot_rotate,
  /// no_password, pool_full.
  Result<work::RunId> start(const RotationRequest& request, const By& by);
  /// After a person has typed a new password of an account that had one: goes on with it as with one that was made
  /// here, but for the reset; a connection test may have promoted it already. Nothing happens where there is no such
  /// password, or it is being followed already.
  Status follow_typed(AccountId account, const By& by);
  /// The same, but only where a test has promoted it: one that was saved without a test waits for the person's.
  Status follow_promoted(AccountId account, const By& by);
  /// A person ends one whose door is closed and that waits for what does not come (a controller that is gone, a PDC
  /// emulator out of reach): it is unclear then, both passwords are kept, and connection tests find out which is valid,
  /// the new one first. Errors: unknown_rotation; illegal_transition where it has ended or does not wait so.
  Status end(work::RunId rotation, const By& by);
  /// Asks what would hand over the account's passwords, before it is named: `token` as it was typed; nothing: the one
  /// that stands. Whether what it hands over is the password in force; nothing where none is. Changes nothing, and
  /// tries no password. Blocks for source_patience at most. Errors: invalid_form; those of fetch_external().
  Result<std::optional<bool>> try_source(AccountId account, const ExternalSourceForm& form,
                                         const std::optional<SecretString>& token) const;
  /// Whom the directory of that account knows by the name; nothing where it cannot be asked. Errors: invalid_form where
  /// it says that there is none, or more than one.
  Result<std::optional<NamedAccount>> look_up(AccountId beside, std::string_view name) const;
  /// At start, and now and then: takes up what a killed process has left, and what could not be settled; follows typed
  /// passwords that a test has promoted; looks at controllers that were behind when a rotation ended. Returns how many
  /// rotations were taken up.
  Result<std::size_t> resume();

  /// Errors: unknown_rotation.
  Result<RotationReport> report(work::RunId rotation) const;
  /// The newest first, of one account or of all; with `before`, those that were begun before that one.
  Result<std::vector<RotationReport>> list(std::optional<AccountId> account, std::size_t limit,
                                           std::optional<work::RunId> before = std::nullopt) const;
  /// Errors: unknown_rotation where none is watched after it.
  Result<OldPasswordReport> old_password(work::RunId rotation) const;
  /// Takes the sign-ins that a controller's event log has of the account (parse_sign_in_events()), in the place of
  /// those that were taken before, and says where they came from. Errors: unknown_rotation, malformed, limit_exceeded.
  Result<OldPasswordReport> take_events(work::RunId rotation, std::string_view csv, const By& by);

  /// The account's rotation that has not ended.
  Result<std::optional<Rotation>> open_of(AccountId account) const;

  struct State;  ///< rotation_state.h

 private:
  std::unique_ptr<State> state_;
};

}  // namespace mailward::connections
