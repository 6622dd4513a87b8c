#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "connections/external_source.h"
#include "connections/rotation_plan.h"
#include "ews/operations/get_folder.h"
#include "notify/notice.h"
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

/// The ways of renewing a password beside the delegated reset, in a real Active Directory.
class RotationModesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  void begin(const Organisation::Options& options = {}) {
    organisation_ = std::make_unique<Organisation>(options);
    connection_ = organisation_->connect();
  }
  Product& product() { return organisation_->product(); }
  Ledger& ledger() { return product().ledger(); }
  SambaDc& controller() { return organisation_->controller(); }
  ServiceAccount account() { return must(ledger().account(connection_.account)); }
  std::string password() {
    const auto stands = account();
    return std::string(must(ledger().open_version(stands, *stands.active())).reveal());
  }
  TestOutcome rotate(RotationMode mode, AccountId id) {
    return product().outcome_of(must(product().rotations().start({.account = id, .mode = mode}, Product::by())));
  }
  TestOutcome rotate(RotationMode mode) { return rotate(mode, connection_.account); }
  std::string verdict() { return product().test({.connection = connection_.id}).verdict; }

  std::unique_ptr<Organisation> organisation_;
  ServerConnection connection_;
};

TEST_F(RotationModesTest, an_account_changes_its_own_password) {
  begin();
  must(ledger().clear_reset_account(account().id, account().version, Product::by()));
  const std::string before = password();
  ProductLoads loads(product().gate(), connection_.id, "usera@example.test");
  loads.await_more(30);
  const TestOutcome outcome = rotate(RotationMode::self_change);
  ASSERT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(outcome.result["mode"], "self_change");
  EXPECT_EQ(outcome.result["degraded"], false) << outcome.text();
  loads.await_more(30);
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  EXPECT_NE(password(), before);
  EXPECT_EQ(account().active()->origin, PasswordOrigin::generated);
  EXPECT_EQ(must(product().recovery().read()).size(), 1u);
  EXPECT_EQ(verdict(), "none");
  EXPECT_EQ(organisation_->bad_password_count(), 0);
}

TEST_F(RotationModesTest, a_reset_account_renews_itself_and_goes_on_resetting) {
  begin();
  const AccountId resetter = *account().reset_account;
  ASSERT_EQ(rotate(RotationMode::delegated_reset).result["state"], "finished");
  const TestOutcome outcome = rotate(RotationMode::self_change, resetter);
  ASSERT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(must(ledger().account(resetter)).active()->origin, PasswordOrigin::generated);
  EXPECT_EQ(rotate(RotationMode::delegated_reset).result["state"], "finished");
  EXPECT_EQ(controller().bad_password_count(Organisation::kResetter), 0);
  EXPECT_EQ(verdict(), "none");
}

TEST_F(RotationModesTest, the_minimum_age_is_told_with_the_next_possible_moment) {
  begin();
  controller().create_policy("an-age", {.minimum_age = std::chrono::hours(24)},
                             {controller().dn_of(Organisation::kAccount)});
  controller().allow_reading_policies("directory-reader");
  controller().allow_reading_policies(Organisation::kResetter);
  const auto set = controller().pwd_last_set(Organisation::kAccount);
  const std::string before = password();
  const TestOutcome outcome = rotate(RotationMode::self_change);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  const std::string sentence = outcome.result["sentence"];
  EXPECT_NE(sentence.find("lets the account change its own password again at"), std::string::npos) << sentence;
  EXPECT_EQ(controller().pwd_last_set(Organisation::kAccount), set);
  EXPECT_EQ(password(), before);
  EXPECT_EQ(account().pending(), nullptr);
  EXPECT_EQ(verdict(), "none");
  // A reset account is not bound by it.
  EXPECT_EQ(rotate(RotationMode::delegated_reset).result["state"], "finished");
  controller().delete_policy("an-age");
}

TEST_F(RotationModesTest, an_own_change_shows_no_password_that_somebody_has_replaced) {
  begin();
  ASSERT_EQ(rotate(RotationMode::self_change).result["state"], "finished");
  controller().set_password(Organisation::kAccount, "Theirs-Passw0rd-1!");
  controller().set_password(Organisation::kAccount, "Theirs-Passw0rd-2!");
  controller().set_password(Organisation::kAccount, "Theirs-Passw0rd-3!");
  const auto bad = controller().get(controller().dn_of(Organisation::kAccount), "badPasswordTime");
  const TestOutcome outcome = rotate(RotationMode::self_change);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.text().find("somebody has set another password"), std::string::npos) << outcome.text();
  EXPECT_EQ(controller().get(controller().dn_of(Organisation::kAccount), "badPasswordTime"), bad);
}

TEST_F(RotationModesTest, an_own_change_needs_a_reader_for_what_may_be_cut_short) {
  begin({.reader = false});
  const auto refused =
      product().rotations().start({.account = connection_.account, .mode = RotationMode::self_change}, Product::by());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ConnectionsError::cannot_rotate)) << refused.error().describe();
}

/// What people are told of it, from the books.
TEST_F(RotationModesTest, people_are_told_how_it_ended_and_when_a_connection_stops_working) {
  begin();
  const auto told = [&](std::string_view kind) {
    std::vector<notify::PostedNotice> found;
    const auto all = must(product().database().read(
        [](db::Session& session) { return notify::list_notices(session, std::nullopt, 50); }));
    for (const auto& one : all) {
      if (one.notice.kind == kind) found.push_back(one);
    }
    return found;
  };
  ASSERT_EQ(rotate(RotationMode::delegated_reset).result["state"], "finished");
  ASSERT_EQ(told("rotation_finished").size(), 1u);
  EXPECT_EQ(told("rotation_finished")[0].notice.subject, "account:" + connection_.account.text());
  EXPECT_TRUE(told("connection_state").empty());
  // Somebody sets another password: the connection stops, and a rotation mends it.
  for (const char* password : {"Theirs-Passw0rd-1!", "Theirs-Passw0rd-2!", "Theirs-Passw0rd-3!"}) {
    controller().set_password(Organisation::kAccount, password);
  }
  EXPECT_NE(verdict(), "none");
  ASSERT_EQ(told("connection_state").size(), 1u);
  EXPECT_EQ(told("connection_state")[0].notice.severity, notify::Severity::alarm);
  EXPECT_NE(told("connection_state")[0].notice.title.find("has stopped working"), std::string::npos);
  // A rotation that cannot be: its reason and what to do.
  controller().set(controller().dn_of(Organisation::kResetter), "userAccountControl", {"514"});  // disabled
  EXPECT_NE(rotate(RotationMode::delegated_reset).result["state"], "finished");
  ASSERT_EQ(told("rotation_failed").size(), 1u);
  EXPECT_NE(told("rotation_failed")[0].notice.text.find("What to do: "), std::string::npos);
  // The domain lets passwords live for 42 days: nothing is said before two weeks are left.
  EXPECT_TRUE(told("password_expires").empty());
}

class TwinTest : public RotationModesTest {
 protected:
  static constexpr std::string_view kTwin = "svc-mailward-b";
  static constexpr std::string_view kTwinPassword = "Twin-Passw0rd-1!";

  void begin_twins(bool impersonates = true) {
    begin();
    controller().create_user(kTwin, kTwinPassword, {.mail = "svc-mailward-b@example.test"});
    controller().allow_resetting(Organisation::kResetter, controller().dn_of(kTwin));
    if (impersonates) {
      organisation_->exchange().set_impersonation("EXAMPLE\\svc-mailward-b",
                                                  {"usera@example.test", "moved@example.test"});
    }
    const std::string destination = must(ledger().destination_of(connection_));
    TypedPassword typed{SecretString(kTwinPassword), false};
    must(ledger().set_twin(account().id, account().version, "EXAMPLE\\svc-mailward-b", std::move(typed),
                           {{connection_.id, destination}}, Product::by()));
    twin_ = *account().twin;
  }
  ServerConnection stands() { return must(ledger().connection(connection_.id)); }

  AccountId twin_;
};

/// Connections to a simulator that stand, by the kernel's own list (proc_net_tcp: 01 is established). By address and
/// port: those of other tests have the same port.
std::size_t connections_to(const testing::ExchangeSimulator& exchange) {
  in_addr address{};
  EXPECT_EQ(inet_pton(AF_INET, exchange.address().c_str(), &address), 1);
  std::array<char, 16> wanted{};
  std::snprintf(wanted.data(), wanted.size(), "%08X:%04X", address.s_addr, exchange.port());
  std::ifstream table("/proc/net/tcp");
  std::size_t count = 0;
  std::string line;
  while (std::getline(table, line)) {
    std::istringstream words(line);
    std::string number;
    std::string local;
    std::string remote;
    std::string state;
    words >> number >> local >> remote >> state;
    if (remote == wanted.data() && state == "01") ++count;
  }
  return count;
}

TEST_F(TwinTest, what_rests_of_the_other_one_is_closed_at_once) {
  begin_twins();
  ews::GetFolder operation;
  operation.shape = ews::BaseShape::id_only;
  operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
  ews::CallContext context;
  context.impersonate = {ews::Impersonation::Kind::smtp_address, "usera@example.test"};
  ASSERT_TRUE(product().gate().call(connection_.id, "sync_recover", operation, context, Deadline::after(20s), {},
                                    Repeat::harmless));
  const testing::ExchangeSimulator& exchange = organisation_->exchange();
  // That of the test before it may just be closing.
  ASSERT_TRUE(wait_until([&] { return connections_to(exchange) == 1U; }, std::chrono::seconds(20))) << "it rests";
  const TestOutcome outcome = rotate(RotationMode::twin, connection_.account);
  ASSERT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_TRUE(wait_until([&] { return connections_to(exchange) == 0; }, std::chrono::seconds(5)))
      << connections_to(exchange) << " are left";
}

TEST_F(TwinTest, the_resting_one_is_renewed_and_takes_over_without_a_door) {
  begin_twins();
  const AccountId first = connection_.account;
  ProductLoads loads(product().gate(), connection_.id, "usera@example.test");
  loads.await_more(30);
  const TestOutcome outcome = rotate(RotationMode::twin, first);
  ASSERT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(outcome.result["degraded"], false) << outcome.text();
  EXPECT_EQ(stands().account, twin_);
  EXPECT_EQ(stands().form.master_mailbox, "EXAMPLE\\svc-mailward-b");
  EXPECT_NE(stands().state, ConnectionState::untested);
  loads.await_more(60);
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  EXPECT_EQ(verdict(), "none");
  // Calls go on as the other account, and none is left that goes as the first.
  const auto seen = organisation_->exchange().requests();
  ASSERT_GT(seen.size(), 30U);
  for (auto one = seen.end() - 30; one != seen.end(); ++one) EXPECT_NE(one->account, "EXAMPLE\\svc-mailward");
  // And back again: asked by either name, the one that rests is meant.
  const std::string twins_password = std::string(
      must(ledger().open_version(must(ledger().account(twin_)), *must(ledger().account(twin_)).active())).reveal());
  EXPECT_EQ(twins_password.size(), 64u);
  const TestOutcome back = rotate(RotationMode::twin, first);
  ASSERT_EQ(back.result["state"], "finished") << back.text();
  EXPECT_EQ(stands().account, first);
  EXPECT_EQ(organisation_->bad_password_count(), 0);
  EXPECT_EQ(controller().bad_password_count(kTwin), 0);
}

TEST_F(TwinTest, all_stay_where_they_are_when_it_may_not_do_what_the_other_may) {
  begin_twins(false);
  const AccountId first = connection_.account;
  const TestOutcome outcome = rotate(RotationMode::twin, first);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(outcome.result["degraded"], true) << outcome.text();
  EXPECT_NE(outcome.text().find("so all stay with"), std::string::npos) << outcome.text();
  EXPECT_EQ(stands().account, first);
  EXPECT_EQ(verdict(), "none");
}

TEST_F(TwinTest, a_dry_run_looks_at_the_one_that_would_be_renewed) {
  begin_twins();
  const auto dry = [&] {
    return product().outcome_of(must(product().rotations().start(
        {.account = connection_.account, .dry_run = true, .mode = RotationMode::twin}, Product::by())));
  };
  EXPECT_EQ(dry().result["possible"], true) << dry().text();
  controller().delete_user(kTwin);
  const TestOutcome gone = dry();
  EXPECT_EQ(gone.result["possible"], false) << gone.text();
  EXPECT_NE(gone.text().find("svc-mailward-b"), std::string::npos) << gone.text();
}

TEST_F(TwinTest, a_twin_whose_password_was_never_typed_for_the_connections_is_refused) {
  begin();
  const auto refused =
      ledger().set_twin(account().id, account().version, "EXAMPLE\\svc-mailward-b", std::nullopt, {}, Product::by());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ConnectionsError::password_must_be_typed)) << refused.error().describe();
  EXPECT_FALSE(ledger().find_account("EXAMPLE\\svc-mailward-b")) << "it was made and left behind";
}

/// Another vault: a program that hands over what stands in a file.
class ExternalTest : public RotationModesTest {
 protected:
  void begin_external() {
    begin();
    hand_over(Organisation::kPassword);
    write(folder_.path() / "vault.sh", "#!/bin/sh\ncat " + (folder_.path() / "password").string() + "\n");
    chmod((folder_.path() / "vault.sh").c_str(), 0700);
    must(ledger().set_source(account().id,
                             {.command = {(folder_.path() / "vault.sh").string()}, .url = {}, .trust_pem = {}},
                             std::nullopt, Product::by()));
    RotationPlan plan = must(ledger().plan(account().id));
    plan.mode = RotationMode::external;
    must(ledger().save_plan(plan, Product::by()));
  }
  static void write(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path, std::ios::trunc) << text;
  }
  void hand_over(std::string_view text) { write(folder_.path() / "password", text); }
  Rotation last() { return must(product().rotations().list(connection_.account, 1)).at(0).rotation; }
  std::size_t rotations() { return must(product().rotations().list(connection_.account, 50)).size(); }
  std::vector<std::string> bad_password_time() {
    return controller().get(controller().dn_of(Organisation::kAccount), "badPasswordTime");
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ExternalTest, a_change_is_noticed_fetched_and_proven) {
  begin_external();
  ProductLoads loads(product().gate(), connection_.id, "usera@example.test");
  loads.await_more(20);
  // The vault's own order: it sets the password, and hands it over from then on.
  hand_over("The-Vaults-Passw0rd-2!\n");
  controller().set_password(Organisation::kAccount, "The-Vaults-Passw0rd-2!");
  must(product().rotations().resume());
  ASSERT_TRUE(wait_until([&] { return rotations() > 0 && last().ended.has_value(); }, 30s));
  EXPECT_EQ(last().state, RotationState::finished) << last().why;
  EXPECT_EQ(last().mode, RotationMode::external);
  EXPECT_EQ(password(), "The-Vaults-Passw0rd-2!");
  EXPECT_EQ(account().active()->origin, PasswordOrigin::fetched);
  loads.await_more(20);
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  EXPECT_EQ(verdict(), "none");
  EXPECT_EQ(organisation_->bad_password_count(), 0);
  // Nothing more happens for the same change.
  must(product().rotations().resume());
  EXPECT_FALSE(wait_until([&] { return rotations() > 1; }, 2s));
}

TEST_F(ExternalTest, the_password_in_force_handed_over_again_changes_nothing) {
  begin_external();
  const TestOutcome outcome = rotate(RotationMode::external);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.text().find("in force already"), std::string::npos) << outcome.text();
  EXPECT_EQ(password(), Organisation::kPassword);
  EXPECT_EQ(verdict(), "none");
}

TEST_F(ExternalTest, a_dry_run_asks_the_vault_and_shows_nothing_to_anybody) {
  begin_external();
  hand_over("Another-Passw0rd-2!");
  const auto counted = bad_password_time();
  const TestOutcome well = product().rotate(connection_.account, true);
  EXPECT_EQ(well.result["possible"], true) << well.text();
  EXPECT_NE(well.text().find("\"same_as_in_force\":false"), std::string::npos) << well.text();
  write(folder_.path() / "vault.sh", "#!/bin/sh\nexit 7\n");
  const TestOutcome broken = product().rotate(connection_.account, true);
  EXPECT_EQ(broken.result["possible"], false) << broken.text();
  EXPECT_NE(broken.text().find("ended with status 7"), std::string::npos) << broken.text();
  EXPECT_EQ(bad_password_time(), counted);
  EXPECT_EQ(rotations(), 0u);
}

TEST_F(ExternalTest, a_wrong_one_costs_one_attempt_and_is_never_shown_again) {
  begin_external();
  hand_over("Nonsense-Passw0rd-9!");
  const TestOutcome outcome = rotate(RotationMode::external);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.text().find("does not take the password that was handed over"), std::string::npos)
      << outcome.text();
  EXPECT_EQ(organisation_->bad_password_count(), 1);
  EXPECT_EQ(verdict(), "none") << "the one in force goes on";
  const auto counted = bad_password_time();
  // Another wrong one is not even asked for, whoever asks: not before the password is set anew.
  hand_over("Nonsense-Passw0rd-10!");
  const TestOutcome again = rotate(RotationMode::external);
  EXPECT_EQ(again.result["state"], "undone") << again.text();
  EXPECT_NE(again.text().find("no other is tried"), std::string::npos) << again.text();
  EXPECT_EQ(bad_password_time(), counted);
  controller().set_password(Organisation::kAccount, "The-Vaults-Passw0rd-3!");
  hand_over("The-Vaults-Passw0rd-3!");
  const TestOutcome well = rotate(RotationMode::external);
  EXPECT_EQ(well.result["state"], "finished") << well.text();
  EXPECT_EQ(bad_password_time(), counted);
  EXPECT_EQ(password(), "The-Vaults-Passw0rd-3!");
}

/// What stands in the database is proven before it is believed.
TEST_F(ExternalTest, a_row_that_somebody_wrote_runs_nothing_and_sends_nothing) {
  begin_external();
  const auto tamper = [&](std::string_view sql, const std::string& value) {
    must(product().database().transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(tx.execute(sql, {value}));
      return {};
    }));
  };
  hand_over("Another-Passw0rd-2!");
  tamper("UPDATE credential_version SET destinations = $1", "[\"ews=evil.example.test:443\"]");
  const TestOutcome outcome = rotate(RotationMode::external);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_EQ(account().pending(), nullptr) << "it was bound to where the row says";
  const auto ran = folder_.path() / "ran";
  tamper("UPDATE external_source SET command = $1", "[\"/usr/bin/touch\",\"" + ran.string() + "\"]");
  const auto handed = ledger().fetch_password(account(), product().resolver(), product().destinations(), {});
  ASSERT_FALSE(handed);
  EXPECT_NE(handed.error().message().find("was changed in the database"), std::string::npos)
      << handed.error().describe();
  EXPECT_FALSE(std::filesystem::exists(ran));
}

TEST_F(ExternalTest, what_hands_over_nonsense_is_named_and_nothing_is_tried) {
  begin_external();
  const struct {
    const char* script;
    const char* says;
  } cases[] = {
      {"exit 3", "ended with status 3"},
      {"kill -9 $$", "was ended by signal 9"},
      {"true", "nothing was handed over"},
      {"printf 'one\\ntwo\\n'", "control characters"},
      {"head -c 100000 /dev/zero | tr '\\0' x", "wrote more than 8192 bytes"},
      {"head -c 2000 /dev/zero | tr '\\0' x", "longer than any password"},
      {"printf '\\377\\376'", "not UTF-8"},
  };
  const auto counted = bad_password_time();
  for (const auto& one : cases) {
    write(folder_.path() / "vault.sh", std::string("#!/bin/sh\n") + one.script + "\n");
    const auto handed = ledger().fetch_password(account(), product().resolver(), product().destinations(), {});
    ASSERT_FALSE(handed) << one.script;
    EXPECT_TRUE(handed.error().is(ConnectionsError::external_source)) << handed.error().describe();
    EXPECT_NE(handed.error().message().find(one.says), std::string::npos)
        << one.script << ": " << handed.error().message();
  }
  EXPECT_EQ(bad_password_time(), counted);
}

TEST_F(ExternalTest, a_program_gets_no_shell_no_secrets_and_no_more_than_its_time) {
  begin_external();
  const auto out = folder_.path() / "seen";
  write(folder_.path() / "vault.sh",
        "#!/bin/sh\nenv > " + out.string() + "\nls -l /proc/$$/fd >> " + out.string() + "\necho Some-Passw0rd-1\n");
  ASSERT_TRUE(ledger().fetch_password(account(), product().resolver(), product().destinations(), {}));
  std::ifstream in(out);
  const std::string seen((std::istreambuf_iterator<char>(in)), {});
  EXPECT_NE(seen.find("MAILWARD_ACCOUNT=EXAMPLE\\svc-mailward"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("HOME="), std::string::npos) << seen;
  EXPECT_EQ(seen.find("mailward.db"), std::string::npos) << "it was given the database's descriptor\n" << seen;
  // Its children die with it when it is stopped.
  const auto born = folder_.path() / "child";
  write(folder_.path() / "vault.sh", "#!/bin/sh\nsleep 300 &\necho $! > " + born.string() + "\nsleep 300\n");
  const auto child_of = [&] {
    std::ifstream file(born);
    std::string line;
    return std::getline(file, line) && !file.eof() ? std::stoi(line) : 0;
  };
  std::stop_source stop;
  std::jthread stopper([&] {
    wait_until([&] { return child_of() > 0; }, 10s);
    stop.request_stop();
  });
  const auto stopped =
      ledger().fetch_password(account(), product().resolver(), product().destinations(), stop.get_token());
  ASSERT_FALSE(stopped);
  stopper.join();
  const pid_t child = child_of();
  ASSERT_GT(child, 0);
  EXPECT_TRUE(wait_until([&] { return kill(child, 0) != 0; }, 5s)) << "its child lives on";
}

}  // namespace
}  // namespace mailward::connections
