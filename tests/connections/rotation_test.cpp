#include <gtest/gtest.h>

#include "tests/product_support/organisation.h"
#include "tests/support/wait_until.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::SambaDc;
using testing::TestOutcome;

/// A service account in a real Active Directory, whose password a delegated account resets.
class RotationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  static std::string current_password(Organisation& organisation, AccountId id) {
    const auto account = must(organisation.product().ledger().account(id));
    return std::string(must(organisation.product().ledger().open_version(account, *account.active())).reveal());
  }
};

TEST_F(RotationTest, renews_the_password_and_proves_it) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  const TestOutcome outcome = organisation.product().rotate(connection.account);
  ASSERT_EQ(outcome.state, work::RunState::succeeded) << outcome.text();
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(outcome.result["degraded"], false) << outcome.text();
  std::cout << outcome.text() << std::endl;
}

}  // namespace
}  // namespace mailward::connections
