// `mailward connection find` against a real service, and Autodiscover of a simulated Exchange behind it.
#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/service_process.h"
#include "tests/cli/terminal_session.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kRight = "Sample-Passw0rd!";
constexpr const char* kWrong = "No-Such-Passw0rd!";
constexpr const char* kHost = "autodiscover.example.test";

/// On port 443, where Autodiscover is looked for.
constexpr const char* kExchange = R"([listen]
balancer = "{ADDRESS}:443"
[[account]]
name = 'EXAMPLE\svc-mailward'
upn = "svc-mailward@example.test"
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
)";

class Find : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    exchange_ = std::make_unique<ExchangeSimulator>(SimulatorOptions{.config = kExchange});
    const auto config = folder_->path() / "mailward.toml";
    std::ofstream file(config);
    file << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nname_servers = [\"127.0.0.1:9\"]\n[network.hosts]\n";
    for (const char* host : {"mail.example.test", kHost}) {
      file << '"' << host << "\" = [\"" << exchange_->address() << "\"]\n";
    }
    file.close();
    service_ = std::make_unique<ServiceProcess>(folder_->path() / "state",
                                                std::vector<std::string>{"--config", config.string()});
  }
  static void TearDownTestSuite() {
    service_.reset();
    exchange_.reset();
    folder_.reset();
  }
  void TearDown() override {
    exchange_->reset();
    exchange_->unlock("EXAMPLE\\svc-mailward");
  }

  static std::vector<std::string> form(const std::string& address) {
    return {"--autodiscover",   address,
            "--master-mailbox", "svc-mailward@example.test",
            "--trust-file",     exchange_->ca_file().string(),
            "--authentication", "ntlm"};
  }
  static std::vector<std::string> find(const std::string& address, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"connection", "find"};
    for (const auto& one : form(address)) words.push_back(one);
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static std::size_t signed_requests() {
    const auto seen = exchange_->requests();
    return static_cast<std::size_t>(
        std::ranges::count_if(seen, [](const SeenRequest& one) { return one.authorization != "none"; }));
  }
  static int wrong_tries() { return exchange_->account("EXAMPLE\\svc-mailward").bad_passwords_seen; }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::unique_ptr<ExchangeSimulator> exchange_;
  static std::unique_ptr<ServiceProcess> service_;
};
std::unique_ptr<TemporaryFolder> Find::folder_;
std::unique_ptr<ExchangeSimulator> Find::exchange_;
std::unique_ptr<ServiceProcess> Find::service_;

TEST_F(Find, tells_the_url_once_a_host_is_confirmed_that_may_see_the_password) {
  const Ended before = service_->cli(find("usera@example.test", {"--password-fd", "3"}), {.on_fd_3 = kRight});
  EXPECT_EQ(before.code, 3) << before.out << before.err;
  EXPECT_NE(before.out.find(std::string("--confirm ") + kHost), std::string::npos) << before.out;
  EXPECT_EQ(signed_requests(), 0U) << "nobody was confirmed";
  const std::vector<std::string> confirmed{"--confirm", kHost, "--password-fd", "3"};
  const Ended found = service_->cli(find("usera@example.test", confirmed), {.on_fd_3 = kRight});
  EXPECT_EQ(found.code, 0) << found.out << found.err;
  EXPECT_NE(found.out.find("EWS URL: https://mail.example.test/EWS/Exchange.asmx\n"), std::string::npos) << found.out;
  EXPECT_NE(found.out.find("mailbox: usera@example.test\n"), std::string::npos) << found.out;
  EXPECT_NE(found.out.find("autodiscover_host"), std::string::npos) << "each candidate is shown: " << found.out;
  auto as_data = find("usera@example.test", confirmed);
  as_data.emplace_back("--json");
  const Ended data = service_->cli(as_data, {.on_fd_3 = kRight});
  EXPECT_EQ(Json::parse(data.out).at("mailbox").at("ews_url"), "https://mail.example.test/EWS/Exchange.asmx");
  EXPECT_EQ((found.out + found.err + data.out + data.err + service_->log()).find(kRight), std::string::npos);
  EXPECT_TRUE(Json::parse(service_->cli({"connection", "list", "--json"}).out).at("connections").empty())
      << "finding saves nothing";
}

TEST_F(Find, without_a_password_asks_only_who_stands_there) {
  const Ended asked = service_->cli(find("usera@example.test"));
  EXPECT_EQ(asked.code, 3) << asked.out << asked.err;
  EXPECT_NE(asked.out.find("Autodiscover does not tell where the mailbox is."), std::string::npos) << asked.out;
  EXPECT_EQ(signed_requests(), 0U);
  for (const SeenRequest& one : exchange_->requests()) EXPECT_EQ(one.body_bytes, 0U) << "no word of the mailbox";
}

TEST_F(Find, says_what_a_password_or_a_confirmed_host_lacks) {
  const Ended no_password = service_->cli(find("usera@example.test", {"--confirm", kHost}));
  EXPECT_EQ(no_password.code, 1) << no_password.out << no_password.err;
  EXPECT_NE(no_password.err.find("--confirm: hosts are confirmed for a password that is typed"), std::string::npos)
      << no_password.err;
  const Ended no_account = service_->cli(
      {"connection", "find", "--autodiscover", "usera@example.test", "--confirm", kHost, "--password-fd", "3"},
      {.on_fd_3 = kRight});
  EXPECT_EQ(no_account.code, 1) << no_account.out << no_account.err;
  EXPECT_NE(no_account.err.find("--master-mailbox: name the account"), std::string::npos) << no_account.err;
  EXPECT_EQ(signed_requests(), 0U);
}

TEST_F(Find, says_what_each_candidate_answered_where_nobody_knows_the_mailbox) {
  const Ended asked =
      service_->cli(find("nobody@example.test", {"--confirm", kHost, "--password-fd", "3"}), {.on_fd_3 = kRight});
  EXPECT_EQ(asked.code, 3) << asked.out << asked.err;
  EXPECT_NE(asked.out.find("told_error"), std::string::npos) << asked.out;
  EXPECT_NE(asked.out.find("Autodiscover does not tell where the mailbox is."), std::string::npos) << asked.out;
  const Ended elsewhere = service_->cli(find("usera@nowhere.test"));
  EXPECT_EQ(elsewhere.code, 3) << elsewhere.out << elsewhere.err;
  EXPECT_NE(elsewhere.out.find("https://autodiscover.nowhere.test/"), std::string::npos) << elsewhere.out;
}

TEST_F(Find, a_refused_password_ends_the_search_and_is_not_tried_again) {
  const int before = wrong_tries();
  const auto words = find("usera@example.test", {"--confirm", kHost, "--password-fd", "3"});
  const Ended refused = service_->cli(words, {.on_fd_3 = kWrong});
  EXPECT_EQ(refused.code, 3) << refused.out << refused.err;
  EXPECT_NE(refused.out.find("The password was refused, which ended the search: type it as it is in force."),
            std::string::npos)
      << refused.out;
  EXPECT_EQ(wrong_tries(), before + 1);
  const Ended again = service_->cli(words, {.on_fd_3 = kWrong});
  EXPECT_EQ(again.code, 1) << again.out;
  EXPECT_NE(again.err.find("does not try it again"), std::string::npos) << again.err;
  EXPECT_EQ(wrong_tries(), before + 1);
  EXPECT_EQ((refused.out + refused.err + again.out + again.err + service_->log()).find(kWrong), std::string::npos);
}

TEST_F(Find, takes_no_password_from_an_argument) {
  for (const std::string option : {"--password", "--proxy-password"}) {
    for (const auto& more :
         {std::vector<std::string>{option, kRight}, std::vector<std::string>{option + "=" + kRight}}) {
      const Ended refused = service_->cli(find("usera@example.test", more));
      EXPECT_EQ(refused.code, 2) << option;
      EXPECT_EQ((refused.out + refused.err).find(kRight), std::string::npos) << refused.err;
    }
  }
  EXPECT_EQ(signed_requests(), 0U);
}

TEST_F(Find, asks_for_the_password_at_a_terminal_and_shows_nothing_of_it) {
  auto words = find("usera@example.test", {"--confirm", kHost, "--ask-password", "--socket"});
  words.push_back(service_->socket().string());
  TerminalSession person(words);
  ASSERT_TRUE(person.sees("Password of svc-mailward@example.test, to be sent to autodiscover.example.test: "))
      << person.shown();
  EXPECT_EQ(person.shown().find(": : "), std::string::npos) << person.shown();
  ASSERT_TRUE(wait_for([&] { return !person.echoes(); })) << "what is typed would be shown";
  person.type(std::string(kRight) + "\n");
  EXPECT_EQ(person.await_end(), 0) << person.shown();
  EXPECT_NE(person.shown().find("https://mail.example.test/EWS/Exchange.asmx"), std::string::npos) << person.shown();
  EXPECT_EQ(person.shown().find(kRight), std::string::npos) << person.shown();
}

TEST_F(Find, a_stored_connection_finds_by_its_own_password) {
  std::vector<std::string> add{"connection",
                               "add",
                               "--json",
                               "--description",
                               "Stored",
                               "--ews-url",
                               "https://mail.example.test",
                               "--mailbox-check",
                               "usera@example.test",
                               "--password-fd",
                               "3"};
  for (const auto& one : form("example.test")) add.push_back(one);
  const Ended added = service_->cli(add, {.on_fd_3 = kRight});
  ASSERT_EQ(added.code, 0) << added.err;
  EXPECT_EQ(service_->cli({"connection", "test", "Stored"}).code, 0);
  const Ended found = service_->cli({"connection", "find", "Stored"});
  EXPECT_EQ(found.code, 0) << found.out << found.err;
  EXPECT_NE(found.out.find("EWS URL: https://mail.example.test/EWS/Exchange.asmx\n"), std::string::npos) << found.out;
  // For another domain the stored password was not typed.
  const std::size_t before = signed_requests();
  const Ended theft = service_->cli({"connection", "find", "Stored", "--autodiscover", "usera@other.test"});
  EXPECT_EQ(theft.code, 3) << theft.out << theft.err;
  EXPECT_EQ(signed_requests(), before);
  EXPECT_EQ(service_->cli({"connection", "find", "No such one"}).code, 1);
  EXPECT_EQ(service_->cli({"connection", "delete", "Stored", "--yes"}).code, 0);
}

TEST_F(Find, help_says_what_is_shown_to_whom_and_how_it_ends) {
  const Ended help = service_->cli({"connection", "find", "--help"});
  EXPECT_EQ(help.code, 0) << help.err;
  for (const char* word : {"--autodiscover", "--confirm", "--ask-password", "--proxy-url", "--proxy-password-file",
                           "--destination", "Exit codes: 0 found, 3 not found", "no word of the mailbox"}) {
    EXPECT_NE(help.out.find(word), std::string::npos) << word << "\n" << help.out;
  }
  EXPECT_EQ(service_->cli({"connection", "find", "--no-such-option"}).code, 2);
  const Ended nothing = service_->cli({"connection", "find"});
  EXPECT_EQ(nothing.code, 1) << nothing.out;
  EXPECT_NE(nothing.err.find("an e-mail address or its domain is needed"), std::string::npos) << nothing.err;
}

}  // namespace
}  // namespace mailward::testing
