// Notices through the whole service: from a transaction to a real relay, killed in between, and without a trace of the
// password.
#include <signal.h>

#include <fstream>

#include <nlohmann/json.hpp>

#include "tests/app/service_process.h"
#include "tests/notify/notify_house.h"
#include "tests/support/leak_search.h"

namespace mailward::testing {
namespace {

using notify::testing::must;
using notify::testing::Receiver;
using Json = nlohmann::json;

constexpr std::string_view kRelayPassword = R"(Herons/over "the" \relay+88)";

class NoticesOfService : public ::testing::Test {
 protected:
  NoticesOfService() : relay_({.user = "mailward", .password = std::string(kRelayPassword)}) {
    std::ofstream(folder_.path() / "mailward.toml")
        << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nallowed_ports = [443, " << relay_.port() << ", "
        << receiver_.port() << "]\n[network.hosts]\n\"relay.example.test\" = [\"127.0.0.1\"]\n";
    std::ofstream(folder_.path() / "ca.pem") << relay_.ca_pem();
    start();
  }
  void start() {
    service_.reset();
    service_ = std::make_unique<ServiceProcess>(
        folder_.path() / "state", std::vector<std::string>{"--config", (folder_.path() / "mailward.toml").string()});
  }
  /// Its output, kept; the command must succeed.
  std::string cli(const std::vector<std::string>& words, const std::string& on_fd_3 = {}) {
    const Ended ended = service_->cli(words, {.on_fd_3 = on_fd_3});
    said_ += ended.out + ended.err;
    EXPECT_EQ(ended.code, 0) << words.at(1) << ": " << ended.out << ended.err;
    return ended.out;
  }
  void add_relay() {
    cli({"notify", "channel", "add-relay", "House relay", "--host", "relay.example.test", "--port",
         std::to_string(relay_.port()), "--from", "mailward@example.test", "--user", "mailward", "--trust-file",
         (folder_.path() / "ca.pem").string(), "--password-fd", "3"},
        std::string(kRelayPassword));
  }
  /// As a part of the service would, in a transaction of its own.
  void post(const std::string& title) {
    const auto database =
        must(db::Database::open({.url = "sqlite:" + (service_->state() / "mailward.db").string()}, db::OpenAs::guest));
    must(database->transaction([&](db::Transaction& tx) {
      return notify::post(tx,
                          {.kind = "account_locked",
                           .subject = "account:" + title,
                           .title = title,
                           .text = "Unlock it.",
                           .severity = notify::Severity::alarm},
                          Clock::system().now());
    }));
  }
  Json first_notice() { return Json::parse(cli({"notify", "list", "--limit", "1", "--json"})).at("notices").at(0); }

  TemporaryFolder folder_;
  SmtpRelay relay_;
  Receiver receiver_;
  std::unique_ptr<ServiceProcess> service_;
  std::string said_;
};

TEST_F(NoticesOfService, go_from_a_transaction_to_a_mailbox) {
  add_relay();
  const std::string tested = cli({"notify", "test", "House relay", "--to", "alice@example.test"});
  EXPECT_NE(tested.find("accepted"), std::string::npos) << tested;
  EXPECT_NE(tested.find("relay.example.test"), std::string::npos) << tested;
  cli({"notify", "subscribe", "House relay", "--address", "alice@example.test", "--severity", "warning"});
  post("svc-mailward is locked");
  EXPECT_TRUE(wait_for([&] { return relay_.mails().size() == 2; })) << service_->log();
  EXPECT_NE(relay_.mails().back().find("svc-mailward is locked"), std::string::npos);
  EXPECT_TRUE(wait_for([&] { return first_notice().at("deliveries").at(0).at("state") == "sent"; }));
  const std::string shown = cli({"notify", "show", first_notice().at("id").get<std::string>()});
  EXPECT_NE(shown.find("alice@example.test"), std::string::npos) << shown;
  EXPECT_NE(cli({"notify", "subscriptions"}).find("the house"), std::string::npos);
  EXPECT_NE(cli({"notify", "channel", "list"}).find("ready"), std::string::npos);
  // Moved elsewhere, its password does not go along.
  const Ended moved =
      service_->cli({"notify", "channel", "edit", "House relay", "--host", "127.0.0.1", "--no-password"});
  EXPECT_EQ(moved.code, 1);
  EXPECT_NE(moved.err.find("host"), std::string::npos) << moved.err;
  cli({"notify", "channel", "remove", "House relay", "--yes"});
  EXPECT_TRUE(Json::parse(cli({"notify", "subscriptions", "--json"})).at("subscriptions").empty());
}

TEST_F(NoticesOfService, killed_between_the_yes_and_the_commit_it_is_sent_again_under_the_same_key) {
  cli({"notify", "channel", "add-webhook", "On call", "--url", receiver_.url()});
  cli({"notify", "subscribe", "On call"});
  receiver_.before_next_answer([&] { ::kill(service_->pid(), SIGKILL); });
  post("killed");
  ASSERT_TRUE(wait_for([&] { return receiver_.got().size() == 1; }));
  service_->await_end(std::chrono::seconds(10));
  start();
  ASSERT_TRUE(wait_for([&] { return receiver_.got().size() == 2; })) << service_->log();
  EXPECT_EQ(receiver_.got()[0].key, receiver_.got()[1].key);
  EXPECT_TRUE(wait_for([&] { return first_notice().at("deliveries").at(0).at("state") == "sent"; }));
  EXPECT_EQ(first_notice().at("deliveries").at(0).at("attempts"), 2);
  // What was written down is not sent again.
  start();
  post("after the restart");
  ASSERT_TRUE(wait_for([&] { return receiver_.got().size() == 3; }));
  EXPECT_NE(receiver_.got()[2].key, receiver_.got()[0].key);
}

TEST_F(NoticesOfService, the_relays_password_leaves_no_trace) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "a sanitizer has a free() of its own, and terabytes of memory to search";
#endif
  add_relay();
  cli({"notify", "test", "House relay", "--to", "alice@example.test"});
  relay_.set_password("another one");
  EXPECT_EQ(service_->cli({"notify", "test", "House relay"}).code, 1);
  EXPECT_EQ(relay_.sign_ins(), (std::vector<std::string>{"right", "wrong"}));
  cli({"audit", "list", "--json"});
  const auto needles = needles_of(kRelayPassword);
  EXPECT_FALSE(found_in_process(service_->pid(), needles_of("mailward@example.test")).empty() &&
               found_in_file(service_->state() / "mailward.db-wal", needles_of("mailward@example.test")).empty())
      << "the searches can find something";
  EXPECT_EQ(found_in(service_->log(), needles), std::vector<std::string>{});
  EXPECT_EQ(found_in(said_, needles), std::vector<std::string>{});
  for (const char* file : {"mailward.db", "mailward.db-wal"}) {
    EXPECT_EQ(found_in_file(service_->state() / file, needles), std::vector<std::string>{}) << file;
  }
  std::vector<std::string> in_memory;
  wait_for(
      [&] {
        in_memory = found_in_process(service_->pid(), needles);
        return in_memory.empty();
      },
      std::chrono::seconds(10));
  EXPECT_EQ(in_memory, std::vector<std::string>{});
}

}  // namespace
}  // namespace mailward::testing
