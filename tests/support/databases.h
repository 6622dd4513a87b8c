#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>

#include "db/database.h"
#include "tests/support/paths.h"
#include "tests/support/postgres.h"

namespace mailward::testing {

/// The URL of a new database in `folder`, or on the test program's PostgreSQL: with the program's schema (a copy of one
/// that is migrated once a program, for that takes longer than most tests), or with nothing. One thread at a time.
std::string new_database(db::Backend backend, const std::filesystem::path& folder, bool empty);

/// The base of every test that needs a database: it runs on SQLite and on PostgreSQL, each test on a fresh one.
///
///   class LeaseTest : public OnEveryDatabase {};
///   MAILWARD_ON_EVERY_DATABASE(LeaseTest);
///   TEST_P(LeaseTest, expires) { … database() … }
class OnEveryDatabase : public ::testing::TestWithParam<db::Backend> {
 protected:
  void SetUp() override { url_ = new_database(GetParam(), folder_.path(), starts_empty()); }
  /// Whether the test is about the schema itself.
  virtual bool starts_empty() const { return false; }

  bool on_sqlite() const { return GetParam() == db::Backend::sqlite; }
  const std::string& url() const { return url_; }
  /// A folder that is removed after the test.
  const std::filesystem::path& folder() const { return folder_.path(); }

  /// The test's database, opened as the service at the first call.
  /// Thread-safe.
  db::Database& database() {
    const std::scoped_lock lock(opening_);
    if (!database_) {
      auto opened = db::Database::open({.url = url_}, db::OpenAs::service, clock());
      if (!opened) throw std::runtime_error(opened.error().describe());
      database_ = *std::move(opened);
    }
    return *database_;
  }
  void close_database() { database_.reset(); }
  virtual const Clock& clock() const { return Clock::system(); }

 private:
  TemporaryFolder folder_;
  std::string url_;
  std::mutex opening_;
  std::unique_ptr<db::Database> database_;
};

#define MAILWARD_ON_EVERY_DATABASE(Suite)                                                                        \
  INSTANTIATE_TEST_SUITE_P(                                                                                      \
      Databases, Suite, ::testing::Values(::mailward::db::Backend::sqlite, ::mailward::db::Backend::postgresql), \
      [](const auto& info) { return info.param == ::mailward::db::Backend::sqlite ? "sqlite" : "postgresql"; })

}  // namespace mailward::testing
