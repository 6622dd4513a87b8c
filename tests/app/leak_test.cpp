// No password stands where it does not belong: the log, answers, the database and its write-ahead log, and the memory
// of the running service once it has done its work. Each search must first find a canary there.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/api/browser.h"
#include "tests/product_support/organisation.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/leak_search.h"
#include "tests/support/paths.h"
#include "tests/support/wait_until.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

// With signs that every way of writing escapes otherwise; long enough that no chance puts them anywhere.
constexpr std::string_view kUserPassword = R"(Kestrels/over "the" \fen+77)";
constexpr std::string_view kWrongPassword = R"(Never+Right "Passw0rd\ 4711/x)";
constexpr std::string_view kRightPassword = "Sample-Passw0rd!";
constexpr std::string_view kCanary = R"(Canary/of "this" \test+42)";

class Leaks : public ::testing::Test {
 protected:
  Leaks() {
    std::string ports;
    for (const std::uint16_t port : ports_of(simulator_)) ports += ", " + std::to_string(port);
    std::ofstream(folder_.path() / "mailward.toml")
        << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nallowed_ports = [443" << ports
        << "]\n[network.hosts]\n\"" << simulator_.host() << "\" = [\"127.0.0.1\"]\n";
    service_ = std::make_unique<ServiceProcess>(
        folder_.path() / "state", std::vector<std::string>{"--config", (folder_.path() / "mailward.toml").string()});
  }

  Json form(std::string_view password, const char* scheme) const {
    return {
        {"description", kCanary},
        {"ews_url", "https://" + simulator_.host() + ":" + std::to_string(simulator_.port()) + "/EWS/Exchange.asmx"},
        {"master_mailbox", "EXAMPLE\\svc-mailward"},
        {"trust_pem", simulator_.ca_pem()},
        {"mailbox_check", "usera@example.test"},
        {"authentication", {scheme}},
        {"password", password},
        {"password_confirmed", true}};
  }
  /// Tests the form and waits for the run's end.
  Json test(Browser& browser, const Json& body) {
    const auto started = browser.send("POST", "/connection-tests", body);
    answers_ += started.body;
    if (started.status != 202) return json_of(started);
    const std::string path = "/runs/" + json_of(started).at("id").get<std::string>();
    Json run;
    wait_until(
        [&] {
          const auto answer = browser.send("GET", path);
          answers_ += answer.body;
          run = json_of(answer);
          return run.at("state") != "queued" && run.at("state") != "running";
        },
        std::chrono::seconds(60));
    return run;
  }
  /// The whole procedure by a browser: sign in, test with a wrong password, with the right one, save.
  void work() {
    make_user(*service_, "somebody", "administrator", std::string(kUserPassword));
    Browser browser(*service_);
    ASSERT_EQ(browser.sign_in("somebody", std::string(kUserPassword)).status, 201);
    EXPECT_EQ(browser.sign_in("somebody", std::string(kWrongPassword)).status, 401);
    EXPECT_EQ(test(browser, form(kWrongPassword, "ntlm")).at("result").at("verdict"), "refused_or_overloaded")
        << answers_;
    for (const char* scheme : {"ntlm", "basic"}) {
      EXPECT_EQ(test(browser, form(kRightPassword, scheme)).at("result").at("state"), "healthy") << answers_;
    }
    const auto saved = browser.send("POST", "/connections", form(kRightPassword, "ntlm"));
    EXPECT_EQ(saved.status, 201) << saved.body;
    answers_ += saved.body;
    answers_ += browser.send("GET", "/audit?limit=1000").body;
    // A form that is refused as a whole is wiped too.
    Json broken = form(kWrongPassword, "ntlm");
    broken["concurrency"] = "many";
    EXPECT_EQ(browser.send("POST", "/connections", broken).status, 422);
    http::ClientRequest malformed{.method = "POST",
                                  .url = browser.url() + "/api/v1/connections",
                                  .headers = {{"Content-Type", "application/json"},
                                              {"Cookie", browser.cookie()},
                                              {"X-CSRF-Token", browser.csrf()}},
                                  .body = R"({"password": ")" + std::string(kWrongPassword.substr(0, 11)) +
                                          std::string(kWrongPassword) + "\", \"broken"};
    EXPECT_EQ(browser.raw(malformed).status, 400);
  }

  ExchangeSimulator simulator_;
  TemporaryFolder folder_;
  std::unique_ptr<ServiceProcess> service_;
  std::string answers_;
};

TEST_F(Leaks, no_password_stands_in_log_answers_database_or_memory) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "a sanitizer has a free() of its own, and terabytes of memory to search";
#endif
  work();
  const auto canary = needles_of(kCanary);
  const std::filesystem::path database = service_->state() / "mailward.db";
  const std::filesystem::path wal = service_->state() / "mailward.db-wal";
  // The searches can find something.
  EXPECT_FALSE(found_in(answers_, canary).empty());
  EXPECT_FALSE(found_in_process(service_->pid(), needles_of("EXAMPLE\\svc-mailward")).empty());
  std::vector<std::string> stored = found_in_file(database, canary);
  const std::vector<std::string> written_ahead = found_in_file(wal, canary);
  stored.insert(stored.end(), written_ahead.begin(), written_ahead.end());
  EXPECT_FALSE(stored.empty());
  EXPECT_NE(service_->log().find("route=/api/v1/connection-tests"), std::string::npos);

  for (const std::string_view secret : {kUserPassword, kWrongPassword, kRightPassword}) {
    const auto needles = needles_of(secret);
    const std::string named = "password " + std::to_string(secret.size());
    EXPECT_EQ(found_in(service_->log(), needles), std::vector<std::string>{}) << named;
    EXPECT_EQ(found_in(answers_, needles), std::vector<std::string>{}) << named;
    EXPECT_EQ(found_in_file(database, needles), std::vector<std::string>{}) << named;
    EXPECT_EQ(found_in_file(wal, needles), std::vector<std::string>{}) << named;
    std::vector<std::string> in_memory;
    wait_until(
        [&] {
          in_memory = found_in_process(service_->pid(), needles);
          return in_memory.empty();
        },
        std::chrono::seconds(10));
    EXPECT_EQ(in_memory, std::vector<std::string>{}) << named;
  }
}

TEST(LeakSearch, finds_every_form_wherever_it_stands) {
  const auto needles = needles_of(kUserPassword);
  for (const Needle& needle : needles) {
    const std::string text = std::string(5'000'000, 'x') + needle.bytes + std::string(100, 'y');
    EXPECT_FALSE(found_in(text, needles).empty()) << needle.form;
  }
  EXPECT_TRUE(found_in("nothing of the kind", needles).empty());
}

}  // namespace
}  // namespace mailward::testing
