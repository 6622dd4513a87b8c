// What happens to a browser's page while the service works, is asked by many, or goes away.
#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "tests/api/browser.h"
#include "tests/product_support/organisation.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kPassword = "seven herons over the weir";

class Live : public ::testing::Test {
 protected:
  Live() {
    std::string ports;
    for (const std::uint16_t port : ports_of(simulator_)) ports += ", " + std::to_string(port);
    std::ofstream(folder_.path() / "mailward.toml")
        << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nallowed_ports = [443" << ports
        << "]\n[network.hosts]\n\"" << simulator_.host() << "\" = [\"127.0.0.1\"]\n";
    start();
    make_user(*service_, "alice", "administrator", kPassword);
  }
  void start() {
    service_.reset();
    service_ = std::make_unique<ServiceProcess>(
        folder_.path() / "state", std::vector<std::string>{"--config", (folder_.path() / "mailward.toml").string()});
  }
  Json form(std::string_view description) const {
    return {
        {"description", description},
        {"ews_url", "https://" + simulator_.host() + ":" + std::to_string(simulator_.port()) + "/EWS/Exchange.asmx"},
        {"master_mailbox", "EXAMPLE\\svc-mailward"},
        {"trust_pem", simulator_.ca_pem()},
        {"mailbox_check", "usera@example.test"},
        {"heartbeat_seconds", 60},
        {"password", "Sample-Passw0rd!"}};
  }
  /// The first event of a stream after one that was seen.
  std::pair<std::string, Json> next_event(Browser& browser, const std::string& path, const std::string& seen = {}) {
    http::ClientOptions options;
    options.trust = browser.trust();
    http::Client client(options);
    http::ClientRequest request{.method = "GET", .url = browser.url() + "/api/v1" + path, .headers = {}, .body = {}};
    request.headers.set("Cookie", browser.cookie());
    if (!seen.empty()) request.headers.set("Last-Event-ID", seen);
    std::pair<std::string, Json> found;
    const auto ended = client.stream(
        request,
        [&](const http::StreamEvent& event) {
          found = {event.type, Json::parse(event.data)};
          return false;
        },
        Deadline::after(std::chrono::seconds(20)));
    EXPECT_TRUE(ended) << ended.error().describe();
    return found;
  }

  ExchangeSimulator simulator_;
  TemporaryFolder folder_;
  std::unique_ptr<ServiceProcess> service_;
};

TEST_F(Live, a_restart_in_the_middle_of_a_test_loses_nothing_and_shows_the_truth) {
  std::string run;
  std::string cookie;
  {
    Browser browser(*service_);
    ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
    ASSERT_EQ(browser.send("POST", "/connections", form("kept")).status, 201);
    simulator_.set_fault("latency", R"({"milliseconds":3000})");
    Json unsaved = form("unsaved");
    const auto started = browser.send("POST", "/connection-tests", unsaved);
    ASSERT_EQ(started.status, 202) << started.body;
    run = json_of(started).at("id").get<std::string>();
    ASSERT_TRUE(wait_for([&] { return !json_of(browser.send("GET", "/runs/" + run)).at("steps").empty(); }));
    cookie = browser.cookie();
  }
  kill(service_->pid(), SIGKILL);
  start();
  simulator_.clear_faults();
  Browser browser(*service_);
  browser.set_cookie(cookie);
  const auto session = browser.send("GET", "/session");
  ASSERT_EQ(session.status, 200) << "the session outlives a restart: " << session.body;
  const Json after = json_of(browser.send("GET", "/runs/" + run));
  EXPECT_EQ(after.at("state"), "interrupted");
  EXPECT_FALSE(after.at("steps").empty());
  const Json connections = json_of(browser.send("GET", "/connections")).at("connections");
  ASSERT_EQ(connections.size(), 1U);
  EXPECT_EQ(connections.front().at("description"), "kept");
  // Nothing is tried again without a person.
  const Json runs = json_of(browser.send("GET", "/runs?kind=connection_test")).at("runs");
  EXPECT_EQ(runs.size(), 1U);
  EXPECT_EQ(simulator_.account("EXAMPLE\\svc-mailward").bad_passwords_seen, 0);
}

TEST_F(Live, a_page_sees_what_another_changes) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  const auto [type, first] = next_event(browser, "/events");
  EXPECT_EQ(type, "snapshot");
  EXPECT_TRUE(first.at("connections").empty());
  const Json made = json_of(browser.send("POST", "/connections", form("new")));
  const auto [then, change] = next_event(browser, "/events", std::to_string(first.at("seq").get<int>()));
  ASSERT_EQ(change.at("connections").size(), 1U);
  EXPECT_EQ(change.at("connections").front().at("id"), made.at("id"));
  const std::string version = std::to_string(made.at("version").get<int>());
  ASSERT_EQ(browser.send("DELETE", "/connections/" + made.at("id").get<std::string>() + "?version=" + version).status,
            204);
  const auto [last, gone] = next_event(browser, "/events", std::to_string(change.at("seq").get<int>()));
  EXPECT_EQ(last, "change");
  EXPECT_EQ(gone.at("deleted"), Json::array({made.at("id")}));
}

/// As many as a browser's window may hold: each with its stream, and all of them usable.
TEST_F(Live, eight_open_tabs_stay_usable) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  std::atomic<int> snapshots = 0;
  std::atomic<int> changes = 0;
  std::stop_source stop;
  {
    std::vector<std::jthread> tabs;
    for (int tab = 0; tab < 8; ++tab) {
      tabs.emplace_back([&, trust = browser.trust()] {
        http::ClientOptions options;
        options.trust = trust;
        http::Client client(options);
        http::ClientRequest request{
            .method = "GET", .url = browser.url() + "/api/v1/events", .headers = {}, .body = {}};
        request.headers.set("Cookie", browser.cookie());
        const auto ended = client.stream(
            request,
            [&](const http::StreamEvent& event) {
              ++(event.type == "snapshot" ? snapshots : changes);
              return true;
            },
            Deadline::after(std::chrono::seconds(60)), stop.get_token());
        EXPECT_TRUE(ended || ended.error().is(http::HttpClientError::cancelled)) << ended.error().describe();
      });
    }
    EXPECT_TRUE(wait_for([&] { return snapshots == 8; }));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(browser.send("GET", "/connections").status, 200);
    EXPECT_EQ(browser.send("POST", "/connections", form("seen by all")).status, 201);
    EXPECT_TRUE(wait_for([&] { return snapshots + changes >= 16; })) << snapshots << " " << changes;
    stop.request_stop();
  }
}

TEST_F(Live, a_stream_ends_with_its_session) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  http::ClientOptions options;
  options.trust = browser.trust();
  http::Client client(options);
  http::ClientRequest request{.method = "GET", .url = browser.url() + "/api/v1/events", .headers = {}, .body = {}};
  request.headers.set("Cookie", browser.cookie());
  std::atomic<bool> signed_out = false;
  const auto ended = client.stream(
      request,
      [&](const http::StreamEvent&) {
        if (!signed_out.exchange(true)) EXPECT_EQ(browser.send("DELETE", "/session").status, 204);
        return true;
      },
      Deadline::after(std::chrono::seconds(20)));
  EXPECT_TRUE(ended) << ended.error().describe();
  EXPECT_TRUE(signed_out);
}

TEST_F(Live, a_stream_ends_with_its_token) {
  const std::string secret = make_token(*service_, "alice", "see_connections");
  const Json tokens = Json::parse(service_->cli({"token", "list", "--json"}).out);
  Browser browser(*service_);
  http::ClientOptions options;
  options.trust = browser.trust();
  http::Client client(options);
  http::ClientRequest request{.method = "GET", .url = browser.url() + "/api/v1/events", .headers = {}, .body = {}};
  request.headers.set("Authorization", "Bearer " + secret);
  bool revoked = false;
  const auto ended = client.stream(
      request,
      [&](const http::StreamEvent&) {
        if (!std::exchange(revoked, true)) {
          EXPECT_EQ(service_->cli({"token", "revoke", tokens.at("tokens").at(0).at("id").get<std::string>()}).code, 0);
        }
        return true;
      },
      Deadline::after(std::chrono::seconds(20)));
  EXPECT_TRUE(ended) << ended.error().describe();
  EXPECT_TRUE(revoked);
}

TEST_F(Live, a_crowd_of_strangers_holds_no_thread_that_others_need) {
  Browser known(*service_);
  ASSERT_EQ(known.sign_in("alice", kPassword).status, 201);
  constexpr int kStrangers = 16;
  std::atomic<int> answered = 0;
  std::atomic<int> sent_away = 0;  // for want of room, not by the throttle
  std::vector<std::jthread> strangers;
  for (int i = 0; i < kStrangers; ++i) {
    strangers.emplace_back([&, i] {
      Browser stranger(*service_);
      const auto answer = json_of(stranger.sign_in("stranger" + std::to_string(i), "guess"));
      sent_away += answer.at("code") == "access.busy" ? 1 : 0;
      ++answered;
    });
  }
  int served = 0;
  while (answered < kStrangers) served += known.send("GET", "/session").status == 200 ? 1 : 0;
  EXPECT_GT(served, kStrangers) << "while their passwords were being worked on";
  EXPECT_GT(sent_away, 0) << "the lane was full, and threads were left";
}

TEST_F(Live, a_thousand_wrong_sign_ins_keep_nobody_else_out) {
  Browser known(*service_);
  ASSERT_EQ(known.sign_in("alice", kPassword).status, 201);
  Browser attacker(*service_);
  int refused = 0;
  int throttled = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto answer = attacker.sign_in("alice", "guess number " + std::to_string(i));
    refused += answer.status == 401 ? 1 : 0;
    throttled += answer.status == 429 ? 1 : 0;
    if (answer.status == 429) EXPECT_NE(answer.headers.find("Retry-After"), nullptr);
  }
  EXPECT_EQ(refused + throttled, 1000);
  EXPECT_GT(throttled, 900) << "most of them cost no Argon2id";
  EXPECT_EQ(known.send("GET", "/connections").status, 200);
}

}  // namespace
}  // namespace mailward::testing
