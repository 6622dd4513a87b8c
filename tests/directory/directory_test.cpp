#include "directory/directory.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/directory/directory_fixture.h"
#include "tests/support/tcp_relay.h"
#include "tests/support/test_ca.h"

namespace mailward::directory {
namespace {

using testing::TcpRelay;
using testing::TestCa;
using namespace std::chrono_literals;

TEST_F(DirectoryTest, an_account_is_found_by_every_form_of_its_name) {
  std::string dn = dc().create_user(
      "finda", kPassword,
      {.upn_suffix = "brand.example", .mail = "find.a@example.test", .proxy_addresses = {"smtp:second@example.test"}});
  dc().add_spn("finda", "HTTP/finda.example.test");
  std::string sid = dc().sid_of("finda");
  for (const std::string& name :
       {std::string("finda"), std::string("FindA@Brand.example"), std::string("EXAMPLE\\finda"),
        std::string("example.test\\finda"), std::string("find.a@example.test"), std::string("SECOND@example.test"),
        std::string("finda@example.test"), sid}) {
    auto account = readers().find_account(name, soon());
    ASSERT_TRUE(account) << name << ": " << account.error().describe();
    EXPECT_EQ(account->dn, dn) << name;
    EXPECT_EQ(account->sid, sid);
    EXPECT_EQ(account->sam_account_name, "finda");
    EXPECT_EQ(account->user_principal_name, "finda@brand.example");
    EXPECT_EQ(account->guid.size(), 36U);
    EXPECT_EQ(account->kind, ObjectKind::user);
    EXPECT_EQ(account->proxy_addresses.size(), 2U);
    EXPECT_EQ(account->service_principal_names, std::vector<std::string>{"HTTP/finda.example.test"});
    EXPECT_EQ(account->encryption_types.front(), "aes256-cts-hmac-sha1-96");
    EXPECT_TRUE(account->enabled);
    EXPECT_FALSE(account->locked || account->account_expired || account->password_expired ||
                 account->must_change_password);
    ASSERT_TRUE(account->pwd_last_set);
    EXPECT_LT(std::chrono::abs(*account->pwd_last_set - Clock::system().now()), 10min);
    ASSERT_TRUE(account->password_expires);
    EXPECT_GT(*account->password_expires, Clock::system().now() + 24h * 40);
    EXPECT_EQ(account->controller, "dc1.example.test");
  }
}

TEST_F(DirectoryTest, nobody_more_than_one_and_another_domain_are_errors) {
  EXPECT_REFUSED(readers().find_account("nobody@example.test", soon()), DirectoryError::not_found);
  EXPECT_REFUSED(readers().find_account("OTHER\\Administrator", soon()), DirectoryError::not_found);
  dc().create_user("twin1", kPassword, {.proxy_addresses = {"smtp:twin@example.test"}});
  dc().create_user("twin2", kPassword, {.proxy_addresses = {"SMTP:twin@example.test"}});
  EXPECT_REFUSED(readers().find_account("twin@example.test", soon()), DirectoryError::ambiguous);
}

TEST_F(DirectoryTest, no_name_widens_a_search) {
  for (std::string_view name :
       {"*", "*@example.test", "a)(objectClass=*", "a)(|(objectClass=*)", "EXAMPLE\\*", "\\*", "Admin*",
        "x*)(sAMAccountName=Administrator", "EXA*\\Administrator", "\\2a", "a\\00b"}) {
    EXPECT_REFUSED(readers().find_account(name, soon()), DirectoryError::not_found);
  }
  EXPECT_REFUSED(readers().find_account("", soon()), BaseError::invalid_argument);
  EXPECT_REFUSED(readers().find_account("\xff\xfe", soon()), BaseError::invalid_argument);
  EXPECT_REFUSED(readers().find_account("S-1-5-x", soon()), BaseError::malformed);
  auto none = readers().find_spn_owners("HTTP/*", soon());
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST_F(DirectoryTest, states_of_the_account_are_read) {
  dc().create_user("statedisabled", kPassword, {.disabled = true});
  dc().create_user("stateexpired", kPassword, {.account_expired = true});
  dc().create_user("statelocked", kPassword, {.locked = true});
  dc().create_user("statemust", kPassword, {.must_change = true});
  dc().create_user("stateold", kPassword);
  dc().age_password("stateold", 24h * 50);
  dc().create_user("statenever", kPassword, {.extra_user_account_control = 0x10000});
  auto find = [](std::string_view name) { return readers().find_account(name, soon()).value(); };
  EXPECT_FALSE(find("statedisabled").enabled);
  EXPECT_TRUE(find("stateexpired").account_expired);
  EXPECT_TRUE(find("statelocked").locked);
  EXPECT_TRUE(find("statemust").must_change_password);
  EXPECT_FALSE(find("statemust").pwd_last_set);
  EXPECT_TRUE(find("stateold").password_expired);
  EXPECT_FALSE(find("stateold").must_change_password);
  EXPECT_TRUE(find("statenever").password_never_expires);
  EXPECT_FALSE(find("statenever").password_expires);
  dc().unlock("statelocked");
  EXPECT_FALSE(find("statelocked").locked);
}

TEST_F(DirectoryTest, recipients_are_told_apart) {
  dc().create_user("rcptmoved", kPassword,
                   {.mail = "rcptmoved@example.test",
                    .attributes = {{"targetAddress", {"SMTP:rcptmoved@example.mail.onmicrosoft.com"}},
                                   {"msExchRecipientTypeDetails", {"2147483648"}},
                                   {"msExchRemoteRecipientType", {"4"}},
                                   {"msExchMailboxGuid", {std::string(16, '\x07')}}}});
  dc().create_user("rcptbox", kPassword, {.attributes = {{"msExchRecipientTypeDetails", {"1"}}}});
  dc().create_user("rcptuser", kPassword, {.attributes = {{"targetAddress", {"SMTP:out@elsewhere.example"}}}});
  dc().create_user("rcptnone", kPassword);
  auto find = [](std::string_view name) { return readers().find_account(name, soon()).value(); };
  Account moved = find("rcptmoved@example.test");
  EXPECT_EQ(moved.recipient, RecipientKind::remote_mailbox);
  EXPECT_EQ(moved.target_address, "SMTP:rcptmoved@example.mail.onmicrosoft.com");
  EXPECT_EQ(find("rcptbox").recipient, RecipientKind::user_mailbox);
  EXPECT_EQ(find("rcptuser").recipient, RecipientKind::mail_user);
  EXPECT_EQ(find("rcptnone").recipient, RecipientKind::none);
}

TEST_F(DirectoryTest, a_refused_reader_is_told_why_and_not_tried_again) {
  dc().create_user("binddisabled", kPassword, {.disabled = true});
  dc().create_user("bindexpired", kPassword, {.account_expired = true});
  dc().create_user("bindlocked", kPassword, {.locked = true});
  dc().create_user("bindmust", kPassword, {.must_change = true});
  dc().create_user("bindold", kPassword);
  dc().age_password("bindold", 24h * 50);
  EXPECT_REFUSED(bind_as("binddisabled", kPassword), DirectoryError::account_disabled);
  EXPECT_REFUSED(bind_as("bindexpired", kPassword), DirectoryError::account_expired);
  EXPECT_REFUSED(bind_as("bindlocked", kPassword), DirectoryError::account_locked);
  EXPECT_REFUSED(bind_as("bindmust", kPassword), DirectoryError::must_change_password);
  EXPECT_REFUSED(bind_as("bindold", kPassword), DirectoryError::password_expired);
  EXPECT_REFUSED(bind_as("nobody", kPassword), DirectoryError::bad_password);
  EXPECT_REFUSED(bind_as("nobody", ""), BaseError::invalid_argument);

  dc().create_user("bindwrong", kPassword);
  Directory wrong(settings("bindwrong", kNeverHad), resolver(), loopback());
  {
    std::vector<std::jthread> at_once;
    for (int i = 0; i < 6; ++i) at_once.emplace_back([&] { EXPECT_FALSE(wrong.check_reader(soon())); });
  }
  EXPECT_REFUSED(wrong.find_account("usera", soon()), DirectoryError::refused_earlier);
  EXPECT_EQ(dc().bad_password_count("bindwrong"), 1);
}

TEST_F(DirectoryTest, a_refused_reader_is_not_tried_at_the_next_controller) {
  dc().create_user("bindtwo", kPassword);
  Settings two = settings("bindtwo", kNeverHad);
  two.controllers.push_back({.host = "dc1.example.test", .security = LdapSecurity::start_tls});
  EXPECT_REFUSED(check(std::move(two)), DirectoryError::bad_password);
  EXPECT_EQ(dc().bad_password_count("bindtwo"), 1);
}

TEST_F(DirectoryTest, start_tls_works_and_the_certificate_is_checked_either_way) {
  for (LdapSecurity security : {LdapSecurity::ldaps, LdapSecurity::start_tls}) {
    Settings good = settings();
    good.controllers[0].security = security;
    auto checked = check(std::move(good));
    EXPECT_TRUE(checked) << checked.error().describe();

    Settings untrusted = settings();
    untrusted.controllers[0].security = security;
    untrusted.trust = CertificateTrust::from_pem(TestCa("Another Root").pem()).value();
    EXPECT_REFUSED(check(std::move(untrusted)), DirectoryError::tls_untrusted);

    Settings system = settings();
    system.controllers[0].security = security;
    system.trust = CertificateTrust::system();
    EXPECT_REFUSED(check(std::move(system)), DirectoryError::tls_untrusted);

    Settings misnamed = settings();
    misnamed.controllers[0] = {.host = "other.example.test", .security = security};
    EXPECT_REFUSED(check(std::move(misnamed)), DirectoryError::tls_name_mismatch);
  }
}

TEST_F(DirectoryTest, a_destination_that_is_not_allowed_is_not_connected_to) {
  TcpRelay listening({});
  Settings given = settings();
  given.controllers[0] = {.host = "relay.example.test", .port = listening.port()};
  Directory one(std::move(given), resolver(), DestinationPolicy());
  EXPECT_REFUSED(one.check_reader(soon()), BaseError::refused_destination);
  EXPECT_EQ(listening.connections(), 0);
}

TEST_F(DirectoryTest, silence_rubbish_and_breaks_end_in_time_with_their_names) {
  auto at_relay = [](const TcpRelay& relay, LdapSecurity security) {
    Settings given = settings();
    given.controllers[0] = {.host = "relay.example.test", .security = security, .port = relay.port()};
    return given;
  };
  for (LdapSecurity security : {LdapSecurity::ldaps, LdapSecurity::start_tls}) {
    TcpRelay silent({});
    auto started = std::chrono::steady_clock::now();
    EXPECT_REFUSED(check(at_relay(silent, security), Deadline::after(400ms)), DirectoryError::timed_out);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 1500ms);
  }
  TcpRelay rubbish({.answer = "HTTP/1.1 400 Bad Request\r\n\r\n" + std::string(400, 'x')});
  auto not_tls = check(at_relay(rubbish, LdapSecurity::ldaps), Deadline::after(3s));
  EXPECT_REFUSED(not_tls, DirectoryError::protocol);
  auto not_ldap = check(at_relay(rubbish, LdapSecurity::start_tls), Deadline::after(3s));
  EXPECT_REFUSED(not_ldap, DirectoryError::protocol);
  TcpRelay closing({.close_at_once = true});
  EXPECT_FALSE(check(at_relay(closing, LdapSecurity::ldaps), Deadline::after(3s)));
  EXPECT_FALSE(check(at_relay(closing, LdapSecurity::start_tls), Deadline::after(3s)));
  Settings nobody = settings();
  nobody.controllers[0].port = 1;
  EXPECT_REFUSED(check(std::move(nobody)), DirectoryError::unreachable);
}

TEST_F(DirectoryTest, an_answer_that_stops_in_the_middle_is_left_at_the_deadline) {
  // All of the handshake passes (the relay answers for the right name), then each answer comes late.
  Settings given = settings();
  TcpRelay slow({.listen_address = "127.0.0.1", .target_address = dc().address(), .target_port = 636, .delay = 400ms});
  Resolver names({.name_servers = {}, .hosts = {{"dc1.example.test", {IpAddress::v4({127, 0, 0, 1})}}}});
  given.controllers[0].port = slow.port();
  Directory one(std::move(given), names, loopback());
  auto started = std::chrono::steady_clock::now();
  EXPECT_REFUSED(one.check_reader(Deadline::after(600ms)), DirectoryError::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 1500ms);
}

TEST_F(DirectoryTest, a_stop_ends_the_wait) {
  TcpRelay silent({});
  Settings given = settings();
  given.controllers[0] = {.host = "relay.example.test", .port = silent.port()};
  Directory one(std::move(given), resolver(), loopback());
  std::stop_source stop;
  std::jthread stopper([&] {
    while (silent.connections() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  auto started = std::chrono::steady_clock::now();
  EXPECT_REFUSED(one.check_reader(soon(), stop.get_token()), BaseError::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 3s);
}

TEST_F(DirectoryTest, a_dead_first_controller_is_passed_over_and_each_counts_for_itself) {
  dc().create_user("counted", kPassword);
  EXPECT_REFUSED(bind_as("counted", kNeverHad), DirectoryError::bad_password);
  Settings given = settings();
  given.controllers = {{.host = "dc1.example.test", .port = 1}, {.host = "dc1.example.test"}};
  Directory one(std::move(given), resolver(), loopback());
  auto account = one.find_account("counted", soon());
  ASSERT_TRUE(account) << account.error().describe();
  EXPECT_EQ(account->bad_password_count, 1);
  auto counters = one.sign_in_counters(*account, soon());
  ASSERT_EQ(counters.size(), 2U);
  ASSERT_TRUE(counters[0].error);
  EXPECT_TRUE(counters[0].error->is(DirectoryError::unreachable)) << counters[0].error->describe();
  EXPECT_EQ(counters[1].bad_password_count, 1);
  ASSERT_TRUE(counters[1].bad_password_time);
  EXPECT_LT(std::chrono::abs(*counters[1].bad_password_time - Clock::system().now()), 5min);
  EXPECT_TRUE(counters[1].pwd_last_set);
}

TEST_F(DirectoryTest, the_domain_s_lock_out_policy_is_read) {
  dc().set_lockout(7, 20min, 40min);
  auto policy = readers().domain_lockout_policy(soon());
  ASSERT_TRUE(policy) << policy.error().describe();
  EXPECT_EQ(policy->source, LockoutPolicy::Source::domain);
  EXPECT_EQ(policy->threshold, 7);
  EXPECT_EQ(policy->observation_window, 20min);
  EXPECT_EQ(policy->lockout_duration, 40min);
  EXPECT_EQ(policy->maximum_password_age, 24h * 42);
  EXPECT_EQ(policy->minimum_password_length, 7);
  EXPECT_TRUE(policy->complexity);
  dc().set_lockout(7, 30min, 0s);
  EXPECT_EQ(readers().domain_lockout_policy(soon())->lockout_duration, std::nullopt);
  dc().set_lockout(10, 30min, 30min);
}

TEST_F(DirectoryTest, a_fine_grained_policy_is_read_or_said_to_be_unreadable) {
  std::string dn = dc().create_user("psouser", kPassword);
  dc().create_user("psofree", kPassword);
  dc().create_user("psoreader", kPassword);
  dc().create_policy("strict", {.lockout_threshold = 3, .observation_window = 5min, .lockout_duration = 6min}, {dn});
  Account user = readers().find_account("psouser", soon()).value();
  Account free = readers().find_account("psofree", soon()).value();
  for (const Account& account : {user, free}) {
    auto unreadable = readers().lockout_policy(account, soon());
    EXPECT_REFUSED(unreadable, DirectoryError::policy_unreadable);
    EXPECT_NE(unreadable.error().remedy().find("dsacls"), std::string::npos);
  }
  dc().allow_reading_policies("psoreader");
  Directory allowed(settings("psoreader"), resolver(), loopback());
  auto strict = allowed.lockout_policy(user, soon());
  ASSERT_TRUE(strict) << strict.error().describe();
  EXPECT_EQ(strict->source, LockoutPolicy::Source::fine_grained);
  EXPECT_EQ(strict->name, "strict");
  EXPECT_EQ(strict->threshold, 3);
  EXPECT_EQ(strict->observation_window, 5min);
  EXPECT_EQ(strict->lockout_duration, 6min);
  auto plain = allowed.lockout_policy(free, soon());
  ASSERT_TRUE(plain) << plain.error().describe();
  EXPECT_EQ(plain->source, LockoutPolicy::Source::domain);
  EXPECT_EQ(plain->threshold, 10);
  dc().delete_policy("strict");
}

TEST_F(DirectoryTest, owners_of_a_service_name_are_found) {
  dc().create_user("spnowner", kPassword);
  dc().add_spn("spnowner", "HTTP/Mail.spn.example.test");
  auto owners = readers().find_spn_owners("http/mail.SPN.example.test", soon());
  ASSERT_TRUE(owners) << owners.error().describe();
  ASSERT_EQ(owners->size(), 1U);
  EXPECT_EQ(owners->front().sam_account_name, "spnowner");
  EXPECT_EQ(owners->front().spn, "HTTP/Mail.spn.example.test");
  EXPECT_EQ(owners->front().encryption_types.front(), "aes256-cts-hmac-sha1-96");
  EXPECT_TRUE(readers().find_spn_owners("HTTP/unknown.example.test", soon())->empty());
}

TEST_F(DirectoryTest, the_pdc_emulator_is_named_by_its_host) {
  const auto host = readers().pdc_emulator(soon());
  ASSERT_TRUE(host) << host.error().describe();
  EXPECT_EQ(*host, SambaDc::kHost);
  // The role is the domain's, also where less of it is searched.
  Settings part = settings();
  part.base_dn = "CN=Users,DC=example,DC=test";
  EXPECT_EQ(Directory(std::move(part), resolver(), loopback()).pdc_emulator(soon()).value(), SambaDc::kHost);
}

TEST_F(DirectoryTest, the_controller_s_clock_is_read_without_a_reader) {
  Settings given = settings("nobody", kNeverHad);
  Directory one(std::move(given), resolver(), loopback());
  auto clock = one.clock(soon());
  ASSERT_TRUE(clock) << clock.error().describe();
  EXPECT_LT(std::chrono::abs(clock->difference), 5s);
}

}  // namespace
}  // namespace mailward::directory
