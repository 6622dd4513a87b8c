#include "directory/ldap_connection.h"

#include <thread>

#include "tests/directory/directory_fixture.h"
#include "tests/support/tcp_relay.h"

/// A reader who signs in by Kerberos, against a real controller.
namespace mailward::directory {
namespace {

using kerberos::KerberosError;
using testing::TcpRelay;
using namespace std::chrono_literals;

class KerberosReader : public DirectoryTest {
 protected:
  void SetUp() override {
    DirectoryTest::SetUp();
    if (IsSkipped()) return;
    kerberos::ignore_host_configuration();
  }
  static kerberos::Settings realm(std::uint16_t port = 88) {
    kerberos::Settings given;
    given.home = {"EXAMPLE.TEST", {{IpAddress::parse(port == 88 ? dc().address() : "127.0.0.1").value(), port}}};
    given.domain = "EXAMPLE";
    return given;
  }
  static Settings by_kerberos(std::string_view reader = kReader, std::string_view password = kPassword,
                              const kerberos::Settings& where = realm()) {
    Settings given = settings(reader, password);
    given.sign_in_by = SignInBy::kerberos;
    given.realm = [where](Deadline) -> Result<kerberos::Settings> { return where; };
    return given;
  }
};

TEST_F(KerberosReader, reads_as_any_other_by_either_way_of_tls) {
  for (const LdapSecurity security : {LdapSecurity::ldaps, LdapSecurity::start_tls}) {
    Settings given = by_kerberos();
    given.controllers[0].security = security;
    const Directory one(std::move(given), resolver(), loopback());
    const auto account = one.find_account(kReader, soon());
    ASSERT_TRUE(account) << account.error().describe();
    EXPECT_EQ(account->sam_account_name, kReader);
    EXPECT_EQ(one.pdc_emulator(soon()).value(), SambaDc::kHost) << "its own rights, not an anonymous one's";
  }
  for (const std::string_view name : {"EXAMPLE\\dirreader", "dirreader"}) {
    Settings given = by_kerberos();
    given.reader_name = name;
    const Status checked = check(std::move(given));
    EXPECT_TRUE(checked) << checked.error().describe();
  }
}

TEST_F(KerberosReader, sets_a_password_where_it_may) {
  dc().create_user("kerbtarget", kPassword);
  dc().create_user("kerbreset", kPassword);
  dc().allow_resetting("kerbreset", dc().dn_of("kerbtarget"));
  const Directory one(by_kerberos("kerbreset"), resolver(), loopback());
  const Account target = readers().find_account("kerbtarget", soon()).value();
  const auto taken = one.reset_password(target, SecretString("Fresh-Horse-78"), soon());
  ASSERT_TRUE(taken) << taken.error().describe();
  EXPECT_TRUE(bind_as("kerbtarget", "Fresh-Horse-78"));
}

TEST_F(KerberosReader, a_wrong_password_costs_one_attempt_however_many_ask) {
  dc().create_user("kerbwrong", kPassword);
  const Directory wrong(by_kerberos("kerbwrong", kNeverHad), resolver(), loopback());
  {
    std::vector<std::jthread> at_once;
    for (int i = 0; i < 4; ++i) at_once.emplace_back([&] { EXPECT_FALSE(wrong.check_reader(soon())); });
  }
  EXPECT_REFUSED(wrong.check_reader(soon()), DirectoryError::refused_earlier);
  EXPECT_EQ(dc().bad_password_count("kerbwrong"), 1);
  Settings two = by_kerberos("kerbwrong", "Never-Had-This-2");
  two.controllers.push_back({.host = "dc1.example.test", .security = LdapSecurity::start_tls});
  EXPECT_REFUSED(check(std::move(two)), DirectoryError::bad_password);
  EXPECT_EQ(dc().bad_password_count("kerbwrong"), 2) << "and none at the next controller";
}

TEST_F(KerberosReader, refusals_are_those_of_a_simple_bind) {
  dc().create_user("kerbdisabled", kPassword, {.disabled = true});
  dc().create_user("kerbexpired", kPassword, {.account_expired = true});
  dc().create_user("kerblocked", kPassword, {.locked = true});
  dc().create_user("kerbmust", kPassword, {.must_change = true});
  const auto refused = [&](std::string_view name) { return check(by_kerberos(name)); };
  for (const std::string_view name : {"kerbdisabled", "kerbexpired", "kerblocked", "kerbmust", "kerbnobody"}) {
    const Status outcome = refused(name);
    ASSERT_FALSE(outcome) << name;
    EXPECT_TRUE(is_refused_bind(outcome.error())) << name << ": " << outcome.error().describe();
    EXPECT_EQ(outcome.error().describe().find(kPassword), std::string::npos);
  }
  EXPECT_REFUSED(refused("kerbmust"), DirectoryError::must_change_password);
  EXPECT_REFUSED(refused("kerbnobody"), DirectoryError::unknown_user);
}

TEST_F(KerberosReader, what_is_no_refusal_is_none) {
  Settings foreign = by_kerberos();
  foreign.reader_name = "OTHER\\dirreader";
  EXPECT_REFUSED(check(std::move(foreign)), KerberosError::foreign_domain);
  Settings lacking = by_kerberos();
  lacking.realm = nullptr;
  EXPECT_REFUSED(check(std::move(lacking)), BaseError::invalid_argument);
  EXPECT_REFUSED(check(by_kerberos(kReader, kPassword, realm(1))), DirectoryError::unreachable);
  kerberos::Settings skewed = realm();
  skewed.clock_offset = 1h;
  EXPECT_REFUSED(check(by_kerberos(kReader, kPassword, skewed)), KerberosError::clock_skew);
  EXPECT_EQ(dc().bad_password_count(kReader), 0);
}

TEST_F(KerberosReader, a_proof_without_an_answer_is_tried_at_no_other_controller) {
  dc().create_user("kerblost", kPassword);
  // The demand for a proof passes; the answer to the proof is held back.
  TcpRelay lost({.listen_address = "127.0.0.1", .target_address = dc().address(), .target_port = 88, .passing = 1});
  Settings given = by_kerberos("kerblost", kNeverHad, realm(lost.port()));
  given.controllers.push_back({.host = "dc1.example.test", .security = LdapSecurity::start_tls});
  EXPECT_REFUSED(check(std::move(given), Deadline::after(4s)), KerberosError::unanswered);
  EXPECT_EQ(lost.connections(), 2) << "one to hear what is wanted, one with the proof";
  EXPECT_EQ(dc().bad_password_count("kerblost"), 1);
}

TEST_F(KerberosReader, a_controller_without_the_service_s_name_is_said) {
  Settings given = by_kerberos();
  given.controllers[0] = {.host = "example.test"};
  Resolver names({.name_servers = {}, .hosts = {{"example.test", {IpAddress::parse(dc().address()).value()}}}});
  Directory one(std::move(given), names, loopback());
  EXPECT_REFUSED(one.check_reader(soon()), KerberosError::no_spn);
}

TEST_F(KerberosReader, the_controller_that_is_signed_in_to_is_asked_for_tickets_first) {
  TcpRelay elsewhere({});
  kerberos::Settings where = realm();
  where.home.controllers.insert(where.home.controllers.begin(), {IpAddress::v4({127, 0, 0, 1}), elsewhere.port()});
  EXPECT_TRUE(check(by_kerberos(kReader, kPassword, where)));
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(TicketRefusal, says_nothing_of_the_password) {
  const auto refusal = [](std::string_view data) {
    return ticket_refusal("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " +
                          std::string(data) + ", v1db1");
  };
  EXPECT_TRUE(refusal("52e").is(DirectoryError::other));
  EXPECT_FALSE(is_refused_bind(refusal("57")));
  EXPECT_TRUE(refusal("775").is(DirectoryError::account_locked));
  const Error bindings = refusal("80090346");
  EXPECT_TRUE(bindings.is(DirectoryError::other));
  EXPECT_NE(bindings.remedy().find("TLS"), std::string::npos);
}

}  // namespace
}  // namespace mailward::directory
