#include <atomic>
#include <barrier>
#include <thread>

#include "tests/support/databases.h"

namespace mailward::db {
namespace {

class TransactionsTest : public testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    const Status made = database().transaction([](Transaction& tx) {
      return tx.execute_script(
          "CREATE TABLE account (id BIGINT PRIMARY KEY, balance BIGINT NOT NULL CHECK (balance >= 0));"
          "CREATE TABLE child (id BIGINT PRIMARY KEY REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED);"
          "INSERT INTO account (id, balance) VALUES (1, 1000), (2, 1000)");
    });
    ASSERT_TRUE(made) << made.error().describe();
  }

  std::int64_t number(std::string_view sql) {
    const auto row = database().read([&](Session& session) { return session.query_row(sql); });
    if (!row) throw std::runtime_error(row.error().describe());
    return (*row)->integer(0);
  }
};
MAILWARD_ON_EVERY_DATABASE(TransactionsTest);

TEST_P(TransactionsTest, a_failed_body_leaves_nothing) {
  const Status done = database().transaction([](Transaction& tx) -> Status {
    MW_CHECK(tx.execute("UPDATE account SET balance = 0"));
    return fail(BaseError::not_found, "no");
  });
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(BaseError::not_found));
  EXPECT_EQ(number("SELECT CAST(SUM(balance) AS BIGINT) FROM account"), 2000);
}

TEST_P(TransactionsTest, constraint_errors_are_told_apart) {
  const auto run = [&](std::string_view sql) {
    return database().transaction([&](Transaction& tx) -> Status {
      MW_CHECK(tx.execute(sql));
      return {};
    });
  };
  const auto unique = run("INSERT INTO account (id, balance) VALUES (1, 5)");
  ASSERT_FALSE(unique);
  EXPECT_TRUE(unique.error().is(DbError::unique_violation)) << unique.error().describe();
  for (const auto* sql :
       {"INSERT INTO account (id, balance) VALUES (3, -5)", "INSERT INTO account (id, balance) VALUES (3, NULL)"}) {
    const auto other = run(sql);
    ASSERT_FALSE(other);
    EXPECT_TRUE(other.error().is(DbError::constraint)) << other.error().describe();
  }
  // Found at COMMIT only.
  const auto deferred = run("INSERT INTO child (id) VALUES (77)");
  ASSERT_FALSE(deferred);
  EXPECT_TRUE(deferred.error().is(DbError::constraint)) << deferred.error().describe();
  EXPECT_EQ(number("SELECT COUNT(*) FROM child"), 0);
  EXPECT_TRUE(run("UPDATE account SET balance = balance"));
}

TEST_P(TransactionsTest, an_error_that_the_body_drops_is_not_committed) {
  const Status done = database().transaction([](Transaction& tx) -> Status {
    MW_CHECK(tx.execute("UPDATE account SET balance = 1 WHERE id = 1"));
    EXPECT_FALSE(tx.execute("INSERT INTO account (id, balance) VALUES (2, 5)"));
    EXPECT_FALSE(tx.execute("UPDATE account SET balance = 2 WHERE id = 1"));
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(DbError::unique_violation)) << done.error().describe();
  EXPECT_EQ(number("SELECT balance FROM account WHERE id = 1"), 1000);
}

TEST_P(TransactionsTest, a_savepoint_undoes_only_its_own_part) {
  const Status done = database().transaction([](Transaction& tx) -> Status {
    MW_CHECK(tx.execute("UPDATE account SET balance = 1 WHERE id = 1"));
    const Status inner = tx.savepoint([&]() -> Status {
      MW_CHECK(tx.execute("UPDATE account SET balance = 7 WHERE id = 1"));
      MW_CHECK(tx.execute("INSERT INTO account (id, balance) VALUES (2, 5)"));
      return {};
    });
    EXPECT_FALSE(inner);
    if (!inner) EXPECT_TRUE(inner.error().is(DbError::unique_violation));
    MW_CHECK(tx.execute("UPDATE account SET balance = 3 WHERE id = 2"));
    return {};
  });
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_EQ(number("SELECT balance FROM account WHERE id = 1"), 1);
  EXPECT_EQ(number("SELECT balance FROM account WHERE id = 2"), 3);
}

TEST_P(TransactionsTest, transactions_that_collide_are_repeated_and_none_is_lost) {
  // Rows are locked in opposite order: a deadlock on PostgreSQL, a queue on SQLite.
  constexpr int kRounds = 40;
  std::atomic<int> bodies = 0;
  const auto transfer = [&](int from, int to) {
    for (int i = 0; i < kRounds; ++i) {
      const Status done = database().transaction(
          [&](Transaction& tx) -> Status {
            ++bodies;
            MW_CHECK(tx.execute("UPDATE account SET balance = balance - 1 WHERE id = $1", {from}));
            MW_CHECK(tx.execute("UPDATE account SET balance = balance + 1 WHERE id = $1", {to}));
            return {};
          },
          {.durability = Durability::normal, .deadline = Deadline::after(std::chrono::seconds(120))});
      EXPECT_TRUE(done) << done.error().describe();
    }
  };
  if (!on_sqlite()) {
    // The wait before PostgreSQL looks for a deadlock, else a second each.
    testing::PostgresServer::shared().run_as_superuser("ALTER SYSTEM SET deadlock_timeout = '10ms'");
    testing::PostgresServer::shared().run_as_superuser("SELECT pg_reload_conf()");
  }
  std::jthread one(transfer, 1, 2);
  std::jthread two(transfer, 2, 1);
  std::jthread three(transfer, 1, 2);
  one.join();
  two.join();
  three.join();
  EXPECT_EQ(number("SELECT balance FROM account WHERE id = 1"), 1000 - kRounds);
  EXPECT_EQ(number("SELECT balance FROM account WHERE id = 2"), 1000 + kRounds);
  EXPECT_GE(bodies, 3 * kRounds);
}

TEST_P(TransactionsTest, a_body_that_met_another_runs_again) {
  int runs = 0;
  const auto done = database().transaction([&](Transaction& tx) -> Result<int> {
    MW_CHECK(tx.execute("UPDATE account SET balance = balance + 1 WHERE id = 1"));
    if (++runs < 3) return fail(DbError::retry, "met another");
    return runs;
  });
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_EQ(*done, 3);
  EXPECT_EQ(number("SELECT balance FROM account WHERE id = 1"), 1001);
}

TEST_P(TransactionsTest, a_body_that_always_meets_others_ends_at_its_deadline) {
  const auto done = database().transaction([&](Transaction&) -> Status { return fail(DbError::retry, "met another"); },
                                           {.deadline = Deadline::after(std::chrono::milliseconds(50))});
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(DbError::timed_out)) << done.error().describe();
}

TEST_P(TransactionsTest, a_lasting_statement_ends_at_its_deadline_or_when_stopped) {
  const std::string_view endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT COUNT(*) FROM n";
  const auto late = database().read([&](Session& session) { return session.query(endless); },
                                    {.deadline = Deadline::after(std::chrono::milliseconds(200))});
  ASSERT_FALSE(late);
  EXPECT_TRUE(late.error().is(DbError::timed_out)) << late.error().describe();

  std::stop_source stop;
  std::barrier started(2);
  std::jthread stopper([&] {
    started.arrive_and_wait();
    stop.request_stop();
  });
  const auto stopped = database().read(
      [&](Session& session) {
        started.arrive_and_wait();
        return session.query(endless);
      },
      {.deadline = Deadline::after(std::chrono::seconds(60)), .stop = stop.get_token()});
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().is(DbError::cancelled)) << stopped.error().describe();
}

TEST_P(TransactionsTest, a_transaction_within_another_one_times_out_instead_of_hanging) {
  if (!on_sqlite()) GTEST_SKIP() << "PostgreSQL has a second connection for it";
  const Status done = database().transaction([&](Transaction&) {
    return database().transaction([](Transaction&) -> Status { return {}; },
                                  {.deadline = Deadline::after(std::chrono::milliseconds(30))});
  });
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().is(DbError::timed_out)) << done.error().describe();
}

TEST_P(TransactionsTest, a_reader_sees_one_snapshot_and_cannot_write) {
  const Status done = database().read([&](Session& session) -> Status {
    MW_TRY(const auto before, session.query_row("SELECT balance FROM account WHERE id = 1"));
    MW_CHECK(database().transaction([](Transaction& tx) -> Status {
      MW_CHECK(tx.execute("UPDATE account SET balance = 5 WHERE id = 1"));
      return {};
    }));
    MW_TRY(const auto after, session.query_row("SELECT balance FROM account WHERE id = 1"));
    EXPECT_EQ(before->integer(0), 1000);
    EXPECT_EQ(after->integer(0), 1000);
    return {};
  });
  ASSERT_TRUE(done) << done.error().describe();
  const auto written =
      database().read([](Session& session) { return session.query("UPDATE account SET balance = 6"); });
  ASSERT_FALSE(written);
  EXPECT_TRUE(written.error().is(DbError::read_only)) << written.error().describe();
  EXPECT_EQ(number("SELECT balance FROM account WHERE id = 1"), 5);
}

TEST_P(TransactionsTest, notifications_come_after_commit_and_not_after_rollback) {
  const std::uint64_t seen = database().wakes("here");
  EXPECT_FALSE(database().transaction([](Transaction& tx) -> Status {
    tx.notify("here");
    return fail(BaseError::cancelled, "no");
  }));
  EXPECT_EQ(database().wakes("here"), seen);

  std::jthread waker([&] {
    bool called = false;
    EXPECT_TRUE(database().transaction([&](Transaction& tx) -> Status {
      tx.notify("here");
      tx.on_commit([&] { called = true; });
      EXPECT_FALSE(called);
      return {};
    }));
    EXPECT_TRUE(called);
  });
  const Deadline deadline = Deadline::after(std::chrono::seconds(20));
  while (database().wakes("here") == seen) {
    ASSERT_EQ(database().wait("here", seen, deadline), Woken::notified);
  }
  EXPECT_EQ(database().wait("nobody", database().wakes("nobody"), Deadline::after(std::chrono::milliseconds(5))),
            Woken::timed_out);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(database().wait("nobody", database().wakes("nobody"), deadline, stop.get_token()), Woken::stopped);
}

}  // namespace
}  // namespace mailward::db
