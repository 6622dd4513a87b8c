#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connections/ledger.h"
#include "connections/test_runs.h"
#include "work/runs.h"

namespace mailward::connections {

/// How a connection was at one of its tests.
struct Beat {
  work::RunId run;
  Timestamp at;
  bool by_schedule = false;  ///< else a person's own test
  /// A state's name, or "interrupted", "cancelled", "running".
  std::string outcome;
  std::string reason;    ///< the failure class; empty when healthy
  std::string sentence;  ///< what a person reads
  std::int64_t milliseconds = 0;
};

/// Each connection tested again and again on its interval. The schedules stand in the database with the connections, so
/// any number of processes may call beat(). Thread-safe.
///
/// After a refused password, and wherever else only a new credential helps, nothing is tried until the credential is
/// edited; after an unreachable server it goes on.
class Heartbeats {
 public:
  struct Parts {
    Ledger& ledger;
    TestRuns& tests;
    work::Runs& runs;
    const Clock& clock;
  };
  explicit Heartbeats(const Parts& parts) : parts_(parts) {}

  /// Starts what is due; returns how many tests were begun. To be called about once a second. Errors: DbError; one
  /// connection's trouble is logged and holds up no other.
  Result<std::size_t> beat();
  /// The newest first, a person's tests of the stored connection among them.
  Result<std::vector<Beat>> history(ConnectionId connection, std::size_t limit) const;
  /// Drops heartbeat runs that ended before; returns how many.
  Result<std::int64_t> drop_before(Timestamp before);

  /// Within a change of the connection: its schedule as its form and state want it.
  static Status schedule(db::Transaction& tx, const ServerConnection& connection, Timestamp now);
  static Status unschedule(db::Transaction& tx, ConnectionId connection);

 private:
  Result<bool> beat_one(const std::string& subject);

  const Parts parts_;
};

}  // namespace mailward::connections
