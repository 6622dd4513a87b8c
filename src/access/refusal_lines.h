#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "access/source.h"
#include "access/user.h"
#include "audit/trail.h"
#include "db/database.h"

namespace mailward::access {

/// A refusal, as the trail is told of it. What was typed as a name is not: people type passwords there.
struct Refusal {
  std::string_view action = "session.create";  ///< what was tried; also "session.confirm", "token.use" …
  std::string_view reason;                     ///< "wrong_password", "throttled" …: for the trail only
  std::optional<UserId> user;                  ///< where it is about one who exists
  std::string details = "{}";                  ///< more about it: a JSON object
};

/// Writes refusals into the audit trail without letting a flood fill it: in each minute (of the monotonic clock) the
/// first 10 of a source and the first 60 of all become a line each; the rest are counted, and the minute ends with one
/// line "session.refusals" that says how many, by which reasons, from which sources (the 20 busiest). The count is
/// written by the next refusal after the minute, by flush(), or when this object goes. Thread-safe.
class RefusalLines {
 public:
  static constexpr std::int64_t kPerSource = 10;
  static constexpr std::size_t kInAll = 60;
  static constexpr std::size_t kSourcesKept = 1000;

  RefusalLines(db::Database& database, const audit::Trail& trail, const Clock& clock);
  ~RefusalLines();
  RefusalLines(const RefusalLines&) = delete;
  RefusalLines& operator=(const RefusalLines&) = delete;

  /// Errors: DbError, AuditError: the caller says so in the log; the refusal stands all the same.
  Status add(const Refusal& refusal, const By& by);
  /// Writes what was counted in a minute that is over; to be called every minute or so.
  Status flush();

 private:
  struct Minute {
    MonotonicTime began;
    Timestamp since;
    std::size_t written = 0;
    std::int64_t counted = 0;
    std::map<std::string, std::int64_t> seen_from;     ///< written and counted, at most kSourcesKept sources
    std::map<std::string, std::int64_t> counted_from;  ///< counted only
    std::map<std::string, std::int64_t> counted_for;   ///< by reason
  };
  /// With the lock held: the minute, where it is over and something was only counted in it.
  std::optional<Minute> close_minute();
  /// What could not be written is counted on.
  Status write_count(Minute minute);

  db::Database& database_;
  const audit::Trail& trail_;
  const Clock& clock_;
  std::mutex mutex_;
  Minute minute_;
};

}  // namespace mailward::access
