#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <type_traits>

#include "base/clock.h"
#include "base/secret.h"
#include "db/migration.h"
#include "db/session.h"

namespace mailward::db {

/// Where the database is and how it is used.
struct Settings {
  /// "sqlite:PATH" (the folder must exist), or a "postgresql://…" URI without a password.
  std::string url;
  /// PostgreSQL's, if it wants one.
  SecretString password{};
  /// SQLite: connections that read, beside the one that writes. PostgreSQL: connections in all.
  std::size_t connections = 4;
  /// Off behind pgbouncer in transaction mode: no named statements.
  bool prepare = true;
  /// For tests; the program's own by default.
  std::span<const EmbeddedMigration> migrations = embedded_migrations();
};

enum class OpenAs {
  /// Holds the service lock as long as the Database lives, and migrates first. SQLite: flock on "PATH.lock".
  /// PostgreSQL: a session advisory lock on a connection of its own, which can break: check_service_lock().
  service,
  /// Holds no lock and never migrates; the schema must be the program's.
  guest,
  /// Only reads, also what an older program made, and changes not one byte: for looking at copies. A SQLite file
  /// without
  /// a "-wal" beside it is taken for one that nobody writes to (and may stand on a medium that cannot be written).
  reader,
};

enum class Durability {
  /// Survives a power cut once committed: intents, credentials, audit, runs.
  full,
  /// What can be read again (the catalogue): consistent after a power cut, but the last commits may be gone.
  normal,
};

struct TransactionOptions {
  Durability durability = Durability::full;
  /// For everything: waiting for a connection, statements, repeats. Ten seconds from the call by default.
  std::optional<Deadline> deadline{};
  std::stop_token stop{};
};

/// Why Database::wait returned.
enum class Woken { notified, timed_out, stopped };

/// A relational database, SQLite or PostgreSQL. Thread-safe. A transaction inside another one on the same thread waits
/// for itself until the deadline: pass the Transaction on instead. Destroyed when nobody uses it any more.
class Database {
 public:
  /// Errors: cannot_connect, busy_other_service, newer_schema, changed_migration, old_schema, read_only, disk_full,
  /// corrupt, misuse; each with what to do. Before a SQLite database that holds something is migrated, a copy is put
  /// beside it
  /// ("PATH.before-NNNN"). Deadlines are judged by `clock`.
  static Result<std::unique_ptr<Database>> open(Settings settings, OpenAs as, const Clock& clock = Clock::system());
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Backend backend() const;
  /// For a log line: the path, or user, host and database name. Holds no secret.
  std::string describe() const;
  /// The last migration applied.
  int schema_version() const;

  /// Whether the service lock is still held; asks the server (PostgreSQL, ten seconds at most). A service calls it
  /// every few seconds: no connection that is used is taken for idle and closed, and a loss is noticed before the
  /// server can give the lock to another. Once it is lost no transaction commits any more. Errors: lock_lost.
  Status check_service_lock();

  /// Runs `body(Transaction&)`, which returns a Status or a Result<T>, and commits if it succeeds; its result is
  /// returned. Where the service lock is lost, nothing is committed (lock_lost). After a failure of class retry, or
  /// when the connection broke before COMMIT, the whole `body` runs again until the deadline, so it must touch nothing
  /// but the database (and values it sets anew). Errors: the body's own; outcome_unknown.
  template <typename Body>
  std::invoke_result_t<Body&, Transaction&> transaction(Body&& body, const TransactionOptions& options = {});

  /// Runs `body(Session&)` on one consistent snapshot; again on another connection if the first one broke.
  template <typename Body>
  std::invoke_result_t<Body&, Session&> read(Body&& body, const TransactionOptions& options = {});

  /// Writes a consistent copy of a SQLite database into a new file, while others go on with it. Errors: misuse on
  /// PostgreSQL (its own tools make its copies) and where the file is there; disk_full, read_only.
  Status copy_to(const std::filesystem::path& file) const;

  /// How often `channel` has been notified so far, as far as this process knows.
  std::uint64_t wakes(std::string_view channel) const;
  /// Waits until `channel` has been notified more often than `seen`: take wakes(), read the tables, and wait only if
  /// there was nothing. A hint, never the truth: it may wake without cause. On PostgreSQL notifications of other
  /// processes are covered by returning `notified` every quarter of a second (there is no LISTEN yet).
  Woken wait(std::string_view channel, std::uint64_t seen, Deadline deadline, const std::stop_token& stop = {}) const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  Status run_transaction(const std::function<Status(Transaction&)>& body, const TransactionOptions& options);
  Status run_read(const std::function<Status(Session&)>& body, const TransactionOptions& options);
  std::unique_ptr<State> state_;
};

template <typename Body>
std::invoke_result_t<Body&, Transaction&> Database::transaction(Body&& body, const TransactionOptions& options) {
  using R = std::invoke_result_t<Body&, Transaction&>;
  if constexpr (std::is_same_v<R, Status>) {
    return run_transaction([&](Transaction& tx) -> Status { return body(tx); }, options);
  } else {
    std::optional<typename R::value_type> value;
    MW_CHECK(run_transaction(
        [&](Transaction& tx) -> Status {
          MW_TRY(auto made, body(tx));
          value.emplace(std::move(made));
          return {};
        },
        options));
    return std::move(*value);
  }
}

template <typename Body>
std::invoke_result_t<Body&, Session&> Database::read(Body&& body, const TransactionOptions& options) {
  using R = std::invoke_result_t<Body&, Session&>;
  if constexpr (std::is_same_v<R, Status>) {
    return run_read([&](Session& session) -> Status { return body(session); }, options);
  } else {
    std::optional<typename R::value_type> value;
    MW_CHECK(run_read(
        [&](Session& session) -> Status {
          MW_TRY(auto made, body(session));
          value.emplace(std::move(made));
          return {};
        },
        options));
    return std::move(*value);
  }
}

}  // namespace mailward::db
