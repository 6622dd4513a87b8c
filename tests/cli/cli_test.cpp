// The command line against a real service, and against a sample Exchange behind it.
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "tests/app/service_process.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kRight = "Sample-Passw0rd!";
constexpr const char* kWrong = "No-Such-Passw0rd!";

class Cli : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    exchange_ = std::make_unique<ExchangeSimulator>();
    const auto config = folder_->path() / "mailward.toml";
    std::string ports = std::to_string(exchange_->port());
    for (const auto& front_end : exchange_->front_ends()) {
      ports += ", " + front_end.address.substr(front_end.address.rfind(':') + 1);
    }
    const std::string address = exchange_->url().substr(8, exchange_->url().find(':', 8) - 8);
    std::ofstream(config) << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nallowed_ports = [443, " << ports
                          << "]\n[network.hosts]\n\"" << exchange_->host() << "\" = [\"" << address << "\"]\n";
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
    exchange_->set_password("EXAMPLE\\svc-mailward", kRight);
    exchange_->unlock("EXAMPLE\\svc-mailward");
    for (const Json& one : data({"connection", "list"}).at("connections")) {
      const auto gone = service_->cli({"connection", "delete", one.at("id"), "--yes"});
      EXPECT_EQ(gone.code, 0) << gone.err;
    }
    for (const Json& one : data({"account", "list"}).at("accounts"))
      service_->cli({"account", "delete", one.at("id"), "--yes"});
  }

  static std::vector<std::string> form() {
    const std::string url =
        "https://" + exchange_->host() + ":" + std::to_string(exchange_->port()) + "/EWS/Exchange.asmx";
    return {"--ews-url",        url,
            "--master-mailbox", "svc-mailward@example.test",
            "--trust-file",     exchange_->ca_file().string(),
            "--mailbox-check",  "usera@example.test"};
  }
  static std::vector<std::string> with_form(std::vector<std::string> words) {
    for (const std::string& one : form()) words.push_back(one);
    return words;
  }
  static Json data(std::vector<std::string> words) {
    words.emplace_back("--json");
    const Ended ended = service_->cli(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return Json::parse(ended.out);
  }
  static std::string add(const std::string& password = kRight) {
    const Ended added =
        service_->cli(with_form({"connection", "add", "--json", "--description", "Sample", "--password-fd", "3"}),
                      {.on_fd_3 = password + "\n"});
    EXPECT_EQ(added.code, 0) << added.err;
    return Json::parse(added.out).at("id");
  }

  /// With a password that was accepted there.
  static std::string add_proven() {
    const std::string id = add();
    EXPECT_EQ(service_->cli({"connection", "test", id}).code, 0);
    return id;
  }
  /// What somebody does who may add and edit connections and does not know the password: his host, any password.
  static std::string add_thief() {
    const Ended added = service_->cli(
        {"connection", "add", "--json", "--description", "Thief", "--ews-url", thief_url(), "--master-mailbox",
         "svc-mailward@example.test", "--trust-file", exchange_->ca_file().string(), "--password-fd", "3"},
        {.on_fd_3 = "Any-Passw0rd!"});
    EXPECT_EQ(added.code, 0) << added.err;
    // It is tried, and refused; until then the account is held.
    EXPECT_TRUE(wait_for([] { return data({"account", "show", kAccount}).at("rotation").is_null(); }));
    return Json::parse(added.out).at("id");
  }
  static std::string verdict_of(const std::string& id) {
    const Ended tested = service_->cli({"connection", "test", id, "--json"});
    return Json::parse(tested.out).at("result").at("verdict");
  }
  /// Another port stands for another host: it must be one that answers.
  static std::string thief_host() {
    const std::string& address = exchange_->front_ends().at(0).address;
    return exchange_->host() + address.substr(address.rfind(':'));
  }
  static std::string thief_url() { return "https://" + thief_host() + "/EWS/Exchange.asmx"; }
  static constexpr const char* kAccount = "svc-mailward@example.test";

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::unique_ptr<ExchangeSimulator> exchange_;
  static std::unique_ptr<ServiceProcess> service_;
};

std::unique_ptr<TemporaryFolder> Cli::folder_;
std::unique_ptr<ExchangeSimulator> Cli::exchange_;
std::unique_ptr<ServiceProcess> Cli::service_;

TEST_F(Cli, tests_a_connection_and_reports_each_step) {
  const std::string id = add();
  const Ended tested = service_->cli({"connection", "test", id, "--mailbox-check", "usera@example.test"});
  EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
  for (const char* step : {"name resolution", "tcp", "tls", "sign in", "impersonation"}) {
    EXPECT_NE(tested.out.find(std::string("ok      ") + step), std::string::npos) << step << "\n" << tested.out;
  }
  EXPECT_EQ(tested.out.find('\x1b'), std::string::npos) << "colour in a pipe";
  const Ended as_data = service_->cli({"connection", "test", id, "--json"});
  EXPECT_EQ(as_data.code, 0) << as_data.err;
  const Json run = Json::parse(as_data.out);
  EXPECT_EQ(run.at("result").at("state"), "healthy");
  EXPECT_EQ(run.at("state"), "succeeded");
  EXPECT_FALSE(run.at("steps").empty());
  EXPECT_EQ(data({"run", "show", run.at("id")}), run);
  EXPECT_EQ(data({"connection", "show", id}).at("state"), "healthy");
  EXPECT_EQ(data({"connection", "show", id}).at("password"), "active");
}

TEST_F(Cli, a_wrong_password_ends_with_3_and_costs_one_attempt) {
  const std::string id = add_proven();
  const auto seen = [] { return exchange_->account("EXAMPLE\\svc-mailward").bad_passwords_seen; };
  const int before = seen();
  const std::vector<std::string> words{"connection", "test", id, "--unsaved", "--password-fd", "3"};
  const Ended first = service_->cli(words, {.on_fd_3 = kWrong});
  EXPECT_EQ(first.code, 3) << first.out << first.err;
  EXPECT_EQ(seen(), before + 1);
  const Ended again = service_->cli(words, {.on_fd_3 = kWrong});
  EXPECT_EQ(again.code, 3) << again.out << again.err;
  EXPECT_EQ(seen(), before + 1);
  EXPECT_EQ((first.out + first.err + again.out + again.err + service_->log()).find(kWrong), std::string::npos);
}

TEST_F(Cli, tells_what_can_be_trusted_and_saves_it_for_a_trust_file) {
  const auto file = folder_->path() / "issuer.pem";
  const std::vector<std::string> untrusting{
      "connection",
      "test",
      "--unsaved",
      "--ews-url",
      "https://" + exchange_->host() + ":" + std::to_string(exchange_->port()) + "/EWS/Exchange.asmx",
      "--master-mailbox",
      "svc-mailward@example.test",
      "--mailbox-check",
      "usera@example.test",
      "--password-fd",
      "3"};
  const Ended told = service_->cli(untrusting, {.on_fd_3 = kRight});
  EXPECT_EQ(told.code, 3) << told.out << told.err;
  EXPECT_NE(told.out.find("CN=example.test Issuing CA"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("SHA-256"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("--save-issuer"), std::string::npos) << told.out;

  auto saving = untrusting;
  saving.insert(saving.end(), {"--save-issuer", file.string(), "--json"});
  const Ended saved = service_->cli(saving, {.on_fd_3 = kRight});
  EXPECT_EQ(saved.code, 3) << saved.err;
  std::string fingerprint;
  for (const Json& step : Json::parse(saved.out).at("steps")) {
    if (step.at("name") == "tls") fingerprint = step.at("offer").at("fingerprint_sha256");
    if (step.at("name") != "tls") EXPECT_TRUE(step.at("offer").is_null());
  }
  EXPECT_NE(told.out.find(fingerprint), std::string::npos) << told.out;
  const Ended again = service_->cli(saving, {.on_fd_3 = kRight});
  EXPECT_EQ(again.code, 1) << "a file that is there is not written over";

  auto trusting = untrusting;
  trusting.insert(trusting.end(), {"--trust-file", file.string()});
  const Ended tested = service_->cli(trusting, {.on_fd_3 = kRight});
  EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
  EXPECT_EQ(tested.out.find("SHA-256"), std::string::npos) << tested.out;
}

TEST_F(Cli, makes_the_deep_test_only_when_asked) {
  const std::string id = add_proven();
  const Ended plain = service_->cli({"connection", "test", id});
  EXPECT_EQ(plain.out.find("deep"), std::string::npos) << plain.out;
  const Ended deep = service_->cli({"connection", "test", id, "--deep"});
  EXPECT_EQ(deep.code, 0) << deep.out << deep.err;
  for (const char* step :
       {"deep create folder", "deep create item", "deep move item", "deep delete item", "deep delete folder"}) {
    EXPECT_NE(deep.out.find(std::string("ok      ") + step), std::string::npos) << step << "\n" << deep.out;
  }
}

TEST_F(Cli, a_front_end_that_is_broken_ends_with_4) {
  const std::string id = add_proven();
  // Past the balancer, which would lead the URL itself to the broken one every other time.
  const auto& whole = exchange_->front_ends().at(0);
  const std::string url =
      "https://" + exchange_->host() + whole.address.substr(whole.address.rfind(':')) + "/EWS/Exchange.asmx";
  const auto& other = exchange_->front_ends().at(1);
  const std::vector<std::string> words{"connection",  "test",          id, "--unsaved", "--ews-url", url, "--front-end",
                                       other.address, "--password-fd", "3"};
  const Ended before = service_->cli(words, {.on_fd_3 = kRight});
  EXPECT_EQ(before.code, 0) << before.out << before.err;
  exchange_->set_fault("http_status", R"({"status":503,"front_end":")" + other.name + R"("})");
  const Ended tested = service_->cli(words, {.on_fd_3 = kRight});
  EXPECT_EQ(tested.code, 4) << tested.out << tested.err;
}

TEST_F(Cli, never_takes_a_password_from_an_argument) {
  for (const std::vector<std::string>& words :
       {with_form({"connection", "add", "--description", "x", "--password", kRight}),
        with_form({"connection", "add", "--description", "x", std::string("--password=") + kRight})}) {
    const Ended refused = service_->cli(words);
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("--password-file"), std::string::npos) << refused.err;
    EXPECT_EQ((refused.out + refused.err).find(kRight), std::string::npos);
  }
  EXPECT_TRUE(data({"connection", "list"}).at("connections").empty());
}

TEST_F(Cli, reads_a_password_file_that_only_its_owner_may_read) {
  const auto file = folder_->path() / "password";
  std::ofstream(file) << kRight << "\n";
  chmod(file.c_str(), 0644);
  const std::vector<std::string> words =
      with_form({"connection", "test", "--unsaved", "--password-file", file.string()});
  const Ended open_to_all = service_->cli(words);
  EXPECT_EQ(open_to_all.code, 1);
  EXPECT_NE(open_to_all.err.find("chmod"), std::string::npos) << open_to_all.err;
  chmod(file.c_str(), 0600);
  const Ended tested = service_->cli(words);
  EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
}

TEST_F(Cli, asks_about_an_odd_password_before_it_is_tried) {
  const int before = exchange_->account("EXAMPLE\\svc-mailward").bad_passwords_seen;
  const std::string odd = std::string(" ") + kRight;
  const auto words = with_form({"connection", "add", "--description", "Odd", "--password-fd", "3"});
  const Ended refused = service_->cli(words, {.on_fd_3 = odd});
  EXPECT_EQ(refused.code, 1) << refused.out;
  EXPECT_NE(refused.err.find("--password-as-is"), std::string::npos) << refused.err;
  auto meant = words;
  meant.emplace_back("--password-as-is");
  EXPECT_EQ(service_->cli(meant, {.on_fd_3 = odd}).code, 0);
  EXPECT_EQ(exchange_->account("EXAMPLE\\svc-mailward").bad_passwords_seen, before);
}

TEST_F(Cli, edits_only_what_is_given) {
  const std::string id = add();
  const Json before = data({"connection", "show", id});
  const Ended edited = service_->cli({"connection", "edit", "Sample", "--concurrency", "7", "--clear-mailbox-check"});
  EXPECT_EQ(edited.code, 0) << edited.err;
  const Json after = data({"connection", "show", id});
  EXPECT_EQ(after.at("concurrency"), 7);
  EXPECT_EQ(after.at("mailbox_check"), "");
  EXPECT_EQ(after.at("ews_url"), before.at("ews_url"));
  EXPECT_EQ(after.at("trust_pem"), before.at("trust_pem"));
  EXPECT_EQ(after.at("password"), before.at("password"));
}

TEST_F(Cli, wants_the_password_again_for_another_destination) {
  const std::string id = add();
  const Ended refused =
      service_->cli({"connection", "edit", id, "--ews-url", "https://other.example.test/EWS/Exchange.asmx"});
  EXPECT_EQ(refused.code, 1) << refused.out;
  const Ended as_data =
      service_->cli({"connection", "edit", id, "--ews-url", "https://other.example.test/EWS/Exchange.asmx", "--json"});
  EXPECT_EQ(Json::parse(as_data.err).at("code"), "connections.password_must_be_typed");
}

TEST_F(Cli, proves_an_accounts_new_password_and_keeps_the_old_one_until_then) {
  const std::string id = add();
  EXPECT_EQ(service_->cli({"connection", "test", id}).code, 0);
  const int wrong_before = exchange_->account("EXAMPLE\\svc-mailward").bad_passwords_seen;
  const Ended saved = service_->cli({"account", "password", "svc-mailward@example.test", "--password-fd", "3"},
                                    {.on_fd_3 = "Another-Passw0rd!"});
  // It is wrong: tried once by itself, and refused.
  EXPECT_EQ(saved.code, 1) << saved.err;
  for (const char* word : {"prove", "undone", "The new password was not accepted", "what to do"}) {
    EXPECT_NE(saved.out.find(word), std::string::npos) << word << "\n" << saved.out;
  }
  const Json account = data({"account", "show", "svc-mailward@example.test"});
  EXPECT_EQ(account.at("password"), "refused") << account.dump();
  EXPECT_EQ(account.at("credentials").size(), 2U);
  const Ended run = service_->cli({"run", "show", data({"rotation", "list"}).at("rotations").at(0).at("id")});
  EXPECT_EQ(run.code, 1) << "as of the rotation";
  EXPECT_NE(run.out.find("The new password was not accepted"), std::string::npos) << run.out;
  EXPECT_EQ(run.out.find("no verdict"), std::string::npos) << run.out;
  EXPECT_EQ(exchange_->account("EXAMPLE\\svc-mailward").bad_passwords_seen, wrong_before + 1);
  EXPECT_EQ(service_->cli({"connection", "test", id}).code, 0) << "the one before serves";
}

TEST_F(Cli, sends_an_accounts_password_to_no_connection_that_nobody_named) {
  const std::string id = add_proven();
  const std::string thief = add_thief();
  const std::vector<std::string> words{"account", "password", kAccount, "--password-fd", "3"};
  const Ended refused = service_->cli(words, {.on_fd_3 = "Another-Passw0rd!"});
  EXPECT_EQ(refused.code, 1) << refused.out;
  EXPECT_NE(refused.err.find("--connection"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find(thief_host() + " (NEW"), std::string::npos) << refused.err;
  EXPECT_EQ(data({"account", "show", kAccount}).at("credentials").at(0).at("number"), 2) << "the thief's";

  auto named = words;
  named.insert(named.end(), {"--connection", "Sample"});
  const Ended saved = service_->cli(named, {.on_fd_3 = kRight});
  EXPECT_EQ(saved.code, 4) << "proven, but the thief's connection has none: " << saved.out << saved.err;
  EXPECT_NE(saved.err.find(exchange_->host() + ":"), std::string::npos) << saved.err;
  EXPECT_EQ(saved.err.find("Thief"), std::string::npos) << saved.err;
  EXPECT_EQ(verdict_of(id), "none");
  EXPECT_EQ(verdict_of(thief), "password_missing");
}

TEST_F(Cli, sends_a_password_to_a_new_destination_only_where_it_is_named) {
  add_proven();
  add_thief();
  std::vector<std::string> words{"account", "password", kAccount, "--password-fd", "3", "--connection", "Thief"};
  const Ended refused = service_->cli(words, {.on_fd_3 = "Another-Passw0rd!"});
  EXPECT_EQ(refused.code, 1) << refused.out;
  EXPECT_NE(refused.err.find("--destination"), std::string::npos) << refused.err;
  const std::string number = refused.err.substr(refused.err.find("(NEW, ") + 6, 16);
  words.insert(words.end(), {"--destination", "0123456789abcdef"});
  EXPECT_EQ(service_->cli(words, {.on_fd_3 = "Another-Passw0rd!"}).code, 1);
  words.back() = number;
  const Ended meant = service_->cli(words, {.on_fd_3 = "Another-Passw0rd!"});
  EXPECT_EQ(meant.code, 1) << "sent, and refused: " << meant.out << meant.err;
  const Json newest = data({"account", "show", kAccount}).at("credentials").at(0);
  EXPECT_EQ(newest.at("number"), 3) << newest.dump();
  EXPECT_FALSE(newest.at("refused").is_null()) << newest.dump();

  // Tried once, it is not tried again.
  const Ended again = service_->cli(words, {.on_fd_3 = "Another-Passw0rd!"});
  EXPECT_EQ(again.code, 1) << again.out;
  EXPECT_NE(again.err.find("refused before"), std::string::npos) << again.err;
}

/// Somebody else moves the connection to his host; the next one who saves a password sees that, and is not obeyed
/// blindly.
TEST_F(Cli, does_not_follow_a_connection_that_somebody_moved) {
  const std::string id = add_proven();
  const Ended moved = service_->cli({"connection", "edit", id, "--ews-url", thief_url(), "--password-fd", "3"},
                                    {.on_fd_3 = "Any-Passw0rd!"});
  EXPECT_EQ(moved.code, 0) << moved.err;
  const std::vector<std::vector<std::string>> ways{{"connection", "edit", id, "--password-fd", "3"},
                                                   {"connection", "test", id, "--unsaved", "--password-fd", "3"},
                                                   {"account", "password", kAccount, "--password-fd", "3"}};
  for (const auto& words : ways) {
    const Ended refused = service_->cli(words, {.on_fd_3 = "Another-Passw0rd!"});
    EXPECT_EQ(refused.code, 1) << words[1] << refused.out;
    EXPECT_NE(refused.err.find("NEW"), std::string::npos) << words[1] << refused.err;
    EXPECT_NE(refused.err.find(thief_host()), std::string::npos) << words[1] << refused.err;
  }
  EXPECT_EQ(data({"account", "show", kAccount}).at("credentials").at(0).at("number"), 2) << "the thief's";
}

TEST_F(Cli, deletes_nothing_unasked_and_changes_nothing_for_nothing) {
  const std::string id =
      data({"connection", "add", "--description", "Asked", "--ews-url", "https://mail.example.test/EWS/Exchange.asmx",
            "--master-mailbox", "asked@example.test", "--no-password"})
          .at("id");
  const Ended refused = service_->cli({"connection", "delete", id});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("--yes"), std::string::npos) << refused.err;
  const Ended idle = service_->cli({"connection", "edit", id});
  EXPECT_EQ(idle.code, 1) << idle.out;
  EXPECT_EQ(data({"connection", "show", id}).at("version"), 1);
  EXPECT_EQ(service_->cli({"connection", "delete", id, "--yes"}).code, 0);
}

TEST_F(Cli, keeps_directories) {
  const Ended added = service_->cli({"directory", "add", "Head office", "--controller", "dc1.example.test", "--realm",
                                     "EXAMPLE.TEST", "--domain", "EXAMPLE"});
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_EQ(service_->cli({"directory", "edit", "Head office", "--controller", "dc2.example.test"}).code, 0);
  EXPECT_EQ(data({"directory", "show", "Head office"}).at("controllers"), Json({"dc2.example.test"}));
  EXPECT_EQ(data({"directory", "show", "Head office"}).at("realm"), "EXAMPLE.TEST");
  EXPECT_EQ(data({"directory", "show", "Head office"}).at("reader_sign_in"), "simple");
  EXPECT_EQ(service_->cli({"directory", "edit", "Head office", "--reader-sign-in", "kerberos"}).code, 0);
  EXPECT_EQ(service_->cli({"directory", "edit", "Head office", "--domain", "EXAMPLE"}).code, 0);
  EXPECT_EQ(data({"directory", "show", "Head office"}).at("reader_sign_in"), "kerberos");
  EXPECT_NE(service_->cli({"directory", "edit", "Head office", "--realm", ""}).code, 0) << "Kerberos needs a realm";
  EXPECT_NE(service_->cli({"directory", "edit", "Head office", "--reader-sign-in", "ntlm"}).code, 0);
  EXPECT_EQ(service_->cli({"directory", "delete", "Head office", "--yes"}).code, 0);
}

TEST_F(Cli, shows_an_accounts_directory_by_its_name) {
  const std::string id =
      data({"directory", "add", "Branch", "--controller", "dc1.example.test", "--realm", "EXAMPLE.TEST"}).at("id");
  ASSERT_EQ(service_->cli({"account", "add", "svc9@example.test", "--directory", "Branch"}).code, 0);
  const Ended shown = service_->cli({"account", "show", "svc9@example.test"});
  EXPECT_NE(shown.out.find("Branch (" + id + ")"), std::string::npos) << shown.out;
  EXPECT_EQ(data({"account", "show", "svc9@example.test"}).at("directory"), id);
  ASSERT_EQ(service_->cli({"account", "delete", "svc9@example.test", "--yes"}).code, 0);
  EXPECT_EQ(service_->cli({"directory", "delete", "Branch", "--yes"}).code, 0);
}

TEST_F(Cli, refuses_a_description_that_another_connection_bears) {
  const std::string id = add();
  const Ended second = service_->cli(with_form({"connection", "add", "--description", " sAMPLE", "--password-fd", "3"}),
                                     {.on_fd_3 = kRight});
  EXPECT_EQ(second.code, 1) << second.out;
  EXPECT_NE(second.err.find("'Sample' (" + id + ")"), std::string::npos) << second.err;
  EXPECT_EQ(data({"connection", "list"}).at("connections").size(), 1U);
}

TEST_F(Cli, edits_the_version_that_a_script_saw_and_no_other) {
  const std::string id = add();
  const std::string seen = std::to_string(data({"connection", "show", id}).at("version").get<int>());
  const auto edit = [&](const char* concurrency) {
    return service_->cli({"connection", "edit", id, "--version", seen, "--concurrency", concurrency});
  };
  const Ended first = edit("7");
  EXPECT_EQ(first.code, 0) << first.err;
  const Ended late = edit("9");
  EXPECT_EQ(late.code, 1) << late.out;
  EXPECT_NE(late.err.find("last by local:" + std::to_string(getuid())), std::string::npos) << late.err;
  EXPECT_NE(late.err.find(", " + seen + " was given"), std::string::npos) << late.err;
  EXPECT_EQ(data({"connection", "show", id}).at("concurrency"), 7);
  // Nobody is asked for a password that would be refused anyway; it goes nowhere.
  const Ended typed =
      service_->cli({"connection", "edit", id, "--version", seen, "--password-fd", "3"}, {.on_fd_3 = kRight});
  EXPECT_EQ(typed.code, 1);
  EXPECT_EQ(typed.err.find("will be sent"), std::string::npos) << typed.err;
}

TEST_F(Cli, ends_with_what_the_documents_say) {
  EXPECT_EQ(service_->cli({"status"}).code, 0);
  EXPECT_EQ(service_->cli({"connection", "show", "nobody"}).code, 1);
  EXPECT_EQ(service_->cli({"connection", "shwo"}).code, 2);
  EXPECT_EQ(service_->cli({"connection", "test"}).code, 2);
  const Ended nobody = run_mailward({"status", "--socket", (folder_->path() / "none.sock").string()});
  EXPECT_EQ(nobody.code, 5);
  EXPECT_NE(nobody.err.find("what to do"), std::string::npos) << nobody.err;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"--help"},
                                                                                     {"connection", "--help"},
                                                                                     {"connection", "test", "--help"},
                                                                                     {"key", "rotate", "--help"},
                                                                                     {"--version"}}) {
    EXPECT_EQ(run_mailward(words).code, 0);
  }
}

}  // namespace
}  // namespace mailward::testing
