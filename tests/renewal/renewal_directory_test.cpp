#include <algorithm>

#include "tests/product_support/organisation.h"
#include "tests/renewal/renewal_house.h"

namespace mailward::renewal {
namespace {

using mailward::testing::Organisation;
using mailward::testing::SambaDc;
using testing::must;
using testing::RenewalHouse;
using namespace std::chrono_literals;

/// A plan over a service account in a real Active Directory.
class RenewalDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
};

TEST_F(RenewalDirectoryTest, a_service_account_is_rotated_twice_and_still_signs_in) {
  Organisation organisation;
  const auto connection = organisation.connect();
  RenewalHouse house(organisation.product());
  const std::string first(Organisation::kPassword);

  const auto plan =
      must(house.renewals().create({"master_key", "service_account", "directory_reader"}, RenewalHouse::by_root()));
  must(house.renewals().start(plan.id, RenewalHouse::by_root()));
  const Renewal rested = house.rested(plan.id, 120s);
  SCOPED_TRACE(RenewalHouse::text_of_items(rested));
  EXPECT_EQ(rested.state, RenewalState::waiting) << "the reset account and the reader want a person";
  const auto item = std::ranges::find_if(
      rested.items, [&](const RenewalItem& one) { return one.secret == connection.account.text(); });
  ASSERT_NE(item, rested.items.end());
  EXPECT_EQ(item->state, ItemState::done);
  EXPECT_EQ(item->done_times, 2);
  const auto shown = json_of(*item);
  ASSERT_EQ(shown["proof"]["rotations"].size(), 2U);
  EXPECT_NE(shown["proof"]["rotations"][0]["rotation"], shown["proof"]["rotations"][1]["rotation"]);
  EXPECT_EQ(shown["proof"]["rotations"][1]["controller"], SambaDc::kHost);
  EXPECT_EQ(shown["after"]["version"].get<int>(), shown["before"]["version"].get<int>() + 2);

  const auto account = must(organisation.product().ledger().account(connection.account));
  const std::string password(must(organisation.product().ledger().open_version(account, *account.active())).reveal());
  EXPECT_NE(password, first);
  EXPECT_EQ(organisation.product().test({.connection = connection.id}).verdict, "none");
  EXPECT_EQ(organisation.bad_password_count(), 0);
  const auto report = report_of(rested, {}, {}, Clock::system().now());
  for (const std::string& secret : {password, first, std::string(Organisation::kResetterPassword)}) {
    EXPECT_EQ((report.dump() + page_of(report)).find(secret), std::string::npos) << "a password stands in the report";
  }
  // The stolen one is not even the previous: Exchange refuses it over NTLM at once.
  auto form = organisation.form();
  form.authentication = {.negotiate = false, .ntlm = true, .basic = false};
  EXPECT_EQ(organisation.test(form, first).verdict, "bad_password");
}

}  // namespace
}  // namespace mailward::renewal
