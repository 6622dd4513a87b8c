#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <thread>

#include "kerberos/tickets.h"
#include "tests/support/loopback_address.h"
#include "tests/support/samba_dc.h"
#include "tests/support/tcp_relay.h"

namespace mailward::kerberos {
namespace {

using testing::LoopbackAddress;
using testing::SambaDc;
using testing::SambaUser;
using testing::TcpRelay;
using namespace std::chrono_literals;

constexpr std::string_view kPassword = "Right-Horse-77";
constexpr std::string_view kNeverHad = "Never-Had-This-1";

SocketAddress at(const std::string& address, std::uint16_t port) {
  return {IpAddress::parse(address).value(), port};
}
Deadline soon() {
  return Deadline::after(20s);
}

class AcquireTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = SambaDc::unavailable()) GTEST_SKIP() << *reason;
  }
  static SambaDc& dc() { return SambaDc::shared(); }
  static Settings settings() { return {.home = {.name = "EXAMPLE.TEST", .controllers = {at(dc().address(), 88)}}}; }
  static Settings through(std::vector<SocketAddress> controllers) {
    return {.home = {.name = "EXAMPLE.TEST", .controllers = std::move(controllers)}};
  }
  static Result<Tickets> sign_in(std::string_view name, std::string_view password, const Settings& given) {
    return acquire(given, name, SecretString(password), soon());
  }
  static Result<Tickets> sign_in(std::string_view name, std::string_view password) {
    return sign_in(name, password, settings());
  }
  static std::string outcome(const Result<Tickets>& result) {
    return result ? "ok" : std::string(result.error().name()) + ": " + result.error().describe();
  }
};

std::string der(std::uint8_t tag, const std::string& content) {
  std::string head{static_cast<char>(tag)};
  if (content.size() >= 128) head += '\x81';
  return head + static_cast<char>(content.size()) + content;
}
std::string der_integer(std::uint8_t value) {
  return der(0x02, std::string(1, static_cast<char>(value)));
}
std::string der_name(const std::vector<std::string>& parts) {
  std::string names;
  for (const std::string& part : parts) names += der(0x1b, part);
  return der(0x30, der(0xa0, der_integer(2)) + der(0xa1, der(0x30, names)));
}
/// With its length before it, as over TCP.
std::string framed(const std::string& message) {
  return std::string{0, 0, 0, static_cast<char>(message.size())} + message;
}

/// An AS-REP (RFC 4120 5.4.2) for `user` that nobody's password opens.
std::string sealed_reply(const std::string& user) {
  const std::string realm = der(0x1b, "EXAMPLE.TEST");
  constexpr std::uint8_t kAes256 = 18;
  const std::string sealed = der(0x30, der(0xa0, der_integer(kAes256)) + der(0xa2, der(0x04, std::string(48, 'x'))));
  const std::string ticket =
      der(0x61, der(0x30, der(0xa0, der_integer(5)) + der(0xa1, realm) +
                              der(0xa2, der_name({"krbtgt", "EXAMPLE.TEST"})) + der(0xa3, sealed)));
  return framed(der(0x6b, der(0x30, der(0xa0, der_integer(5)) + der(0xa1, der_integer(11)) + der(0xa3, realm) +
                                        der(0xa4, der_name({user})) + der(0xa5, ticket) + der(0xa6, sealed))));
}

/// A KRB-ERROR (RFC 4120 5.9.1) with its length before it, its time `late` from now.
std::string krb_error(std::uint8_t code, std::chrono::seconds late = 0s) {
  std::time_t when = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + late);
  std::tm parts{};
  gmtime_r(&when, &parts);
  char time[16];
  std::strftime(time, sizeof time, "%Y%m%d%H%M%SZ", &parts);
  return framed(
      der(0x7e, der(0x30, der(0xa0, der_integer(5)) + der(0xa1, der_integer(30)) + der(0xa4, der(0x18, time)) +
                              der(0xa5, der_integer(0)) + der(0xa6, der_integer(code)) +
                              der(0xa9, der(0x1b, "EXAMPLE.TEST")) + der(0xaa, der_name({"krbtgt", "EXAMPLE.TEST"})))));
}

#define EXPECT_REFUSED(result, code)                                                                             \
  do {                                                                                                           \
    const auto& mw_result = (result);                                                                            \
    ASSERT_FALSE(mw_result.has_value());                                                                         \
    EXPECT_TRUE(mw_result.error().is(code)) << mw_result.error().name() << ": " << mw_result.error().describe(); \
  } while (false)

TEST_F(AcquireTest, the_right_password_gives_tickets_for_every_form_of_the_name) {
  dc().create_user("krb1", kPassword);
  for (std::string_view name : {"krb1@example.test", "krb1", "EXAMPLE\\krb1", "KRB1@EXAMPLE.TEST"}) {
    auto tickets = sign_in(name, kPassword);
    ASSERT_TRUE(tickets) << name << " " << outcome(tickets);
    EXPECT_EQ(tickets->principal(), "krb1@EXAMPLE.TEST") << name;
    EXPECT_GT(tickets->expires(), Clock::system().now() + 1h);
    EXPECT_NE(tickets->credential(), nullptr);
    EXPECT_EQ(tickets->controller().ip.text(), dc().address());
    ASSERT_TRUE(tickets->clock_difference());
    EXPECT_LT(std::chrono::abs(*tickets->clock_difference()), 5s);
  }
}

TEST_F(AcquireTest, a_upn_with_a_foreign_suffix_is_canonicalised) {
  dc().create_user("krb2", kPassword, {.upn_suffix = "brand.example"});
  auto tickets = sign_in("krb2@brand.example", kPassword);
  ASSERT_TRUE(tickets) << outcome(tickets);
  EXPECT_EQ(tickets->principal(), "krb2@EXAMPLE.TEST");
}

TEST_F(AcquireTest, a_wrong_password_costs_exactly_one_attempt) {
  dc().create_user("krb3", kPassword);
  ASSERT_EQ(dc().bad_password_count("krb3"), 0);
  EXPECT_REFUSED(sign_in("krb3@example.test", kNeverHad), KerberosError::bad_password);
  EXPECT_EQ(dc().bad_password_count("krb3"), 1);
  EXPECT_REFUSED(sign_in("EXAMPLE\\krb3", kNeverHad), KerberosError::bad_password);
  EXPECT_EQ(dc().bad_password_count("krb3"), 2);
}

TEST_F(AcquireTest, a_wrong_password_costs_one_attempt_at_a_slow_controller) {
  dc().create_user("krb4", kPassword);
  LoopbackAddress address;
  TcpRelay slow({.listen_address = address.text(), .target_address = dc().address(), .target_port = 88, .delay = 3s});
  EXPECT_REFUSED(sign_in("krb4@example.test", kNeverHad, through({at(address.text(), slow.port())})),
                 KerberosError::bad_password);
  EXPECT_EQ(dc().bad_password_count("krb4"), 1);
  EXPECT_EQ(slow.connections(), 2);
}

TEST_F(AcquireTest, a_wrong_password_costs_one_attempt_with_two_controllers) {
  dc().create_user("krb5", kPassword);
  TcpRelay second({.target_address = dc().address(), .target_port = 88});
  EXPECT_REFUSED(
      sign_in("krb5@example.test", kNeverHad, through({at(dc().address(), 88), at("127.0.0.1", second.port())})),
      KerberosError::bad_password);
  EXPECT_EQ(dc().bad_password_count("krb5"), 1);
  EXPECT_EQ(second.connections(), 0);
}

TEST_F(AcquireTest, a_controller_that_breaks_off_after_the_proof_is_not_followed_by_another) {
  dc().create_user("krb6", kPassword);
  // The demand for pre-authentication passes; the answer to the proof is held back until the deadline.
  TcpRelay slow({.target_address = dc().address(), .target_port = 88, .delay = 700ms});
  TcpRelay second({.target_address = dc().address(), .target_port = 88});
  auto started = std::chrono::steady_clock::now();
  auto refused = acquire(through({at("127.0.0.1", slow.port()), at("127.0.0.1", second.port())}), "krb6@example.test",
                         SecretString(kNeverHad), Deadline::after(1s));
  EXPECT_REFUSED(refused, KerberosError::unanswered);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 1300ms);
  EXPECT_EQ(second.connections(), 0);
  EXPECT_EQ(dc().bad_password_count("krb6"), 1);
}

TEST_F(AcquireTest, a_stop_after_the_proof_may_have_cost_an_attempt) {
  dc().create_user("krbstop", kPassword);
  TcpRelay holding({.target_address = dc().address(), .target_port = 88, .passing = 1});
  TcpRelay second({.target_address = dc().address(), .target_port = 88});
  std::stop_source stop;
  std::jthread stopper([&](const std::stop_token& over) {
    while (holding.held() == 0 && !over.stop_requested()) std::this_thread::yield();
    stop.request_stop();
  });
  auto refused = acquire(through({at("127.0.0.1", holding.port()), at("127.0.0.1", second.port())}),
                         "krbstop@example.test", SecretString(kNeverHad), soon(), stop.get_token());
  EXPECT_REFUSED(refused, KerberosError::unanswered);
  ASSERT_NE(refused.error().cause(), nullptr);
  EXPECT_TRUE(refused.error().cause()->is(BaseError::cancelled));
  EXPECT_EQ(second.connections(), 0);
  EXPECT_EQ(dc().bad_password_count("krbstop"), 1);
}

TEST_F(AcquireTest, an_answer_to_the_proof_that_settles_nothing_may_have_cost_an_attempt) {
  dc().create_user("krbunsettled", kPassword);
  struct {
    const char* what;
    std::string answer;
    KerberosError cause;
  } cases[] = {
      {"another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n", KerberosError::malformed_answer},
      {"nothing", std::string(4, '\0'), KerberosError::malformed_answer},
      {"a broken error", std::string("\0\0\0\4\x7e\x02xx", 8), KerberosError::malformed_answer},
      {"a broken reply", std::string("\0\0\0\4\x6b\x02\x05\x00", 8), KerberosError::malformed_answer},
      {"a reply that the password does not open", sealed_reply("krbunsettled"), KerberosError::bad_password},
      {"KRB_ERR_GENERIC", krb_error(60), KerberosError::other},
      {"KRB_ERR_GENERIC, an hour late", krb_error(60, 1h), KerberosError::other},
      {"KDC_ERR_SVC_UNAVAILABLE", krb_error(29), KerberosError::other},
      {"KDC_ERR_S_PRINCIPAL_UNKNOWN", krb_error(7), KerberosError::no_kdc_known},
  };
  for (const auto& each : cases) {
    TcpRelay relay({.target_address = dc().address(), .target_port = 88, .answer = each.answer, .passing = 1});
    auto refused = sign_in("krbunsettled@example.test", kPassword, through({at("127.0.0.1", relay.port())}));
    ASSERT_FALSE(refused) << each.what;
    EXPECT_TRUE(refused.error().is(KerberosError::unanswered)) << each.what << ": " << outcome(refused);
    ASSERT_NE(refused.error().cause(), nullptr) << each.what;
    EXPECT_TRUE(refused.error().cause()->is(each.cause)) << each.what << ": " << refused.error().cause()->name();
    EXPECT_EQ(relay.connections(), 2) << each.what;
  }
  // With a wrong password the controller counts it, once.
  TcpRelay relay({.target_address = dc().address(), .target_port = 88, .answer = krb_error(60), .passing = 1});
  EXPECT_REFUSED(sign_in("krbunsettled@example.test", kNeverHad, through({at("127.0.0.1", relay.port())})),
                 KerberosError::unanswered);
  EXPECT_EQ(dc().bad_password_count("krbunsettled"), 1);
}

TEST_F(AcquireTest, an_answer_to_the_proof_that_settles_it_is_believed) {
  dc().create_user("krbsettled", kPassword);
  struct {
    std::string answer;
    KerberosError code;
  } cases[] = {
      {krb_error(24), KerberosError::bad_password},
      {krb_error(24, 1h), KerberosError::bad_password},  // it judged, whatever its clock shows
      {krb_error(18), KerberosError::account_revoked},
      {krb_error(6), KerberosError::unknown_user},
      {krb_error(14), KerberosError::etype_mismatch},
      {krb_error(37, 1h), KerberosError::clock_skew},
  };
  for (const auto& each : cases) {
    TcpRelay relay({.target_address = dc().address(), .target_port = 88, .answer = each.answer, .passing = 1});
    EXPECT_REFUSED(sign_in("krbsettled@example.test", kPassword, through({at("127.0.0.1", relay.port())})), each.code);
  }
}

/// As of an account without pre-authentication: the controller replies to anybody, and never hears of the password.
TEST_F(AcquireTest, a_reply_without_a_proof_that_the_password_does_not_open_refuses_it) {
  TcpRelay server({.answer = sealed_reply("krbnoproof")});
  EXPECT_REFUSED(sign_in("krbnoproof@example.test", kNeverHad, through({at("127.0.0.1", server.port())})),
                 KerberosError::bad_password);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(AcquireTest, an_account_whose_encryption_types_are_not_ours_is_named_and_counts_nothing) {
  constexpr std::uint32_t kDesOnly = 0x200000;
  dc().create_user("krbdes", kPassword, {.extra_user_account_control = kDesOnly});
  EXPECT_REFUSED(sign_in("krbdes@example.test", kPassword), KerberosError::etype_mismatch);
  EXPECT_REFUSED(sign_in("krbdes@example.test", kNeverHad), KerberosError::etype_mismatch);
  EXPECT_EQ(dc().bad_password_count("krbdes"), 0);
}

TEST_F(AcquireTest, the_same_errors_before_the_proof_keep_their_names) {
  TcpRelay server({.answer = krb_error(60)});
  EXPECT_REFUSED(sign_in("usera@example.test", kPassword, through({at("127.0.0.1", server.port())})),
                 KerberosError::other);
}

TEST_F(AcquireTest, an_account_of_another_domain_is_not_tried) {
  dc().create_user("krbdomain", kPassword);
  TcpRelay listening({});
  for (std::string_view name : {"OTHER\\krbdomain", "\\krbdomain", "EXAMPL\\krbdomain", "TEST\\krbdomain"}) {
    auto refused =
        acquire(through({at("127.0.0.1", listening.port())}), name, SecretString(kPassword), Deadline::after(2s));
    EXPECT_REFUSED(refused, KerberosError::foreign_domain);
    EXPECT_NE(refused.error().message().find("EXAMPLE.TEST"), std::string::npos) << refused.error().message();
  }
  EXPECT_EQ(listening.connections(), 0);
  Settings given = settings();
  given.domain = "Corp";
  for (std::string_view name : {"cORP\\krbdomain", "example\\krbdomain", "Example.Test\\krbdomain"}) {
    auto tickets = sign_in(name, kPassword, given);
    EXPECT_TRUE(tickets) << name << " " << outcome(tickets);
  }
}

TEST_F(AcquireTest, unreachable_controllers_cost_nothing_and_a_dead_first_is_passed_over) {
  dc().create_user("krb7", kPassword);
  LoopbackAddress nobody;
  EXPECT_REFUSED(sign_in("krb7@example.test", kNeverHad, through({at(nobody.text(), 88)})), KerberosError::unreachable);
  EXPECT_EQ(dc().bad_password_count("krb7"), 0);
  auto tickets = sign_in("krb7@example.test", kPassword, through({at(nobody.text(), 88), at(dc().address(), 88)}));
  EXPECT_TRUE(tickets) << outcome(tickets);
}

TEST_F(AcquireTest, a_silent_first_controller_is_passed_over_before_the_password_is_used) {
  dc().create_user("krb8", kPassword);
  TcpRelay silent({});
  auto tickets = acquire(through({at("127.0.0.1", silent.port()), at(dc().address(), 88)}), "krb8@example.test",
                         SecretString(kPassword), Deadline::after(5s));
  EXPECT_TRUE(tickets) << outcome(tickets);
  EXPECT_EQ(silent.connections(), 1);
}

TEST_F(AcquireTest, a_silent_controller_is_left_at_the_deadline) {
  TcpRelay silent({});
  auto started = std::chrono::steady_clock::now();
  EXPECT_REFUSED(acquire(through({at("127.0.0.1", silent.port())}), "usera@example.test", SecretString(kPassword),
                         Deadline::after(300ms)),
                 KerberosError::unreachable);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 800ms);
}

TEST_F(AcquireTest, a_stop_ends_the_wait_at_once) {
  TcpRelay silent({});
  std::stop_source stop;
  std::jthread stopper([&] {
    while (silent.connections() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  auto started = std::chrono::steady_clock::now();
  EXPECT_REFUSED(acquire(through({at("127.0.0.1", silent.port())}), "usera@example.test", SecretString(kPassword),
                         soon(), stop.get_token()),
                 BaseError::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
}

TEST_F(AcquireTest, rubbish_is_named_as_such) {
  for (const std::string& rubbish :
       {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("\0\0\0\4\x7e\x02xx", 8),
        std::string("\0\0\0\0", 4), std::string("\0\0\0\x04\x6b\x02\x05\x00", 8)}) {
    TcpRelay server({.answer = rubbish});
    EXPECT_REFUSED(acquire(through({at("127.0.0.1", server.port())}), "usera@example.test", SecretString(kPassword),
                           Deadline::after(2s)),
                   KerberosError::malformed_answer);
  }
}

TEST_F(AcquireTest, an_answer_cut_off_at_any_byte_is_an_error_and_costs_nothing) {
  dc().create_user("krb9", kPassword);
  for (std::size_t cut = 1; cut < 200; cut += 7) {
    TcpRelay cutting({.target_address = dc().address(), .target_port = 88, .cut_after = cut});
    EXPECT_REFUSED(sign_in("krb9@example.test", kNeverHad, through({at("127.0.0.1", cutting.port())})),
                   KerberosError::unreachable);
  }
  EXPECT_EQ(dc().bad_password_count("krb9"), 0);
}

TEST_F(AcquireTest, states_of_the_account_are_told_apart) {
  dc().create_user("krbdisabled", kPassword, {.disabled = true});
  dc().create_user("krbexpired", kPassword, {.account_expired = true});
  dc().create_user("krblocked", kPassword, {.locked = true});
  dc().create_user("krbmust", kPassword, {.must_change = true});
  EXPECT_REFUSED(sign_in("krbdisabled@example.test", kPassword), KerberosError::account_disabled);
  EXPECT_REFUSED(sign_in("krbexpired@example.test", kPassword), KerberosError::account_expired);
  // Samba gives no status for a locked account, so the group is all that can be said.
  EXPECT_REFUSED(sign_in("krblocked@example.test", kPassword), KerberosError::account_revoked);
  EXPECT_REFUSED(sign_in("krbmust@example.test", kPassword), KerberosError::must_change_password);
  EXPECT_REFUSED(sign_in("nobody.of.that.name@example.test", kPassword), KerberosError::unknown_user);
  EXPECT_REFUSED(sign_in("nobody.of.that.name", kPassword), KerberosError::unknown_user);
}

TEST_F(AcquireTest, an_expired_password_is_named) {
  dc().create_user("krbold", kPassword);
  dc().age_password("krbold", 24h * 50);
  EXPECT_REFUSED(sign_in("krbold@example.test", kPassword), KerberosError::password_expired);
}

TEST_F(AcquireTest, a_wrong_clock_is_found_before_the_password_is_used) {
  dc().create_user("krbclock", kPassword);
  for (auto offset : {-600s, 600s}) {
    Settings moved = settings();
    moved.clock_offset = offset;
    auto refused = sign_in("krbclock@example.test", kNeverHad, moved);
    EXPECT_REFUSED(refused, KerberosError::clock_skew);
    EXPECT_FALSE(refused.error().remedy().empty());
  }
  EXPECT_EQ(dc().bad_password_count("krbclock"), 0);
}

TEST_F(AcquireTest, unusable_names_and_passwords_are_not_sent) {
  TcpRelay listening({});
  Settings given = through({at("127.0.0.1", listening.port())});
  EXPECT_REFUSED(acquire(given, "", SecretString(kPassword), soon()), BaseError::invalid_argument);
  EXPECT_REFUSED(acquire(given, "usera@", SecretString(kPassword), soon()), BaseError::invalid_argument);
  EXPECT_REFUSED(acquire(given, "usera", SecretString(std::string_view("a\0b", 3)), soon()),
                 BaseError::invalid_argument);
  EXPECT_REFUSED(acquire(given, "usera", SecretString(), soon()), BaseError::invalid_argument);
  given.home.name = "BAD\nREALM";
  EXPECT_REFUSED(acquire(given, "usera", SecretString(kPassword), soon()), BaseError::invalid_argument);
  EXPECT_REFUSED(
      acquire({.home = {.name = "EXAMPLE.TEST", .controllers = {}}}, "usera", SecretString(kPassword), soon()),
      KerberosError::no_kdc_known);
  EXPECT_EQ(listening.connections(), 0);
}

TEST_F(AcquireTest, a_service_ticket_is_fetched_once_and_an_unknown_service_is_named) {
  dc().create_user("krbclient", kPassword);
  dc().create_user("krbservice", kPassword);
  dc().add_spn("krbservice", "HTTP/krb.example.test");
  auto tickets = sign_in("krbclient@example.test", kPassword);
  ASSERT_TRUE(tickets) << outcome(tickets);
  auto ticket = fetch_service_ticket(*tickets, "HTTP", "krb.example.test", soon());
  ASSERT_TRUE(ticket) << ticket.error().describe();
  EXPECT_EQ(ticket->principal, "HTTP/krb.example.test@EXAMPLE.TEST");
  EXPECT_EQ(ticket->encryption, "aes256-cts-hmac-sha1-96");
  EXPECT_GT(ticket->bytes, 100U);
  // A second time it comes from the cache: an expired deadline does not matter.
  EXPECT_TRUE(fetch_service_ticket(*tickets, "HTTP", "krb.example.test", Deadline::after(0s)));
  EXPECT_REFUSED(fetch_service_ticket(*tickets, "HTTP", "unknown.example.test", soon()), KerberosError::no_spn);
  EXPECT_REFUSED(fetch_service_ticket(*tickets, "HTTP", "a/b@c", soon()), BaseError::invalid_argument);
}

TEST_F(AcquireTest, a_service_that_knows_only_rc4_is_told_by_its_ticket) {
  dc().create_user("krbclient2", kPassword);
  std::string dn = dc().create_user("krbrc4", kPassword);
  dc().add_spn("krbrc4", "HTTP/rc4.example.test");
  dc().set(dn, "msDS-SupportedEncryptionTypes", {"4"});
  auto tickets = sign_in("krbclient2@example.test", kPassword);
  ASSERT_TRUE(tickets) << outcome(tickets);
  auto ticket = fetch_service_ticket(*tickets, "HTTP", "rc4.example.test", soon());
  ASSERT_TRUE(ticket) << ticket.error().describe();
  EXPECT_EQ(ticket->encryption, "arcfour-hmac");
}

}  // namespace
}  // namespace mailward::kerberos
