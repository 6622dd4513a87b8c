#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "secrets/keyring.h"
#include "secrets/secret_store.h"
#include "tests/support/databases.h"

namespace mailward::secrets {
namespace {

/// Not a test: what is run under strace and killed. Rotates the master key of the database named in the environment.
TEST(RotationKillVictim, DISABLED_rotates) {
  const char* url = std::getenv("MAILWARD_KILL_URL");
  const char* key = std::getenv("MAILWARD_KILL_KEY");
  ASSERT_TRUE(url != nullptr && key != nullptr);
  auto database = db::Database::open({.url = url}, db::OpenAs::guest);
  ASSERT_TRUE(database) << database.error().describe();
  auto keyring = Keyring::open(**database, key);
  ASSERT_TRUE(keyring) << keyring.error().describe();
  const Status rotated = (*keyring)->rotate_master_key();
  ASSERT_TRUE(rotated) << rotated.error().describe();
}

class RotationKillTest : public testing::OnEveryDatabase {
 protected:
  std::filesystem::path key_file() const { return folder() / "master.key"; }

  /// Runs the victim, killed at its `at`-th call of those named; whether it was killed.
  bool rotate_killed_at(const std::string& calls, int at) {
    const std::string program = std::filesystem::read_symlink("/proc/self/exe");
    const pid_t child = fork();
    if (child == 0) {
      unsetenv("GTEST_TOTAL_SHARDS");  // the victim is not of this process's share of the tests
      unsetenv("GTEST_SHARD_INDEX");
      setenv("MAILWARD_KILL_URL", url().c_str(), 1);
      setenv("MAILWARD_KILL_KEY", key_file().c_str(), 1);
      setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // which cannot be done under strace
      const std::string trace = "trace=" + calls;
      const std::string inject = "inject=" + calls + ":signal=KILL:when=" + std::to_string(at);
      const std::string log = folder() / "strace";
      execlp("strace", "strace", "-f", "-o", log.c_str(), "-e", trace.c_str(), "-e", inject.c_str(), program.c_str(),
             "--gtest_also_run_disabled_tests", "--gtest_filter=RotationKillVictim.*", "--gtest_brief=1", nullptr);
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return false;
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the victim failed by itself: " << status;
    return true;
  }
};
MAILWARD_ON_EVERY_DATABASE(RotationKillTest);

TEST_P(RotationKillTest, after_a_kill_at_any_call_everything_opens) {
  if (std::system("strace -V > /dev/null 2>&1") != 0) GTEST_SKIP() << "strace is not installed";
  SecretId id;
  Bytes first_key;
  {
    const auto keyring = Keyring::open(database(), key_file());
    ASSERT_TRUE(keyring) << keyring.error().describe();
    ASSERT_TRUE((*keyring)->sub_key("audit"));
    first_key = (*keyring)->master_key_id();
    SecretStore store(**keyring, Clock::system());
    const auto put = database().transaction(
        [&](db::Transaction& tx) { return store.put(tx, "password", as_bytes("there"), SecretString("s3cret")); });
    ASSERT_TRUE(put);
    id = *put;
  }
  int before = 0;
  int after = 0;
  // What changes the disk or speaks to the server. Each is walked by itself: strace counts each name's calls apart.
  std::vector<std::string> kinds{"fsync", "link", "unlink", "rename"};
  if (on_sqlite()) {
    kinds.insert(kinds.end(), {"fdatasync", "pwrite64"});
  } else {
    kinds.emplace_back("sendto");
  }
  for (const std::string& calls : kinds) {
    close_database();
    int kills = 0;
    for (int at = 1; at < 200; ++at) {
      Bytes old_key;
      {
        const auto keyring = Keyring::open(database(), key_file());
        ASSERT_TRUE(keyring) << keyring.error().describe();
        old_key = (*keyring)->master_key_id();
      }
      close_database();
      if (!rotate_killed_at(calls, at)) break;
      ++kills;
      const auto keyring = Keyring::open(database(), key_file());
      ASSERT_TRUE(keyring) << calls << " " << at << ": " << keyring.error().describe();
      ((*keyring)->master_key_id() == old_key ? before : after)++;
      EXPECT_TRUE((*keyring)->sub_key("audit"));
      const SecretStore store(**keyring, Clock::system());
      const auto secret =
          database().read([&](db::Session& session) { return store.open(session, id, "password", as_bytes("there")); });
      ASSERT_TRUE(secret) << calls << " " << at << ": " << secret.error().describe();
      EXPECT_EQ(secret->reveal(), "s3cret");
      for (const auto& file : std::filesystem::directory_iterator(folder())) {
        const std::string name = file.path().filename();
        EXPECT_TRUE(!name.starts_with("master.key") || name == "master.key") << "left behind: " << name;
      }
    }
    EXPECT_GT(kills, 0) << calls;
    std::cout << "killed at each of " << kills << " calls of " << calls << "\n";
  }
  // The kills fell on both sides of the commit, or the test would show nothing.
  EXPECT_GT(before, 0);
  EXPECT_GT(after, 0);
}

}  // namespace
}  // namespace mailward::secrets
