#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "connections/external_source.h"
#include "connections/rotation_plan.h"
#include "ews/operations/get_folder.h"
#include "tests/product_support/organisation.h"
#include "tests/product_support/victim.h"
#include "tests/support/wait_until.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using testing::TestOutcome;
using testing::wait_until;
using namespace std::chrono_literals;

/// Not a test: what is run and killed. Rotates the account that the environment names.
TEST(AccountRotationVictim, DISABLED_rotates) {
  const char* account = std::getenv("MAILWARD_KILL_ACCOUNT");
  ASSERT_TRUE(account != nullptr);
  Product product(testing::victims_options());
  RotationRequest request{.account = must(AccountId::parse(account))};
  if (const char* mode = std::getenv("MAILWARD_KILL_MODE")) request.mode = must(parse_rotation_mode(mode));
  const TestOutcome outcome = product.outcome_of(must(product.rotations().start(request, Product::by())));
  ASSERT_EQ(outcome.result["state"], "finished") << outcome.text();
}

/// One organisation for all kills. After each the product starts anew, and must by itself come to where the connection
/// signs in; Active Directory never counts a bad password.
class RotationKillTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    organisation_ = std::make_unique<Organisation>();
    connection_ = organisation_->connect().id;
    account_ = must(product().ledger().connection(connection_)).account;
    bad_before_ = bad_password_time();
  }
  Product& product() { return organisation_->product(); }
  std::vector<std::string> bad_password_time() {
    auto& controller = organisation_->controller();
    return controller.get(controller.dn_of(Organisation::kAccount), "badPasswordTime");
  }

  /// Runs the victim to its end, unless `environment` has it killed (tests/kill_at) or `span` passes first. Whether it
  /// was killed. `before` is put before its command: strace.
  bool rotate_with(const std::vector<std::pair<std::string, std::string>>& environment,
                   std::optional<std::chrono::milliseconds> span = {}, std::vector<std::string> before = {}) {
    before_each();
    std::vector<std::pair<std::string, std::string>> told{{"MAILWARD_KILL_ACCOUNT", account_.text()}};
    if (mode_) told.emplace_back("MAILWARD_KILL_MODE", name_of(*mode_));
    return testing::run_victim(product(), {.test = "AccountRotationVictim.*",
                                           .environment = std::move(told),
                                           .kill = environment,
                                           .span = span,
                                           .before = std::move(before)});
  }

  /// The next start: no rotation stays open, the connection signs in, and no bad password was counted.
  void expect_recovery(const std::string& where) {
    SCOPED_TRACE(where);
    product().restart();
    const auto open = [&] {
      return must(product().database().read([](db::Session& session) { return rotation_rows::open(session); })).size() >
             0;
    };
    const bool settled = wait_until(
        [&] {
          must(product().rotations().resume());
          return !open() && is_settled();
        },
        60s);
    const auto last = must(product().rotations().list(std::nullopt, 1));
    ASSERT_TRUE(settled) << "still " << name_of(last.at(0).rotation.state) << steps_of(last.at(0).rotation.run);
    // What the products meet, before anybody has tested anything.
    const auto stands = must(product().ledger().connection(connection_));
    EXPECT_TRUE(stands.state == ConnectionState::healthy || stands.state == ConnectionState::degraded)
        << stands.reason << ": " << stands.reason_text;
    const auto reply = call();
    EXPECT_TRUE(reply) << reply.error().error.describe();
    const TestOutcome test = product().test({.connection = connection_});
    EXPECT_EQ(test.verdict, "none") << test.text();
    EXPECT_EQ(bad_password_time(), bad_before_) << "a bad password was counted";
    EXPECT_EQ(must(product().ledger().account(stands.account)).pending(), nullptr);
    if (!last.empty()) ++ends_[std::string(name_of(last.at(0).rotation.state))];
  }

  ews::Outcome<ews::Reply<ews::GetFolder::Response>> call() {
    ews::GetFolder operation;
    operation.shape = ews::BaseShape::id_only;
    operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
    ews::CallContext context;
    context.impersonate = {ews::Impersonation::Kind::smtp_address, "usera@example.test"};
    return product().gate().call(connection_, "test", operation, context, Deadline::after(20s));
  }

  std::string steps_of(work::RunId run) {
    std::string text;
    for (const work::Step& step : must(product().runs().changes_after(run, 0)).steps) {
      text += "\n" + step.name + " " + std::string(work::name_of(step.outcome)) + " " + step.evidence;
    }
    return text;
  }

  std::map<std::string, std::size_t> count_calls() {
    const std::filesystem::path file = product().folder() / "counts";
    EXPECT_FALSE(rotate_with({{"MAILWARD_KILL_COUNTS", file.string()}}));
    std::ifstream in(file);
    std::map<std::string, std::size_t> counts;
    std::string name;
    for (std::size_t count = 0; in >> name >> count;) counts[name] = count;
    product().restart();
    return counts;
  }

  void kill_at_each(const std::string& calls, std::size_t most) {
    const std::size_t count = count_calls()[calls];
    ASSERT_GT(count, 4u) << calls;
    const std::size_t step = 1 + (count - 1) / most;
    std::size_t kills = 0;
    for (std::size_t at = 1; at <= count; at += step) {
      if (rotate_with({{"MAILWARD_KILL_AT", calls + " " + std::to_string(at)}})) ++kills;
      expect_recovery(calls + " " + std::to_string(at));
      if (HasFatalFailure()) return;
    }
    std::cout << "killed at " << kills << " of " << count << " calls of " << calls << ":";
    for (const auto& [end, times] : ends_) std::cout << " " << end << " " << times;
    std::cout << "\n";
    EXPECT_GT(2 * kills * step, count) << "the calls were not those of the count";
    EXPECT_GT(ends_["finished"], 0);
  }

  /// Before each victim.
  virtual void before_each() {}
  /// Besides that no rotation is open.
  virtual bool is_settled() { return true; }

  std::optional<RotationMode> mode_;  ///< none: as the account's plan has it
  std::unique_ptr<Organisation> organisation_;
  ConnectionId connection_;
  AccountId account_;
  std::vector<std::string> bad_before_;
  std::map<std::string, int> ends_;
};

TEST_F(RotationKillTest, after_a_kill_at_a_write_to_the_disk_the_connection_signs_in) {
  kill_at_each("fdatasync", testing::kills_are_thorough() ? 1000 : 14);
}

TEST_F(RotationKillTest, after_a_kill_at_a_connect_the_connection_signs_in) {
  kill_at_each("connect", testing::kills_are_thorough() ? 1000 : 14);
}

TEST_F(RotationKillTest, after_a_kill_at_a_write_to_a_socket_the_connection_signs_in) {
  if (!testing::kills_are_thorough()) GTEST_SKIP() << "takes long: ./dev check kills";
  kill_at_each("socket_write", 1000);
}

TEST_F(RotationKillTest, after_a_kill_at_any_moment_the_connection_signs_in) {
  std::random_device seed;
  const unsigned chosen = seed();
  std::cout << "seed " << chosen << "\n";
  std::mt19937 random(chosen);
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_FALSE(rotate_with({}));
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  product().restart();
  std::uniform_int_distribution<int> moment(10, static_cast<int>(whole.count()));
  const int times = testing::kills_are_thorough() ? 200 : 20;
  int kills = 0;
  for (int i = 0; i < times; ++i) {
    const int milliseconds = moment(random);
    kills += rotate_with({}, std::chrono::milliseconds(milliseconds)) ? 1 : 0;
    expect_recovery("after " + std::to_string(milliseconds) + " ms, seed " + std::to_string(chosen));
    if (HasFatalFailure()) return;
  }
  std::cout << "killed " << kills << " of " << times << " within " << whole.count() << " ms:";
  for (const auto& [end, count] : ends_) std::cout << " " << end << " " << count;
  std::cout << "\n";
  EXPECT_GT(kills, times / 3);
}

/// The order on the disk and on the wire: recovery file, database, database again with the intent, then the first byte
/// to the controller that gets the reset.
TEST_F(RotationKillTest, the_intent_is_on_the_disk_before_the_controller_hears_of_it) {
  if (std::system("strace -V > /dev/null 2>&1") != 0) GTEST_SKIP() << "strace is not installed";
  const std::filesystem::path log = product().folder() / "strace";
  ASSERT_FALSE(
      rotate_with({}, {}, {"strace", "-f", "-qq", "-o", log.string(), "-y", "-e", "trace=fdatasync,fsync,connect"}));
  product().restart();
  const std::string controller = organisation_->controller().address();
  std::ifstream in(log);
  std::string order;  // r recovery file, g generation's, d database, c controller
  for (std::string line; std::getline(in, line);) {
    if (line.find("resumed>") != std::string::npos) continue;
    const bool to_controller = line.find("connect(") != std::string::npos &&
                               line.find("htons(636)") != std::string::npos &&
                               line.find(controller) != std::string::npos;
    if (to_controller) order += 'c';
    if (line.find("recovery.log") != std::string::npos) order += 'r';
    if (line.find("generation") != std::string::npos) order += 'g';
    if (line.find("mailward.db") != std::string::npos) order += 'd';
  }
  const std::size_t sealed = order.find('r');
  ASSERT_NE(sealed, std::string::npos) << order;
  const std::string after = order.substr(sealed);
  const std::size_t reset = after.find('c');
  ASSERT_NE(reset, std::string::npos) << order;
  const std::string between = after.substr(0, reset);
  // The pending password, its generation outside the database, and the intent to reset: each synced in this order.
  EXPECT_NE(between.find('g'), std::string::npos) << order;
  EXPECT_NE(between.substr(0, between.find('g')).find('d'), std::string::npos) << order;
  EXPECT_NE(between.substr(between.find('g')).find('d'), std::string::npos) << order;
}

/// The other ways of renewing, the same kills.
class RotationKillInOtherWaysTest : public RotationKillTest, public ::testing::WithParamInterface<RotationMode> {
 protected:
  void SetUp() override {
    RotationKillTest::SetUp();
    if (IsSkipped()) return;
    mode_ = GetParam();
    if (mode_ == RotationMode::twin) name_twin();
    if (mode_ == RotationMode::external) name_vault();
  }
  void before_each() override {
    if (mode_ != RotationMode::external) return;
    const std::string password = "The-Vaults-Passw0rd-" + std::to_string(++handed_over_) + "!";
    std::ofstream(folder_.path() / "password", std::ios::trunc) << password;
    organisation_->controller().set_password(Organisation::kAccount, password);
    handed_ = password;
  }
  /// A kill may fall before anybody has noticed that the vault has set another.
  bool is_settled() override {
    if (mode_ != RotationMode::external) return true;
    const auto account = must(product().ledger().account(account_));
    const auto active = must(product().ledger().open_version(account, *account.active()));
    return active.reveal() == handed_;
  }

 private:
  void name_twin() {
    auto& controller = organisation_->controller();
    controller.create_user("svc-mailward-b", "Twin-Passw0rd-1!", {.mail = "svc-mailward-b@example.test"});
    controller.allow_resetting(Organisation::kResetter, controller.dn_of("svc-mailward-b"));
    organisation_->exchange().set_impersonation("EXAMPLE\\svc-mailward-b",
                                                {"usera@example.test", "moved@example.test"});
    const auto account = must(product().ledger().account(account_));
    const auto destination = must(product().ledger().destination_of(must(product().ledger().connection(connection_))));
    must(product().ledger().set_twin(account_, account.version, "EXAMPLE\\svc-mailward-b",
                                     TypedPassword{SecretString("Twin-Passw0rd-1!"), false},
                                     {{connection_, destination}}, Product::by()));
  }
  void name_vault() {
    const auto script = folder_.path() / "vault.sh";
    std::ofstream(script) << "#!/bin/sh\ncat " << (folder_.path() / "password").string() << "\n";
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    must(product().ledger().set_source(account_, {.command = {script.string()}, .url = {}, .trust_pem = {}},
                                       std::nullopt, Product::by()));
    RotationPlan plan = must(product().ledger().plan(account_));
    plan.mode = RotationMode::external;
    must(product().ledger().save_plan(plan, Product::by()));
  }

  testing::TemporaryFolder folder_;
  int handed_over_ = 0;
  std::string handed_;
};
INSTANTIATE_TEST_SUITE_P(Ways, RotationKillInOtherWaysTest,
                         ::testing::Values(RotationMode::self_change, RotationMode::twin, RotationMode::external),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST_P(RotationKillInOtherWaysTest, after_a_kill_at_a_write_to_the_disk_the_connection_signs_in) {
  kill_at_each("fdatasync", testing::kills_are_thorough() ? 1000 : 8);
}

TEST_P(RotationKillInOtherWaysTest, after_a_kill_at_a_connect_the_connection_signs_in) {
  kill_at_each("connect", testing::kills_are_thorough() ? 1000 : 6);
}

}  // namespace
}  // namespace mailward::connections
