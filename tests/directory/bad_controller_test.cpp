#include <chrono>

#include "tests/directory/directory_fixture.h"
#include "tests/directory/ldap_impostor.h"
#include "tests/support/tcp_relay.h"

/// Controllers with a good certificate that answer badly, and what is not done then.
namespace mailward::directory {
namespace {

using testing::TcpRelay;
using testing::TestCa;
using namespace std::chrono_literals;

constexpr char kBindResponse = '\x61';
constexpr char kSearchDone = '\x65';
constexpr char kModifyResponse = '\x67';
constexpr char kSearchReference = '\x73';
constexpr int kReferral = 10;

class BadController : public ::testing::Test {
 protected:
  Settings settings(const LdapImpostor& impostor) {
    Settings given;
    given.controllers = {{.host = "dc1.example.test", .port = impostor.port()}};
    given.base_dn = "DC=example,DC=test";
    given.trust = CertificateTrust::from_pem(authority_.pem()).value();
    given.reader_name = "dirreader@example.test";
    given.reader_password = SecretString(kPassword);
    return given;
  }
  Directory at(const LdapImpostor& impostor) { return {settings(impostor), names_, loopback()}; }
  static DestinationPolicy loopback() {
    DestinationPolicy policy;
    policy.allowed = {AddressBlock::parse("127.0.0.0/8").value()};
    return policy;
  }
  static std::string signed_in() { return ldap_message(1, kBindResponse, ldap_result(0)); }

  TestCa authority_;
  Resolver names_{{.name_servers = {}, .hosts = {{"dc1.example.test", {IpAddress::v4({127, 0, 0, 1})}}}}};
};

TEST_F(BadController, rubbish_inside_tls_is_said_to_be_no_ldap) {
  const std::string too_long("\x30\x84\x7f\xff\xff\xff\x02\x01\x01", 9);
  const std::string endless("\x30\x80\x02\x01\x01\x61\x80", 7);
  for (const std::string& answer : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string(64, '\0'),
                                    std::string(64, '\xff'), too_long, endless}) {
    const LdapImpostor impostor(authority_, {answer});
    const Status outcome = at(impostor).check_reader(Deadline::after(2s));
    ASSERT_FALSE(outcome);
    EXPECT_FALSE(is_refused_bind(outcome.error())) << "nobody judged the password";
    EXPECT_TRUE(outcome.error().is(DirectoryError::protocol) || outcome.error().is(DirectoryError::timed_out))
        << outcome.error().name() << ": " << outcome.error().describe();
  }
}

TEST_F(BadController, silence_inside_tls_ends_at_the_deadline) {
  const LdapImpostor impostor(authority_, {});
  EXPECT_REFUSED(at(impostor).check_reader(Deadline::after(500ms)), DirectoryError::timed_out);
}

TEST_F(BadController, an_answer_that_is_rubbish_leaves_a_change_unknown) {
  const LdapImpostor impostor(authority_, {signed_in(), "rubbish, and more of it"});
  const auto outcome = at(impostor).reset_password({.dn = "CN=x,DC=example,DC=test", .controller = "dc1.example.test"},
                                                   SecretString("Fresh-Horse-78"), Deadline::after(2s));
  EXPECT_REFUSED(outcome, DirectoryError::outcome_unknown);
}

TEST_F(BadController, a_referral_is_not_followed) {
  for (const char* scheme : {"ldap", "ldaps"}) {
    const TcpRelay elsewhere({});
    const std::string there = std::string(scheme) + "://127.0.0.1:" + std::to_string(elsewhere.port()) + "/DC=x";

    const LdapImpostor binding(authority_, {ldap_message(1, kBindResponse, ldap_result(kReferral, there))});
    EXPECT_REFUSED(at(binding).check_reader(Deadline::after(5s)), DirectoryError::other);

    const std::string reference = std::string("\x04") + static_cast<char>(there.size()) + there;
    const LdapImpostor searching(authority_, {signed_in(), ldap_message(2, kSearchReference, reference) +
                                                               ldap_message(2, kSearchDone, ldap_result(0))});
    EXPECT_REFUSED(at(searching).find_account("usera", Deadline::after(5s)), DirectoryError::not_found);

    const LdapImpostor done(authority_, {signed_in(), ldap_message(2, kSearchDone, ldap_result(kReferral, there))});
    EXPECT_REFUSED(at(done).find_account("usera", Deadline::after(5s)), DirectoryError::not_found);

    const LdapImpostor changing(authority_,
                                {signed_in(), ldap_message(2, kModifyResponse, ldap_result(kReferral, there))});
    EXPECT_REFUSED(at(changing).unlock({.dn = "CN=x,DC=example,DC=test"}, Deadline::after(5s)), DirectoryError::other);

    EXPECT_EQ(elsewhere.connections(), 0) << there;
  }
}

TEST_F(BadController, without_a_certificate_that_is_trusted_it_hears_no_name_and_no_password) {
  LdapImpostor impostor(TestCa("Another Root"), {signed_in()});
  EXPECT_REFUSED(at(impostor).check_reader(Deadline::after(5s)), DirectoryError::tls_untrusted);
  EXPECT_EQ(impostor.heard(), "");
}

TEST_F(BadController, by_kerberos_one_that_proves_nothing_is_left_and_never_hears_the_password) {
  if (auto reason = SambaDc::unavailable()) GTEST_SKIP() << *reason;
  kerberos::ignore_host_configuration();
  SambaDc& dc = SambaDc::shared();
  dc.create_user(kReader, kPassword);
  const std::string proven_nothing = ldap_message(1, kBindResponse, ldap_result(0));
  const std::string go_on = ldap_message(1, kBindResponse, ldap_result(14));
  for (const std::string& answer : {proven_nothing, go_on}) {
    LdapImpostor impostor(authority_, {answer});
    Settings given = settings(impostor);
    given.sign_in_by = SignInBy::kerberos;
    given.realm = [&](Deadline) -> Result<kerberos::Settings> {
      kerberos::Settings realm;
      realm.home = {"EXAMPLE.TEST", {{IpAddress::parse(dc.address()).value(), 88}}};
      return realm;
    };
    const Directory one(std::move(given), names_, loopback());
    const Status outcome = one.check_reader(Deadline::after(5s));
    ASSERT_FALSE(outcome);
    EXPECT_FALSE(is_refused_bind(outcome.error())) << outcome.error().describe();
    const std::string heard = impostor.heard();
    EXPECT_NE(heard.find("GSSAPI"), std::string::npos);
    EXPECT_EQ(heard.find(kPassword), std::string::npos);
  }
}

}  // namespace
}  // namespace mailward::directory
