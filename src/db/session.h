#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/error.h"
#include "db/value.h"

namespace mailward::db {

enum class Backend { sqlite, postgresql };

class Connection;

/// What runs statements: a consistent snapshot that only reads (Database::read) or a Transaction. Lives inside one call
/// and belongs to its thread. Parameters are written `$1`, `$2` …, in any order and repeated at will; columns are
/// listed by name, never `*`. A sum of BIGINTs must be cast to BIGINT (PostgreSQL makes it numeric).
///
/// A failed statement dooms the session on both back ends: what follows fails with the same error, and nothing of it is
/// committed, unless the statement ran inside Transaction::savepoint.
class Session {
 public:
  /// Made by Database alone.
  explicit Session(Connection& connection) : connection_(connection) {}
  ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Backend backend() const;
  /// The whole answer, held in memory: for answers of known size.
  Result<Rows> query(std::string_view sql, Params params = {});
  /// The first row, if there is one.
  Result<std::optional<Row>> query_row(std::string_view sql, Params params = {});
  /// Row by row, none held. `take` must not use this session; an error of `take` ends the query and is returned.
  Status each(std::string_view sql, Params params, const std::function<Status(const Row&)>& take);

 protected:
  friend class Database;
  Status usable() const;
  /// Notes a failure; returns it.
  Error doomed_by(Error error);

  Connection& connection_;
  std::optional<Error> failure_;
};

/// A transaction that may write. On SQLite it is the only one (BEGIN IMMEDIATE); on PostgreSQL it is READ COMMITTED:
/// what is read in order to be changed is read with lock_rows().
class Transaction : public Session {
 public:
  /// Made by Database alone.
  explicit Transaction(Connection& connection) : Session(connection) {}
  /// The number of rows changed.
  Result<std::int64_t> execute(std::string_view sql, Params params = {});
  /// Several statements without parameters (DDL).
  Status execute_script(const std::string& sql);

  /// Runs `body` so that its failure undoes only what it did, and the transaction goes on: for a unique violation that
  /// is an answer. A failure of class retry, or a lost connection, dooms the whole all the same.
  Status savepoint(const std::function<Status()>& body);

  /// " FOR UPDATE" on PostgreSQL, nothing on SQLite, where the transaction has the whole database: to end a SELECT
  /// with.
  std::string_view lock_rows() const;
  /// " FOR UPDATE SKIP LOCKED", or nothing.
  std::string_view lock_rows_not_taken() const;

  /// Wakes those who wait for `channel` (Database::wait), in this process and in others, once this has been committed.
  void notify(std::string channel);
  /// Called after the commit, in order, never after a rollback; must not throw.
  void on_commit(std::function<void()> action);

 private:
  friend class Database;
  std::vector<std::string> notifications_;
  std::vector<std::function<void()>> on_commit_;
};

}  // namespace mailward::db
