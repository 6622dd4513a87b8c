#include "connections/refusal_memory.h"

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

TEST_P(RefusalMemoryTest, forgets_one_or_all) {
  const SecretString other("Wrong-2");
  for (const char* account : {"svc@example.test", "svc2@example.test"}) {
    must(memory().refused(account, wrong_, "bad_password"));
    must(memory().refused(account, other, "bad_password"));
  }
  must(memory().forget("svc@example.test", wrong_));
  EXPECT_FALSE(must(memory().recall("svc@example.test", wrong_)));
  EXPECT_TRUE(must(memory().recall("svc@example.test", other)));
  must(memory().forget_all("svc@example.test"));
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

}  // namespace
}  // namespace mailward::connections::testing
