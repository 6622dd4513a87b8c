#include <signal.h>

#include "tests/support/databases.h"
#include "tests/support/wait_until.h"

namespace mailward::db {
namespace {

/// What happens when PostgreSQL drops the connection.
class PostgresLossTest : public ::testing::Test {
 protected:
  testing::PostgresServer& server() { return testing::PostgresServer::shared(); }
  void SetUp() override {
    if (!testing::postgres_installed()) GTEST_SKIP() << "PostgreSQL is not installed";
    url_ = server().fresh_database();
    auto opened = Database::open({.url = url_}, OpenAs::service);
    ASSERT_TRUE(opened) << opened.error().describe();
    database_ = *std::move(opened);
    server().run_as_superuser("CREATE TABLE mark (id BIGINT)", url_);
  }
  void kill(std::int64_t backend) {
    server().run_as_superuser("SELECT pg_terminate_backend(" + std::to_string(backend) + ")");
  }

  std::string url_;
  std::unique_ptr<Database> database_;
};

TEST_F(PostgresLossTest, a_transaction_whose_connection_broke_runs_again_once_whole) {
  int runs = 0;
  const Status done = database_->transaction([&](Transaction& tx) -> Status {
    MW_CHECK(tx.execute("INSERT INTO mark (id) VALUES (1)"));
    MW_TRY(const auto self, tx.query_row("SELECT pg_backend_pid()"));
    if (++runs == 1) kill(self->integer(0));
    MW_CHECK(tx.execute("INSERT INTO mark (id) VALUES (2)"));
    return {};
  });
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(server().run_as_superuser("SELECT count(*) FROM mark", url_), "2");
}

TEST_F(PostgresLossTest, connections_that_died_while_idle_are_replaced_unseen) {
  ASSERT_TRUE(database_->read([](Session& session) { return session.query("SELECT 1"); }));
  server().run_as_superuser(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'mailward' AND datname = "
      "current_database()",
      url_);
  const auto read = database_->read([](Session& session) { return session.query("SELECT 1"); });
  ASSERT_TRUE(read) << read.error().describe();
}

TEST_F(PostgresLossTest, a_connection_lost_during_commit_has_an_unknown_outcome_and_is_not_repeated) {
  server().run_as_superuser(
      "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
      "pg_terminate_backend(pg_backend_pid()); "
      "PERFORM pg_sleep(5); RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON mark DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
      "die()",
      url_);
  int runs = 0;
  const Status done = database_->transaction([&](Transaction& tx) -> Status {
    ++runs;
    MW_CHECK(tx.execute("INSERT INTO mark (id) VALUES (1)"));
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(DbError::outcome_unknown)) << done.error().describe();
  EXPECT_EQ(runs, 1);
}

/// What the server knows of the connection that holds the service lock.
constexpr const char* kEndLockHolder =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())";

TEST_F(PostgresLossTest, a_lost_service_lock_is_noticed_and_nothing_is_committed_any_more) {
  ASSERT_TRUE(database_->check_service_lock());
  const auto insert = [&](std::int64_t id) {
    return database_->transaction([&](Transaction& tx) -> Status {
      MW_CHECK(tx.execute("INSERT INTO mark (id) VALUES ($1)", {id}));
      return {};
    });
  };
  ASSERT_TRUE(insert(1));
  // In the middle of a transaction: another service may have the database before it would commit.
  const Status half = database_->transaction([&](Transaction& tx) -> Status {
    MW_CHECK(tx.execute("INSERT INTO mark (id) VALUES (2)"));
    const auto holder = static_cast<pid_t>(std::stoi(server().run_as_superuser(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE "
        "datname = current_database())",
        url_)));
    EXPECT_EQ(server().run_as_superuser(kEndLockHolder, url_), "1");
    // It lets the lock go first and the connection last, with its process.
    return testing::wait_until([&] { return ::kill(holder, 0) != 0; }, std::chrono::seconds(10))
               ? Status()
               : fail(DbError::other, "the holder did not go");
  });
  ASSERT_FALSE(half);
  EXPECT_TRUE(half.error().is(DbError::lock_lost)) << half.error().describe();
  const auto another = Database::open({.url = url_}, OpenAs::service);
  EXPECT_TRUE(another) << another.error().describe();
  const Status later = insert(3);
  ASSERT_FALSE(later);
  EXPECT_TRUE(later.error().is(DbError::lock_lost)) << later.error().describe();
  const Status checked = database_->check_service_lock();
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().is(DbError::lock_lost));
  EXPECT_EQ(server().run_as_superuser("SELECT string_agg(id::text, ',') FROM mark", url_), "1");
}

TEST_F(PostgresLossTest, asking_for_the_service_lock_notices_by_itself) {
  EXPECT_EQ(server().run_as_superuser(kEndLockHolder, url_), "1");
  EXPECT_TRUE(testing::wait_until([&] { return !database_->check_service_lock(); }, std::chrono::seconds(10)));
}

TEST_F(PostgresLossTest, a_password_in_the_address_is_refused_and_not_repeated) {
  const auto opened = Database::open({.url = "postgresql://user:hunter2@127.0.0.1/db"}, OpenAs::guest);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(DbError::misuse));
  EXPECT_EQ(opened.error().describe().find("hunter2"), std::string::npos);
}

TEST_F(PostgresLossTest, a_server_that_is_not_there_is_named) {
  const auto opened = Database::open({.url = "postgresql://postgres@127.0.0.1:1/none"}, OpenAs::guest);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(DbError::cannot_connect)) << opened.error().describe();
}

TEST_F(PostgresLossTest, works_without_prepared_statements) {
  auto opened = Database::open({.url = url_, .prepare = false}, OpenAs::guest);
  ASSERT_TRUE(opened) << opened.error().describe();
  const auto row =
      (*opened)->read([](Session& session) { return session.query_row("SELECT $1 || 'b', $2", {"a", 5}); });
  ASSERT_TRUE(row) << row.error().describe();
  EXPECT_EQ((*row)->text(0), "ab");
  EXPECT_EQ((*row)->integer(1), 5);
}

}  // namespace
}  // namespace mailward::db
