#include "db/postgres_connection.h"

#include <poll.h>

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "db/postgres_values.h"

namespace mailward::db {

namespace {

constexpr std::size_t kMostStatements = 512;
constexpr std::chrono::milliseconds kStopCheck{100};
constexpr int kMostHeard = 16;

DbError class_of(std::string_view state) {
  if (state == "23505") return DbError::unique_violation;
  if (state.starts_with("23")) return DbError::constraint;
  if (state == "40001" || state == "40P01" || state == "55P03") return DbError::retry;
  if (state == "57014") return DbError::timed_out;
  if (state == "08P01") return DbError::misuse;
  if (state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03" || state == "25P03") {
    return DbError::connection_lost;
  }
  if (state == "25006" || state == "42501") return DbError::read_only;
  if (state == "53100") return DbError::disk_full;
  if (state == "XX001" || state == "XX002") return DbError::corrupt;
  return DbError::other;
}

/// The highest n of the `$n` in a statement, outside quotes.
std::size_t parameters_named(std::string_view sql) {
  std::size_t highest = 0;
  char quote = 0;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (quote != 0) {
      if (sql[i] == quote) quote = 0;
    } else if (sql[i] == '\'' || sql[i] == '"') {
      quote = sql[i];
    } else if (sql[i] == '$') {
      std::size_t number = 0;
      std::from_chars(sql.data() + i + 1, sql.data() + sql.size(), number);
      highest = std::max(highest, number);
    }
  }
  return highest;
}

std::string remedy_for(DbError error) {
  switch (error) {
    case DbError::disk_full:
      return "Make room on the disk of the PostgreSQL server; what failed was not written.";
    case DbError::read_only:
      return "The server is a standby or the role may not write: point Mailward at the primary, and let its role own "
             "the "
             "database.";
    case DbError::corrupt:
      return "The server reports damaged data: stop the service and restore a backup.";
    default:
      return {};
  }
}

}  // namespace

Error PostgresConnection::lost() const {
  return {DbError::connection_lost, "the connection to PostgreSQL broke"};
}

Error PostgresConnection::error_of(const PGresult* answer) const {
  const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  if (state == nullptr || broken_) return lost();
  DbError error = class_of(state);
  if (error == DbError::timed_out && bounds_.stop.stop_requested()) error = DbError::cancelled;
  // Not the detail: it quotes values.
  const char* words = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  return Error(error, std::string("PostgreSQL (") + state + "): " + printable(words == nullptr ? "" : words))
      .with_remedy(remedy_for(error));
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url,
                                                                     const SecretString& password, bool prepare,
                                                                     const Clock& clock) {
  auto made = std::unique_ptr<PostgresConnection>(new PostgresConnection(prepare, clock));
  // What stands before the URL (given as dbname) may be overridden by it, what follows may not. pgbouncer refuses
  // options.
  std::vector<std::pair<const char*, const char*>> all{{"connect_timeout", "10"},     {"keepalives_idle", "30"},
                                                       {"keepalives_interval", "10"}, {"keepalives_count", "3"},
                                                       {"tcp_user_timeout", "15000"}, {"application_name", "mailward"}};
  if (prepare) all.emplace_back("options", "-c idle_in_transaction_session_timeout=120s");
  all.emplace_back("dbname", url.c_str());
  all.emplace_back("client_encoding", "UTF8");
  if (!password.empty()) all.emplace_back("password", password.reveal().data());
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : all) {
    names.push_back(name);
    values.push_back(value);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  made->connection_.reset(PQconnectdbParams(names.data(), values.data(), 1));
  if (PQstatus(made->connection_.get()) != CONNECTION_OK) {
    return fail(Error(DbError::cannot_connect,
                      "no connection to PostgreSQL: " + printable(PQerrorMessage(made->connection_.get()), 400))
                    .with_remedy("See that the server runs and lets this user into this database (pg_hba.conf)."));
  }
  PQsetNoticeProcessor(made->connection_.get(), [](void*, const char*) {}, nullptr);
  return made;
}

bool PostgresConnection::usable() const {
  return !broken_ && PQstatus(connection_.get()) == CONNECTION_OK &&
         PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

bool PostgresConnection::hung_up() {
  // A server that ends a connection says why before it hangs up; a change of a setting is said too and is no end.
  for (int heard = 0; heard < kMostHeard && !broken_; ++heard) {
    pollfd ready{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 0) <= 0) return false;
    if (PQconsumeInput(connection_.get()) == 0) broken_ = true;
    PQisBusy(connection_.get());  // takes what was heard out of the buffer
  }
  return true;
}

Status PostgresConnection::ping(std::chrono::seconds patience) {
  const auto before = std::exchange(last_wait_, patience);
  const auto answered = exec("SELECT 1");
  last_wait_ = before;
  if (!answered) return fail(lost());
  return {};
}

void PostgresConnection::cancel() {
  std::array<char, 256> words{};
  PGcancel* handle = PQgetCancel(connection_.get());
  if (handle == nullptr) return;
  PQcancel(handle, words.data(), static_cast<int>(words.size()));
  PQfreeCancel(handle);
}

Status PostgresConnection::await() {
  const Deadline last = bounds_.deadline;
  std::optional<std::chrono::steady_clock::time_point> give_up;
  while (PQisBusy(connection_.get()) != 0) {
    if (!give_up && (!bounded_ || bounds_.stop.stop_requested() || last.expired(clock_))) {
      if (bounded_) cancel();
      give_up = std::chrono::steady_clock::now() + last_wait_;
    }
    if (give_up && std::chrono::steady_clock::now() > *give_up) {
      broken_ = true;
      return fail(lost());
    }
    pollfd ready{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(kStopCheck.count())) > 0 && PQconsumeInput(connection_.get()) == 0) {
      broken_ = true;
      return fail(lost());
    }
  }
  return {};
}

Result<PostgresConnection::Answer> PostgresConnection::collect() {
  Answer last;
  for (;;) {
    MW_CHECK(await());
    Answer next(PQgetResult(connection_.get()));
    if (!next) break;
    const bool failed_before = last && PQresultStatus(last.get()) == PGRES_FATAL_ERROR;
    if (!failed_before) last = std::move(next);
  }
  if (PQstatus(connection_.get()) != CONNECTION_OK) broken_ = true;
  if (!last) {
    broken_ = true;
    return fail(lost());
  }
  if (PQresultStatus(last.get()) == PGRES_FATAL_ERROR) return fail(error_of(last.get()));
  return last;
}

Result<PostgresConnection::Answer> PostgresConnection::exec(const std::string& sql) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) {
    broken_ = true;
    return fail(lost());
  }
  return collect();
}

Status PostgresConnection::begin(Access access, Durability durability, const Bounds& bounds) {
  bounds_ = bounds;
  bounded_ = true;
  const std::string patience = std::to_string(std::max<std::int64_t>(1, bounds.deadline.remaining(clock_).count()));
  std::string sql = access == Access::write ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
                                            : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  sql += "; SET LOCAL statement_timeout = " + patience + "; SET LOCAL lock_timeout = " + patience;
  if (access == Access::write) {
    sql +=
        durability == Durability::full ? "; SET LOCAL synchronous_commit = on" : "; SET LOCAL synchronous_commit = off";
  }
  return script(sql);
}

Status PostgresConnection::commit() {
  bounded_ = false;
  const bool sent = PQsendQuery(connection_.get(), "COMMIT") != 0;
  if (!sent) {
    broken_ = true;
    return fail(lost());
  }
  auto answer = collect();
  if (!answer) {
    if (!broken_ && !answer.error().is(DbError::connection_lost)) {
      rollback();
      return fail(std::move(answer).error());
    }
    broken_ = true;
    return fail(Error(DbError::outcome_unknown, "the connection to PostgreSQL broke during COMMIT: it may stand or not")
                    .with_remedy("Look before doing it again."));
  }
  if (std::string_view(PQcmdStatus(answer->get())) != "COMMIT") {
    return fail(DbError::other, "PostgreSQL rolled the transaction back at COMMIT");
  }
  return {};
}

void PostgresConnection::rollback() {
  bounded_ = false;
  if (broken_ || PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
  if (!exec("ROLLBACK")) broken_ = true;
}

Status PostgresConnection::script(const std::string& sql) {
  MW_CHECK(exec(sql));
  return {};
}

/// The parameters as libpq takes them.
struct PostgresConnection::Wire {
  explicit Wire(Params params) {
    buffers.reserve(params.size());
    for (const Param& param : params) {
      buffers.push_back(to_wire(param));
      types.push_back(type_of(param));
      values.push_back(param.is_null() ? nullptr : buffers.back().data());
      lengths.push_back(static_cast<int>(buffers.back().size()));
      formats.push_back(1);
    }
  }
  int count() const { return static_cast<int>(types.size()); }

  std::vector<WireValue> buffers;
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

Result<std::string> PostgresConnection::prepared(std::string_view sql, const Wire& wire) {
  std::string key(sql);
  for (const Oid type : wire.types) key += "\n" + std::to_string(type);
  if (const auto found = statements_.find(key); found != statements_.end()) return found->second;
  if (statements_.size() >= kMostStatements) {
    MW_CHECK(exec("DEALLOCATE ALL"));
    statements_.clear();
  }
  std::string name = "s" + std::to_string(statements_.size());
  if (PQsendPrepare(connection_.get(), name.c_str(), std::string(sql).c_str(), wire.count(), wire.types.data()) == 0) {
    broken_ = true;
    return fail(lost());
  }
  MW_CHECK(collect());
  statements_.emplace(std::move(key), name);
  return name;
}

Result<std::int64_t> PostgresConnection::run(std::string_view sql, Params params, Fetch fetch, const RowSink& sink) {
  // PostgreSQL takes parameters that the statement does not name; SQLite's answer is ours.
  if (const std::size_t wanted = parameters_named(sql); params.size() != wanted) {
    return fail(DbError::misuse,
                std::to_string(params.size()) + " parameters for a statement that wants " + std::to_string(wanted));
  }
  MW_CHECK(check_text(params));
  const Wire wire(params);
  int sent = 0;
  if (prepare_) {
    MW_TRY(const std::string name, prepared(sql, wire));
    sent = PQsendQueryPrepared(connection_.get(), name.c_str(), wire.count(), wire.values.data(), wire.lengths.data(),
                               wire.formats.data(), 1);
  } else {
    sent = PQsendQueryParams(connection_.get(), std::string(sql).c_str(), wire.count(), wire.types.data(),
                             wire.values.data(), wire.lengths.data(), wire.formats.data(), 1);
  }
  if (sent == 0) {
    broken_ = PQstatus(connection_.get()) != CONNECTION_OK;
    if (broken_) return fail(lost());
    return fail(DbError::misuse, "PostgreSQL does not take this statement: " + std::string(sql));
  }
  if (fetch == Fetch::row_by_row) PQsetSingleRowMode(connection_.get());

  std::optional<Error> failure;
  std::int64_t changed = 0;
  for (;;) {
    MW_CHECK(await());
    const Answer answer(PQgetResult(connection_.get()));
    if (!answer) break;
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status == PGRES_FATAL_ERROR) {
      if (PQstatus(connection_.get()) != CONNECTION_OK) broken_ = true;
      if (!failure) failure = error_of(answer.get());
      continue;
    }
    const std::string_view tuples = PQcmdTuples(answer.get());
    std::from_chars(tuples.data(), tuples.data() + tuples.size(), changed);
    for (int row = 0; row < PQntuples(answer.get()) && !failure; ++row) {
      auto read = read_row(answer.get(), row);
      if (!read) {
        failure = read.error();
      } else if (Status taken = sink(*std::move(read)); !taken) {
        failure = taken.error();
        // Not the rest of a long answer: the server is told, and what still comes is dropped.
        if (fetch == Fetch::row_by_row) cancel();
      }
    }
  }
  if (failure) return fail(*std::move(failure));
  return changed;
}

}  // namespace mailward::db
