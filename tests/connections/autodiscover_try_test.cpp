#include "connections/autodiscover_try.h"

#include "tests/connections/books.h"

namespace mailward::connections::testing {
namespace {

using namespace std::chrono_literals;
using Password = ews::AutodiscoverStep::Password;

constexpr std::string_view kAccount = "svc@example.test";

/// Without a directory, which could tell.
class AutodiscoverTryTest : public BooksTest {
 protected:
  void SetUp() override {
    BooksTest::SetUp();
    memory_.emplace(database(), keyring(), clock_);
  }
  AutodiscoverTry of(bool is_active) {
    return {{*memory_, clock_, nullptr},
            std::string(kAccount),
            password_,
            is_active ? std::optional(CredentialVersion{.state = CredentialState::active}) : std::nullopt};
  }
  static ews::AutodiscoverResult ended(std::initializer_list<Password> steps) {
    ews::AutodiscoverResult result;
    for (const Password one : steps) result.steps.push_back({.password = one});
    return result;
  }
  void search(bool is_active, std::initializer_list<Password> steps) {
    AutodiscoverTry attempt = of(is_active);
    must(attempt.begin());
    must(attempt.settle(ended(steps)));
  }
  bool may_be_shown(bool is_active) { return of(is_active).check(Deadline::after(5s), {}).has_value(); }
  /// Whether tests and calls know anything of it.
  bool is_remembered() { return must(memory_->recall(kAccount, password_)).has_value(); }

  const SecretString password_{"Zebra-1"};
  std::optional<RefusalMemory> memory_;
};
MAILWARD_ON_EVERY_DATABASE(AutodiscoverTryTest);

TEST_P(AutodiscoverTryTest, what_was_not_shown_or_was_taken_is_forgotten) {
  for (const bool is_active : {false, true}) {
    search(is_active, {});
    EXPECT_TRUE(may_be_shown(is_active));
    search(is_active, {Password::unjudged, Password::unjudged});
    EXPECT_TRUE(may_be_shown(is_active));
    search(is_active, {Password::unknown, Password::taken, Password::unjudged});
    EXPECT_TRUE(may_be_shown(is_active));
    EXPECT_FALSE(is_remembered());
  }
}

TEST_P(AutodiscoverTryTest, a_typed_one_that_was_refused_is_shown_no_more) {
  search(false, {Password::unjudged, Password::refused});
  clock_.advance(48h);
  EXPECT_FALSE(may_be_shown(false));
  EXPECT_TRUE(is_remembered());
}

TEST_P(AutodiscoverTryTest, what_nobody_judged_waits_for_the_lock_out_window) {
  search(false, {Password::unknown});
  EXPECT_FALSE(may_be_shown(false));
  clock_.advance(29min);
  EXPECT_FALSE(may_be_shown(false));
  clock_.advance(1min);
  EXPECT_TRUE(may_be_shown(false));
}

TEST_P(AutodiscoverTryTest, the_active_one_is_kept_from_searches_for_a_while_and_from_nothing_else) {
  for (const Password what : {Password::refused, Password::unknown}) {
    search(true, {what});
    EXPECT_FALSE(may_be_shown(true));
    EXPECT_FALSE(is_remembered()) << "a test or a call judges it at EWS";
    clock_.advance(30min);
    EXPECT_TRUE(may_be_shown(true));
  }
  // A process that died in the middle.
  must(of(true).begin());
  EXPECT_FALSE(may_be_shown(true));
  EXPECT_FALSE(is_remembered());
}

TEST_P(AutodiscoverTryTest, what_a_test_remembers_counts) {
  must(memory_->refused(kAccount, password_, "bad_password"));
  EXPECT_FALSE(may_be_shown(true));
  EXPECT_FALSE(may_be_shown(false));
  must(memory_->begin_try(kAccount, password_, std::nullopt));
  EXPECT_FALSE(may_be_shown(true));
  clock_.advance(30min);
  EXPECT_TRUE(may_be_shown(true));
}

}  // namespace
}  // namespace mailward::connections::testing
