#include <chrono>

#include "base/log.h"

#include "db/connection.h"

namespace mailward::db {

namespace {

constexpr std::chrono::minutes kStepPatience{30};

struct Applied {
  int version;
  std::string name;
  std::string hash;
};

/// One transaction on this very connection, without repeats: nobody else works on the database yet.
Status in_transaction(Connection& connection, const Clock& clock, const std::function<Status(Transaction&)>& body) {
  const Bounds bounds{.deadline = Deadline::after(kStepPatience, clock), .stop = {}};
  MW_CHECK(connection.begin(Access::write, Durability::full, bounds));
  Transaction tx(connection);
  Status done = body(tx);
  if (!done) {
    connection.rollback();
    return done;
  }
  return connection.commit();
}

Result<std::vector<Applied>> read_applied(Session& session) {
  const bool sqlite = session.backend() == Backend::sqlite;
  MW_TRY(const auto table,
         session.query_row(sqlite ? "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'"
                                  : "SELECT 1 WHERE to_regclass('schema_migration') IS NOT NULL"));
  std::vector<Applied> applied;
  if (!table) {
    if (!sqlite) return applied;
    MW_TRY(const auto foreign, session.query_row("SELECT name FROM sqlite_schema LIMIT 1"));
    if (foreign) {
      return fail(Error(DbError::misuse, "this SQLite database holds tables that are not Mailward's")
                      .with_remedy("Give Mailward a file of its own."));
    }
    return applied;
  }
  MW_TRY(const auto rows, session.query("SELECT version, name, hash FROM schema_migration ORDER BY version"));
  applied.reserve(rows.size());
  for (const Row& row : rows) {
    applied.push_back({.version = static_cast<int>(row.integer(0)), .name = row.text(1), .hash = row.text(2)});
  }
  return applied;
}

/// Whether the first steps are those that were applied, and none was applied that we do not know.
Status compare(const std::vector<Applied>& applied, const std::vector<Migration>& steps) {
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const std::string version = std::to_string(applied[i].version);
    if (i >= steps.size()) {
      return fail(Error(DbError::newer_schema, "the database was made by a newer Mailward: it is at version " +
                                                   std::to_string(applied.back().version) + ", this program knows " +
                                                   std::to_string(steps.size()))
                      .with_remedy("Run the newer program, or restore the copy that was made before the upgrade "
                                   "(beside a SQLite database: \"….before-NNNN\")."));
    }
    if (applied[i].version != steps[i].version || applied[i].name != steps[i].name ||
        applied[i].hash != steps[i].hash) {
      return fail(Error(DbError::changed_migration, "step " + version + " '" + applied[i].name +
                                                        "' of the database's schema is not the one of this program")
                      .with_remedy("This database was made by another build. Run that one, or restore a copy."));
    }
  }
  return {};
}

Status apply(Transaction& tx, const Migration& step, const Clock& clock) {
  if (tx.backend() == Backend::postgresql) {
    MW_CHECK(tx.query("SELECT pg_advisory_xact_lock(7018695146206290802)"));
  }
  MW_CHECK(tx.execute_script(tx.backend() == Backend::sqlite
                                 ? "CREATE TABLE IF NOT EXISTS schema_migration (version INTEGER NOT NULL PRIMARY KEY, "
                                   "name TEXT NOT NULL, hash TEXT NOT NULL, applied INTEGER NOT NULL) STRICT"
                                 : "CREATE TABLE IF NOT EXISTS schema_migration (version BIGINT NOT NULL PRIMARY KEY, "
                                   "name TEXT NOT NULL, hash TEXT NOT NULL, applied BIGINT NOT NULL)"));
  MW_CHECK(tx.execute_script(step.sql));
  MW_CHECK(tx.execute("INSERT INTO schema_migration (version, name, hash, applied) VALUES ($1, $2, $3, $4)",
                      {step.version, step.name, step.hash, clock.now()}));
  return {};
}

}  // namespace

Result<int> bring_schema_up(Driver& driver, Connection& connection, const std::vector<Migration>& steps, OpenAs as,
                            const Clock& clock) {
  std::vector<Applied> applied;
  const Bounds bounds{.deadline = Deadline::after(kStepPatience, clock), .stop = {}};
  MW_CHECK(connection.begin(Access::read, Durability::full, bounds));
  {
    Session session(connection);
    auto read = read_applied(session);
    connection.rollback();
    if (!read) return fail(std::move(read).error());
    applied = *std::move(read);
  }
  MW_CHECK(compare(applied, steps));
  if (applied.size() == steps.size()) return static_cast<int>(steps.size());
  if (as == OpenAs::reader) {
    if (!applied.empty()) return static_cast<int>(applied.size());
    return fail(Error(DbError::misuse, "this is no database of Mailward: it holds none of its tables")
                    .with_remedy("Name the database's file, or a whole copy of it."));
  }
  if (as == OpenAs::guest) {
    return fail(Error(DbError::old_schema, "the database is at version " + std::to_string(applied.size()) +
                                               ", this program wants " + std::to_string(steps.size()))
                    .with_remedy("Start the service once; it brings the database up to date."));
  }
  if (!applied.empty()) MW_CHECK(driver.back_up_before(steps[applied.size()].version));
  for (std::size_t i = applied.size(); i < steps.size(); ++i) {
    const Status done = in_transaction(connection, clock, [&](Transaction& tx) { return apply(tx, steps[i], clock); });
    if (!done) {
      // The code of the cause is kept: a full disk stays a full disk.
      log::failure("database migration " + std::to_string(steps[i].version) + " failed", done.error());
      return fail(done.error());
    }
  }
  return static_cast<int>(steps.size());
}

}  // namespace mailward::db
