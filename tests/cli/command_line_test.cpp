// The command line where there is no service: what it says of sockets that do not answer and of words it does not know.
#include <cstring>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/service_client.h"
#include "cli/terminal.h"
#include "cli/test_report.h"
#include "tests/app/service_process.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

class CliAlone : public ::testing::Test {
 protected:
  std::string socket() const { return (folder_.path() / "mailward.sock").string(); }
  /// Bound there, and listening if asked to; nobody ever answers.
  FileDescriptor bound(bool listening) const {
    FileDescriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!made) throw std::runtime_error("no socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof(address.sun_path) - 1);
    // The socket API is written so.
    EXPECT_EQ(::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    if (listening) EXPECT_EQ(::listen(made.get(), 5), 0);
    return made;
  }
  Ended status() const { return run_mailward({"status", "--socket", socket()}); }
  TemporaryFolder folder_;
};

void expect_said(const Ended& ended, int code, const std::string& part) {
  EXPECT_EQ(ended.code, code) << ended.out << ended.err;
  EXPECT_NE(ended.err.find(part), std::string::npos) << ended.err;
  EXPECT_TRUE(ended.err.starts_with("mailward: ")) << ended.err;
}

TEST_F(CliAlone, says_why_there_is_no_service) {
  expect_said(status(), 5, "there is no socket");
  std::ofstream(socket()) << "text";
  expect_said(status(), 5, "is no socket");
  std::filesystem::remove(socket());
  bound(false).reset();
  const Ended left = status();
  expect_said(left, 5, "nobody listens");
  EXPECT_NE(left.err.find("mailward serve"), std::string::npos) << left.err;
  const Ended as_data = run_mailward({"status", "--json", "--socket", socket()});
  EXPECT_EQ(as_data.code, 5);
  const Json problem = Json::parse(as_data.err, nullptr, false);
  ASSERT_TRUE(problem.is_object()) << as_data.err;
  EXPECT_EQ(problem.at("code"), "cli.unreachable");
}

TEST_F(CliAlone, does_not_wait_for_ever_for_a_silent_service) {
  const FileDescriptor silent = bound(true);
  cli::ServiceClient service({.socket = socket()}, std::chrono::milliseconds(100));
  const auto answer = service.call("GET", "/status");
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(cli::ClientError::unreachable)) << answer.error().describe();
  EXPECT_NE(answer.error().message().find("does not answer within"), std::string::npos);
}

TEST_F(CliAlone, names_the_unknown_word_and_the_nearest) {
  expect_said(run_mailward({"conection", "list"}), 2, "\"conection\"; did you mean \"connection\"");
  expect_said(run_mailward({"connection", "lst"}), 2, "did you mean \"list\"");
  expect_said(run_mailward({"connection", "add", "--descripton", "T"}), 2, "did you mean \"--description\"");
  expect_said(run_mailward({"nonsense", "--help"}), 2, "\"nonsense\"");
  expect_said(run_mailward({"connection"}), 2, "a command is missing after mailward connection");
  const Ended secret = run_mailward({"connection", "add", "--passwort=Sample-Passw0rd!"});
  expect_said(secret, 2, "--passwort");
  EXPECT_EQ(secret.err.find("Passw0rd"), std::string::npos) << secret.err;
}

TEST_F(CliAlone, refuses_what_is_no_text) {
  const Ended refused = run_mailward({"connection", "add", "--description", "bad\xff"});
  expect_said(refused, 2, "argument 4 is not UTF-8");
}

TEST_F(CliAlone, wants_to_know_where_the_password_is) {
  const Ended refused = run_mailward({"connection", "add", "--description", "x", "--ews-url",
                                      "https://mail.example.test/EWS/Exchange.asmx", "--master-mailbox",
                                      "svc@example.test", "--socket", socket()});
  expect_said(refused, 2, "--no-password");
}

TEST_F(CliAlone, keeps_the_notes_at_the_root) {
  EXPECT_NE(run_mailward({"--help"}).out.find("Exit codes"), std::string::npos);
  const Ended list = run_mailward({"connection", "list", "--help"});
  EXPECT_EQ(list.out.find("Exit codes"), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("Example:\n  mailward connection list"), std::string::npos) << list.out;
}

TEST_F(CliAlone, a_verdict_that_judges_nothing_ends_with_1) {
  for (const char* verdict : {"account_busy", "cancelled", "internal_error"}) {
    const cli::Json run{{"state", "succeeded"}, {"result", {{"state", "failing"}, {"verdict", verdict}}}};
    EXPECT_EQ(cli::TestReport::exit_code_of(run), cli::ExitCode::error) << verdict;
  }
}

TEST_F(CliAlone, a_table_fits_the_terminal_and_is_whole_in_a_pipe) {
  cli::Table table({"ID", "NOTHING", "NAME", "URL"});
  const std::string url = "https://mail.example.test/EWS/Exchange.asmx";
  table.add({"one", "", "Büro", url + url});
  const std::string narrow = table.text({.is_terminal = true, .colour = false, .width = 60});
  std::istringstream lines(narrow);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(cli::columns_of(line), 60U) << line;
  EXPECT_EQ(narrow.find("NOTHING"), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("…"), std::string::npos) << narrow;
  EXPECT_NE(table.text({}).find(url + url), std::string::npos);
  EXPECT_EQ(cli::shortened("añb", 3), "añb");
  EXPECT_EQ(cli::shortened("añbc", 3), "añ…");
}

TEST_F(CliAlone, looking_at_the_key_makes_nothing) {
  const auto state = folder_.path() / "state";
  const Ended none = run_mailward({"key", "status", "--state-dir", state.string()});
  EXPECT_EQ(none.code, 0) << none.err;
  EXPECT_NE(none.out.find("no key yet"), std::string::npos) << none.out;
  EXPECT_FALSE(std::filesystem::exists(state));
  ASSERT_EQ(run_mailward({"key", "create", "--state-dir", state.string()}).code, 0);
  const Words words{"key", "status", "--json", "--state-dir", state.string()};
  const Ended one = run_mailward(words);
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_TRUE(Json::parse(one.out).at("master_key").is_string()) << one.out;
  chmod((state / "master.key").c_str(), 0644);
  expect_said(run_mailward(words), 8, "master.key");
  std::filesystem::remove(state / "master.key");
  expect_said(run_mailward(words), 8, "is not there");
  EXPECT_FALSE(std::filesystem::exists(state / "master.key"));
}

}  // namespace
}  // namespace mailward::testing
