// `mailward serve` on PostgreSQL as a whole: the main job, restarts, kill -9, two services, and a lost lock.
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/service_client.h"
#include "tests/app/service_process.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/paths.h"
#include "tests/support/postgres.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kRight = "Sample-Passw0rd!";
constexpr std::chrono::seconds kSoon{20};

class OnPostgres : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!postgres_installed()) GTEST_SKIP() << "PostgreSQL is not installed";
    url_ = PostgresServer::shared().fresh_database();
    const std::string address = exchange_.url().substr(8, exchange_.url().find(':', 8) - 8);
    std::ofstream(config()) << "[database]\nurl = \"" << url_ << "\"\n[network]\nallowed_destinations = [\""
                            << "127.0.0.0/8\"]\nallowed_ports = [443, " << exchange_.port() << "]\n[network.hosts]\n\""
                            << exchange_.host() << "\" = [\"" << address << "\"]\n";
  }
  fs::path config() const { return folder_.path() / "mailward.toml"; }
  fs::path state() const { return folder_.path() / "state"; }
  std::unique_ptr<ServiceProcess> serve() const {
    return std::make_unique<ServiceProcess>(state(), std::vector<std::string>{"--config", config().string()});
  }
  /// A second one, with a socket of its own; it has the same key.
  std::vector<std::string> second() const {
    return {"--config", config().string(), "--socket", (folder_.path() / "other" / "mailward.sock").string()};
  }
  std::string sql(const std::string& text) const { return PostgresServer::shared().run_as_superuser(text, url_); }

  std::string add(const ServiceProcess& service) const {
    const std::string url =
        "https://" + exchange_.host() + ":" + std::to_string(exchange_.port()) + "/EWS/Exchange.asmx";
    const Ended added =
        service.cli({"connection", "add", "--json", "--description", "Kept", "--ews-url", url, "--master-mailbox",
                     "svc-mailward@example.test", "--trust-file", exchange_.ca_file().string(), "--mailbox-check",
                     "usera@example.test", "--password-fd", "3"},
                    {.on_fd_3 = std::string(kRight) + "\n"});
    EXPECT_EQ(added.code, 0) << added.err;
    return added.code == 0 ? std::string(Json::parse(added.out).at("id")) : std::string();
  }
  /// Starts a test that takes long, and returns its run once the password is being tried.
  std::string begin_slow_test(const ServiceProcess& service, const std::string& connection) {
    exchange_.set_fault("latency", R"({"milliseconds":2000})");
    cli::ServiceClient client({.socket = service.socket()});
    const auto run = client.call("POST", "/connections/" + connection + "/test", cli::Json{{"try_again", false}});
    EXPECT_TRUE(run) << run.error().describe();
    EXPECT_TRUE(
        wait_for([&] { return sql("SELECT count(*) FROM tried_password WHERE state = 'being_tried'") != "0"; }, kSoon));
    return run ? std::string(run->at("id")) : std::string();
  }
  static std::string state_of(const ServiceProcess& service, const std::string& run) {
    const Ended shown = service.cli({"run", "show", run, "--json"});
    return shown.out.empty() ? shown.err : std::string(Json::parse(shown.out).at("state"));
  }
  static std::string connection_state(const ServiceProcess& service, const std::string& id) {
    const Ended shown = service.cli({"connection", "show", id, "--json"});
    return shown.out.empty() ? shown.err : std::string(Json::parse(shown.out).at("state"));
  }

  TemporaryFolder folder_;
  ExchangeSimulator exchange_;
  std::string url_;
};

TEST_F(OnPostgres, a_connection_is_made_tested_and_kept_over_a_restart) {
  auto service = serve();
  const std::string id = add(*service);
  const Ended tested = service->cli({"connection", "test", id});
  EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
  EXPECT_NE(service->cli({"status"}).out.find("PostgreSQL"), std::string::npos);
  EXPECT_EQ(service->stop(), 0);
  service = serve();
  EXPECT_EQ(connection_state(*service, id), "healthy");
  const Ended again = service->cli({"connection", "test", id});
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(exchange_.account("EXAMPLE\\svc-mailward").bad_passwords_seen, 0);
}

TEST_F(OnPostgres, a_killed_test_is_interrupted_at_the_next_start) {
  auto service = serve();
  const std::string id = add(*service);
  ASSERT_EQ(service->cli({"connection", "test", id}).code, 0);
  const std::string run = begin_slow_test(*service, id);
  EXPECT_EQ(state_of(*service, run), "running");
  service->kill_hard();
  service = serve();
  EXPECT_EQ(state_of(*service, run), "interrupted");
  EXPECT_NE(service->log().find(run), std::string::npos) << service->log();
  // What worked is not worse for it, and the account is free; that try's outcome is for somebody else to say.
  EXPECT_EQ(connection_state(*service, id), "healthy");
  exchange_.clear_faults();
  const Ended next = service->cli({"connection", "test", id, "--json"});
  EXPECT_EQ(Json::parse(next.out).at("result").at("verdict"), "try_interrupted") << next.out << next.err;
}

TEST_F(OnPostgres, a_second_service_on_the_database_is_refused) {
  auto first = serve();
  std::vector<std::string> words{"serve", "--state-dir", state().string()};
  for (const std::string& one : second()) words.push_back(one);
  const Ended refused = run_mailward(words);
  EXPECT_EQ(refused.code, 7) << refused.err;
  EXPECT_NE(refused.err.find("another Mailward service"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("what to do"), std::string::npos) << refused.err;
  EXPECT_EQ(first->cli({"status"}).code, 0);
}

TEST_F(OnPostgres, a_service_that_lost_its_lock_ends_and_leaves_nothing_half_done) {
  auto service = serve();
  const std::string id = add(*service);
  ASSERT_EQ(service->cli({"connection", "test", id}).code, 0);
  const std::string run = begin_slow_test(*service, id);
  const std::string entries = sql("SELECT count(*) FROM audit_entry");
  ASSERT_EQ(sql("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())"),
            "1");
  EXPECT_EQ(service->await_end(kSoon), 7) << service->log();
  EXPECT_NE(service->log().find("lock on the database"), std::string::npos) << service->log();
  EXPECT_NE(service->log().find("what to do"), std::string::npos) << service->log();
  EXPECT_EQ(sql("SELECT count(*) FROM audit_entry"), entries);
  EXPECT_EQ(sql("SELECT state FROM run ORDER BY id DESC LIMIT 1"), "running");
  service = serve();
  EXPECT_EQ(state_of(*service, run), "interrupted");
  EXPECT_EQ(connection_state(*service, id), "healthy");
}

}  // namespace
}  // namespace mailward::testing
