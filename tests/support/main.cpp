#include <gtest/gtest.h>

#include <csignal>
#include <string_view>

#include "tests/support/exchange_simulator.h"
#include "tests/support/kept_conversations.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

/// Whatever a test is about: what went to and fro between it and a simulator is valid by Exchange's schema.
class ValidConversations : public ::testing::Environment {
 public:
  explicit ValidConversations(KeptBodies which) : which_(which) {}
  void SetUp() override {
    if (shared_dir()) keep_conversations(folder_.path());
  }
  void TearDown() override {
    if (!shared_dir() || std::filesystem::is_empty(folder_.path())) return;
    const std::string verdict = schema_verdict(folder_.path(), which_);
    EXPECT_TRUE(verdict.ends_with(" valid\n")) << verdict;
  }

 private:
  KeptBodies which_;
  TemporaryFolder folder_;
};

}  // namespace
}  // namespace mailward::testing

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // as the programs do: a peer that has gone is an error value
  testing::InitGoogleTest(&argc, argv);
  // The simulator's own tests ask wrongly on purpose.
  using mailward::testing::KeptBodies;
  const bool asks_wrongly = std::string_view(argv[0]).ends_with("exchange_sim_tests");
  const auto which = asks_wrongly ? KeptBodies::answers : KeptBodies::requests_and_answers;
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): Google Test's from here on
  testing::AddGlobalTestEnvironment(new mailward::testing::ValidConversations(which));
  return RUN_ALL_TESTS();
}
