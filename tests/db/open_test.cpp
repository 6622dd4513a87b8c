#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "tests/support/databases.h"

namespace mailward::db {
namespace {

constexpr std::array kFirst{
    EmbeddedMigration{"0001_one.pg.sql", "CREATE TABLE one (id BIGINT)"},
    EmbeddedMigration{"0001_one.sqlite.sql", "CREATE TABLE one (id INTEGER) STRICT"},
};
constexpr std::array kSecond{
    EmbeddedMigration{"0001_one.pg.sql", "CREATE TABLE one (id BIGINT)"},
    EmbeddedMigration{"0001_one.sqlite.sql", "CREATE TABLE one (id INTEGER) STRICT"},
    EmbeddedMigration{"0002_two.pg.sql", "CREATE TABLE two (id BIGINT); CREATE TABLE three (id BIGINT)"},
    EmbeddedMigration{"0002_two.sqlite.sql",
                      "CREATE TABLE two (id INTEGER) STRICT; CREATE TABLE three (id INTEGER) STRICT"},
};
constexpr std::array kChanged{
    EmbeddedMigration{"0001_one.pg.sql", "CREATE TABLE one (id BIGINT, more BIGINT)"},
    EmbeddedMigration{"0001_one.sqlite.sql", "CREATE TABLE one (id INTEGER, more INTEGER) STRICT"},
};
constexpr std::array kBroken{
    kSecond[0],
    kSecond[1],
    EmbeddedMigration{"0002_two.pg.sql", "CREATE TABLE two (id BIGINT); CREATE TABEL three (id BIGINT)"},
    EmbeddedMigration{"0002_two.sqlite.sql", "CREATE TABLE two (id INTEGER) STRICT; CREATE TABEL three (id INTEGER)"},
};

class OpenTest : public testing::OnEveryDatabase {
 protected:
  bool starts_empty() const override { return true; }
  Result<std::unique_ptr<Database>> open(std::span<const EmbeddedMigration> migrations, OpenAs as = OpenAs::service) {
    return Database::open({.url = url(), .migrations = migrations}, as);
  }
};
MAILWARD_ON_EVERY_DATABASE(OpenTest);

TEST_P(OpenTest, a_reader_takes_an_older_schema_as_it_is_and_writes_nothing) {
  const auto nothing = open(kFirst, OpenAs::reader);
  ASSERT_FALSE(nothing) << "there is no database of ours yet";
  {
    const auto first = open(kFirst);
    ASSERT_TRUE(first) << first.error().describe();
    ASSERT_TRUE((*first)->transaction([](Transaction& tx) { return tx.execute("INSERT INTO one (id) VALUES (42)"); }));
    // Beside the service, too.
    const auto beside = open(kFirst, OpenAs::reader);
    ASSERT_TRUE(beside) << beside.error().describe();
    EXPECT_TRUE((*beside)->read([](Session& session) { return session.query("SELECT id FROM one"); }));
  }
  {
    const auto reader = open(kSecond, OpenAs::reader);
    ASSERT_TRUE(reader) << reader.error().describe();
    EXPECT_EQ((*reader)->schema_version(), 1);
    const auto row = (*reader)->read([](Session& session) { return session.query_row("SELECT id FROM one"); });
    ASSERT_TRUE(row) << row.error().describe();
    EXPECT_EQ((*row)->integer(0), 42);
    const auto written =
        (*reader)->read([](Session& session) { return session.query("INSERT INTO one (id) VALUES (1) RETURNING id"); });
    EXPECT_FALSE(written);
  }
  ASSERT_TRUE(open(kSecond));
  const auto newer = open(kFirst, OpenAs::reader);
  ASSERT_FALSE(newer);
  EXPECT_TRUE(newer.error().is(DbError::newer_schema)) << newer.error().describe();
}

TEST_P(OpenTest, migrates_step_by_step_and_only_what_is_missing) {
  {
    const auto first = open(kFirst);
    ASSERT_TRUE(first) << first.error().describe();
    EXPECT_EQ((*first)->schema_version(), 1);
    ASSERT_TRUE((*first)->transaction([](Transaction& tx) { return tx.execute("INSERT INTO one (id) VALUES (42)"); }));
  }
  {
    const auto second = open(kSecond);
    ASSERT_TRUE(second) << second.error().describe();
    EXPECT_EQ((*second)->schema_version(), 2);
    const auto row = (*second)->read([](Session& session) { return session.query_row("SELECT id FROM one"); });
    ASSERT_TRUE(row);
    EXPECT_EQ((*row)->integer(0), 42);
    EXPECT_TRUE((*second)->read([](Session& session) { return session.query("SELECT id FROM three"); }));
  }
  EXPECT_TRUE(open(kSecond));
}

TEST_P(OpenTest, a_copy_is_put_beside_a_sqlite_database_before_it_is_migrated) {
  if (!on_sqlite()) GTEST_SKIP() << "a server has its administrator's backups";
  ASSERT_TRUE(open(kFirst));
  const std::string copy = (folder() / "test.db.before-0002").string();
  EXPECT_FALSE(std::filesystem::exists(copy));
  ASSERT_TRUE(open(kSecond));
  ASSERT_TRUE(std::filesystem::exists(copy));
  EXPECT_EQ(std::filesystem::status(copy).permissions() & std::filesystem::perms(0077), std::filesystem::perms::none);
  const auto old = Database::open({.url = "sqlite:" + copy, .migrations = kFirst}, OpenAs::service);
  ASSERT_TRUE(old) << old.error().describe();
  EXPECT_EQ((*old)->schema_version(), 1);
}

TEST_P(OpenTest, a_newer_database_is_refused_and_left_alone) {
  ASSERT_TRUE(open(kSecond));
  const auto older = open(kFirst);
  ASSERT_FALSE(older);
  EXPECT_TRUE(older.error().is(DbError::newer_schema)) << older.error().describe();
  EXPECT_FALSE(older.error().remedy().empty());
  EXPECT_TRUE(open(kSecond));
}

TEST_P(OpenTest, a_changed_step_is_refused) {
  ASSERT_TRUE(open(kFirst));
  const auto changed = open(kChanged);
  ASSERT_FALSE(changed);
  EXPECT_TRUE(changed.error().is(DbError::changed_migration)) << changed.error().describe();
}

TEST_P(OpenTest, a_step_that_fails_leaves_the_one_before) {
  ASSERT_TRUE(open(kFirst));
  ASSERT_FALSE(open(kBroken));
  const auto first = open(kFirst);
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_FALSE((*first)->read([](Session& session) { return session.query("SELECT id FROM two"); }));
}

TEST_P(OpenTest, a_guest_does_not_migrate) {
  ASSERT_TRUE(open(kFirst));
  const auto guest = open(kSecond, OpenAs::guest);
  ASSERT_FALSE(guest);
  EXPECT_TRUE(guest.error().is(DbError::old_schema)) << guest.error().describe();
  EXPECT_TRUE(open(kFirst, OpenAs::guest));
}

TEST_P(OpenTest, two_services_cannot_share_a_database_but_a_guest_may_join) {
  auto first = open(kFirst);
  ASSERT_TRUE(first) << first.error().describe();
  const auto second = open(kFirst);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(DbError::busy_other_service)) << second.error().describe();
  EXPECT_FALSE(second.error().remedy().empty());
  EXPECT_TRUE(open(kFirst, OpenAs::guest));
  first->reset();
  const Deadline deadline = Deadline::after(std::chrono::seconds(10));
  // PostgreSQL gives the lock up when it has noticed the end of the session.
  auto again = open(kFirst);
  while (!again && !deadline.expired()) again = open(kFirst);
  EXPECT_TRUE(again) << again.error().describe();
}

TEST_P(OpenTest, migrations_without_a_twin_or_with_a_gap_are_refused) {
  EXPECT_FALSE(open(std::span(kFirst).first(1)));
  EXPECT_FALSE(open(std::span(kFirst).last(1)));
  EXPECT_FALSE(open(std::span(kSecond).last(2)));
  const std::array misnamed{EmbeddedMigration{"1_one.pg.sql", ""}, EmbeddedMigration{"1_one.sqlite.sql", ""}};
  EXPECT_FALSE(open(misnamed));
}

TEST_P(OpenTest, the_programs_own_migrations_apply) {
  const auto own = Database::open({.url = url()}, OpenAs::service);
  ASSERT_TRUE(own) << own.error().describe();
  EXPECT_GE((*own)->schema_version(), 1);
}

class SqliteFileTest : public ::testing::Test {
 protected:
  std::string path() const { return (folder_.path() / "file.db").string(); }
  Result<std::unique_ptr<Database>> open(OpenAs as = OpenAs::service) {
    return Database::open({.url = "sqlite:" + path()}, as);
  }
  testing::TemporaryFolder folder_;
};

TEST_F(SqliteFileTest, only_its_owner_may_read_it) {
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().describe();
  ASSERT_TRUE((*opened)->transaction(
      [](Transaction& tx) { return tx.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')"); }));
  for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(file.status().permissions() & std::filesystem::perms(0077), std::filesystem::perms::none) << file.path();
  }
}

TEST_F(SqliteFileTest, a_file_that_is_no_database_is_named_so) {
  std::ofstream(path()) << std::string(8192, 'x');
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(DbError::corrupt)) << opened.error().describe();
  EXPECT_FALSE(opened.error().remedy().empty());
}

TEST_F(SqliteFileTest, a_missing_folder_is_named) {
  const auto opened = Database::open({.url = "sqlite:" + (folder_.path() / "none" / "x.db").string()}, OpenAs::service);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(DbError::cannot_connect)) << opened.error().describe();
}

TEST_F(SqliteFileTest, tables_of_another_program_are_left_alone) {
  ASSERT_TRUE(open());
  {
    const auto opened = open();
    ASSERT_TRUE(
        (*opened)->transaction([](Transaction& tx) { return tx.execute_script("DROP TABLE schema_migration"); }));
  }
  const auto again = open();
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().is(DbError::misuse)) << again.error().describe();
}

TEST_F(SqliteFileTest, a_link_does_not_lead_round_the_lock) {
  const auto opened = open();
  ASSERT_TRUE(opened);
  const auto link = folder_.path() / "link.db";
  std::filesystem::create_symlink(path(), link);
  const auto second = Database::open({.url = "sqlite:" + link.string()}, OpenAs::service);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(DbError::busy_other_service)) << second.error().describe();
}

/// Runs `body` in a child that is the user nobody, where we are root; it returns true if all is well.
bool as_nobody(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(3);
    _exit(body() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(SqliteFileTest, a_file_that_may_only_be_read_is_named_so) {
  ASSERT_TRUE(open());
  std::filesystem::permissions(path(), std::filesystem::perms(0444));
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0555));
  for (const OpenAs as : {OpenAs::service, OpenAs::guest}) {
    EXPECT_TRUE(as_nobody([&] {
      const auto opened = open(as);
      return !opened && opened.error().is(DbError::read_only) && !opened.error().remedy().empty();
    }));
  }
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
}

TEST_F(SqliteFileTest, a_full_disk_is_named_and_loses_nothing) {
  const auto opened = open();
  ASSERT_TRUE(opened);
  const auto fill = [&](std::size_t size) {
    return (*opened)->transaction([&](Transaction& tx) {
      return tx.execute("INSERT INTO setting (name, value) VALUES ('large', $1)", {std::string(size, 'x')});
    });
  };
  ASSERT_TRUE((*opened)->transaction([&](Transaction& tx) -> Status {
    MW_CHECK(tx.execute("INSERT INTO setting (name, value) VALUES ('small', 'kept')"));
    MW_TRY(const auto pages, tx.query_row("PRAGMA page_count"));
    MW_CHECK(tx.query("PRAGMA max_page_count = " + std::to_string(pages->integer(0) + 10)));
    return {};
  }));
  const auto full = fill(1 << 20);
  ASSERT_FALSE(full);
  EXPECT_TRUE(full.error().is(DbError::disk_full)) << full.error().describe();
  EXPECT_FALSE(full.error().remedy().empty());
  const auto rows = (*opened)->read([](Session& session) { return session.query("SELECT name FROM setting"); });
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().text(0), "small");
  EXPECT_TRUE(fill(10));
}

}  // namespace
}  // namespace mailward::db
