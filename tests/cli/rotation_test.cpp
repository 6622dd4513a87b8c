// Renewing a password on the command line, against a real service, a real Active Directory and the simulator in it.
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "secrets/recovery_file.h"
#include "tests/app/service_process.h"
#include "tests/product_support/organisation.h"
#include "tests/support/leak_search.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kSample = "EXAMPLE\\svc-mailward";

class RotationOnTheCommandLine : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    organisation_ = std::make_unique<Organisation>(Organisation::Options{.directory = false});
    auto& controller = organisation_->controller();
    controller.create_user("directory-reader", "Reader-Passw0rd-1!");
    controller.create_user(Organisation::kResetter, Organisation::kResetterPassword);
    controller.allow_resetting(Organisation::kResetter, controller.dn_of(Organisation::kAccount));
    std::string ports;
    for (const std::uint16_t port : ports_of(organisation_->exchange())) ports += ", " + std::to_string(port);
    std::ofstream(config()) << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nallowed_ports = [443" << ports
                            << "]\n[network.hosts]\n\"" << organisation_->exchange().host() << "\" = [\""
                            << organisation_->exchange().address() << "\"]\n\"" << controller.host() << "\" = [\""
                            << controller.address() << "\"]\n";
    service_ = std::make_unique<ServiceProcess>(state(), std::vector<std::string>{"--config", config()});
  }
  std::string config() const { return (folder_.path() / "mailward.toml").string(); }
  std::filesystem::path state() const { return folder_.path() / "state"; }

  Ended run(const std::vector<std::string>& arguments, std::string_view password = {}, int code = 0) {
    std::vector<std::string> words = arguments;
    if (!password.empty()) words.insert(words.end(), {"--password-fd", "3"});
    Ended ended = service_->cli(
        words,
        {.on_fd_3 = std::string(password), .environment = {}, .before_exec = {}, .limit = std::chrono::seconds(90)});
    EXPECT_EQ(ended.code, code) << ended.out << ended.err;
    return ended;
  }
  Json data(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return Json::parse(run(arguments).out, nullptr, false);
  }
  void connect() {
    auto& controller = organisation_->controller();
    auto& exchange = organisation_->exchange();
    run({"directory", "add", "Example", "--realm", "EXAMPLE.TEST", "--domain", "EXAMPLE", "--controller",
         controller.host(), "--trust-file", controller.ca_file().string(), "--reader", "directory-reader@example.test"},
        "Reader-Passw0rd-1!");
    run({"connection", "add", "--description", "Sample", "--ews-url",
         "https://" + exchange.host() + ":" + std::to_string(exchange.port()) + "/EWS/Exchange.asmx",
         "--master-mailbox", kSample, "--directory", "Example", "--trust-file", exchange.ca_file().string(),
         "--mailbox-check", "usera@example.test"},
        Organisation::kPassword);
    run({"connection", "test", "Sample"});
  }

  TemporaryFolder folder_;
  std::unique_ptr<Organisation> organisation_;
  std::unique_ptr<ServiceProcess> service_;
};

TEST_F(RotationOnTheCommandLine, names_a_reset_account_rotates_and_tells_of_it) {
  connect();
  const Ended unnamed = run({"account", "rotate", kSample}, {}, 1);
  EXPECT_NE(unnamed.err.find("mailward account reset-account"), std::string::npos) << unnamed.err;
  const Ended named = run({"account", "reset-account", kSample, "--name", "mailward-reset@example.test"},
                          Organisation::kResetterPassword);
  EXPECT_NE((named.out + named.err).find(organisation_->controller().host()), std::string::npos)
      << "where the password goes is shown: " << named.err;

  const Ended dry = run({"account", "rotate", kSample, "--dry-run"});
  EXPECT_NE(dry.out.find("possible"), std::string::npos) << dry.out;
  EXPECT_NE(dry.out.find("password setters"), std::string::npos) << dry.out;
  EXPECT_TRUE(data({"rotation", "list"}).at("rotations").empty());

  const Json rotated = data({"account", "rotate", kSample});
  EXPECT_EQ(rotated.at("state"), "finished") << rotated.dump();
  EXPECT_EQ(rotated.at("degraded"), false) << rotated.dump();
  const Ended list = run({"rotation", "list", "--account", kSample});
  EXPECT_NE(list.out.find("finished"), std::string::npos) << list.out;
  const Ended shown = run({"rotation", "show", rotated.at("id")});
  for (const char* word : {"seal", "reset", "prove", "front ends", "sign-in door closed", "continuity_probe"}) {
    EXPECT_NE(shown.out.find(word), std::string::npos) << word << "\n" << shown.out;
  }
  run({"rotation", "show", "0000000000000"}, {}, 1);
  run({"account", "clear-reset", kSample});
}

/// The password that nobody knows stands nowhere but sealed; with the private half, and only so, it can be had again.
TEST_F(RotationOnTheCommandLine, the_new_password_is_nowhere_and_can_be_brought_back) {
  connect();
  run({"account", "reset-account", kSample, "--name", "mailward-reset@example.test"}, Organisation::kResetterPassword);
  const std::string before = (folder_.path() / "before").string();
  run({"backup", before, "--state-dir", state().string()});
  run({"account", "rotate", kSample});
  const Json taken = data({"key", "recovery"});
  const std::string half = taken.at("private_half");
  run({"key", "recovery"}, {}, 1);

  const auto entries = secrets::RecoveryFile(state() / "recovery.log").read();
  ASSERT_TRUE(entries && entries->size() == 1);
  const auto password = secrets::RecoveryKey::open_sealed(entries->front().sealed, SecretString(half));
  ASSERT_TRUE(password) << password.error().describe();
  for (const std::string_view secret : {password->reveal(), std::string_view(half).substr(24, 64)}) {
    const auto needles = needles_of(secret);
    EXPECT_TRUE(found_in(service_->log(), needles).empty());
    for (const auto& file : std::filesystem::recursive_directory_iterator(state())) {
      if (file.is_regular_file()) EXPECT_TRUE(found_in_file(file.path(), needles).empty()) << file.path();
    }
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    std::vector<std::string> in_memory;
    wait_for([&] { return (in_memory = found_in_process(service_->pid(), needles)).empty(); },
             std::chrono::seconds(10));
    EXPECT_EQ(in_memory, std::vector<std::string>{}) << (secret.starts_with(password->reveal()) ? "password" : "key");
#endif
  }

  // The database from before the rotation, put back: noticed, nothing tried, nothing lost.
  service_->stop();
  service_.reset();
  const std::string old = (folder_.path() / "old").string();
  std::filesystem::create_directory(old);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const auto file = state() / (std::string("mailward.db") + suffix);
    if (std::filesystem::exists(file)) std::filesystem::rename(file, old + "/mailward.db" + suffix);
  }
  const Ended restored = run_mailward({"restore", before, "--state-dir", state().string()});
  ASSERT_EQ(restored.code, 0) << restored.err;
  EXPECT_NE(restored.out.find("left as it is"), std::string::npos) << restored.out;
  service_ = std::make_unique<ServiceProcess>(state(), std::vector<std::string>{"--config", config()});
  const Json parked = data({"connection", "show", "Sample"});
  EXPECT_EQ(parked.at("state"), "needs_credential");
  EXPECT_EQ(parked.at("reason"), "older_database");
  const Ended wrong = service_->cli({"account", "recover", kSample, "--key-fd", "3"}, {.on_fd_3 = "nonsense"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("private half"), std::string::npos) << wrong.err;
  const Ended recovered = service_->cli({"account", "recover", kSample, "--key-fd", "3"}, {.on_fd_3 = half});
  EXPECT_EQ(recovered.code, 0) << recovered.err;
  EXPECT_TRUE(wait_for([&] { return data({"connection", "show", "Sample"}).at("state") == "healthy"; }));
}

/// Into an empty state folder; the master key comes apart.
TEST_F(RotationOnTheCommandLine, a_backup_is_restored_into_an_empty_folder) {
  connect();
  run({"account", "reset-account", kSample, "--name", "mailward-reset@example.test"}, Organisation::kResetterPassword);
  run({"account", "rotate", kSample});
  const std::string copy = (folder_.path() / "copy").string();
  const Ended made = run({"backup", copy, "--config", config(), "--state-dir", state().string()});
  EXPECT_NE(made.out.find("master key"), std::string::npos) << made.out;
  EXPECT_FALSE(std::filesystem::exists(copy + "/master.key"));
  EXPECT_NE(run_mailward({"backup", copy, "--state-dir", state().string()}).code, 0) << "the folder is there";
  service_->stop();
  service_.reset();

  const auto elsewhere = folder_.path() / "elsewhere";
  EXPECT_NE(run_mailward({"restore", copy, "--state-dir", state().string()}).code, 0) << "a database stands there";
  const Ended restored = run_mailward({"restore", copy, "--state-dir", elsewhere.string()});
  ASSERT_EQ(restored.code, 0) << restored.err;
  EXPECT_NE(restored.out.find("master key"), std::string::npos) << restored.out;
  std::filesystem::copy_file(state() / "master.key", elsewhere / "master.key");
  service_ = std::make_unique<ServiceProcess>(elsewhere, std::vector<std::string>{"--config", config()});
  run({"connection", "test", "Sample"});
  EXPECT_EQ(data({"rotation", "list"}).at("rotations").size(), 1u);

  // One letter changed, and nothing is restored.
  std::ofstream(copy + "/recovery.log", std::ios::app) << "x";
  const Ended damaged = run_mailward({"restore", copy, "--state-dir", (folder_.path() / "third").string()});
  EXPECT_NE(damaged.code, 0);
  EXPECT_NE(damaged.err.find("recovery.log"), std::string::npos) << damaged.err;
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "third"));
}

}  // namespace
}  // namespace mailward::testing
