#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "db/database.h"

namespace mailward::db {

enum class Access { write, read };
enum class Fetch { all_at_once, row_by_row };
using RowSink = std::function<Status(Row&&)>;

/// By when a transaction must be done, and what may stop it.
struct Bounds {
  Deadline deadline;
  std::stop_token stop;
};

/// One connection to a database; on one thread at a time. Internal to db/. Between begin() and commit() or rollback()
/// all statements are bounded by what begin() was given.
class Connection {
 public:
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  virtual Backend backend() const = 0;
  /// Fit to be used for another transaction.
  virtual bool usable() const = 0;
  virtual Status begin(Access access, Durability durability, const Bounds& bounds) = 0;
  /// Errors: outcome_unknown where the answer did not come. The transaction is over in any case.
  virtual Status commit() = 0;
  virtual void rollback() = 0;
  /// One statement; its rows go to `sink`. Returns the number of rows changed.
  virtual Result<std::int64_t> run(std::string_view sql, Params params, Fetch fetch, const RowSink& sink) = 0;
  virtual Status script(const std::string& sql) = 0;

 protected:
  Connection() = default;
};

/// Where connections come from. Internal to db/.
class Driver {
 public:
  virtual ~Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  virtual Backend backend() const = 0;
  virtual std::string describe() const = 0;
  /// Thread-safe.
  virtual Result<std::unique_ptr<Connection>> connect(Access access) = 0;
  /// Held until the driver is destroyed. Errors: busy_other_service.
  virtual Status lock_service() = 0;
  /// Whether it is still held, as far as can be told without asking anybody: cheap enough for every commit. Always so
  /// where it was never taken. Thread-safe. Errors: lock_lost, for ever once it was found.
  virtual Status service_lock_stands() = 0;
  /// The same, and asks the server, ten seconds at most. Thread-safe.
  virtual Status check_service_lock() = 0;
  /// A copy of the database as it is, before the step to `version`; nothing where the administrator's backups serve.
  virtual Status back_up_before(int version) = 0;
  /// A consistent copy in a new file. Errors: misuse where the administrator's own tools make copies.
  virtual Status copy_to(const std::string& file) = 0;

 protected:
  Driver() = default;
};

Result<std::unique_ptr<Driver>> sqlite_driver(const std::string& path, OpenAs as, const Clock& clock);
Result<std::unique_ptr<Driver>> postgres_driver(Settings settings, const Clock& clock);

/// Parameters must be UTF-8 without NUL where they are text, and as many as the statement names. Errors: misuse.
Status check_text(Params params);

/// Applies what is missing of `steps` (the service), refuses (a guest) or takes it as it is (a reader); returns the
/// version reached.
Result<int> bring_schema_up(Driver& driver, Connection& connection, const std::vector<Migration>& steps, OpenAs as,
                            const Clock& clock);

}  // namespace mailward::db
