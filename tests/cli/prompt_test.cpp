// A password that a person types at a real terminal.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/service_process.h"
#include "tests/cli/terminal_session.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

class PasswordPrompt : public ::testing::Test {
 protected:
  PasswordPrompt() : service_(folder_.path() / "state") {}

  std::vector<std::string> add() const {
    return {"connection",       "add",
            "--description",    "Typed",
            "--ews-url",        "https://mail.example.test/EWS/Exchange.asmx",
            "--master-mailbox", "svc@example.test",
            "--socket",         service_.socket().string()};
  }
  std::size_t saved() const {
    return Json::parse(service_.cli({"connection", "list", "--json"}).out).at("connections").size();
  }
  /// As far as the prompt; nothing is shown from there on.
  static void await_prompt(TerminalSession& person) {
    ASSERT_TRUE(person.sees("Password of svc@example.test")) << person.shown();
    ASSERT_TRUE(wait_for([&] { return !person.echoes(); })) << "what is typed would be shown";
  }

  TemporaryFolder folder_;
  ServiceProcess service_;
};

TEST_F(PasswordPrompt, shows_nothing_of_what_is_typed) {
  TerminalSession person(add());
  await_prompt(person);
  person.type("Typed-");
  person.type("Passw0rd!\n");
  EXPECT_EQ(person.await_end(), 0) << person.shown();
  EXPECT_EQ(person.shown().find("Typed-"), std::string::npos) << person.shown();
  EXPECT_EQ(person.shown().find("Passw0rd!"), std::string::npos) << person.shown();
  EXPECT_TRUE(person.echoes());
  EXPECT_EQ(saved(), 1U);
  EXPECT_EQ(Json::parse(service_.cli({"account", "show", "svc@example.test", "--json"}).out).at("password"), "pending");
}

TEST_F(PasswordPrompt, ctrl_c_puts_the_terminal_back_and_ends_with_130) {
  TerminalSession person(add());
  await_prompt(person);
  person.type("half\x03");
  EXPECT_EQ(person.await_end(), 130) << person.shown();
  EXPECT_TRUE(person.echoes());
  EXPECT_EQ(person.shown().find("half"), std::string::npos) << person.shown();
  EXPECT_EQ(saved(), 0U);
}

TEST_F(PasswordPrompt, asks_about_outer_spaces) {
  for (const bool meant : {false, true}) {
    TerminalSession person(add());
    await_prompt(person);
    person.type(" Typed-Passw0rd! \n");
    ASSERT_TRUE(person.sees("meant so? [y/N]")) << person.shown();
    EXPECT_TRUE(person.echoes());
    person.type(meant ? "y\n" : "n\n");
    EXPECT_EQ(person.await_end(), meant ? 0 : 1) << person.shown();
    EXPECT_EQ(saved(), meant ? 1U : 0U);
  }
}

/// Of a paste of two lines the second would else be lost, and a wrong password saved and tried.
TEST_F(PasswordPrompt, asks_about_a_line_end_within_what_was_pasted) {
  for (const char* pasted : {"Typed-Passw0rd!\n\n", "Typed-\nPassw0rd!\n", "Typed-\nPassw0rd!"}) {
    TerminalSession person(add());
    await_prompt(person);
    person.type(pasted);
    ASSERT_TRUE(person.sees("meant so? [y/N]")) << person.shown();
    person.type("n\n");
    EXPECT_EQ(person.await_end(), 1) << person.shown();
    EXPECT_EQ(person.shown().find("Passw0rd!"), std::string::npos) << person.shown();
    EXPECT_EQ(saved(), 0U);
  }
}

/// What a copied cell brings along: its line end submits the password, and is no part of it.
TEST_F(PasswordPrompt, takes_a_pasted_password_with_one_line_end) {
  TerminalSession person(add());
  await_prompt(person);
  person.type("Typed-Passw0rd!\r");
  EXPECT_EQ(person.await_end(), 0) << person.shown();
  EXPECT_EQ(person.shown().find("Passw0rd!"), std::string::npos) << person.shown();
  EXPECT_EQ(saved(), 1U);
}

}  // namespace
}  // namespace mailward::testing
