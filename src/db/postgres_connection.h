#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/secret.h"
#include "db/connection.h"

namespace mailward::db {

/// A connection to PostgreSQL; internal to db/.
class PostgresConnection final : public Connection {
 public:
  static Result<std::unique_ptr<PostgresConnection>> open(const std::string& url, const SecretString& password,
                                                          bool prepare, const Clock& clock);

  Backend backend() const override { return Backend::postgresql; }
  bool usable() const override;
  Status begin(Access access, Durability durability, const Bounds& bounds) override;
  Status commit() override;
  void rollback() override;
  Result<std::int64_t> run(std::string_view sql, Params params, Fetch fetch, const RowSink& sink) override;
  Status script(const std::string& sql) override;

  /// Outside a transaction: whether the server has ended the connection, as far as it shows without asking.
  bool hung_up();
  /// Outside a transaction: whether the server still answers, within `patience`. Errors: connection_lost.
  Status ping(std::chrono::seconds patience);

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Answer = std::unique_ptr<PGresult, Clear>;
  struct Wire;

  PostgresConnection(bool prepare, const Clock& clock) : prepare_(prepare), clock_(clock) {}
  Result<std::string> prepared(std::string_view sql, const Wire& wire);
  /// Waits until an answer can be had; cancels the statement at the deadline or when stopped.
  Status await();
  /// All answers of what was sent; the last one, or the first that is an error.
  Result<Answer> collect();
  Result<Answer> exec(const std::string& sql);
  Error error_of(const PGresult* answer) const;
  Error lost() const;
  void cancel();

  const bool prepare_;
  const Clock& clock_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::unordered_map<std::string, std::string> statements_;
  Bounds bounds_{.deadline = Deadline::at({}), .stop = {}};
  bool bounded_ = false;
  /// How long an answer may take that no transaction's deadline bounds: the end of a transaction whose deadline has
  /// passed or is near, and the answer to a cancel.
  std::chrono::seconds last_wait_{5};
  bool broken_ = false;
};

}  // namespace mailward::db
