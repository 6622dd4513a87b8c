// An account in a real Active Directory that is made bad in each way, one after the other: the page says so, with what
// was seen; mended, it says that it is well.
#include <gtest/gtest.h>

#include "tests/renewal/measured.h"

namespace mailward::renewal {
namespace {

using testing::Measured;
using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;

constexpr std::string_view kAccount = Organisation::kAccount;
/// NORMAL_ACCOUNT, to which each case adds its flag (MS-ADTS 2.2.16).
constexpr unsigned kNormal = 0x200;

std::string dn(SambaDc& dc) {
  return dc.dn_of(kAccount);
}
void set_flags(SambaDc& dc, unsigned flags) {
  dc.set(dn(dc), "userAccountControl", {std::to_string(kNormal | flags)});
}
void set_members(SambaDc& dc, const char* group, bool in) {
  const std::string at = "CN=" + std::string(group) + ",CN=Users," + std::string(SambaDc::kBaseDn);
  auto members = dc.get(at, "member");
  std::erase(members, dn(dc));
  if (in) members.push_back(dn(dc));
  dc.set(at, "member", members);
}

struct Case {
  const char* name;
  const char* measure;
  void (*spoil)(SambaDc& dc);
  void (*mend)(SambaDc& dc);
  const char* ground;  ///< that the spoilt line rests on
  const char* remedy;  ///< that its remedy holds
};

const Case kCases[] = {
    {"password_expired", "password_age", [](SambaDc& dc) { dc.age_password(kAccount, std::chrono::days(100)); },
     [](SambaDc& dc) { dc.set_password(kAccount, Organisation::kPassword); }, "expired", "Set-ADAccountPassword"},
    {"password_to_be_changed", "password_age", [](SambaDc& dc) { dc.set(dn(dc), "pwdLastSet", {"0"}); },
     [](SambaDc& dc) { dc.set_password(kAccount, Organisation::kPassword); }, "must be changed",
     "-Identity 'svc-mailward'"},
    {"never_expires", "password_never_expires", [](SambaDc& dc) { set_flags(dc, 0x10000); },
     [](SambaDc& dc) { set_flags(dc, 0); }, "never expires", "-PasswordNeverExpires $false"},
    {"domain_admin", "privileged_groups", [](SambaDc& dc) { set_members(dc, "Domain Admins", true); },
     [](SambaDc& dc) { set_members(dc, "Domain Admins", false); }, "Domain Admins",
     "Remove-ADGroupMember -Identity 'Domain Admins'"},
    {"admin_count", "privileged_groups", [](SambaDc& dc) { dc.set(dn(dc), "adminCount", {"1"}); },
     [](SambaDc& dc) { dc.set(dn(dc), "adminCount", {}); }, "adminCount 1", "-Clear adminCount"},
    {"any_machine", "logon_restrictions", [](SambaDc& dc) { dc.set(dn(dc), "userWorkstations", {}); },
     [](SambaDc& dc) { dc.set(dn(dc), "userWorkstations", {"MAILWARD,EX01"}); }, "any machine", "-LogonWorkstations"},
    {"delegable", "not_delegated", [](SambaDc& dc) { set_flags(dc, 0); }, [](SambaDc& dc) { set_flags(dc, 0x100000); },
     "delegable", "-AccountNotDelegated $true"},
    {"trusted_for_delegation", "not_delegated", [](SambaDc& dc) { set_flags(dc, 0x180000); },
     [](SambaDc& dc) { set_flags(dc, 0x100000); }, "trusted for delegation", "-TrustedForDelegation $false"},
    {"encryption_not_set", "aes_only", [](SambaDc& dc) { dc.set(dn(dc), "msDS-SupportedEncryptionTypes", {}); },
     [](SambaDc& dc) { dc.set(dn(dc), "msDS-SupportedEncryptionTypes", {"24"}); }, "not set", "AES128,AES256"},
    {"rc4", "aes_only", [](SambaDc& dc) { dc.set(dn(dc), "msDS-SupportedEncryptionTypes", {"28"}); },
     [](SambaDc& dc) { dc.set(dn(dc), "msDS-SupportedEncryptionTypes", {"24"}); }, "arcfour-hmac", "AES128,AES256"},
    {"des_only", "aes_only",
     [](SambaDc& dc) {
       dc.set(dn(dc), "msDS-SupportedEncryptionTypes", {"24"});
       set_flags(dc, 0x200000);
     },
     [](SambaDc& dc) { set_flags(dc, 0); }, "DES only", "-UseDESKeyOnly $false"},
    {"no_preauthentication", "preauthentication", [](SambaDc& dc) { set_flags(dc, 0x400000); },
     [](SambaDc& dc) { set_flags(dc, 0); }, "no pre-authentication", "-DoesNotRequirePreAuth $false"},
    {"no_password_required", "preauthentication", [](SambaDc& dc) { set_flags(dc, 0x20); },
     [](SambaDc& dc) { set_flags(dc, 0); }, "no password required", "-PasswordNotRequired $false"},
    {"reversible", "preauthentication", [](SambaDc& dc) { set_flags(dc, 0x80); }, [](SambaDc& dc) { set_flags(dc, 0); },
     "stored reversibly", "-AllowReversiblePasswordEncryption $false"},
    {"service_name", "no_service_name",
     [](SambaDc& dc) { dc.set(dn(dc), "servicePrincipalName", {"HTTP/other.example.test"}); },
     [](SambaDc& dc) { dc.set(dn(dc), "servicePrincipalName", {}); }, "HTTP/other.example.test",
     "-ServicePrincipalNames @{Remove='HTTP/other.example.test'}"},
    {"helpdesk_may_reset", "password_setters",
     [](SambaDc& dc) {
       dc.create_user("helpdesk", "Helpdesk-Passw0rd-1!");
       dc.allow_resetting("helpdesk", dn(dc));
     },
     [](SambaDc& dc) { dc.create_user(kAccount, Organisation::kPassword); }, "helpdesk holds Reset Password on it",
     "Get-Acl"},
};

class AccountMeasures : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (SambaDc::unavailable()) return;
    measured_ = std::make_unique<Measured>();
    auto& ledger = measured_->product().ledger();
    account_ = std::make_unique<connections::ServiceAccount>(
        must(ledger.create_account("svc-mailward@example.test", measured_->organisation().directory(), Product::by())));
  }
  static void TearDownTestSuite() {
    account_.reset();
    measured_.reset();
  }
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  static ListedMeasure line(const char* id) {
    const auto refreshed = measured_->refresh();
    EXPECT_EQ(refreshed.state, work::RunState::succeeded) << refreshed.text();
    return measured_->line(id, "account:" + account_->id.text());
  }
  static std::unique_ptr<Measured> measured_;
  static std::unique_ptr<connections::ServiceAccount> account_;
};
std::unique_ptr<Measured> AccountMeasures::measured_;
std::unique_ptr<connections::ServiceAccount> AccountMeasures::account_;

class SpoiltAccount : public AccountMeasures, public ::testing::WithParamInterface<Case> {};
INSTANTIATE_TEST_SUITE_P(Ways, SpoiltAccount, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(SpoiltAccount, is_to_be_mended_and_then_well) {
  const Case& one = GetParam();
  one.spoil(measured_->dc());
  const auto spoilt = line(one.measure);
  const std::string text = Measured::text_of(spoilt);
  EXPECT_EQ(spoilt.state(), "to_do") << text;
  EXPECT_NE(std::ranges::find(spoilt.measure.grounds, one.ground), spoilt.measure.grounds.end()) << text;
  EXPECT_NE(spoilt.measure.remedy.find(one.remedy), std::string::npos) << text;
  EXPECT_EQ(spoilt.measure.seen_how, "Active Directory: dc1.example.test");
  EXPECT_TRUE(spoilt.measure.seen_at);
  EXPECT_FALSE(spoilt.measure.info->source.url.empty());
  one.mend(measured_->dc());
  const auto mended = line(one.measure);
  EXPECT_EQ(mended.state(), "ok") << Measured::text_of(mended);
  EXPECT_TRUE(mended.measure.grounds.empty());
}

TEST_F(AccountMeasures, what_the_reader_may_not_see_is_never_taken_for_well) {
  auto& dc = measured_->dc();
  dc.create_user(kAccount, Organisation::kPassword);
  dc.set(dn(dc), "msDS-SupportedEncryptionTypes", {"24"});
  const std::pair<const char*, const char*> hidden[] = {{"adminCount", "privileged_groups"},
                                                        {"userWorkstations", "logon_restrictions"},
                                                        {"userAccountControl", "not_delegated"},
                                                        {"userAccountControl", "preauthentication"},
                                                        {"msDS-SupportedEncryptionTypes", "aes_only"},
                                                        {"servicePrincipalName", "no_service_name"},
                                                        {"pwdLastSet", "password_age"}};
  for (const char* attribute : {"adminCount", "userWorkstations", "userAccountControl", "msDS-SupportedEncryptionTypes",
                                "servicePrincipalName", "pwdLastSet"}) {
    dc.deny_reading("directory-reader", dn(dc), attribute);
  }
  for (const auto& [attribute, measure] : hidden) {
    const auto one = line(measure);
    const std::string text = Measured::text_of(one);
    EXPECT_EQ(one.state(), "cannot_tell") << text;
    EXPECT_NE(one.measure.remedy.find("dsacls 'CN=svc-mailward"), std::string::npos) << text;
    EXPECT_NE(one.measure.remedy.find(":RP;" + std::string(attribute) + "'"), std::string::npos) << text;
  }
  dc.create_user(kAccount, Organisation::kPassword);
}

TEST_F(AccountMeasures, reading_tries_no_password_of_the_account) {
  auto& dc = measured_->dc();
  dc.create_user(kAccount, Organisation::kPassword);
  for (int i = 0; i < 3; ++i) static_cast<void>(line("password_age"));
  EXPECT_EQ(dc.bad_password_count(kAccount), 0);
  EXPECT_TRUE(dc.get(dn(dc), "lastLogon").empty() || dc.get(dn(dc), "lastLogon").front() == "0") << "it was signed in";
}

TEST_F(AccountMeasures, an_account_that_is_gone_is_not_well) {
  auto& dc = measured_->dc();
  dc.delete_user(kAccount);
  for (const char* id : {"password_age", "privileged_groups", "preauthentication", "password_setters"}) {
    EXPECT_EQ(line(id).state(), "cannot_tell");
  }
  dc.create_user(kAccount, Organisation::kPassword);
}

TEST_F(AccountMeasures, a_refused_reader_costs_one_bind_and_is_named) {
  Measured own;
  const auto account = must(own.product().ledger().create_account("svc-mailward@example.test",
                                                                  own.organisation().directory(), Product::by()));
  // Made anew: a simple bind takes the password before for an hour.
  own.dc().create_user("directory-reader", "Another-Passw0rd-1!");
  for (int i = 0; i < 3; ++i) static_cast<void>(own.refresh());
  EXPECT_LE(own.dc().bad_password_count("directory-reader"), 1);
  const auto one = own.line("preauthentication", "account:" + account.id.text());
  EXPECT_EQ(one.state(), "cannot_tell") << Measured::text_of(one);
  EXPECT_FALSE(one.measure.remedy.empty());
  own.dc().create_user("directory-reader", Organisation::kReaderPassword);
}

TEST_F(AccountMeasures, without_a_directory_nothing_is_well) {
  Measured own({.directory = false});
  const auto account = must(own.product().ledger().create_account("EXAMPLE\\svc", std::nullopt, Product::by()));
  EXPECT_EQ(own.line("aes_only").state(), "cannot_tell") << "before anything was read";
  static_cast<void>(own.refresh());
  const auto one = own.line("aes_only", "account:" + account.id.text());
  EXPECT_EQ(one.state(), "cannot_tell");
  EXPECT_NE(one.measure.remedy.find("mailward directory add"), std::string::npos) << one.measure.remedy;
}

}  // namespace
}  // namespace mailward::renewal
