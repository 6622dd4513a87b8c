#include <gtest/gtest.h>

#include <fstream>

#include "tests/exchange_sim/conversation.h"
#include "tests/support/paths.h"
#include "tests/support/samba_dc.h"

namespace mailward::testing {
namespace {

constexpr std::string_view kPassword = "Directory-Passw0rd-1!";

/// The simulator in front of a real controller: LDAP bind for Basic, winbind for NTLM, a keytab for Kerberos.
class AgainstActiveDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    SambaDc& dc = SambaDc::shared();
    dc.create_user("svc-mailward", kPassword);
    dc.create_user("exchange-web", "Some-Other-Passw0rd-1!");
    dc.add_spn("exchange-web", "HTTP/mail.example.test");
    const auto keytab = folder_.path() / "http.keytab";
    dc.export_keytab("HTTP/mail.example.test", keytab);
    SimulatorOptions options;
    options.environment = dc.winbind_environment();
    options.config =
        "[exchange]\nschemes = [\"Negotiate\", \"NTLM\", \"Basic\"]\nextended_protection = "
        "\"allow\"\n[listen]\nbalancer "
        "= \"{ADDRESS}:443\"\n[[front_end]]\nname = \"EX01\"\n[[front_end]]\nname = \"EX02\"\n[[mailbox]]\nsmtp = "
        "\"usera@example.test\"\n[[impersonation]]\naccount = 'EXAMPLE\\svc-mailward'\nmailboxes = "
        "[\"usera@example.test\"]\n[directory]\nldap = \"ldaps://" +
        dc.address() + "\"\nca = \"" + dc.ca_file().string() + "\"\nkeytab = \"FILE:" + keytab.string() + "\"\n";
    simulator_ = std::make_unique<ExchangeSimulator>(options);
  }
  ExchangeSimulator& sim() { return *simulator_; }
  int basic_status(std::string_view user, std::string_view password) {
    http::Client client = client_of(sim());
    return post(client, sim().front_ends().front().url, envelope({.body = get_folder_call()}), basic(user, password))
        ->status;
  }
  int ntlm_status(std::string_view password, Binding binding) {
    Line line(sim(), sim().front_ends().front().url);
    return ntlm_call(line, kServiceAccount, password, binding, envelope({.body = get_folder_call()})).status;
  }
  static int bad_count() { return SambaDc::shared().bad_password_count("svc-mailward"); }

  TemporaryFolder folder_;
  std::unique_ptr<ExchangeSimulator> simulator_;
};

TEST_F(AgainstActiveDirectory, basic_is_a_bind_and_a_wrong_password_counts_once) {
  EXPECT_EQ(basic_status("EXAMPLE\\svc-mailward", kPassword), 200);
  EXPECT_EQ(basic_status("svc-mailward@example.test", kPassword), 200);
  EXPECT_EQ(basic_status("EXAMPLE\\svc-mailward", ""), 401);
  EXPECT_EQ(bad_count(), 0);
  EXPECT_EQ(basic_status("EXAMPLE\\svc-mailward", "Never-Had-This-1!"), 401);
  EXPECT_EQ(bad_count(), 1);
}

TEST_F(AgainstActiveDirectory, ntlm_is_checked_by_the_controller_with_extended_protection) {
  sim().change_directory(R"({"extended_protection":"require"})");
  EXPECT_EQ(ntlm_status(kPassword, Binding::right), 200);
  EXPECT_EQ(ntlm_status(kPassword, Binding::none), 401);
  EXPECT_EQ(ntlm_status(kPassword, Binding::wrong), 401);
  EXPECT_EQ(bad_count(), 0);
  EXPECT_EQ(ntlm_status("Never-Had-This-1!", Binding::right), 401);
  EXPECT_EQ(bad_count(), 1);
}

TEST_F(AgainstActiveDirectory, curl_negotiate_reads_a_folder_by_kerberos) {
  SambaDc& dc = SambaDc::shared();
  const auto body = folder_.path() / "request.xml";
  std::ofstream(body) << envelope({.body = get_folder_call()});
  const auto password = folder_.path() / "password";
  std::ofstream(password) << kPassword << "\n";
  const std::vector<std::pair<std::string, std::string>> environment{
      {"KRB5_CONFIG", dc.krb5_conf().string()}, {"KRB5CCNAME", "FILE:" + (folder_.path() / "ccache").string()}};
  const Ran kinit = run({"sh", "-c", "kinit svc-mailward@EXAMPLE.TEST < '" + password.string() + "'"}, environment);
  ASSERT_EQ(kinit.exit_code, 0) << kinit.output;
  const std::vector<std::string> command{"curl",
                                         "-s",
                                         "--negotiate",
                                         "-u",
                                         ":",
                                         "--cacert",
                                         sim().ca_file().string(),
                                         "--resolve",
                                         "mail.example.test:443:" + sim().address(),
                                         "-H",
                                         "Content-Type: text/xml",
                                         "--data-binary",
                                         "@" + body.string(),
                                         "-w",
                                         "%{http_code}",
                                         "https://mail.example.test/EWS/Exchange.asmx"};
  const Ran allowed = run(command, environment);
  EXPECT_NE(allowed.output.find("<t:DisplayName>Inbox</t:DisplayName>"), std::string::npos) << allowed.output;
  EXPECT_EQ(sim().requests().back().scheme, "Kerberos");
  // This curl sends no binding.
  sim().change_directory(R"({"extended_protection":"require"})");
  EXPECT_EQ(run(command, environment).output, "401");
}

}  // namespace
}  // namespace mailward::testing
