#include <gtest/gtest.h>

#include <algorithm>

#include "tests/product_support/product.h"
#include "tests/support/exchange_simulator.h"

namespace mailward::connections {
namespace {

using testing::ExchangeSimulator;
using testing::must;
using testing::Product;
using testing::TestOutcome;

constexpr std::string_view kPassword = "Sample-Passw0rd!";

/// The sample organisation: two front ends behind a balancer without affinity, Extended Protection required.
class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() : product_({.hosts = {{simulator_.host(), {"127.0.0.1"}}}, .ports = ports()}) {}

  std::vector<std::uint16_t> ports() {
    std::vector<std::uint16_t> all{simulator_.port()};
    for (const auto& front_end : simulator_.front_ends()) {
      const std::string_view address = front_end.address;
      all.push_back(static_cast<std::uint16_t>(std::stoi(std::string(address.substr(address.rfind(':') + 1)))));
    }
    return all;
  }

  ConnectionForm form() {
    ConnectionForm form;
    form.description = "Sample";
    form.ews_url = "https://" + simulator_.host() + ":" + std::to_string(simulator_.port()) + "/EWS/Exchange.asmx";
    form.master_mailbox = "EXAMPLE\\svc-mailward";
    form.trust_pem = simulator_.ca_pem();
    form.mailbox_check = "usera@example.test";
    form.refused_mailbox = "board@example.test";
    form.products = {"sync_and_recover"};
    for (const auto& front_end : simulator_.front_ends()) form.front_ends.push_back(front_end.address);
    return form;
  }
  int bad_passwords() { return simulator_.account("EXAMPLE\\svc-mailward").bad_passwords_seen; }

  ExchangeSimulator simulator_;
  Product product_;
};

TEST_F(ConnectionTest, finds_a_right_connection_healthy_with_one_handshake_for_each_front_end) {
  const auto before = product_.transport().counters();
  const TestOutcome outcome = product_.test_form(form(), kPassword);
  EXPECT_EQ(outcome.verdict, "none") << outcome.text();
  EXPECT_EQ(outcome.state, work::RunState::succeeded);
  EXPECT_EQ(outcome.result["state"], "healthy");
  EXPECT_EQ(outcome.result["scheme"], "NTLM");
  // The balancer's own address, and each of the two front ends.
  EXPECT_EQ(outcome.outcomes_of("sign_in").size(), 3u) << outcome.text();
  EXPECT_EQ(product_.transport().counters().handshakes - before.handshakes, 3u);
  for (const char* step : {"name_resolution", "tcp", "tls", "health_check", "http_endpoint", "authentication_schemes",
                           "account", "service_ticket", "sign_in", "server_version", "own_mailbox", "clock_skew",
                           "impersonation", "scope", "products"}) {
    EXPECT_FALSE(outcome.outcomes_of(step).empty()) << step;
  }
  EXPECT_EQ(outcome.outcomes_of("scope").front(), work::StepOutcome::ok) << outcome.text();
  EXPECT_EQ(bad_passwords(), 0);
}

TEST_F(ConnectionTest, bears_the_id_of_the_request_that_asked_for_it_to_exchange) {
  product_.test_form(form(), kPassword);
  const auto requests = simulator_.requests();
  ASSERT_FALSE(requests.empty());
  for (const auto& request : requests) EXPECT_EQ(request.client_request_id, Product::by().request_id) << request.path;
}

/// Wherever the balancer sends the EWS URL this time.
TEST_F(ConnectionTest, names_one_broken_front_end_behind_the_balancer) {
  for (const auto& [fault, parameters] : {std::pair("http_status", R"({"status":503,"front_end":"EX02"})"),
                                          std::pair("certificate_expired", R"({"front_end":"EX02"})")}) {
    simulator_.clear_faults();
    simulator_.set_fault(fault, parameters);
    for (int turn = 0; turn < 4; ++turn) {
      const TestOutcome outcome = product_.test_form(form(), kPassword);
      EXPECT_EQ(outcome.verdict, "front_end_broken") << outcome.text();
      EXPECT_EQ(outcome.result["state"], "degraded");
    }
  }
}

TEST_F(ConnectionTest, promotes_nothing_that_was_refused_after_its_proof) {
  ASSERT_EQ(product_.test_form(form(), kPassword).verdict, "none");
  simulator_.set_password("EXAMPLE\\svc-mailward", "Another-Reset-1!");
  ASSERT_EQ(product_.test_form(form(), kPassword).verdict, "refused_or_overloaded");
  const auto saved = must(product_.ledger().create_connection(
      form(), std::nullopt, TypedPassword{SecretString(kPassword), false}, Product::by()));
  must(product_.tests().settle_saved(saved.id, Product::by()));
  EXPECT_EQ(must(product_.ledger().account(saved.account)).active(), nullptr);
}

TEST_F(ConnectionTest, another_typed_password_ends_a_proof) {
  ASSERT_EQ(product_.test_form(form(), kPassword).verdict, "none");
  EXPECT_NE(product_.test_form(form(), "Never-Right-1!").verdict, "none");
  const auto saved = must(product_.ledger().create_connection(
      form(), std::nullopt, TypedPassword{SecretString(kPassword), false}, Product::by()));
  must(product_.tests().settle_saved(saved.id, Product::by()));
  EXPECT_EQ(must(product_.ledger().account(saved.account)).active(), nullptr) << "it must sign in again";
  EXPECT_EQ(must(product_.ledger().connection(saved.id)).state, ConnectionState::untested);
}

TEST_F(ConnectionTest, a_saved_password_that_was_refused_needs_a_person_at_once) {
  const auto bad_passwords = [&] { return simulator_.account("EXAMPLE\\svc-mailward").bad_passwords_seen; };
  EXPECT_NE(product_.test_form(form(), "Never-Right-1!").verdict, "none");
  const int before = bad_passwords();
  const auto saved = must(product_.ledger().create_connection(
      form(), std::nullopt, TypedPassword{SecretString(std::string_view("Never-Right-1!")), false}, Product::by()));
  must(product_.tests().settle_saved(saved.id, Product::by()));
  const auto stored = must(product_.ledger().connection(saved.id));
  EXPECT_EQ(stored.state, ConnectionState::needs_credential);
  EXPECT_EQ(stored.reason, "refused_before");
  EXPECT_TRUE(must(product_.ledger().account(saved.account)).pending()->refused);
  EXPECT_EQ(bad_passwords(), before) << "nothing was tried";
}

/// No directory tells how many tries are left.
TEST_F(ConnectionTest, a_sixth_typed_password_within_half_an_hour_is_not_tried) {
  for (int i = 0; i < 5; ++i) EXPECT_NE(product_.test_form(form(), "Never-Right-" + std::to_string(i)).verdict, "none");
  const int before = simulator_.account("EXAMPLE\\svc-mailward").bad_passwords_seen;
  EXPECT_EQ(before, 5);
  for (const std::string_view password : {std::string_view("Never-Right-6"), std::string_view(kPassword)}) {
    const TestOutcome outcome = product_.test_form(form(), password);
    EXPECT_EQ(outcome.verdict, "lockout_near") << outcome.text();
    EXPECT_NE(outcome.text().find("the next is possible from"), std::string::npos) << outcome.text();
  }
  EXPECT_EQ(simulator_.account("EXAMPLE\\svc-mailward").bad_passwords_seen, before);
}

/// As where the process is killed, or the disk is full, somewhere in the middle of keeping a verdict.
TEST_F(ConnectionTest, keeps_a_verdict_whole_or_not_at_all) {
  const auto saved = must(product_.ledger().create_connection(
      form(), std::nullopt, TypedPassword{SecretString(kPassword), false}, Product::by()));
  const auto test = [&] {
    TestRequest request;
    request.connection = saved.id;
    return product_.test(std::move(request));
  };
  const auto script = [&](const std::string& sql) {
    must(product_.database().transaction([&](db::Transaction& tx) { return tx.execute_script(sql); }));
  };
  for (const char* at :
       {"INSERT ON audit_entry WHEN NEW.action = 'connection.test'",
        "INSERT ON audit_entry WHEN NEW.action = 'credential.promote'",
        "UPDATE ON server_connection WHEN NEW.state = 'healthy'",
        "UPDATE ON credential_version WHEN NEW.state = 'active'",
        "UPDATE ON secret_inventory WHEN NEW.last_used IS NOT NULL", "UPDATE ON run WHEN NEW.state = 'succeeded'"}) {
    script("CREATE TRIGGER broken BEFORE " + std::string(at) + " BEGIN SELECT RAISE(ABORT, 'broken'); END");
    const TestOutcome outcome = test();
    script("DROP TRIGGER broken");
    EXPECT_EQ(outcome.state, work::RunState::failed) << at << outcome.text();
    EXPECT_EQ(outcome.verdict, "internal_error") << at;
    const auto account = must(product_.ledger().account(saved.account));
    EXPECT_EQ(account.active(), nullptr) << at;
    EXPECT_NE(account.pending(), nullptr) << at;
    EXPECT_EQ(must(product_.ledger().connection(saved.id)).state, ConnectionState::untested) << at;
    const auto told = must(product_.database().read([](db::Session& session) {
      return session.query(
          "SELECT action FROM audit_entry WHERE action IN ('connection.test', 'connection.state', "
          "'credential.promote')");
    }));
    EXPECT_TRUE(told.empty()) << at << ": " << told.front().text(0);
  }
  EXPECT_EQ(test().verdict, "none");
  EXPECT_NE(must(product_.ledger().account(saved.account)).active(), nullptr);
}

TEST_F(ConnectionTest, signs_in_with_basic_where_only_that_is_allowed) {
  ConnectionForm basic = form();
  basic.authentication = {.negotiate = false, .ntlm = false, .basic = true};
  const TestOutcome outcome = product_.test_form(basic, kPassword);
  EXPECT_EQ(outcome.verdict, "none") << outcome.text();
  EXPECT_EQ(outcome.result["scheme"], "Basic");
}

TEST_F(ConnectionTest, spends_one_failed_attempt_on_a_wrong_password_and_none_when_it_is_pressed_again) {
  const TestOutcome first = product_.test_form(form(), "Never-Right-1");
  EXPECT_EQ(first.verdict, "refused_or_overloaded") << first.text();
  EXPECT_EQ(first.result["state"], "needs_credential");
  EXPECT_EQ(bad_passwords(), 1);
  for (int press = 0; press < 3; ++press) {
    EXPECT_EQ(product_.test_form(form(), "Never-Right-1").verdict, "refused_before");
  }
  product_.restart();
  EXPECT_EQ(product_.test_form(form(), "Never-Right-1").verdict, "refused_before");
  // Even asked for, not before the lock-out window has passed.
  EXPECT_EQ(product_.test_form(form(), "Never-Right-1", std::nullopt, true).verdict, "refused_before");
  EXPECT_EQ(bad_passwords(), 1);
  EXPECT_EQ(product_.test_form(form(), "Never-Right-2").verdict, "refused_or_overloaded");
  EXPECT_EQ(bad_passwords(), 2);
  EXPECT_EQ(product_.test_form(form(), kPassword).verdict, "none");
}

TEST_F(ConnectionTest, asks_about_a_password_that_looks_mistyped_before_it_is_tried) {
  for (const char* odd : {"Sample-Passw0rd!\n", " Sample-Passw0rd!", "Sample-Passw0rd!\t"}) {
    EXPECT_EQ(product_.test_form(form(), odd).verdict, "password_suspicious") << odd;
  }
  EXPECT_EQ(bad_passwords(), 0);
  TestRequest meant;
  meant.form = form();
  meant.password = TypedPassword{SecretString(std::string_view("Sample-Passw0rd!\n")), true};
  EXPECT_EQ(product_.test(std::move(meant)).verdict, "refused_or_overloaded");
  EXPECT_EQ(bad_passwords(), 1);
}

TEST_F(ConnectionTest, promotes_a_saved_password_with_its_first_accepted_sign_in) {
  const auto saved = must(product_.ledger().create_connection(
      form(), std::nullopt, TypedPassword{SecretString(kPassword), false}, Product::by()));
  ASSERT_NE(must(product_.ledger().account(saved.account)).pending(), nullptr);
  TestRequest request;
  request.connection = saved.id;
  EXPECT_EQ(product_.test(std::move(request)).verdict, "none");
  const auto account = must(product_.ledger().account(saved.account));
  EXPECT_EQ(account.pending(), nullptr);
  ASSERT_NE(account.active(), nullptr);
  EXPECT_EQ(must(product_.ledger().connection(saved.id)).state, ConnectionState::healthy);
}

TEST_F(ConnectionTest, keeps_the_active_password_when_a_wrong_one_is_saved) {
  const auto saved = must(product_.ledger().create_connection(
      form(), std::nullopt, TypedPassword{SecretString(kPassword), false}, Product::by()));
  TestRequest request;
  request.connection = saved.id;
  ASSERT_EQ(product_.test(std::move(request)).verdict, "none");
  const auto account = must(product_.ledger().account(saved.account));
  must(product_.ledger().set_password(account.id, account.version,
                                      {SecretString(std::string_view("Never-Right-3")), false},
                                      {{saved.id, must(product_.ledger().destination_of(saved))}}, Product::by()));
  request = {};
  request.connection = saved.id;
  EXPECT_EQ(product_.test(std::move(request)).verdict, "refused_or_overloaded");
  const auto after = must(product_.ledger().account(saved.account));
  ASSERT_NE(after.pending(), nullptr);
  EXPECT_TRUE(after.pending()->refused);
  ASSERT_NE(after.active(), nullptr);
  EXPECT_EQ(after.active()->number, 1);
  EXPECT_EQ(bad_passwords(), 1);
  // The refused one is passed over: the active one serves, and costs nothing.
  request = {};
  request.connection = saved.id;
  EXPECT_EQ(product_.test(std::move(request)).verdict, "none");
  EXPECT_EQ(bad_passwords(), 1);
}

TEST_F(ConnectionTest, knows_after_a_save_what_the_test_of_the_form_found) {
  ASSERT_EQ(product_.test_form(form(), kPassword).verdict, "none");
  const auto saved = must(product_.ledger().create_connection(
      form(), std::nullopt, TypedPassword{SecretString(kPassword), false}, Product::by()));
  must(product_.tests().settle_saved(saved.id, Product::by()));
  EXPECT_EQ(must(product_.ledger().connection(saved.id)).state, ConnectionState::healthy);
  EXPECT_NE(must(product_.ledger().account(saved.account)).active(), nullptr);
  // Another password than the tested one is not promoted.
  const auto account = must(product_.ledger().account(saved.account));
  must(product_.ledger().set_password(account.id, account.version,
                                      {SecretString(std::string_view("Another-Pass-1")), false},
                                      {{saved.id, must(product_.ledger().destination_of(saved))}}, Product::by()));
  must(product_.tests().settle_saved(saved.id, Product::by()));
  EXPECT_NE(must(product_.ledger().account(saved.account)).pending(), nullptr);
}

TEST_F(ConnectionTest, leaves_no_password_in_what_it_shows_or_keeps) {
  const std::string wrong = "Canary-Wrong-77";
  const TestOutcome outcome = product_.test_form(form(), wrong);
  EXPECT_EQ(outcome.text().find(wrong), std::string::npos);
  must(product_.ledger().create_connection(
      form(), std::nullopt, TypedPassword{SecretString(std::string_view("Canary-Saved-88")), false}, Product::by()));
  std::string kept;
  for (const auto& entry : std::filesystem::directory_iterator(product_.folder())) {
    kept += must(read_file(entry.path(), 64U << 20U));
  }
  ASSERT_NE(kept.find("usera@example.test"), std::string::npos);  // the search finds what is there
  for (const std::string& secret : {wrong, std::string("Canary-Saved-88")}) {
    EXPECT_EQ(kept.find(secret), std::string::npos);
    EXPECT_EQ(kept.find(to_base64(as_bytes(secret))), std::string::npos);
    EXPECT_EQ(kept.find(to_hex(as_bytes(secret))), std::string::npos);
    EXPECT_EQ(kept.find(as_text(must(to_utf16le(secret)))), std::string::npos);
  }
}

TEST_F(ConnectionTest, ends_when_it_is_cancelled) {
  simulator_.set_fault("latency", R"({"milliseconds":20000})");
  TestRequest request;
  request.form = form();
  request.password = TypedPassword{SecretString(kPassword), false};
  const auto run = must(product_.tests().start(std::move(request), Product::by()));
  std::int64_t seen = 0;
  while (must(product_.runs().changes_after(run, 0)).steps.empty()) {
    seen = must(product_.runs().wait_for_change(run, seen, Deadline::after(std::chrono::seconds(5)))).seq;
  }
  must(product_.tests().cancel(run));
  const Deadline deadline = Deadline::after(std::chrono::seconds(10));
  while (!work::ended(must(product_.runs().changes_after(run, 0)).run.state) && !deadline.expired()) {
    seen = must(product_.runs().wait_for_change(run, seen, deadline)).seq;
  }
  EXPECT_EQ(must(product_.runs().changes_after(run, 0)).run.state, work::RunState::cancelled);
}

}  // namespace
}  // namespace mailward::connections
