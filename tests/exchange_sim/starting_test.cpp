// How the program starts, and when it refuses to.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "tests/exchange_sim/conversation.h"
#include "tests/support/paths.h"
#include "tests/support/wait_until.h"

namespace mailward::testing {
namespace {

namespace fs = std::filesystem;
constexpr auto kSoon = std::chrono::seconds(20);

/// The program in the background; killed with this object.
class Started {
 public:
  /// `said`: where its errors go.
  explicit Started(const std::vector<std::string>& arguments, const fs::path& said = "/dev/null") {
    std::vector<std::string> command{(bin_dir() / "exchange-sim").string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& each : command) argv.push_back(each.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(127);
      if (std::freopen(said.c_str(), "w", stderr) == nullptr) _exit(127);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  ~Started() {
    if (ended()) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, &status_, 0);
  }
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;
  void send(int signal) const { kill(pid_, signal); }
  pid_t pid() const { return pid_; }
  bool ended() {
    if (!over_) over_ = waitpid(pid_, &status_, WNOHANG) == pid_;
    return over_;
  }
  int exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1; }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool over_ = false;
};

class Starting : public ::testing::Test {
 protected:
  /// What the program says when it does not start.
  Ran refused(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{(bin_dir() / "exchange-sim").string(), "--state", state().string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Ran ran = run(std::move(command));
    EXPECT_EQ(ran.exit_code, 1) << ran.output;
    return ran;
  }
  std::string config(const std::string& text) {
    const fs::path file = folder_.path() / "organisation.toml";
    std::ofstream(file) << text;
    return file.string();
  }
  fs::path state() const { return folder_.path() / "state"; }

  TemporaryFolder folder_;
};

TEST_F(Starting, stops_at_once_while_mailboxes_are_loaded) {
  Started program({"--state", state().string(), "--config",
                   config("[[mailbox]]\nsmtp = \"usera@example.test\"\nmessages = 1000000\n")});
  std::error_code ignored;
  ASSERT_TRUE(wait_until([&] { return fs::exists(state() / "contents.bin", ignored); }, kSoon));
  program.send(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return program.ended(); }, std::chrono::seconds(1)));
  EXPECT_EQ(program.exit_code(), 0);
  EXPECT_FALSE(fs::exists(state() / "ready.json"));
}

TEST_F(Starting, a_folder_is_one_programs_alone) {
  Started first({"--sample", "--state", state().string()});
  ASSERT_TRUE(wait_until([&] { return fs::exists(state() / "ready.json"); }, kSoon));
  const auto size = fs::file_size(state() / "contents.bin");
  const Ran second = refused({"--sample"});
  EXPECT_NE(second.output.find("already in use by process " + std::to_string(first.pid())), std::string::npos)
      << second.output;
  EXPECT_NE(second.output.find("--state"), std::string::npos) << second.output;
  EXPECT_EQ(fs::file_size(state() / "contents.bin"), size);
  EXPECT_TRUE(fs::exists(state() / "ready.json"));
  first.send(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return first.ended(); }, kSoon));
  EXPECT_FALSE(fs::exists(state() / "ready.json"));
}

TEST_F(Starting, a_keytab_that_is_not_there_is_said_at_once) {
  const std::string file =
      config("[exchange]\nkeytab = \"/nowhere/http.keytab\"\n[[mailbox]]\nsmtp = \"usera@example.test\"\n");
  const Ran ran = refused({"--config", file});
  EXPECT_NE(ran.output.find("the keytab /nowhere/http.keytab cannot be read: No such file"), std::string::npos)
      << ran.output;
}

TEST_F(Starting, the_control_api_is_not_for_other_machines) {
  const Ran ran = refused({"--sample", "--control", "0.0.0.0:0"});
  EXPECT_NE(ran.output.find("cannot listen on 0.0.0.0:0"), std::string::npos) << ran.output;
}

struct Wrong {
  std::string name;
  std::string text;  ///< of the configuration, behind three lines that are right
  int line;
  std::vector<std::string> said;
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.name;
}

class WrongConfiguration : public Starting, public ::testing::WithParamInterface<Wrong> {};

TEST_P(WrongConfiguration, is_refused_with_file_line_and_what_is_allowed) {
  const std::string file = config("[[mailbox]]\nsmtp = \"usera@example.test\"\nmessages = 1\n" + GetParam().text);
  const Ran ran = refused({"--config", file});
  EXPECT_NE(ran.output.find(file + ": line " + std::to_string(GetParam().line) + ": "), std::string::npos)
      << ran.output;
  for (const std::string& each : GetParam().said) EXPECT_NE(ran.output.find(each), std::string::npos) << ran.output;
}

INSTANTIATE_TEST_SUITE_P(
    Starting, WrongConfiguration,
    ::testing::Values(
        Wrong{"unknown_table", "[mailboxs]\n", 4, {"mailboxs is not known here: did you mean mailbox?"}},
        Wrong{"unknown_key", "mesages = 3\n", 4, {"[[mailbox]] mesages is not known here: did you mean messages?"}},
        Wrong{"unknown_exchange_key", "[exchange]\nscheme = [\"NTLM\"]\n", 5, {"did you mean schemes?"}},
        Wrong{"unknown_fault_key",
              "[[fault]]\nname = \"latency\"\nmilliseconds = 5\nmillis = 3\n",
              7,
              {"[[fault]] latency: millis is not known here: did you mean milliseconds?"}},
        Wrong{"one_for_many", "[account]\nname = \"usera\"\n", 4, {"write it as [[account]]"}},
        Wrong{"many_for_one", "[[exchange]]\n", 4, {"write it as [exchange]"}},
        Wrong{"text_for_list", "[exchange]\nschemes = \"NTLM\"\n", 5, {"schemes must be a list of texts, not a text"}},
        Wrong{"text_for_yes", "[throttling]\nenabled = 'yes'\n", 5, {"enabled must be true or false, not a text"}},
        Wrong{"negative",
              "[[mailbox]]\nsmtp = \"b@example.test\"\nmessages = -5\n",
              6,
              {"between 0 and 1000000, not -5"}},
        Wrong{"huge", "[[mailbox]]\nsmtp = \"b@example.test\"\nmessages = 1000001\n", 6, {"between 0 and 1000000"}},
        Wrong{"no_concurrency", "[throttling]\nconcurrency = 0\n", 5, {"concurrency must be between 1 and"}},
        Wrong{"threshold", "[lockout]\nthreshold = -1\n", 5, {"threshold must be between 0 and"}},
        Wrong{"duplicate", "[[mailbox]]\nsmtp = \"USERA@example.test\"\n", 4, {"there is another USERA@example.test"}},
        Wrong{"account", "account = 'EXAMPLE\\usera'\n", 4, {"there is no [[account]] EXAMPLE"}},
        Wrong{"member",
              "[[distribution_list]]\nsmtp = \"all@example.test\"\nmembers = [\"nobody@example.test\"]\n",
              6,
              {"there is no mailbox and no list nobody@example.test"}},
        Wrong{"journal",
              "[[journal_rule]]\nto = \"nobody@example.test\"\n",
              5,
              {"there is no [[mailbox]] nobody@example.test"}},
        Wrong{
            "impersonation", "[[impersonation]]\naccount = \"EXAMPLE/x\"\n", 5, {"there is no [[account]] EXAMPLE/x"}},
        Wrong{"owner",
              "[[public_folder]]\npath = 'A'\nowners = ['nobody@example.test']\n",
              6,
              {"owners: there is no [[mailbox]] nobody@example.test"}},
        Wrong{"ldap", "[directory]\nldap = \"http://x\"\n", 5, {"ldap must be a URL that begins with ldaps://"}},
        Wrong{"host", "[exchange]\nhost = 'a b<script>'\n", 5, {"host must be a name of letters"}},
        Wrong{"domain", "[exchange]\ndomain = ''\n", 5, {"domain must not be empty"}},
        Wrong{"password", "[[account]]\nname = 'a'\npassword = ''\n", 6, {"password must not be empty"}},
        Wrong{"listen", "[listen]\ncontrol = '127.0.0.1'\n", 5, {"control must be an address and a port"}},
        Wrong{"certificate", "[[front_end]]\ncertificate = 'x.pem'\n", 4, {"certificate and key go together"}},
        Wrong{"fault_without_name", "[[fault]]\n", 4, {"name is missing", "latency", "server_busy"}},
        Wrong{"unknown_fault", "[[fault]]\nname = 'latenci'\n", 5, {"did you mean latency?"}},
        Wrong{
            "fault_elsewhere", "[[fault]]\nname = 'hang'\nfront_end = 'EX99'\n", 6, {"EX99 is not known here", "EX01"}},
        Wrong{"backslash", "account = \"EXAMPLE\\a\"\n", 4, {"single quotes"}}),
    [](const auto& each) { return each.param.name; });

TEST_F(Starting, tells_what_is_replayed_and_what_is_not) {
  const fs::path kept = folder_.path() / "kept";
  fs::create_directories(kept);
  for (const char* name : {"000001.GetFolder", "000002.GetFolder", "000003.FindItem", "000004.GetFoldr", "other"}) {
    std::ofstream(kept / (std::string(name) + ".response.xml")) << "<x/>";
  }
  fs::create_symlink("/etc/hostname", kept / "000005.GetItem.response.xml");
  fs::create_directory(kept / "000006.GetItem.response.xml");
  const std::ofstream empty(kept / "000007.GetItem.response.xml");
  const fs::path said = folder_.path() / "said";
  Started program({"--sample", "--state", state().string(), "--replay", kept.string()}, said);
  ASSERT_TRUE(wait_until([&] { return fs::exists(state() / "ready.json"); }, kSoon));
  const std::string text = read_file(said, 1U << 20U).value_or("");
  EXPECT_NE(text.find("3 answers to 2 operations, 5 files left out, of these:"), std::string::npos) << text;
  EXPECT_NE(text.find("000005.GetItem.response.xml: it is a link"), std::string::npos) << text;
  EXPECT_NE(text.find("000006.GetItem.response.xml: it is no regular file"), std::string::npos) << text;
  EXPECT_NE(text.find("000007.GetItem.response.xml: it is empty"), std::string::npos) << text;
  EXPECT_NE(text.find("000004.GetFoldr.response.xml: it tells no operation of EWS"), std::string::npos) << text;
  EXPECT_NE(text.find((kept / "000004.GetFoldr.response.xml").string()), std::string::npos) << text;
  EXPECT_NE(text.find((kept / "other.response.xml").string()), std::string::npos) << text;
}

TEST_F(Starting, a_wrong_type_at_the_top_is_refused) {
  const Ran ran = refused({"--config", config("state = 5\n")});
  EXPECT_NE(ran.output.find("line 1: state must be a text, not a whole number"), std::string::npos) << ran.output;
}

}  // namespace
}  // namespace mailward::testing
