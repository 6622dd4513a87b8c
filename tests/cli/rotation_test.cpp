// Renewing a password on the command line, against a real service, a real Active Directory and the simulator in it.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "cli/rotation_report.h"
#include "secrets/recovery_file.h"
#include "tests/app/service_process.h"
#include "tests/cli/terminal_session.h"
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

/// A server that answers too late keeps it at its last steps; meanwhile it is told of, and nothing ends it.
TEST_F(RotationOnTheCommandLine, one_that_is_under_way_is_told_of_and_outlives_the_service) {
  connect();
  run({"account", "reset-account", kSample, "--name", "mailward-reset@example.test"}, Organisation::kResetterPassword);
  auto& exchange = organisation_->exchange();
  exchange.set_fault("latency", R"({"milliseconds":60000})");
  TerminalSession watching({"account", "rotate", kSample, "--socket", service_->socket().string()});
  const auto newest = [&] { return data({"rotation", "list"}).at("rotations").at(0); };
  ASSERT_TRUE(watching.sees("… front ends")) << watching.shown();
  const std::string id = newest().at("id");

  const Ended status = run({"status"});
  EXPECT_NE(status.out.find("rotation under way: EXAMPLE\\svc-mailward, promoted, since 2"), std::string::npos)
      << status.out;
  EXPECT_NE(status.out.find("mailward rotation show " + id), std::string::npos) << status.out;
  const Ended shown = run({"rotation", "show", id});
  EXPECT_NE(shown.out.find("last step            front ends: running"), std::string::npos) << shown.out;

  service_->kill_hard();
  EXPECT_EQ(watching.await_end(), 5) << watching.shown();
  for (const std::string& word : {"the rotation " + id, std::string("the next start of the service finishes it"),
                                  "mailward rotation show " + id}) {
    EXPECT_NE(watching.shown().find(word), std::string::npos) << word << "\n" << watching.shown();
  }
  exchange.clear_faults();
  service_.reset();
  service_ = std::make_unique<ServiceProcess>(state(), std::vector<std::string>{"--config", config()});
  EXPECT_TRUE(wait_for([&] { return newest().at("state") == "finished"; })) << newest().dump();
  EXPECT_EQ(run({"status"}).out.find("rotation under way"), std::string::npos);
}

/// A password that a person has set: the command ends with its proof, unless it is told not to wait.
TEST_F(RotationOnTheCommandLine, a_typed_password_is_followed_to_its_proof) {
  connect();
  auto& controller = organisation_->controller();
  auto& exchange = organisation_->exchange();
  const auto set = [&](const std::string& password) { controller.set_password(Organisation::kAccount, password); };
  const auto newest = [&] { return data({"rotation", "list"}).at("rotations").at(0); };
  set("Typed-Passw0rd-1!");
  const Ended proven = run({"account", "password", kSample}, "Typed-Passw0rd-1!");
  for (const char* word : {"prove", "verdict: well", ": well", "controllers", "finished", "manual"}) {
    EXPECT_NE(proven.out.find(word), std::string::npos) << word << "\n" << proven.out;
  }
  EXPECT_EQ(proven.out.find(": none"), std::string::npos) << proven.out;

  set("Typed-Passw0rd-2!");
  const Ended left = run({"account", "password", kSample, "--no-wait"}, "Typed-Passw0rd-2!");
  EXPECT_NE(left.out.find("rotation under way"), std::string::npos) << left.out;
  EXPECT_TRUE(wait_for([&] { return newest().at("state") == "finished"; })) << newest().dump();

  set("Typed-Passw0rd-3!");
  const auto file = folder_.path() / "typed";
  std::ofstream(file) << "Typed-Passw0rd-3!\n";
  chmod(file.c_str(), 0600);
  exchange.set_fault("latency", R"({"milliseconds":60000})");
  TerminalSession watching(
      {"account", "password", kSample, "--password-file", file.string(), "--socket", service_->socket().string()});
  ASSERT_TRUE(watching.sees("… prove")) << watching.shown();
  watching.type("\x03");
  EXPECT_EQ(watching.await_end(), 130) << watching.shown();
  const std::string third = newest().at("id");
  EXPECT_NE(watching.shown().find("goes on by itself: mailward rotation show " + third), std::string::npos)
      << watching.shown();
  EXPECT_TRUE(newest().at("ended").is_null()) << newest().dump();
  exchange.clear_faults();

  const Ended page = run({"rotation", "list", "--limit", "1"});
  EXPECT_NE(page.out.find("older: --before " + third), std::string::npos) << page.out;
  const Json older = data({"rotation", "list", "--before", third}).at("rotations");
  ASSERT_EQ(older.size(), 2u) << older.dump();
  const std::string first = older.at(1).at("id");
  EXPECT_LT(first, older.at(0).at("id").get<std::string>());
  EXPECT_TRUE(data({"rotation", "list", "--before", first, "--account", kSample}).at("rotations").empty());
  EXPECT_NE(run({"rotation", "list", "--before", first}).out.find("No older"), std::string::npos);
  run({"rotation", "list", "--before", "nonsense"}, {}, 1);
}

/// The password that nobody knows stands nowhere but sealed; with the private half, and only so, it can be had again.
TEST_F(RotationOnTheCommandLine, the_new_password_is_nowhere_and_can_be_brought_back) {
  connect();
  run({"account", "reset-account", kSample, "--name", "mailward-reset@example.test"}, Organisation::kResetterPassword);
  const std::string before = (folder_.path() / "before").string();
  run({"backup", before, "--state-dir", state().string()});
  run({"account", "rotate", kSample});
  // As a shell does it: mailward key recovery > FILE.
  const std::string key_file = (folder_.path() / "recovery-key").string();
  const Ended taken = service_->cli({"key", "recovery"}, {.before_exec = [&key_file] {
                                      const int made = open(key_file.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
                                      if (made >= 0) dup2(made, STDOUT_FILENO);
                                    }});
  EXPECT_EQ(taken.code, 0) << taken.err;
  EXPECT_NE(taken.err.find("Keep this line elsewhere"), std::string::npos) << taken.err;
  std::ostringstream kept;
  kept << std::ifstream(key_file).rdbuf();
  EXPECT_EQ(std::ranges::count(kept.str(), '\n'), 1) << "the line alone";
  const std::string half = kept.str().substr(0, kept.str().find('\n'));
  struct stat about{};
  ASSERT_EQ(stat(key_file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
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
  EXPECT_NE(service_->cli({"audit", "verify"}).code, 0) << "what the trail has lost is said";
  const Ended wrong = service_->cli({"account", "recover", kSample, "--key-fd", "3"}, {.on_fd_3 = "nonsense"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("private half"), std::string::npos) << wrong.err;
  // With what an editor has put around it.
  std::ofstream(key_file) << "\n  " << half << " \r\nthe key of the mail guard\n";
  const Ended recovered = service_->cli({"account", "recover", kSample, "--key-file", key_file});
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
  std::filesystem::create_directory(elsewhere);
  std::ofstream(elsewhere / "mailward.db-wal") << "what another database has left";
  const Ended stale = run_mailward({"restore", copy, "--state-dir", elsewhere.string()});
  EXPECT_NE(stale.code, 0) << stale.out;
  EXPECT_NE(stale.err.find("mailward.db-wal"), std::string::npos) << stale.err;
  EXPECT_FALSE(std::filesystem::exists(elsewhere / "recovery.log")) << "nothing was restored";
  std::filesystem::remove(elsewhere / "mailward.db-wal");
  const bool is_root = geteuid() == 0;
  const uid_t owner = is_root ? 12345 : geteuid();
  if (is_root) ASSERT_EQ(chown(elsewhere.c_str(), owner, getegid()), 0);
  const Ended restored = run_mailward({"restore", copy, "--state-dir", elsewhere.string()});
  ASSERT_EQ(restored.code, 0) << restored.err;
  EXPECT_NE(restored.out.find("master key"), std::string::npos) << restored.out;
  for (const auto& restored_file : std::filesystem::directory_iterator(elsewhere)) {
    struct stat about{};
    ASSERT_EQ(stat(restored_file.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_uid, owner) << restored_file.path();
    EXPECT_EQ(about.st_mode & 0777U, 0600U) << restored_file.path();
    if (is_root) ASSERT_EQ(chown(restored_file.path().c_str(), 0, 0), 0);
  }
  if (is_root) ASSERT_EQ(chown(elsewhere.c_str(), 0, 0), 0);
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

/// What could not be copied is no backup, and not in the way of the next try.
TEST(BackupOnTheCommandLine, one_that_fails_leaves_nothing) {
  const TemporaryFolder folder;
  const auto copy = folder.path() / "copy";
  for (int i = 0; i < 2; ++i) {
    const Ended nowhere = run_mailward({"backup", copy.string(), "--state-dir", (folder.path() / "none").string()});
    EXPECT_EQ(nowhere.code, 7) << nowhere.out;
    EXPECT_NE(nowhere.err.find("--state-dir"), std::string::npos) << nowhere.err;
    EXPECT_NE(nowhere.err.find("--config"), std::string::npos) << nowhere.err;
    EXPECT_FALSE(std::filesystem::exists(copy));
  }
  const auto state = folder.path() / "state";
  std::filesystem::create_directory(state);
  std::ofstream(state / "mailward.db") << "this is no database at all";
  EXPECT_EQ(run_mailward({"backup", copy.string(), "--state-dir", state.string()}).code, 7);
  EXPECT_FALSE(std::filesystem::exists(copy));
}

/// Of what is told of a rotation, without one.
TEST(RotationReport, says_why_calls_failed_and_what_a_step_waits_for) {
  const auto load = [](const char* name, int failed, const char* why) {
    return Json{{"load", name}, {"calls", 9}, {"failed", failed}, {"longest_hold_ms", 0}, {"last_failure", why}};
  };
  Json rotation{{"id", "070gxk6ehbzay"}, {"state", "resetting"}, {"remedy", ""}, {"ended", nullptr}};
  rotation["loads"] = {load("archive", 2, "The server closed the connection."), load("sync", 0, "")};
  const Json run{{"steps",
                  {{{"name", "reset"}, {"outcome", "ok"}},
                   {{"name", "settle"},
                    {"outcome", "warning"},
                    {"remedy", "look at dc1"},
                    {"evidence", {{"waits_for", "dc1 cannot be read"}}}}}}};
  const std::string text = cli::rotation_text(rotation, run, cli::Terminal{});
  for (const char* word : {"last failure of archive  The server closed the connection.", "settle: warning",
                           "dc1 cannot be read", "look at dc1"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  }
  EXPECT_EQ(text.find("failure of sync"), std::string::npos) << text;
  rotation["ended"] = "2026-11-29T14:05:19Z";
  EXPECT_EQ(cli::rotation_text(rotation, run, cli::Terminal{}).find("last step"), std::string::npos);
}

}  // namespace
}  // namespace mailward::testing
