// What `mailward serve` says and ends with where it cannot start, and that nothing is lost by it.
#include <csignal>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/app/service_process.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void execute(const fs::path& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

class Start : public ::testing::Test {
 protected:
  fs::path state() const { return folder_.path() / "state"; }
  Ended serve(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"serve", "--listen", "none", "--state-dir", state().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_mailward(arguments);
  }
  /// Starts once and stops, so that there is something to lose.
  void fill() const {
    ServiceProcess service(state());
    const Ended added = service.cli(
        {"connection", "add", "--description", "Kept", "--ews-url", "https://mail.example.test/EWS/Exchange.asmx",
         "--master-mailbox", "svc@example.test", "--password-fd", "3"},
        {.on_fd_3 = "Kept-Passw0rd!\n"});
    ASSERT_EQ(added.code, 0) << added.err;
    ASSERT_EQ(service.stop(), 0);
  }
  void expect_all_is_kept() const {
    ServiceProcess service(state());
    const Ended list = service.cli({"connection", "list"});
    EXPECT_EQ(list.code, 0);
    EXPECT_NE(list.out.find("Kept"), std::string::npos) << list.out;
  }
  TemporaryFolder folder_;
};

void expect_message(const Ended& ended, int code, const std::string& part) {
  EXPECT_EQ(ended.code, code) << ended.err;
  EXPECT_NE(ended.err.find(part), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("what to do"), std::string::npos) << ended.err;
}

TEST_F(Start, serves_and_drains_at_a_signal) {
  ServiceProcess service(state());
  const Ended status = service.cli({"status"});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_NE(status.out.find("sqlite"), std::string::npos);
  struct stat mode{};
  ASSERT_EQ(stat((state() / "master.key").c_str(), &mode), 0);
  EXPECT_EQ(mode.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat(state().c_str(), &mode), 0);
  EXPECT_EQ(mode.st_mode & 0777U, 0700U);
  ASSERT_EQ(stat(service.socket().c_str(), &mode), 0);
  EXPECT_EQ(mode.st_mode & 0777U, 0600U);
  const fs::path socket = service.socket();
  EXPECT_EQ(service.stop(), 0);
  EXPECT_FALSE(fs::exists(socket));
}

/// As logrotate does it.
TEST_F(Start, opens_its_log_anew_at_sighup) {
  const fs::path log = state().string() + ".log";
  const fs::path file = folder_.path() / "mailward.toml";
  std::ofstream(file) << "[log]\nfile = \"" << log.string() << "\"\n";
  ServiceProcess service(state(), {"--config", file.string()});
  fs::rename(log, log.string() + ".1");
  kill(service.pid(), SIGHUP);
  EXPECT_TRUE(wait_for([&] { return service.log().find("opened anew") != std::string::npos; }));
  const std::string moved = contents(log.string() + ".1");
  EXPECT_EQ(service.cli({"status"}).code, 0);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_NE(service.log().find("stopped"), std::string::npos) << service.log();
  EXPECT_EQ(contents(log.string() + ".1"), moved) << "the old file was let go";
}

TEST_F(Start, survives_sighup_where_the_log_is_standard_error_or_cannot_be_opened) {
  {
    ServiceProcess service(state());
    kill(service.pid(), SIGHUP);
    EXPECT_TRUE(wait_for([&] { return service.log().find("SIGHUP") != std::string::npos; }));
    EXPECT_EQ(service.cli({"status"}).code, 0);
    EXPECT_EQ(service.stop(), 0);
  }
  const fs::path logs = folder_.path() / "logs";
  fs::create_directory(logs);
  const fs::path log = logs / "state.log";
  const fs::path file = folder_.path() / "mailward.toml";
  std::ofstream(file) << "[log]\nfile = \"" << log.string() << "\"\n";
  ServiceProcess service(logs / "state", {"--config", file.string()});
  fs::create_directory(folder_.path() / "elsewhere");
  fs::rename(log, folder_.path() / "elsewhere" / "state.log");
  fs::create_directory(log);  // where a file should be
  kill(service.pid(), SIGHUP);
  const fs::path old = folder_.path() / "elsewhere" / "state.log";
  EXPECT_TRUE(wait_for([&] { return contents(old).find("cannot be opened anew") != std::string::npos; }))
      << contents(old);
  EXPECT_EQ(service.cli({"status"}).code, 0);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(Start, refuses_a_malformed_configuration) {
  const fs::path file = folder_.path() / "mailward.toml";
  std::ofstream(file) << "[server]\nstate_dri = \"x\"\n";
  const Ended ended = run_mailward({"serve", "--config", file.string()});
  expect_message(ended, 6, "mailward.toml:2:1");
  EXPECT_FALSE(fs::exists(folder_.path() / "x"));
}

TEST_F(Start, refuses_a_configuration_that_is_not_there) {
  const Ended ended = run_mailward({"serve", "--config", (folder_.path() / "none.toml").string()});
  EXPECT_EQ(ended.code, 6) << ended.err;
}

TEST_F(Start, refuses_a_newer_database_and_leaves_it_alone) {
  fill();
  const fs::path database = state() / "mailward.db";
  execute(database,
          "INSERT INTO schema_migration SELECT version + 1000, 'from_the_future', hash, applied FROM schema_migration "
          "ORDER BY version DESC LIMIT 1; PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string before = contents(database);
  expect_message(serve(), 7, "newer");
  EXPECT_EQ(contents(database), before);
  execute(database, "DELETE FROM schema_migration WHERE version > 1000");
  expect_all_is_kept();
}

TEST_F(Start, refuses_a_database_that_another_service_has) {
  ServiceProcess first(state());
  const Ended second = serve({"--socket", (folder_.path() / "other" / "mailward.sock").string()});
  expect_message(second, 7, "another");
  EXPECT_EQ(first.cli({"status"}).code, 0);
}

TEST_F(Start, refuses_a_socket_that_another_service_has) {
  ServiceProcess first(state());
  const Ended second = run_mailward({"serve", "--listen", "none", "--state-dir", (folder_.path() / "second").string(),
                                     "--socket", first.socket().string()});
  EXPECT_EQ(second.code, 9) << second.err;
  EXPECT_EQ(first.cli({"status"}).code, 0);
}

TEST_F(Start, refuses_to_make_a_lost_master_key_anew) {
  fill();
  const fs::path key = state() / "master.key";
  fs::rename(key, folder_.path() / "kept.key");
  expect_message(serve(), 8, "key");
  EXPECT_FALSE(fs::exists(key));
  fs::rename(folder_.path() / "kept.key", key);
  expect_all_is_kept();
}

TEST_F(Start, refuses_another_master_key) {
  fill();
  const fs::path key = state() / "master.key";
  const std::string right = contents(key);
  ASSERT_EQ(run_mailward({"key", "create", "--state-dir", (folder_.path() / "second").string()}).code, 0);
  fs::copy_file(folder_.path() / "second" / "master.key", key, fs::copy_options::overwrite_existing);
  expect_message(serve(), 8, "key");
  std::ofstream(key) << right;
  expect_all_is_kept();
}

TEST_F(Start, rotates_the_master_key_offline_only) {
  fill();
  const Ended before = run_mailward({"key", "status", "--json", "--state-dir", state().string()});
  EXPECT_EQ(before.code, 0) << before.err;
  {
    ServiceProcess service(state());
    EXPECT_EQ(run_mailward({"key", "rotate", "--state-dir", state().string()}).code, 7);
  }
  EXPECT_EQ(run_mailward({"key", "rotate", "--state-dir", state().string()}).code, 0);
  const Ended after = run_mailward({"key", "status", "--json", "--state-dir", state().string()});
  EXPECT_EQ(after.code, 0) << after.err;
  EXPECT_NE(before.out, after.out);
  expect_all_is_kept();
}

/// A small file system of its own, where the tests may make one.
class SmallDisk {
 public:
  explicit SmallDisk(const fs::path& at) : at_(at) {
    fs::create_directories(at);
    mounted_ = mount("tmpfs", at.c_str(), "tmpfs", 0, "size=4m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  bool make_read_only() const { return mount("tmpfs", at_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=4m") == 0; }
  void fill_up() const {
    std::ofstream file(at_ / "filler", std::ios::binary);
    const std::string block(4096, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }

 private:
  fs::path at_;
  bool mounted_ = false;
};

TEST_F(Start, says_that_the_disk_is_read_only) {
  const SmallDisk disk(state());
  if (!disk.mounted()) GTEST_SKIP() << "no file system may be mounted here";
  fill();
  ASSERT_TRUE(disk.make_read_only());
  const Ended ended = serve();
  EXPECT_EQ(ended.code, 7) << ended.err;
  EXPECT_NE(ended.err.find("what to do"), std::string::npos) << ended.err;
}

TEST_F(Start, says_that_the_disk_is_full) {
  const SmallDisk disk(state());
  if (!disk.mounted()) GTEST_SKIP() << "no file system may be mounted here";
  disk.fill_up();
  const Ended ended = serve();
  EXPECT_EQ(ended.code, 7) << ended.err;
  EXPECT_NE(ended.err.find("full"), std::string::npos) << ended.err;
  fs::remove(state() / "filler");
  ServiceProcess service(state());
  EXPECT_EQ(service.cli({"status"}).code, 0);
}

TEST_F(Start, a_disk_that_fills_up_loses_nothing_that_stands) {
  const SmallDisk disk(state());
  if (!disk.mounted()) GTEST_SKIP() << "no file system may be mounted here";
  fill();
  {
    ServiceProcess service(state());
    disk.fill_up();
    const Ended refused = service.cli({"connection", "add", "--description", "New", "--ews-url",
                                       "https://mail2.example.test/EWS/Exchange.asmx", "--master-mailbox",
                                       "svc2@example.test", "--no-password"});
    // Room that the log had set aside may still take it.
    if (refused.code != 0) EXPECT_NE(refused.err.find("full"), std::string::npos) << refused.err;
    EXPECT_EQ(service.cli({"status"}).code, 0);
  }
  fs::remove(state() / "filler");
  expect_all_is_kept();
}

}  // namespace
}  // namespace mailward::testing
