#include "tests/support/samba_dc.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/paths.h"
#include "tests/support/samba_template.h"

namespace mailward::testing {
namespace {

class SambaDcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = SambaDc::unavailable()) GTEST_SKIP() << *reason;
  }
  /// The words of a program that winbind answers.
  static std::string winbind(const std::string& arguments) {
    TemporaryFolder folder;
    std::vector<std::string> command{"/usr/bin/env"};
    for (const auto& [name, value] : SambaDc::shared().winbind_environment()) command.push_back(name + "=" + value);
    command.insert(command.end(), {"/bin/sh", "-c", "wbinfo " + arguments + " || true"});
    run_program(command, folder.path() / "log");
    std::ifstream in(folder.path() / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(SambaDcTest, accounts_stand_as_asked) {
  SambaDc& dc = SambaDc::shared();
  std::string dn = dc.create_user("fixture1", "Fix-Ture-Pass-1",
                                  {.mail = "fixture1@example.test",
                                   .locked = true,
                                   .attributes = {{"targetAddress", {"SMTP:fixture1@elsewhere.example"}},
                                                  {"msExchRecipientTypeDetails", {"2147483648"}}}});
  EXPECT_EQ(dc.get(dn, "targetAddress"), (std::vector<std::string>{"SMTP:fixture1@elsewhere.example"}));
  EXPECT_NE(dc.lockout_time("fixture1"), 0);
  EXPECT_TRUE(dc.sid_of("fixture1").starts_with("S-1-5-21-"));
  dc.unlock("fixture1");
  EXPECT_EQ(dc.lockout_time("fixture1"), 0);
  EXPECT_EQ(dc.bad_password_count("fixture1"), 0);
  auto before = dc.pwd_last_set("fixture1");
  dc.set_password("fixture1", "Fix-Ture-Pass-2");
  EXPECT_GT(dc.pwd_last_set("fixture1"), before);
}

TEST_F(SambaDcTest, winbind_judges_ntlm_and_counts_each_wrong_password_once) {
  SambaDc& dc = SambaDc::shared();
  dc.create_user("fixture2", "Fix-Ture-Pass-1");
  std::string wrong = winbind("-a 'EXAMPLE\\fixture2%Never-Had-This-1'");
  EXPECT_NE(wrong.find("0xc000006a"), std::string::npos) << wrong;
  EXPECT_EQ(dc.bad_password_count("fixture2"), 2) << "wbinfo -a tries plaintext and challenge/response";
  EXPECT_NE(
      winbind("-a 'EXAMPLE\\fixture2%Fix-Ture-Pass-1'").find("challenge/response password authentication succeeded"),
      std::string::npos);
  EXPECT_EQ(dc.bad_password_count("fixture2"), 0);
}

TEST_F(SambaDcTest, a_keytab_holds_the_service_s_keys) {
  SambaDc& dc = SambaDc::shared();
  dc.create_user("fixture3", "Fix-Ture-Pass-1");
  dc.add_spn("fixture3", "HTTP/fixture3.example.test");
  TemporaryFolder folder;
  dc.export_keytab("HTTP/fixture3.example.test", folder.path() / "keytab");
  EXPECT_GT(std::filesystem::file_size(folder.path() / "keytab"), 100U);
}

}  // namespace
}  // namespace mailward::testing
