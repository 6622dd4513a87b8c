#include <limits>

#include "base/digest.h"
#include "tests/support/databases.h"

namespace mailward::db {
namespace {

class ValuesTest : public testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    const Status made = database().transaction([](Transaction& tx) {
      return tx.execute_script(
          "CREATE TABLE sample (id BIGINT PRIMARY KEY, number BIGINT, ratio DOUBLE PRECISION, words TEXT, data BYTEA)");
    });
    ASSERT_TRUE(made) << made.error().describe();
  }

  Row stored(std::int64_t id, const std::optional<std::int64_t>& number, const std::optional<double>& ratio,
             const std::optional<std::string>& words, const std::optional<Bytes>& data) {
    const auto row = database().transaction([&](Transaction& tx) -> Result<Row> {
      // Out of order, and one of them twice, as names to SQLite.
      MW_CHECK(tx.execute("INSERT INTO sample (data, words, ratio, number, id) VALUES ($5, $4, $3, $2, $1)",
                          {id, number, ratio, words, data}));
      MW_TRY(auto found, tx.query_row("SELECT number, ratio, words, data FROM sample WHERE id = $1 AND id = $1", {id}));
      return *found;
    });
    if (!row) throw std::runtime_error(row.error().describe());
    return *row;
  }
};
MAILWARD_ON_EVERY_DATABASE(ValuesTest);

TEST_P(ValuesTest, extreme_integers_come_back) {
  using Limits = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(stored(1, Limits::max(), {}, {}, {}).integer(0), Limits::max());
  EXPECT_EQ(stored(2, Limits::min(), {}, {}, {}).integer(0), Limits::min());
  EXPECT_EQ(stored(3, 0, {}, {}, {}).integer(0), 0);
  EXPECT_EQ(stored(4, -1, {}, {}, {}).integer(0), -1);
}

TEST_P(ValuesTest, reals_come_back) {
  EXPECT_EQ(stored(1, {}, 0.1, {}, {}).real(1), 0.1);
  EXPECT_EQ(stored(2, {}, -1.7976931348623157e308, {}, {}).real(1), -1.7976931348623157e308);
}

TEST_P(ValuesTest, null_and_empty_are_different) {
  const Row nulls = stored(1, {}, {}, {}, {});
  for (std::size_t column = 0; column < 4; ++column) EXPECT_TRUE(nulls.is_null(column)) << column;
  const Row empty = stored(2, 0, 0.0, "", Bytes());
  for (std::size_t column = 0; column < 4; ++column) EXPECT_FALSE(empty.is_null(column)) << column;
  EXPECT_EQ(empty.text(2), "");
  EXPECT_EQ(empty.bytes(3), Bytes());
  EXPECT_EQ(empty.maybe_text(2), "");
  EXPECT_EQ(nulls.maybe_bytes(3), std::nullopt);
}

TEST_P(ValuesTest, bytes_are_bytes) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(stored(1, {}, {}, {}, all).bytes(3), all);
  const Bytes large = random_bytes(3 << 20);
  EXPECT_EQ(stored(2, {}, {}, {}, large).bytes(3), large);
}

TEST_P(ValuesTest, text_is_utf8) {
  const std::string words = "Ünïcode – \"quoted\" 'x' \\ 日本 \U0001F600\n\t";
  EXPECT_EQ(stored(1, {}, {}, words, {}).text(2), words);
}

TEST_P(ValuesTest, text_with_nul_or_broken_utf8_is_refused_alike) {
  for (const std::string& words : {std::string("a\0b", 3), std::string("\xff\xfe")}) {
    const auto done = database().read([&](Session& session) { return session.query("SELECT $1", {words}); });
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().is(DbError::misuse)) << done.error().describe();
  }
}

TEST_P(ValuesTest, a_wrong_number_of_parameters_is_an_error) {
  const auto few = database().read([&](Session& session) { return session.query("SELECT $1 + $2", {1}); });
  ASSERT_FALSE(few);
  const auto many = database().read([&](Session& session) { return session.query("SELECT $1", {1, 2}); });
  ASSERT_FALSE(many);
}

TEST_P(ValuesTest, rows_come_one_by_one_in_order_and_a_taker_may_stop) {
  std::int64_t sum = 0;
  const std::string_view numbers =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i FROM n";
  const Status all = database().read([&](Session& session) {
    return session.each(numbers, {}, [&](const Row& row) -> Status {
      sum += row.integer(0);
      return {};
    });
  });
  ASSERT_TRUE(all) << all.error().describe();
  EXPECT_EQ(sum, 50005000);

  int taken = 0;
  const Status stopped = database().read([&](Session& session) {
    return session.each(numbers, {}, [&](const Row&) -> Status {
      if (++taken == 3) return fail(BaseError::limit_exceeded, "enough");
      return {};
    });
  });
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().is(BaseError::limit_exceeded)) << stopped.error().describe();
  EXPECT_EQ(taken, 3);
  // The connection is fit for use afterwards.
  EXPECT_TRUE(database().read([&](Session& session) { return session.query("SELECT 1"); }));
}

TEST_P(ValuesTest, execute_counts_the_rows_changed) {
  stored(1, 1, {}, {}, {});
  stored(2, 2, {}, {}, {});
  const auto counts = database().transaction([](Transaction& tx) -> Result<std::vector<std::int64_t>> {
    MW_TRY(const auto two, tx.execute("UPDATE sample SET number = number + 1"));
    MW_TRY(const auto none, tx.execute("DELETE FROM sample WHERE id = $1", {7}));
    MW_TRY(const auto one, tx.execute("DELETE FROM sample WHERE id = $1", {1}));
    return std::vector{two, none, one};
  });
  ASSERT_TRUE(counts) << counts.error().describe();
  EXPECT_EQ(*counts, (std::vector<std::int64_t>{2, 0, 1}));
}

TEST_P(ValuesTest, more_statements_than_are_kept_prepared) {
  const auto done = database().read([](Session& session) -> Status {
    for (int i = 0; i < 1200; ++i) {
      MW_TRY(const auto row, session.query_row("SELECT $1 + " + std::to_string(i), {1}));
      if (row->integer(0) != i + 1) return fail(BaseError::malformed, "wrong answer");
    }
    return {};
  });
  EXPECT_TRUE(done) << done.error().describe();
}

}  // namespace
}  // namespace mailward::db
