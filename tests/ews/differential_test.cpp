// The same random script of operations through our client and through exchangelib ends in the same mailbox. Against two
// simulators, each fresh.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/ews/support/mailbox_script.h"
#include "tests/ews/support/simulator_session.h"
#include "tests/support/kept_conversations.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

/// What exchangelib says; "whole" at its end where all went well.
std::string by_exchangelib(const ExchangeSimulator& simulator, const std::filesystem::path& script) {
  const TemporaryFolder folder;
  const auto said = folder.path() / "said";
  setenv("REQUESTS_CA_BUNDLE", simulator.ca_file().c_str(), 1);
  setenv("SIM_PASSWORD", std::string(kUserAPassword).c_str(), 1);
  const std::string command = "timeout 100 /usr/bin/python3 '" +
                              (source_dir() / "tests/ews/support/run_script.py").string() + "' '" + simulator.url() +
                              "' '" + script.string() + "' > '" + said.string() + "' 2>&1";
  static_cast<void>(std::system(command.c_str()));
  std::ifstream in(said);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The lines of one that the other has not.
std::string without(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  std::vector<std::string> rest;
  std::ranges::set_difference(one, other, std::back_inserter(rest));
  std::string text;
  for (const std::string& line : rest) text += line + "\n";
  return text;
}

TEST(Differential, our_client_and_exchangelib_leave_the_same_mailbox) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto script = script_of(seed, 150);
    const TemporaryFolder folder;
    const auto file = folder.path() / "script";
    {
      std::ofstream out(file);
      for (const Step& step : script) out << step.dump() << "\n";
    }
    const TemporaryFolder kept;
    ExchangeSimulator ours({.record = kept.path()});
    ExchangeSimulator theirs;
    for (ExchangeSimulator* each : {&ours, &theirs}) each->change_directory(R"({"extended_protection":"allow"})");
    ews::Transport transport;
    ews::Session session = session_to(ours, transport);
    ASSERT_NO_THROW(run_script(session, script));
    const std::string said = by_exchangelib(theirs, file);
    ASSERT_TRUE(said.ends_with("whole\n")) << said;
    ews::Session other = session_to(theirs, transport);
    const auto mine = mailbox_lines(session);
    const auto by_them = mailbox_lines(other);
    EXPECT_GT(mine.size(), 40U);
    if (shared_dir()) {
      const std::string verdict = schema_verdict(kept.path(), KeptBodies::requests_and_answers);
      EXPECT_TRUE(verdict.ends_with(" valid\n") && verdict != "0 valid\n") << verdict;
    }
    EXPECT_EQ(without(mine, by_them), "") << "only after our client";
    EXPECT_EQ(without(by_them, mine), "") << "only after exchangelib";
  }
}

}  // namespace
}  // namespace mailward::testing
