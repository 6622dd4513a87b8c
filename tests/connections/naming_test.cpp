// What is found out before a twin or another vault is named, and when a password was set by somebody else.
#include <sys/stat.h>

#include <fstream>

#include <gtest/gtest.h>

#include "connections/external_source.h"
#include "connections/rotation_plan.h"
#include "tests/product_support/organisation.h"
#include "tests/support/paths.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using testing::TestOutcome;

/// In a real Active Directory; the vault is a program that hands over what stands in a file.
class NamingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    organisation_ = std::make_unique<Organisation>(Organisation::Options{});
    connection_ = organisation_->connect();
  }
  Product& product() { return organisation_->product(); }
  Ledger& ledger() { return product().ledger(); }
  SambaDc& controller() { return organisation_->controller(); }
  ServiceAccount account() { return must(ledger().account(connection_.account)); }
  std::filesystem::path program() const { return folder_.path() / "vault.sh"; }
  void program_says(std::string_view script) {
    std::ofstream(program(), std::ios::trunc) << "#!/bin/sh\n" << script << "\n";
    chmod(program().c_str(), 0700);
  }
  template <typename R>
  static bool is_invalid(const R& result) {
    return !result && result.error().is(ConnectionsError::invalid_form);
  }
  Status name(const std::filesystem::path& program) {
    return ledger().set_source(account().id, {.command = {program.string()}, .url = {}, .trust_pem = {}}, std::nullopt,
                               Product::by());
  }

  std::unique_ptr<Organisation> organisation_;
  ServerConnection connection_;
  testing::TemporaryFolder folder_;
};

TEST_F(NamingTest, a_vault_is_asked_before_it_is_named_and_no_password_is_tried) {
  const ExternalSourceForm form{.command = {program().string()}, .url = {}, .trust_pem = {}};
  const auto ask = [&] { return product().rotations().try_source(account().id, form, std::nullopt); };
  program_says("echo " + std::string(Organisation::kPassword));
  EXPECT_EQ(must(ask()), true) << "the one in force";
  program_says("echo Quite-Another-Passw0rd-2!");
  EXPECT_EQ(must(ask()), false);
  program_says("exit 7");
  const auto refused = ask();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("ended with status 7"), std::string::npos) << refused.error().describe();
  EXPECT_FALSE(must(ledger().source(account().id))) << "asking names nothing";
  EXPECT_EQ(organisation_->bad_password_count(), 0);
}

TEST_F(NamingTest, a_program_that_nobody_could_run_is_not_named) {
  EXPECT_TRUE(is_invalid(name(folder_.path() / "nobody")));
  EXPECT_TRUE(is_invalid(name(folder_.path()))) << "a folder";
  program_says("true");
  chmod(program().c_str(), 0600);
  // Root is let through by everything but a file that nobody may run.
  EXPECT_TRUE(is_invalid(name(program())));
  chmod(program().c_str(), 0700);
  must(name(program()));
}

TEST_F(NamingTest, without_its_vault_an_account_is_renewed_by_a_person) {
  program_says("true");
  must(name(program()));
  RotationPlan plan = must(ledger().plan(account().id));
  plan.mode = RotationMode::external;
  must(ledger().save_plan(plan, Product::by()));
  must(ledger().clear_source(account().id, Product::by()));
  EXPECT_EQ(must(ledger().plan(account().id)).mode, RotationMode::manual);

  must(name(program()));
  plan = must(ledger().plan(account().id));
  plan.mode = RotationMode::self_change;
  must(ledger().save_plan(plan, Product::by()));
  must(ledger().clear_source(account().id, Product::by()));
  EXPECT_EQ(must(ledger().plan(account().id)).mode, RotationMode::self_change) << "another way is left alone";
}

TEST_F(NamingTest, a_name_that_the_directory_does_not_have_is_told) {
  const auto look = [&](std::string_view name) { return product().rotations().look_up(account().id, name); };
  const auto found = must(look("EXAMPLE\\svc-mailward"));
  ASSERT_TRUE(found);
  EXPECT_NE(found->dn.find("CN=svc-mailward"), std::string::npos) << found->dn;
  EXPECT_TRUE(is_invalid(look("EXAMPLE\\nobody-of-that-name")));
}

TEST_F(NamingTest, a_test_tells_a_password_that_somebody_has_set_anew_from_a_wrong_one) {
  ASSERT_EQ(product().test({.connection = connection_.id}).verdict, "none");
  // More than once, for a controller counts neither of the last two.
  for (const char* password : {"Set-By-Hand-1!", "Set-By-Hand-2!", "Set-By-Hand-3!"}) {
    controller().set_password(Organisation::kAccount, password);
  }
  const TestOutcome outcome = product().test({.connection = connection_.id});
  EXPECT_EQ(outcome.verdict, "password_changed_elsewhere") << outcome.text();
  EXPECT_NE(outcome.text().find("another was set at"), std::string::npos) << outcome.text();
  EXPECT_EQ(must(ledger().connection(connection_.id)).reason, "password_changed_elsewhere");
}

}  // namespace
}  // namespace mailward::connections
