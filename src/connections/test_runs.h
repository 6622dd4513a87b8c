#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/net.h"
#include "base/pool.h"
#include "connections/failure_class.h"
#include "connections/ledger.h"
#include "connections/proxy_door.h"
#include "connections/reader_door.h"
#include "connections/refusal_memory.h"
#include "ews/transport.h"
#include "work/runs.h"

namespace mailward::connections {

/// The part of the program that scheduled tests are made by ("system:heartbeat"), and their schedules' kind.
inline constexpr std::string_view kHeartbeat = "heartbeat";

/// What is to be tested: a stored connection, or a form as it stands, unsaved (then `form` is set; `connection` names
/// the stored one that it edits, whose password serves where none was typed and the destination is the same).
struct TestRequest {
  std::optional<ConnectionId> connection;
  std::optional<ConnectionForm> form;
  std::optional<DirectoryId> directory;  ///< of an unsaved form whose account is not stored yet
  std::optional<TypedPassword> password;
  std::optional<TypedPassword> proxy_password;  ///< typed; else the stored one, where it was typed for this proxy
  std::string mailbox_check;                    ///< in place of the form's
  bool deep = false;                            ///< also the deep test, which a person asks for each time
  bool try_again = false;                       ///< a person wants one more try of a password that is remembered
};

/// The kind of its runs.
inline constexpr std::string_view kTestRun = "connection_test";

/// Runs connection tests, each as a durable run (kTestRun) whose steps appear as they end. Thread-safe.
/// The run's subject is "connection:<id>" or "form:<account>"; its result is JSON {"verdict", "state", "sentence",
/// "remedy", "candidates", "server", "scheme", "front_ends", "tries_left"}.
///
/// One test at a time for an account, in all processes (lease "account/<normalised name>"). A test ends within a
/// minute, a deep one a quarter of a minute later where it has to clear up. The password of an unsaved form lives in
/// this process's memory only; a run that the process leaves behind is interrupted.
class TestRuns {
 public:
  struct Parts {
    Ledger& ledger;
    RefusalMemory& refusals;
    secrets::Keyring& keyring;
    const audit::Trail& trail;
    work::Runs& runs;
    ews::Transport& transport;
    ReaderDoor& readers;
    ProxyDoor& proxies;
    const Resolver& resolver;
    DestinationPolicy destinations;
    const Clock& clock;
  };
  explicit TestRuns(const Parts& parts);
  ~TestRuns();

  /// Starts the test and returns at once. Errors: unknown_connection, invalid_form, connection_disabled, pool_full.
  Result<work::RunId> start(TestRequest request, const By& by);
  /// Asks a running test to end; no error where it has ended already.
  Status cancel(work::RunId run);

  const Parts& parts() const;

  /// A place among the four searches by Autodiscover that may be under way at once: each keeps a thread of the caller's
  /// as long as the hosts that it asks like. Given back with the last copy. Errors: pool_full.
  Result<std::shared_ptr<void>> search_place();

  /// After a save: a password that a test of the unsaved form has just proven for this account and destination (within
  /// the last 15 minutes, in this process) has had its first accepted sign-in, so it is promoted and the connection has
  /// the state that the test found. Nothing happens where there was no such test.
  Status settle_saved(ConnectionId connection, const By& by);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailward::connections
