#pragma once

#include <string>

namespace mailward::testing {

/// A PostgreSQL 15 of the test program's own, on a Unix socket in a temporary folder (its owner is the user `postgres`,
/// for PostgreSQL refuses root). Started at the first call, killed when the program ends, however it ends.
class PostgresServer {
 public:
  /// Throws std::runtime_error with the server's own words if it does not start.
  static PostgresServer& shared();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// "postgresql://…" of a new database: empty, or a copy of one of fresh_database(), to which nobody is connected.
  std::string fresh_database(const std::string& like = {});
  /// SQL as superuser in the given database of fresh_database(), or in "postgres"; the first field of the answer.
  std::string run_as_superuser(const std::string& sql, const std::string& url = {});

 private:
  PostgresServer();
  ~PostgresServer();
  std::string folder_;
  int pid_ = -1;
  int count_ = 0;
};

/// Whether PostgreSQL is installed; a test that skips for want of it says so.
bool postgres_installed();

}  // namespace mailward::testing
