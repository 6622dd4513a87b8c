#include "audit/head_keeper.h"

#include <sys/stat.h>

#include "tests/audit/kept_trail.h"
#include "tests/support/wait_until.h"

namespace mailward::audit {
namespace {

using mailward::testing::wait_until;

constexpr std::chrono::seconds kLimit{20};

class HeadKeeperTest : public KeptTrail {
 protected:
  std::unique_ptr<HeadKeeper> start() {
    auto keeper = HeadKeeper::start(database(), trail(), head_file(), Clock::system());
    if (!keeper) throw std::runtime_error(keeper.error().describe());
    return *std::move(keeper);
  }
  std::int64_t noted() {
    const auto note = read_head_file(head_file(), trail());
    return note && *note ? (*note)->head.number : -1;
  }
  std::string last_entry() {
    const auto entries = database().read([](db::Session& session) { return Trail::find(session, {.limit = 1}); });
    return entries && !entries->empty() ? entries->front().act.action + " " + entries->front().act.outcome : "";
  }
};
MAILWARD_ON_EVERY_DATABASE(HeadKeeperTest);

TEST_P(HeadKeeperTest, follows_commits_and_is_exact_at_its_end) {
  auto keeper = start();
  EXPECT_EQ(noted(), 0) << "noted from the first moment, so that its absence means something";
  append(1);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(wait_until([&] { return noted() == 1; }, kLimit));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
  struct stat status{};
  ASSERT_EQ(::stat(head_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  append(50);
  keeper.reset();
  EXPECT_EQ(noted(), 51);
  EXPECT_EQ(findings(true), "");
  EXPECT_EQ(last_entry(), "connection.edit ok") << "nothing to say at a start like this";
}

TEST_P(HeadKeeperTest, a_file_that_a_crash_left_behind_is_taken_up) {
  append(2);
  note_head();
  append(3);
  EXPECT_EQ(findings(true), "");
  const auto keeper = start();
  EXPECT_EQ(keeper->status().state, HeadFileState::kept);
  EXPECT_EQ(noted(), 5);
}

TEST_P(HeadKeeperTest, never_writes_over_a_file_that_knows_more) {
  append(3);
  note_head();
  const std::string before = contents(head_file());
  tamper("DELETE FROM audit_entry; DELETE FROM audit_head");
  append(1);
  {
    const auto keeper = start();
    EXPECT_EQ(keeper->status().state, HeadFileState::older_database);
    EXPECT_NE(keeper->status().trouble, "");
    EXPECT_EQ(last_entry(), "audit.head_file older_database");
    append(5);
  }
  EXPECT_EQ(contents(head_file()), before);
  EXPECT_EQ(findings(true), "other_history 3; ");
}

TEST_P(HeadKeeperTest, never_writes_over_another_history) {
  append(3);
  note_head();
  tamper("DELETE FROM audit_entry; DELETE FROM audit_head");
  append(4, "user.delete");
  const std::string before = contents(head_file());
  start().reset();
  EXPECT_EQ(contents(head_file()), before);
  EXPECT_EQ(last_entry(), "audit.head_file other_history");
}

TEST_P(HeadKeeperTest, a_missing_file_is_written_down_in_the_trail) {
  append(3);
  const auto keeper = start();
  EXPECT_EQ(last_entry(), "audit.head_file missing");
  EXPECT_EQ(noted(), 4);
}

TEST_P(HeadKeeperTest, a_foreign_file_is_left_as_it_is) {
  append(3);
  std::ofstream(head_file()) << "somebody else's\n";
  start().reset();
  EXPECT_EQ(contents(head_file()), "somebody else's\n");
  EXPECT_EQ(last_entry(), "audit.head_file foreign");
}

TEST_P(HeadKeeperTest, notices_a_database_that_is_set_back_under_it) {
  const auto keeper = start();
  append(3);
  ASSERT_TRUE(wait_until([&] { return noted() == 3; }, kLimit));
  tamper("DELETE FROM audit_entry; DELETE FROM audit_head");
  append(1);
  EXPECT_TRUE(wait_until([&] { return keeper->status().state == HeadFileState::older_database; }, kLimit));
  EXPECT_EQ(noted(), 3);
}

TEST_P(HeadKeeperTest, a_folder_that_cannot_be_written_is_said_and_tried_again) {
  const auto closed = folder() / "closed";
  auto keeper = HeadKeeper::start(database(), trail(), closed / "head", Clock::system());
  ASSERT_TRUE(keeper) << keeper.error().describe();
  EXPECT_EQ((*keeper)->status().state, HeadFileState::unwritable);
  append(2);
  std::filesystem::create_directory(closed);
  EXPECT_TRUE(wait_until([&] { return (*keeper)->status().number == 2; }, kLimit));
  EXPECT_EQ((*keeper)->status().state, HeadFileState::kept);
}

}  // namespace
}  // namespace mailward::audit
