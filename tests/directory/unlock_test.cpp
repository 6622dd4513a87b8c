#include "tests/directory/directory_fixture.h"

/// Lifting a lock-out, against a real controller.
namespace mailward::directory {
namespace {

class Unlock : public DirectoryTest {
 protected:
  void SetUp() override {
    DirectoryTest::SetUp();
    if (IsSkipped()) return;
    static const bool made = [] {
      dc().create_user("lockable", kPassword);
      dc().create_user("unlocker", kPassword);
      dc().allow_unlocking("unlocker", dc().dn_of("lockable"));
      return true;
    }();
    ASSERT_TRUE(made);
    dc().unlock("lockable");
  }
  static void TearDownTestSuite() {
    if (!SambaDc::unavailable()) dc().set_lockout(10, std::chrono::minutes(30), std::chrono::minutes(30));
  }
  /// By wrong passwords, as it happens in life.
  static void lock() {
    dc().set_lockout(3, std::chrono::minutes(30), std::chrono::minutes(30));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(bind_as("lockable", kNeverHad));
    ASSERT_TRUE(find().locked);
  }
  static Account find() { return readers().find_account("lockable", soon()).value(); }
  static Directory unlocker() { return {settings("unlocker"), resolver(), loopback()}; }
};

TEST_F(Unlock, who_holds_the_right_lifts_a_lock_out_and_only_that) {
  lock();
  EXPECT_REFUSED(bind_as("lockable", kPassword), DirectoryError::account_locked);
  const Directory one = unlocker();
  const Status lifted = one.unlock(find(), soon());
  ASSERT_TRUE(lifted) << lifted.error().describe();
  EXPECT_FALSE(find().locked);
  EXPECT_EQ(dc().lockout_time("lockable"), 0);
  EXPECT_TRUE(bind_as("lockable", kPassword));
  EXPECT_REFUSED(one.reset_password(find(), SecretString("Fresh-Horse-78"), soon()),
                 DirectoryError::insufficient_rights);
}

TEST_F(Unlock, an_account_that_is_not_locked_stays_as_it_is) {
  EXPECT_TRUE(unlocker().unlock(find(), soon()));
  EXPECT_TRUE(unlocker().unlock(find(), soon())) << "a second time, too";
  EXPECT_TRUE(bind_as("lockable", kPassword));
}

TEST_F(Unlock, without_the_right_the_command_that_gives_it_is_said) {
  lock();
  const Status refused = readers().unlock(find(), soon());
  EXPECT_REFUSED(refused, DirectoryError::insufficient_rights);
  EXPECT_EQ(refused.error().remedy(),
            "give it the right, on a domain controller: dsacls \"CN=lockable,CN=Users,DC=example,DC=test\" /G "
            "\"dirreader@example.test:RPWP;lockoutTime\"");
  EXPECT_TRUE(find().locked);
}

TEST_F(Unlock, who_may_is_known_before_it_is_wanted) {
  const auto may = unlocker().may_unlock(find(), soon());
  ASSERT_TRUE(may) << may.error().describe();
  EXPECT_TRUE(*may);
  const auto reader = readers().may_unlock(find(), soon());
  ASSERT_TRUE(reader) << reader.error().describe();
  EXPECT_FALSE(*reader);
  Account gone = find();
  gone.dn = "CN=nobody,CN=Users,DC=example,DC=test";
  EXPECT_FALSE(unlocker().may_unlock(gone, soon()));
}

TEST_F(Unlock, what_the_controller_says_is_one_line) {
  lock();
  const Status refused = readers().unlock(find(), soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().describe().find("\\x0A"), std::string::npos) << refused.error().describe();
}

TEST_F(Unlock, an_account_that_is_gone_is_not_found) {
  Account gone = find();
  gone.dn = "CN=nobody,CN=Users,DC=example,DC=test";
  EXPECT_REFUSED(unlocker().unlock(gone, soon()), DirectoryError::not_found);
}

}  // namespace
}  // namespace mailward::directory
