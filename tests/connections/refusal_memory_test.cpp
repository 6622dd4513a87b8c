#include "connections/refusal_memory.h"

#include "connections/reader_door.h"
#include "tests/connections/books.h"

namespace mailward::connections::testing {
namespace {

class RefusalMemoryTest : public BooksTest {
 protected:
  RefusalMemory memory() { return {database(), keyring(), clock_}; }
  const SecretString wrong_{"Wrong-1"};
};
MAILWARD_ON_EVERY_DATABASE(RefusalMemoryTest);

TEST_P(RefusalMemoryTest, knows_nothing_at_first) {
  EXPECT_FALSE(must(memory().recall("svc@example.test", wrong_)));
}

TEST_P(RefusalMemoryTest, a_try_is_known_after_a_kill) {
  const Timestamp set = from_micros(1'700'000'000'000'000);
  must(memory().begin_try("svc@example.test", wrong_, set));
  reopen_books();
  const auto tried = must(memory().recall("svc@example.test", wrong_));
  ASSERT_TRUE(tried);
  EXPECT_EQ(tried->state, TriedPassword::State::being_tried);
  EXPECT_EQ(tried->at, clock_.now());
  EXPECT_EQ(tried->pwd_last_set, set);
}

TEST_P(RefusalMemoryTest, a_refusal_is_known_after_a_kill_with_what_was_read_before) {
  const Timestamp set = from_micros(1'700'000'000'000'000);
  must(memory().begin_try("svc@example.test", wrong_, set));
  clock_.advance(std::chrono::seconds(1));
  must(memory().refused("svc@example.test", wrong_, "bad_password"));
  reopen_books();
  const auto tried = must(memory().recall("svc@example.test", wrong_));
  ASSERT_TRUE(tried);
  EXPECT_EQ(tried->state, TriedPassword::State::refused);
  EXPECT_EQ(tried->failure_class, "bad_password");
  EXPECT_EQ(tried->at, clock_.now());
  EXPECT_EQ(tried->pwd_last_set, set);
}

TEST_P(RefusalMemoryTest, belongs_to_one_account_and_one_password) {
  must(memory().refused("svc@example.test", wrong_, "bad_password"));
  EXPECT_FALSE(must(memory().recall("svc2@example.test", wrong_)));
  EXPECT_FALSE(must(memory().recall("svc@example.test", SecretString("Wrong-2"))));
  EXPECT_FALSE(must(memory().recall("svc@example.testWrong", SecretString("-1"))));
  must(memory().refused("svc2@example.test", wrong_, "bad_password"));
  const auto hashes =
      must(database().read([](db::Session& session) { return session.query("SELECT hash FROM tried_password"); }));
  ASSERT_EQ(hashes.size(), 2U);
  EXPECT_NE(hashes[0].bytes(0), hashes[1].bytes(0)) << "equal passwords of two accounts would show";
}

/// Many policies lock an account at ten wrong passwords within half an hour.
TEST_P(RefusalMemoryTest, brakes_after_five_refusals_within_half_an_hour) {
  const std::string account = "svc@example.test";
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(must(memory().braked_until(account))) << i;
    must(memory().refused(account, SecretString("Wrong-" + std::to_string(i)), "bad_password"));
    must(memory().begin_try(account, SecretString("Open-" + std::to_string(i)), std::nullopt));
    clock_.advance(std::chrono::minutes(1));
  }
  EXPECT_EQ(must(memory().braked_until(account)), clock_.now() + std::chrono::minutes(25));
  EXPECT_FALSE(must(memory().braked_until("svc2@example.test")));
  clock_.advance(std::chrono::minutes(25));
  EXPECT_FALSE(must(memory().braked_until(account)));
  must(memory().refused(account, SecretString("Wrong-5"), "bad_password"));
  EXPECT_EQ(must(memory().braked_until(account)), clock_.now() + std::chrono::minutes(1)) << "the last five";
}

TEST_P(RefusalMemoryTest, forgets_one_or_all) {
  const SecretString other("Wrong-2");
  for (const char* account : {"svc@example.test", "svc2@example.test"}) {
    must(memory().refused(account, wrong_, "bad_password"));
    must(memory().refused(account, other, "bad_password"));
  }
  must(memory().forget("svc@example.test", wrong_));
  EXPECT_FALSE(must(memory().recall("svc@example.test", wrong_)));
  EXPECT_TRUE(must(memory().recall("svc@example.test", other)));
  must(database().transaction([](db::Transaction& tx) { return RefusalMemory::forget_all(tx, "svc@example.test"); }));
  EXPECT_FALSE(must(memory().recall("svc@example.test", other)));
  EXPECT_TRUE(must(memory().recall("svc2@example.test", other)));
}

TEST_P(RefusalMemoryTest, a_new_try_takes_the_place_of_a_refusal) {
  must(memory().refused("svc@example.test", wrong_, "bad_password"));
  must(memory().begin_try("svc@example.test", wrong_, std::nullopt));
  const auto tried = must(memory().recall("svc@example.test", wrong_));
  ASSERT_TRUE(tried);
  EXPECT_EQ(tried->state, TriedPassword::State::being_tried);
  EXPECT_EQ(tried->failure_class, "");
}

TEST_P(RefusalMemoryTest, forgets_what_was_tried_before_the_password_was_last_set) {
  const Timestamp first = from_micros(1'700'000'000'000'000);
  const SecretString other("Wrong-2");
  const SecretString unread("Wrong-3");
  must(memory().begin_try("svc@example.test", wrong_, first));
  must(memory().refused("svc@example.test", wrong_, "bad_password"));
  must(memory().begin_try("svc@example.test", unread, std::nullopt));
  must(memory().begin_try("svc2@example.test", wrong_, first));
  // A controller that lags behind.
  must(memory().begin_try("svc@example.test", other, first - std::chrono::seconds(1)));
  EXPECT_TRUE(must(memory().recall("svc@example.test", wrong_)));
  must(memory().begin_try("svc@example.test", other, first + std::chrono::seconds(1)));
  EXPECT_FALSE(must(memory().recall("svc@example.test", wrong_)));
  EXPECT_TRUE(must(memory().recall("svc@example.test", other)));
  EXPECT_TRUE(must(memory().recall("svc@example.test", unread))) << "nobody knows which password it was tried against";
  EXPECT_TRUE(must(memory().recall("svc2@example.test", wrong_)));
}

TEST_P(RefusalMemoryTest, keeps_the_newest_64_of_an_account) {
  must(memory().begin_try("svc2@example.test", wrong_, std::nullopt));
  for (int number = 0; number < 65; ++number) {
    clock_.advance(std::chrono::seconds(1));
    must(memory().begin_try("svc@example.test", SecretString("Wrong-" + std::to_string(number)), std::nullopt));
  }
  EXPECT_FALSE(must(memory().recall("svc@example.test", SecretString("Wrong-0"))));
  for (int number = 1; number < 65; ++number) {
    EXPECT_TRUE(must(memory().recall("svc@example.test", SecretString("Wrong-" + std::to_string(number))))) << number;
  }
  EXPECT_TRUE(must(memory().recall("svc2@example.test", wrong_)));
}

TEST_P(RefusalMemoryTest, forgets_after_a_week_what_no_account_bears) {
  const auto known = must(ledger().create_account("svc@example.test", std::nullopt, by_admin()));
  must(ledger().note_resolved(known.id, "S-1-5-21-1", "EXAMPLE\\svc"));
  const std::vector<std::string> stay{"svc@example.test", "sid:S-1-5-21-1", "reader:1"};
  const std::vector<std::string> go{"form@example.test", "sid:S-1-5-21-2"};
  for (const auto& names : {stay, go}) {
    for (const std::string& name : names) must(memory().refused(name, wrong_, "bad_password"));
  }
  const auto try_another = [&] { must(memory().begin_try("other@example.test", wrong_, std::nullopt)); };
  clock_.advance(std::chrono::days(7));
  try_another();
  for (const std::string& name : go) EXPECT_TRUE(must(memory().recall(name, wrong_))) << name;
  clock_.advance(std::chrono::seconds(1));
  try_another();
  for (const std::string& name : go) EXPECT_FALSE(must(memory().recall(name, wrong_))) << name;
  for (const std::string& name : stay) EXPECT_TRUE(must(memory().recall(name, wrong_))) << name;
}

TEST_P(RefusalMemoryTest, a_deleted_account_leaves_only_what_could_still_lock_it) {
  const SecretString fresh("Wrong-2");
  auto account = must(ledger().create_account("svc@example.test", std::nullopt, by_admin()));
  must(ledger().note_resolved(account.id, "S-1-5-21-1", "EXAMPLE\\svc"));
  account = must(ledger().account(account.id));
  const std::vector<std::string> names{"svc@example.test", "sid:S-1-5-21-1"};
  for (const std::string& name : names) must(memory().refused(name, wrong_, "bad_password"));
  must(memory().refused("svc2@example.test", wrong_, "bad_password"));
  clock_.advance(std::chrono::hours(25));
  for (const std::string& name : names) must(memory().refused(name, fresh, "bad_password"));
  clock_.advance(std::chrono::hours(23));
  must(ledger().delete_account(account.id, account.version, by_admin()));
  for (const std::string& name : names) {
    EXPECT_FALSE(must(memory().recall(name, wrong_))) << name;
    EXPECT_TRUE(must(memory().recall(name, fresh))) << name << ": made anew, it would be tried once more";
  }
  EXPECT_TRUE(must(memory().recall("svc2@example.test", wrong_)));
}

TEST_P(RefusalMemoryTest, a_reader_s_password_takes_what_is_known_of_it_along) {
  auto directory = must(ledger().create_directory(sample_directory(), typed("Reader-1"), by_admin()));
  const std::string first = reader_memory_name(directory.reader_secret.value());
  must(memory().begin_try(first, SecretString("Reader-1"), std::nullopt));
  directory =
      must(ledger().update_directory(directory.id, directory.version, directory.form, typed("Reader-2"), by_admin()));
  EXPECT_FALSE(must(memory().recall(first, SecretString("Reader-1"))));
  const std::string second = reader_memory_name(directory.reader_secret.value());
  must(memory().begin_try(second, SecretString("Reader-2"), std::nullopt));
  must(ledger().delete_directory(directory.id, directory.version, by_admin()));
  EXPECT_FALSE(must(memory().recall(second, SecretString("Reader-2"))));
}

}  // namespace
}  // namespace mailward::connections::testing
