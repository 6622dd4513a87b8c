#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "db/connection.h"

namespace mailward::db {

/// A connection to a SQLite file; internal to db/.
class SqliteConnection final : public Connection {
 public:
  enum class Create { yes, no };
  /// Errors: cannot_connect, read_only, disk_full, corrupt.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, Access access, Create create,
                                                        const Clock& clock);
  /// Only to read, changing nothing on the disk. Errors: cannot_connect, corrupt.
  static Result<std::unique_ptr<SqliteConnection>> open_to_look(const std::string& path, const Clock& clock);
  ~SqliteConnection() override;

  Backend backend() const override { return Backend::sqlite; }
  bool usable() const override { return sqlite3_get_autocommit(db_.get()) != 0; }
  Status begin(Access access, Durability durability, const Bounds& bounds) override;
  Status commit() override;
  void rollback() override;
  Result<std::int64_t> run(std::string_view sql, Params params, Fetch fetch, const RowSink& sink) override;
  Status script(const std::string& sql) override;

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  /// A prepared statement, and for each of SQLite's parameter indexes (from 1) the number in its `$n`, from 0.
  struct Statement {
    std::unique_ptr<sqlite3_stmt, Finalize> handle;
    std::vector<std::size_t> numbers;
    std::size_t wanted = 0;
  };

  explicit SqliteConnection(const Clock& clock) : clock_(clock) {}
  Status connect(const std::string& name, int flags);
  Status configure(Access access);
  void be_careful();
  void heed_bounds();
  Result<Statement*> prepared(std::string_view sql);
  Status bind(const Statement& statement, Params params);
  Row read_row(sqlite3_stmt* statement) const;
  Error last_error(int code) const;
  bool out_of_bounds() const;

  std::string path_;
  const Clock& clock_;
  std::unique_ptr<sqlite3, Close> db_;
  std::unordered_map<std::string, Statement> statements_;
  /// Those of the transaction under way; null while it ends, so that nothing interrupts a COMMIT.
  const Bounds* bounds_ = nullptr;
  Bounds own_bounds_{.deadline = Deadline::at({}), .stop = {}};
  Durability durability_ = Durability::full;
};

}  // namespace mailward::db
