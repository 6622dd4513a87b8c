#include "access/passwords.h"

#include <atomic>
#include <latch>
#include <thread>

#include "access/rows.h"
#include "tests/access/house.h"

namespace mailward::access {
namespace {

class PasswordsTest : public testing::AccessTest {
 protected:
  static constexpr PasswordCost kCheap{.memory_bytes = 8192, .passes = 1};
  const UserId user_ = UserId::from_value(7);
};
MAILWARD_ON_EVERY_DATABASE(PasswordsTest);

TEST_P(PasswordsTest, the_right_password_and_no_other_opens_a_hash) {
  Passwords passwords(*keyring_, kCheap);
  const std::string line = testing::must(passwords.hash(user_, testing::secret(testing::kPassword)));
  EXPECT_TRUE(line.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << line;
  const auto verify = [&](std::string_view password, UserId user) {
    return testing::must(passwords.verify(user, line, testing::secret(password), Lane::stranger));
  };
  EXPECT_TRUE(verify(testing::kPassword, user_));
  EXPECT_FALSE(verify("four words that nobody guesseS", user_));
  EXPECT_FALSE(verify("", user_));
  EXPECT_FALSE(verify(testing::kPassword, UserId::from_value(8))) << "moved to another user's row it opens nothing";
}

TEST_P(PasswordsTest, a_hash_is_worth_nothing_without_the_houses_key) {
  Passwords here(*keyring_, kCheap);
  const std::string line = testing::must(here.hash(user_, testing::secret(testing::kPassword)));
  run_sql("DELETE FROM sub_key WHERE name = 'user_password'");
  reopen_house();
  EXPECT_FALSE(
      testing::must(access().passwords.verify(user_, line, testing::secret(testing::kPassword), Lane::stranger)));
}

TEST_P(PasswordsTest, an_empty_hash_is_checked_and_never_opens) {
  Passwords passwords(*keyring_, kCheap);
  EXPECT_FALSE(testing::must(passwords.verify(user_, "", testing::secret(testing::kPassword), Lane::stranger)));
  EXPECT_FALSE(testing::must(passwords.verify(user_, "", testing::secret(""), Lane::known)));
}

TEST_P(PasswordsTest, a_damaged_hash_is_an_error_and_no_refusal) {
  Passwords passwords(*keyring_, kCheap);
  const auto verified = passwords.verify(user_, "$argon2id$nonsense", testing::secret("x"), Lane::stranger);
  EXPECT_TRUE(testing::fails_with(verified, BaseError::crypto));
}

TEST_P(PasswordsTest, a_hash_at_another_cost_is_made_anew_at_the_next_sign_in) {
  const User anna = make_user("anna", {Role::administrator});
  const auto stored = [&] {
    return testing::must(database().read([&](db::Session& session) { return rows::user(session, anna.id); }))
        .password_hash;
  };
  const std::string before = stored();
  ASSERT_TRUE(testing::AccessTest::sign_in("anna"));
  EXPECT_EQ(stored(), before);
  settings_.password_cost = {.memory_bytes = 16384, .passes = 2};
  reopen_house();
  ASSERT_TRUE(sign_in("anna"));
  EXPECT_TRUE(stored().starts_with("$argon2id$v=19$m=16,t=2,p=1$")) << stored();
  ASSERT_TRUE(sign_in("anna"));
}

TEST_P(PasswordsTest, strangers_beyond_the_queue_are_sent_away_and_the_known_are_not) {
  // Slow enough that the lane of strangers is full while this goes on.
  Passwords passwords(*keyring_, {.memory_bytes = 32UL << 20, .passes = 3}, 1);
  Passwords cheap(*keyring_, kCheap);
  const std::string line = testing::must(cheap.hash(user_, testing::secret(testing::kPassword)));
  constexpr int kStrangers = 12;
  std::latch ready(kStrangers + 1);
  std::atomic<int> busy = 0;
  std::vector<std::thread> strangers;
  for (int i = 0; i < kStrangers; ++i) {
    strangers.emplace_back([&] {
      ready.arrive_and_wait();
      const auto verified = passwords.verify(UserId(), "", testing::secret("guess"), Lane::stranger);
      if (!verified && verified.error().is(AccessError::busy)) ++busy;
    });
  }
  ready.arrive_and_wait();
  EXPECT_TRUE(testing::must(passwords.verify(user_, line, testing::secret(testing::kPassword), Lane::known)));
  for (auto& stranger : strangers) stranger.join();
  EXPECT_GE(busy.load(), 1) << "at most one is worked on, and one waits";
}

}  // namespace
}  // namespace mailward::access
