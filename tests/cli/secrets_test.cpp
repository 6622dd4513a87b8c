// The inventory on the command line, against a real service.
#include <cstdlib>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/terminal.h"
#include "tests/app/service_process.h"
#include "tests/cli/terminal_session.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

class SecretsCli : public ::testing::Test {
 protected:
  SecretsCli() : service_(folder_.path() / "state") {}

  void add_account() {
    const Ended added = service_.cli(
        {"connection", "add", "--description", "Sample", "--ews-url", "https://mail.example.test/EWS/Exchange.asmx",
         "--master-mailbox", "svc-mailward@example.test", "--heartbeat", "0", "--password-fd", "3"},
        {.on_fd_3 = "Sample-Passw0rd!\n"});
    ASSERT_EQ(added.code, 0) << added.err;
  }
  /// As a terminal of that width shows it, without what colours it.
  std::vector<std::string> lines_at(const char* width, std::vector<std::string> arguments) {
    ::setenv("COLUMNS", width, 1);
    ::setenv("NO_COLOR", "1", 1);
    arguments.insert(arguments.end(), {"--socket", service_.socket().string()});
    TerminalSession person(arguments);
    EXPECT_EQ(person.await_end(), 0) << person.shown();
    ::unsetenv("NO_COLOR");
    ::unsetenv("COLUMNS");
    std::vector<std::string> lines;
    std::istringstream shown(person.shown());
    for (std::string line; std::getline(shown, line);) {
      if (line.ends_with('\r')) line.pop_back();
      lines.push_back(line);
    }
    return lines;
  }

  TemporaryFolder folder_;
  ServiceProcess service_;
};

TEST_F(SecretsCli, the_list_fits_a_terminal_and_folds_what_is_not_renewed) {
  add_account();
  const auto lines = lines_at("80", {"secrets", "list"});
  std::string all;
  for (const std::string& line : lines) {
    all += line + "\n";
    const bool is_table = !line.contains("mailward secrets");
    if (is_table) EXPECT_LE(cli::columns_of(line), 80u) << line;
  }
  EXPECT_EQ(lines.at(0), "SECRET             AGE  DUE         RENEWED    OPENS");
  EXPECT_NE(all.find("EWS as svc-mailward@example.test"), std::string::npos) << all;
  EXPECT_EQ(all.find("…"), std::string::npos) << "nothing is cut off\n" << all;
  EXPECT_EQ(all.find("Sub-key "), std::string::npos) << all;
  EXPECT_NE(all.find(" sub-keys stay"), std::string::npos) << all;
  const Ended whole = service_.cli({"secrets", "list", "--all"});
  EXPECT_NE(whole.out.find("Sub-key "), std::string::npos) << whole.out;
  EXPECT_NE(whole.out.find("SET BY"), std::string::npos) << "a pipe has room for all";
}

TEST_F(SecretsCli, one_is_shown_in_full_by_kind_id_or_what_it_opens) {
  add_account();
  const Ended by_name = service_.cli({"secrets", "show", "svc-mailward"});
  EXPECT_EQ(by_name.code, 0) << by_name.err;
  EXPECT_NE(by_name.out.find("mailward account password"), std::string::npos) << by_name.out;
  EXPECT_NE(by_name.out.find("not since it was set"), std::string::npos) << by_name.out;
  EXPECT_EQ(by_name.out.find("Master key"), std::string::npos);
  const Ended by_kind = service_.cli({"secrets", "show", "master_key", "--json"});
  EXPECT_EQ(Json::parse(by_kind.out).at(0).at("id"), "master");
  const Ended none = service_.cli({"secrets", "show", "no-such"});
  EXPECT_NE(none.code, 0);
  EXPECT_NE(none.err.find("mailward secrets list --all"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace mailward::testing
