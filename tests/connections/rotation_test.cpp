#include <gtest/gtest.h>

#include <set>

#include "tests/product_support/loads.h"
#include "tests/product_support/organisation.h"
#include "tests/support/wait_until.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::ProductLoads;
using testing::SambaDc;
using testing::TestOutcome;
using testing::wait_until;
using namespace std::chrono_literals;

const Authentication kNegotiate{.negotiate = true, .ntlm = false, .basic = false};
const Authentication kNtlm{.negotiate = false, .ntlm = true, .basic = false};
const Authentication kBasic{.negotiate = false, .ntlm = false, .basic = true};

/// A service account in a real Active Directory, whose password a delegated account resets.
class RotationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  static ServiceAccount account_of(Organisation& organisation, AccountId id) {
    return must(organisation.product().ledger().account(id));
  }
  static std::string active_password(Organisation& organisation, AccountId id) {
    const auto account = account_of(organisation, id);
    return std::string(must(organisation.product().ledger().open_version(account, *account.active())).reveal());
  }
  static Rotation last_rotation(Organisation& organisation, AccountId id) {
    return must(organisation.product().rotations().list(id, 1)).at(0).rotation;
  }
  /// Whether the connection still signs in, tested as a person would.
  static std::string verdict_of(Organisation& organisation, ConnectionId id) {
    return organisation.product().test({.connection = id}).verdict;
  }
};

TEST_F(RotationTest, renews_the_password_and_proves_it) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  const std::int64_t set_before = organisation.controller().pwd_last_set(Organisation::kAccount);
  const TestOutcome outcome = organisation.product().rotate(connection.account);
  ASSERT_EQ(outcome.state, work::RunState::succeeded) << outcome.text();
  EXPECT_EQ(outcome.result["state"], "finished");
  EXPECT_EQ(outcome.result["degraded"], false) << outcome.text();
  EXPECT_EQ(outcome.result["calls_failed"], 0);
  EXPECT_EQ(outcome.result["front_ends"].size(), 3u) << "the balancer and both front ends";
  EXPECT_GT(organisation.controller().pwd_last_set(Organisation::kAccount), set_before);
  EXPECT_EQ(organisation.bad_password_count(), 0);

  const ServiceAccount account = account_of(organisation, connection.account);
  ASSERT_EQ(account.credentials.size(), 2u);
  EXPECT_EQ(account.pending(), nullptr);
  EXPECT_EQ(account.active()->origin, PasswordOrigin::generated);
  EXPECT_EQ(account.active()->controller, SambaDc::kHost);
  EXPECT_TRUE(account.active()->pwd_last_set);
  const std::string password = active_password(organisation, connection.account);
  EXPECT_EQ(password.size(), 64u);
  EXPECT_NE(password, Organisation::kPassword);
  EXPECT_EQ(outcome.text().find(password), std::string::npos) << "the password stands in the run";
  EXPECT_EQ(verdict_of(organisation, connection.id), "none");

  // The KDC has done with the old one; NTLM takes it for an hour, which is why a success with it proves nothing.
  const TestOutcome old = organisation.test(Organisation::kPassword);
  EXPECT_EQ(old.verdict, "bad_password") << old.text();
}

TEST_F(RotationTest, a_dry_run_says_what_would_be_and_changes_nothing) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  const std::int64_t before = organisation.controller().pwd_last_set(Organisation::kAccount);
  const TestOutcome outcome = organisation.product().rotate(connection.account, true);
  EXPECT_EQ(outcome.result["possible"], true) << outcome.text();
  EXPECT_EQ(outcome.outcomes_of("policy").size(), 1u);
  EXPECT_NE(outcome.text().find("\"Domain Admins\":\"has full control of it; owns it"), std::string::npos)
      << outcome.text();
  EXPECT_EQ(organisation.controller().pwd_last_set(Organisation::kAccount), before);
  EXPECT_EQ(account_of(organisation, connection.account).credentials.size(), 1u);
  EXPECT_TRUE(must(organisation.product().rotations().list(connection.account, 5)).empty());
}

TEST_F(RotationTest, again_and_again) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  for (int i = 0; i < 3; ++i) {
    const TestOutcome outcome = organisation.product().rotate(connection.account);
    ASSERT_EQ(outcome.result["state"], "finished") << outcome.text();
  }
  EXPECT_EQ(account_of(organisation, connection.account).active()->number, 4);
  EXPECT_EQ(must(organisation.product().rotations().list(connection.account, 10)).size(), 3u);
  EXPECT_EQ(must(organisation.product().recovery().read()).size(), 3u);
}

struct Scheme {
  const char* name;
  Authentication authentication;
};
class RotationUnderLoad : public RotationTest, public ::testing::WithParamInterface<Scheme> {};
INSTANTIATE_TEST_SUITE_P(Schemes, RotationUnderLoad,
                         ::testing::Values(Scheme{"negotiate", kNegotiate}, Scheme{"ntlm", kNtlm},
                                           Scheme{"basic", kBasic}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(RotationUnderLoad, no_products_call_fails_meanwhile) {
  Organisation organisation({.authentication = GetParam().authentication});
  const ServerConnection connection = organisation.connect();
  ProductLoads loads(organisation.product().gate(), connection.id, "usera@example.test");
  loads.await_more(50);
  const TestOutcome outcome = organisation.product().rotate(connection.account);
  ASSERT_EQ(outcome.result["state"], "finished") << outcome.text();
  loads.await_more(50);
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  EXPECT_EQ(outcome.result["calls_failed"], 0) << outcome.text();
  EXPECT_EQ(organisation.bad_password_count(), 0);
  // Nobody signs in with the old one any more: what the front ends saw since the door opened shows it.
  const TestOutcome again = organisation.product().rotate(connection.account);
  EXPECT_EQ(again.result["state"], "finished") << again.text();
}

TEST_F(RotationTest, sessions_of_the_old_password_are_replaced) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  ProductLoads loads(organisation.product().gate(), connection.id, "usera@example.test");
  loads.await_more(50);
  const std::uint64_t before = organisation.exchange().request_count();
  ASSERT_EQ(organisation.product().rotate(connection.account).result["state"], "finished");
  // One by one, as calls come by: in the end every connection in use has signed in since.
  const auto all_are_new = [&] {
    const std::uint64_t now = organisation.exchange().request_count();
    loads.await_more(40);
    std::set<std::pair<std::string, std::uint64_t>> signed_in;
    std::set<std::pair<std::string, std::uint64_t>> used;
    for (const auto& one : organisation.exchange().requests(before)) {
      if (one.operation == "GetServerTimeZones" && one.status == 200) signed_in.emplace(one.front_end, one.connection);
      if (one.operation == "GetFolder" && one.number > now) used.emplace(one.front_end, one.connection);
    }
    return !used.empty() && std::ranges::includes(signed_in, used);
  };
  EXPECT_TRUE(wait_until(all_are_new, 20s));
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
}

TEST_F(RotationTest, a_policy_that_no_password_can_satisfy_is_said_before_anything_changes) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  auto& controller = organisation.controller();
  controller.allow_reading_policies(Organisation::kResetter);
  controller.create_policy("too-long", {.minimum_length = 200}, {controller.dn_of(Organisation::kAccount)});
  const std::int64_t before = controller.pwd_last_set(Organisation::kAccount);
  const TestOutcome outcome = organisation.product().rotate(connection.account);
  controller.delete_policy("too-long");
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.result["sentence"].get<std::string>().find("127"), std::string::npos) << outcome.text();
  EXPECT_EQ(controller.pwd_last_set(Organisation::kAccount), before);
  EXPECT_EQ(verdict_of(organisation, connection.id), "none");
}

TEST_F(RotationTest, a_reset_account_that_may_not_changes_nothing_and_says_the_command) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  // Made anew it has another SID, so the right is not its own any more.
  organisation.controller().create_user(Organisation::kResetter, Organisation::kResetterPassword);
  const TestOutcome outcome = organisation.product().rotate(connection.account);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.result["remedy"].get<std::string>().find("CA;Reset Password"), std::string::npos) << outcome.text();
  const ServiceAccount account = account_of(organisation, connection.account);
  EXPECT_EQ(account.pending(), nullptr);
  EXPECT_TRUE(active_password(organisation, connection.account) == Organisation::kPassword);
  EXPECT_EQ(verdict_of(organisation, connection.id), "none");
}

TEST_F(RotationTest, a_wrong_password_of_the_reset_account_costs_one_attempt_for_ever) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  auto& ledger = organisation.product().ledger();
  const auto account = account_of(organisation, connection.account);
  must(ledger.set_reset_account(account.id, account.version, std::string(Organisation::kResetter) + "@example.test",
                                TypedPassword{SecretString("Never-Had-This-1"), false}, Product::by()));
  for (int i = 0; i < 3; ++i) {
    const TestOutcome outcome = organisation.product().rotate(connection.account);
    EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
    EXPECT_FALSE(outcome.result["remedy"].get<std::string>().empty()) << outcome.text();
  }
  organisation.product().restart();
  EXPECT_EQ(organisation.product().rotate(connection.account).result["state"], "undone");
  EXPECT_EQ(organisation.controller().bad_password_count(Organisation::kResetter), 1);
  const auto now = account_of(organisation, connection.account);
  must(organisation.product().ledger().set_reset_account(
      now.id, now.version, std::string(Organisation::kResetter) + "@example.test",
      TypedPassword{SecretString(Organisation::kResetterPassword), false}, Product::by()));
  EXPECT_EQ(organisation.product().rotate(connection.account).result["state"], "finished");
}

TEST_F(RotationTest, without_a_reset_account_it_says_how_to_name_one) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  const auto account = account_of(organisation, connection.account);
  must(organisation.product().ledger().clear_reset_account(account.id, account.version, Product::by()));
  const auto refused = organisation.product().rotations().start({.account = connection.account}, Product::by());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ConnectionsError::cannot_rotate)) << refused.error().describe();
  EXPECT_NE(refused.error().remedy().find("mailward account reset-account"), std::string::npos);
  EXPECT_TRUE(must(organisation.product().rotations().list(connection.account, 5)).empty());
}

TEST_F(RotationTest, promotes_though_exchange_is_down_and_is_degraded_then) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  organisation.exchange().set_fault("http_status", R"({"status":503})");
  const TestOutcome outcome = organisation.product().rotate(connection.account);
  organisation.exchange().clear_faults();
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(outcome.result["degraded"], true) << outcome.text();
  EXPECT_EQ(account_of(organisation, connection.account).active()->origin, PasswordOrigin::generated);
  EXPECT_EQ(verdict_of(organisation, connection.id), "none");
}

TEST_F(RotationTest, a_disabled_account_is_said_and_left_alone) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  auto& controller = organisation.controller();
  const std::string dn = controller.dn_of(Organisation::kAccount);
  const auto flags = controller.get(dn, "userAccountControl");
  controller.set(dn, "userAccountControl", {std::to_string(std::stoi(flags.at(0)) | 2)});
  const TestOutcome outcome = organisation.product().rotate(connection.account);
  controller.set(dn, "userAccountControl", flags);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.result["sentence"].get<std::string>().find("disabled"), std::string::npos) << outcome.text();
}

/// Nobody could prove the new password of one that is locked out: it is said before anything is changed.
TEST_F(RotationTest, a_locked_account_is_said_and_left_alone) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  auto& controller = organisation.controller();
  controller.create_user(Organisation::kAccount, Organisation::kPassword, {.locked = true});
  controller.allow_resetting(Organisation::kResetter, controller.dn_of(Organisation::kAccount));
  const auto before = controller.pwd_last_set(Organisation::kAccount);
  const TestOutcome outcome = organisation.product().rotate(connection.account);
  controller.unlock(Organisation::kAccount);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.result["sentence"].get<std::string>().find("locked out"), std::string::npos) << outcome.text();
  EXPECT_EQ(controller.pwd_last_set(Organisation::kAccount), before);
}

TEST_F(RotationTest, two_at_once_are_one) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  auto& rotations = organisation.product().rotations();
  const auto first = must(rotations.start({.account = connection.account}, Product::by()));
  const auto second = rotations.start({.account = connection.account}, Product::by());
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(ConnectionsError::account_busy)) << second.error().describe();
  EXPECT_NE(second.error().remedy().find(first.text()), std::string::npos) << second.error().remedy();
  EXPECT_EQ(organisation.product().outcome_of(first).result["state"], "finished");
}

TEST_F(RotationTest, nothing_that_it_needs_goes_away_meanwhile) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  auto& ledger = organisation.product().ledger();
  // As a killed process leaves it, and nobody has taken it up yet.
  Rotation left;
  left.run = work::RunId::make();
  left.account = connection.account;
  left.account_name = "svc";
  left.state = RotationState::resetting;
  left.created = Clock::system().now();
  must(organisation.product().database().transaction(
      [&](db::Transaction& tx) { return rotation_rows::insert(tx, left); }));
  const auto account = account_of(organisation, connection.account);
  const auto refused = [](const auto& result) {
    return !result && result.error().is(ConnectionsError::account_busy) ? std::string() : std::string("not refused");
  };
  EXPECT_EQ(refused(ledger.delete_connection(connection.id, connection.version, Product::by())), "not refused")
      << "it has products, which is another reason";
  EXPECT_EQ(refused(ledger.set_connection_enabled(connection.id, connection.version, false, Product::by())), "");
  EXPECT_EQ(refused(ledger.set_account_enabled(account.id, account.version, false, Product::by())), "");
  EXPECT_EQ(refused(ledger.update_account(account.id, account.version, "other@example.test", account.directory,
                                          Product::by())),
            "");
  EXPECT_EQ(refused(ledger.clear_reset_account(account.id, account.version, Product::by())), "");
  const auto directory = must(ledger.directory(*account.directory));
  EXPECT_EQ(
      refused(ledger.update_directory(directory.id, directory.version, directory.form, std::nullopt, Product::by())),
      "");
  auto form = connection.form;
  form.ews_url = "https://elsewhere.example.test/EWS/Exchange.asmx";
  EXPECT_EQ(refused(ledger.update_connection(connection.id, connection.version, form,
                                             TypedPassword{SecretString("Other-1-Password"), false}, Product::by())),
            "");
  // And nobody signs in with a password that may be the wrong one by now.
  EXPECT_EQ(organisation.product().test({.connection = connection.id}).verdict, "account_busy");
}

}  // namespace
}  // namespace mailward::connections
