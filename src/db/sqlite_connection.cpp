#include "db/sqlite_connection.h"

#include <charconv>
#include <filesystem>

#include "base/bytes.h"

namespace mailward::db {

namespace {

constexpr std::size_t kMostStatements = 512;
constexpr int kOperationsBetweenChecks = 20000;

DbError class_of(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return DbError::unique_violation;
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return DbError::constraint;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DbError::retry;
    case SQLITE_FULL:
      return DbError::disk_full;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return DbError::read_only;
    case SQLITE_CANTOPEN:
      return DbError::cannot_connect;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DbError::corrupt;
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return DbError::misuse;
    default:
      return DbError::other;
  }
}

std::string remedy_for(DbError error, const std::string& path) {
  switch (error) {
    case DbError::disk_full:
      return "Make room on the disk that holds " + path + "; nothing was lost, what failed was not written.";
    case DbError::read_only:
      return "Mount the disk that holds " + path + " for writing, and give the service's user the file and its folder.";
    case DbError::cannot_connect:
      return "See that the folder of " + path + " exists and that the service's user may write in it.";
    case DbError::corrupt:
      return "Stop the service, keep " + path +
             " as it is, and restore a copy; \"sqlite3 FILE .recover\" may save more.";
    default:
      return {};
  }
}

/// The path as SQLite's URI (https://www.sqlite.org/uri.html).
std::string uri_of(std::string_view path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += "%" + to_hex(as_bytes(std::string_view(&c, 1)));
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

Error SqliteConnection::last_error(int code) const {
  if ((code & 0xff) == SQLITE_INTERRUPT && bounds_ != nullptr) {
    if (bounds_->stop.stop_requested()) return {DbError::cancelled, "the database statement was stopped"};
    return {DbError::timed_out, "the database statement did not end by its deadline"};
  }
  const DbError error = class_of(code);
  const std::string words = db_ ? sqlite3_errmsg(db_.get()) : sqlite3_errstr(code);
  return Error(error, "SQLite (" + std::to_string(code) + "): " + words).with_remedy(remedy_for(error, path_));
}

bool SqliteConnection::out_of_bounds() const {
  return bounds_ != nullptr && (bounds_->stop.stop_requested() || bounds_->deadline.expired(clock_));
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, Access access, Create create,
                                                                 const Clock& clock) {
  auto connection = std::unique_ptr<SqliteConnection>(new SqliteConnection(clock));
  connection->path_ = path;
  MW_CHECK(connection->connect(path, SQLITE_OPEN_READWRITE | (create == Create::yes ? SQLITE_OPEN_CREATE : 0)));
  MW_CHECK(connection->configure(access));
  return connection;
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open_to_look(const std::string& path, const Clock& clock) {
  auto connection = std::unique_ptr<SqliteConnection>(new SqliteConnection(clock));
  connection->path_ = path;
  // Without a "-wal" nobody writes, and `immutable` keeps SQLite from making one beside a copy.
  std::error_code ignored;
  const bool alone = !std::filesystem::exists(path + "-wal", ignored);
  MW_CHECK(connection->connect(uri_of(path) + (alone ? "?mode=ro&immutable=1" : "?mode=ro"),
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
  connection->be_careful();
  MW_CHECK(connection->script("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA query_only = ON"));
  connection->heed_bounds();
  return connection;
}

Status SqliteConnection::connect(const std::string& name, int flags) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) return fail(last_error(code));
  return {};
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
}

/// What stands in the file is data, whoever wrote it.
void SqliteConnection::be_careful() {
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_busy_timeout(db_.get(), 5000);
}

Status SqliteConnection::configure(Access access) {
  be_careful();
  if (sqlite3_db_readonly(db_.get(), "main") == 1) {
    return fail(Error(DbError::read_only, "the database " + path_ + " can only be read")
                    .with_remedy(remedy_for(DbError::read_only, path_)));
  }
  MW_CHECK(
      script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
             "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 268435456"));
  MW_CHECK(script(access == Access::write ? "PRAGMA cache_size = -262144"
                                          : "PRAGMA cache_size = -16384; PRAGMA query_only = ON"));
  heed_bounds();
  return {};
}

/// From here on the transaction's own deadline says how long to wait for another process.
void SqliteConnection::heed_bounds() {
  sqlite3_busy_handler(
      db_.get(),
      [](void* self, int) -> int {
        if (static_cast<SqliteConnection*>(self)->out_of_bounds()) return 0;
        sqlite3_sleep(2);
        return 1;
      },
      this);
  sqlite3_progress_handler(
      db_.get(), kOperationsBetweenChecks,
      [](void* self) -> int { return static_cast<SqliteConnection*>(self)->out_of_bounds() ? 1 : 0; }, this);
}

Status SqliteConnection::begin(Access access, Durability durability, const Bounds& bounds) {
  own_bounds_ = bounds;
  bounds_ = &own_bounds_;
  if (access == Access::write && durability != durability_) {
    MW_CHECK(script(durability == Durability::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
    durability_ = durability;
  }
  auto begun = script(access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN");
  if (!begun && begun.error().is(DbError::retry)) {
    return fail(Error(DbError::timed_out, "another process kept the database " + path_ + " locked until the deadline")
                    .caused_by(begun.error()));
  }
  return begun;
}

Status SqliteConnection::commit() {
  bounds_ = nullptr;
  Status done = script("COMMIT");
  if (!done) rollback();
  return done;
}

void SqliteConnection::rollback() {
  bounds_ = nullptr;
  if (sqlite3_get_autocommit(db_.get()) == 0) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Status SqliteConnection::script(const std::string& sql) {
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(last_error(code));
  return {};
}

Result<SqliteConnection::Statement*> SqliteConnection::prepared(std::string_view sql) {
  std::string key(sql);
  if (const auto found = statements_.find(key); found != statements_.end()) return &found->second;
  if (statements_.size() >= kMostStatements) statements_.clear();

  Statement statement;
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), key.c_str(), static_cast<int>(key.size()) + 1,
                                      SQLITE_PREPARE_PERSISTENT, &handle, &rest);
  statement.handle.reset(handle);
  if (code != SQLITE_OK) return fail(last_error(code));
  if (handle == nullptr || std::string_view(rest).find_first_not_of(" \t\n;") != std::string_view::npos) {
    return fail(DbError::misuse, "one statement at a time: " + key);
  }
  // `$2, $1` are names to SQLite, and numbered as they appear.
  const int count = sqlite3_bind_parameter_count(handle);
  for (int index = 1; index <= count; ++index) {
    const char* name = sqlite3_bind_parameter_name(handle, index);
    const std::string_view digits = name == nullptr ? std::string_view() : std::string_view(name).substr(1);
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || number == 0) {
      return fail(DbError::misuse, "parameters are written $1, $2 …: " + key);
    }
    statement.numbers.push_back(number - 1);
    statement.wanted = std::max(statement.wanted, number);
  }
  return &statements_.emplace(std::move(key), std::move(statement)).first->second;
}

Status SqliteConnection::bind(const Statement& statement, Params params) {
  if (params.size() != statement.wanted) {
    return fail(DbError::misuse, std::to_string(params.size()) + " parameters for a statement that wants " +
                                     std::to_string(statement.wanted));
  }
  MW_CHECK(check_text(params));
  sqlite3_stmt* handle = statement.handle.get();
  for (std::size_t i = 0; i < statement.numbers.size(); ++i) {
    const Param& param = params[statement.numbers[i]];
    const int index = static_cast<int>(i) + 1;
    int code = SQLITE_OK;
    if (param.is_null()) {
      code = sqlite3_bind_null(handle, index);
    } else if (param.type() == Param::Type::integer) {
      code = sqlite3_bind_int64(handle, index, param.integer());
    } else if (param.type() == Param::Type::real) {
      code = sqlite3_bind_double(handle, index, param.real());
    } else if (param.type() == Param::Type::text) {
      // An empty text or blob must not become NULL, as it would with a null pointer.
      const std::string_view text = param.text();
      code =
          sqlite3_bind_text64(handle, index, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    } else {
      const BytesView bytes = param.bytes();
      code = bytes.empty() ? sqlite3_bind_zeroblob(handle, index, 0)
                           : sqlite3_bind_blob64(handle, index, bytes.data(), bytes.size(), SQLITE_STATIC);
    }
    if (code != SQLITE_OK) return fail(last_error(code));
  }
  return {};
}

Row SqliteConnection::read_row(sqlite3_stmt* statement) const {
  std::vector<Value> values;
  const int count = sqlite3_column_count(statement);
  values.reserve(static_cast<std::size_t>(count));
  for (int column = 0; column < count; ++column) {
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER:
        values.emplace_back(std::int64_t{sqlite3_column_int64(statement, column)});
        break;
      case SQLITE_FLOAT:
        values.emplace_back(sqlite3_column_double(statement, column));
        break;
      case SQLITE_TEXT: {
        const unsigned char* text = sqlite3_column_text(statement, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        values.emplace_back(std::string(reinterpret_cast<const char*>(text), size));
        break;
      }
      case SQLITE_BLOB: {
        const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        values.emplace_back(size == 0 ? Bytes() : Bytes(data, data + size));
        break;
      }
      default:
        values.emplace_back(std::monostate());
        break;
    }
  }
  return Row(std::move(values));
}

Result<std::int64_t> SqliteConnection::run(std::string_view sql, Params params, Fetch, const RowSink& sink) {
  MW_TRY(Statement * statement, prepared(sql));
  sqlite3_stmt* handle = statement->handle.get();
  // A statement that is not reset keeps its locks, and its bindings point at the caller's memory.
  const auto reset = [](sqlite3_stmt* used) {
    sqlite3_reset(used);
    sqlite3_clear_bindings(used);
  };
  const std::unique_ptr<sqlite3_stmt, decltype(reset)> in_use(handle, reset);
  MW_CHECK(bind(*statement, params));
  const int before = sqlite3_total_changes(db_.get());
  for (;;) {
    const int code = sqlite3_step(handle);
    if (code == SQLITE_DONE) break;
    if (code != SQLITE_ROW) return fail(last_error(code));
    MW_CHECK(sink(read_row(handle)));
  }
  if (sqlite3_total_changes(db_.get()) == before) return 0;
  return sqlite3_changes64(db_.get());
}

}  // namespace mailward::db
