// The completion that the program makes, in a real bash.
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/app/service_process.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

class Completion : public ::testing::Test {
 protected:
  void SetUp() override {
    const Ended made = run_mailward({"completion", "bash"});
    ASSERT_EQ(made.code, 0) << made.err;
    std::ofstream(script()) << made.out;
    std::ofstream(folder_.path() / "certificate.pem") << "x";
    std::filesystem::create_directory(folder_.path() / "state");
  }
  std::filesystem::path script() const { return folder_.path() / "mailward.bash"; }

  /// What bash would offer at the end of these words; the last one may be empty.
  std::set<std::string> offered(const std::vector<std::string>& words) const {
    std::string line = "cd '" + folder_.path().string() + "' && source '" + script().string() + "' && COMP_WORDS=(";
    for (const std::string& word : words) line += "'" + word + "' ";
    line +=
        ") && COMP_CWORD=" + std::to_string(words.size() - 1) + " && _mailward && printf '%s\\n' \"${COMPREPLY[@]}\"";
    const auto run = folder_.path() / "run.sh";
    std::ofstream(run) << line << "\n";
    const std::string command = "bash --norc -u '" + run.string() + "' 2>&1";
    std::FILE* const bash = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): every word of it is this test's own
    if (bash == nullptr) throw std::runtime_error("bash cannot be started");
    std::string told;
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, bash) != nullptr) told += buffer;
    EXPECT_EQ(pclose(bash), 0) << told;
    std::set<std::string> all;
    std::istringstream lines(told);
    for (std::string one; std::getline(lines, one);) {
      if (!one.empty()) all.insert(one);
    }
    return all;
  }
  using Words = std::set<std::string>;
  TemporaryFolder folder_;
};

TEST_F(Completion, offers_the_commands_that_there_are) {
  const Words root = offered({"mailward", ""});
  for (const char* command : {"status", "connection", "audit", "completion", "serve", "key", "user"}) {
    EXPECT_TRUE(root.contains(command)) << command;
  }
  EXPECT_EQ(offered({"mailward", "aud"}), Words{"audit"});
  EXPECT_EQ(offered({"mailward", "audit", ""}), (Words{"list", "verify"}));
  EXPECT_EQ(offered({"mailward", "connection", "pre"}), Words{"prepare"});
  EXPECT_EQ(offered({"mailward", "--json", "key", "r"}), (Words{"recovery", "rotate"}));
  EXPECT_EQ(offered({"mailward", "--socket", "audit", "audit", "v"}), Words{"verify"})
      << "an option's value is no command";
}

TEST_F(Completion, offers_options_also_those_from_above) {
  const Words options = offered({"mailward", "audit", "verify", "--"});
  for (const char* option : {"--anchor", "--database", "--master-key", "--json", "--socket", "--help"}) {
    EXPECT_TRUE(options.contains(option)) << option;
  }
  EXPECT_FALSE(options.contains("--follow"));
  EXPECT_EQ(offered({"mailward", "connection", "add", "--ews"}), Words{"--ews-url"});
}

TEST_F(Completion, offers_what_may_stand_behind_an_option) {
  EXPECT_EQ(offered({"mailward", "connection", "add", "--authentication", "n"}), (Words{"negotiate", "ntlm"}));
  EXPECT_TRUE(offered({"mailward", "connection", "add", "--trust-file", "cert"}).contains("certificate.pem"));
  EXPECT_EQ(offered({"mailward", "serve", "--state-dir", "st"}), Words{"state"});
  EXPECT_EQ(offered({"mailward", "connection", "add", "--description", ""}), Words());
  EXPECT_EQ(offered({"mailward", "completion", ""}), (Words{"bash", "fish", "zsh"}));
}

TEST_F(Completion, speaks_zsh_and_fish_too) {
  const Ended zsh = run_mailward({"completion", "zsh"});
  EXPECT_EQ(zsh.code, 0);
  EXPECT_TRUE(zsh.out.starts_with("#compdef mailward")) << zsh.out;
  const Ended fish = run_mailward({"completion", "fish"});
  EXPECT_EQ(fish.code, 0);
  EXPECT_NE(fish.out.find("-a verify"), std::string::npos);
  EXPECT_EQ(run_mailward({"completion", "csh"}).code, 2);
}

}  // namespace
}  // namespace mailward::testing
