#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/measure.h"
#include "base/net.h"
#include "connections/ledger.h"
#include "connections/reader_door.h"
#include "work/runs.h"

namespace mailward::connections {

struct MeasureParts {
  Ledger& ledger;
  ReaderDoor& readers;
  const Resolver& resolver;
  DestinationPolicy destinations;
  const Clock& clock;
};

/// What was read for the lines and is kept until it is read anew: by a line's subject (MeasureSubject::text()), JSON
/// that this room alone understands.
using Readings = std::map<std::string, std::string, std::less<>>;

/// The account or connection that something is read of, and how that is called in a run's step.
struct ReadingTask {
  MeasureSubject subject;
  std::optional<ConnectionId> connection;  ///< else an account
  std::optional<AccountId> account;
};

/// What a reading came to, for a run's step: facts as JSON, without secrets.
struct ReadingResult {
  std::string reading;
  bool seen = true;  ///< else why not stands in the facts, and what to do in `remedy`
  std::string facts;
  std::string remedy;
};

/// The recommended measures of service accounts and connections: from the books, from the steps of connection tests,
/// and from what was read for them. Never signs in with a service account, and costs no attempt at a password but the
/// directory reader's own bind. Thread-safe.
class MeasureLines {
 public:
  explicit MeasureLines(MeasureParts parts) : parts_(std::move(parts)) {}

  /// What can be read: each account, and each connection that is not disabled.
  Result<std::vector<ReadingTask>> tasks() const;
  /// Of an account what the directory shows; of a connection which TLS versions its addresses take. What could not be
  /// seen stands in the reading. Errors: unknown_account, unknown_connection, DbError, SecretsError.
  Result<ReadingResult> read(const ReadingTask& task, Deadline deadline, const std::stop_token& stop) const;

  /// All lines as of now. Errors: DbError.
  Result<std::vector<Measure>> lines(const Readings& readings) const;

 private:
  MeasureParts parts_;
};

}  // namespace mailward::connections
