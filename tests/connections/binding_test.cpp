#include <gmock/gmock.h>

#include <functional>

#include "base/tls.h"
#include "tests/connections/books.h"

/// A stored password goes only where it was typed for: attempts to make it go elsewhere, over the ledger and in the
/// database.
namespace mailward::connections::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kPassword = "Zebra-1";

class BindingTest : public BooksTest {
 protected:
  void SetUp() override {
    BooksTest::SetUp();
    DirectoryForm directory = sample_directory();
    directory.trust_pem = ca_.pem();
    directory_ = must(ledger().create_directory(directory, typed("Reader-1"), by_admin()));
    ConnectionForm form = sample_form();
    form.front_ends = {"mail1.example.test", "mail2.example.test"};
    form.trust_pem = ca_.pem();
    connection_ = create(form, kPassword, directory_.id);
    promote_pending(connection_.account);
    ASSERT_EQ(password_for(connection_.id), kPassword);
  }

  /// The change is refused over the ledger without the password, and changes nothing; typed again it is taken.
  void expect_password_wanted(const ConnectionForm& changed, std::string_view named) {
    const auto refused =
        ledger().update_connection(connection_.id, connection_.version, changed, std::nullopt, by_admin());
    ASSERT_TRUE(fails_with(refused, ConnectionsError::password_must_be_typed)) << named;
    EXPECT_THAT(refused.error().message(), HasSubstr(named));
    EXPECT_EQ(password_for(connection_.id), kPassword);
    const auto taken =
        must(ledger().update_connection(connection_.id, connection_.version, changed, typed("Zebra-2"), by_admin()));
    EXPECT_EQ(password_for(taken.id), "Zebra-2");
  }
  /// The edit changed something, and nothing opens any more.
  void expect_theft_fails(std::string_view sql, db::Params params = {}) {
    ASSERT_GE(edit_database(sql, params), 1) << sql;
    EXPECT_THAT(password_for(connection_.id), StartsWith("error ")) << sql;
  }
  /// What the version's list would have to be for the rows as they are now: an attacker can work it out.
  std::string list_for_now() {
    const auto destination = must(ledger().destination_of(must(ledger().connection(connection_.id))));
    std::string json = "[\"";
    for (const char c : destination) json += c == '\n' ? std::string("\\n") : std::string(1, c);
    return json + "\"]";
  }

  const mailward::testing::TestCa ca_;
  const mailward::testing::TestCa other_ca_;
  DirectoryRecord directory_;
  ServerConnection connection_;
};
MAILWARD_ON_EVERY_DATABASE(BindingTest);

TEST_P(BindingTest, another_host_wants_the_password) {
  ConnectionForm form = connection_.form;
  form.ews_url = "https://thief.example.test/EWS/Exchange.asmx";
  expect_password_wanted(form, "EWS host");
}

TEST_P(BindingTest, another_port_wants_the_password) {
  ConnectionForm form = connection_.form;
  form.ews_url = "https://mail.example.test:8443/EWS/Exchange.asmx";
  expect_password_wanted(form, "EWS host");
}

TEST_P(BindingTest, another_front_end_wants_the_password) {
  ConnectionForm form = connection_.form;
  form.front_ends.emplace_back("192.0.2.66");
  expect_password_wanted(form, "front ends");
}

TEST_P(BindingTest, another_trust_wants_the_password) {
  ConnectionForm form = connection_.form;
  form.trust_pem = ca_.pem() + other_ca_.pem();
  expect_password_wanted(form, "certificate trust");
}

TEST_P(BindingTest, another_scheme_wants_the_password) {
  ConnectionForm form = connection_.form;
  form.authentication.basic = true;
  expect_password_wanted(form, "authentication");
}

TEST_P(BindingTest, another_autodiscover_domain_wants_the_password) {
  ConnectionForm form = connection_.form;
  form.autodiscover = "usera@thief.test";
  expect_password_wanted(form, "Autodiscover domain");
}

TEST_P(BindingTest, a_proxy_wants_the_password) {
  ConnectionForm form = connection_.form;
  form.proxy.url = "http://thief.example.test:3128";
  expect_password_wanted(form, "proxy");
}

/// A proxy that signs in: whoever may edit the connection, and knows the account's password but not the proxy's, cannot
/// send the proxy's elsewhere.
TEST_P(BindingTest, the_proxys_password_goes_to_its_proxy_alone) {
  ConnectionForm form = connection_.form;
  form.proxy = {.url = "https://proxy.example.test:8443",
                .sign_in = ProxySignIn::basic,
                .user = "proxyuser",
                .trust_pem = ca_.pem()};
  const auto missing =
      ledger().update_connection(connection_.id, connection_.version, form, typed(kPassword), by_admin());
  EXPECT_TRUE(fails_with(missing, ConnectionsError::invalid_form)) << "it was never typed";
  const auto saved = must(ledger().update_connection(connection_.id, connection_.version, form, typed(kPassword),
                                                     by_admin(), {}, typed("Proxy-1")));
  const auto opened = [&](const ProxyForm& proxy) {
    auto secret = ledger().open_proxy_password(must(ledger().connection(saved.id)), proxy);
    return secret ? std::string((*secret)->reveal()) : "error " + std::string(secret.error().name());
  };
  EXPECT_EQ(opened(saved.form.proxy), "Proxy-1");
  EXPECT_EQ(password_for(saved.id), kPassword);
  for (const auto& spoil : std::vector<std::function<void(ProxyForm&)>>{
           [](ProxyForm& one) { one.url = "https://thief.example.test:8443"; },
           [](ProxyForm& one) { one.url = "http://proxy.example.test:8443"; },
           [](ProxyForm& one) { one.url = "https://proxy.example.test:443"; },
           [](ProxyForm& one) { one.sign_in = ProxySignIn::negotiate; },
           [](ProxyForm& one) { one.user = "thief"; },
           [&](ProxyForm& one) { one.trust_pem = other_ca_.pem(); },
       }) {
    ConnectionForm changed = saved.form;
    spoil(changed.proxy);
    EXPECT_EQ(opened(changed.proxy), "error cannot_open") << changed.proxy.url;
    // With the account's own password, which whoever edits may know.
    EXPECT_TRUE(fails_with(ledger().update_connection(saved.id, saved.version, changed, typed(kPassword), by_admin()),
                           ConnectionsError::invalid_form));
    EXPECT_EQ(opened(saved.form.proxy), "Proxy-1");
  }
  // In the database.
  for (const std::string_view edit :
       {"proxy_url = 'https://thief.example.test:8443'", "proxy_user = 'thief'", "proxy_sign_in = 'negotiate'"}) {
    const auto before = must(ledger().connection(saved.id)).form.proxy;
    edit_database("UPDATE server_connection SET " + std::string(edit));
    EXPECT_EQ(opened(must(ledger().connection(saved.id)).form.proxy), "error cannot_open") << edit;
    if (edit.starts_with("proxy_url")) EXPECT_THAT(password_for(saved.id), StartsWith("error ")) << edit;
    edit_database("UPDATE server_connection SET proxy_url = $1, proxy_user = $2, proxy_sign_in = $3",
                  {before.url, before.user, name_of(before.sign_in)});
  }
  // Another connection's row may not use it.
  ConnectionForm other = sample_form("other.example.test");
  other.master_mailbox = "another@example.test";
  const auto thief = create(other);
  edit_database(
      "UPDATE server_connection SET proxy_url = (SELECT proxy_url FROM server_connection WHERE id = $1), "
      "proxy_user = (SELECT proxy_user FROM server_connection WHERE id = $1), proxy_sign_in = 'basic', "
      "proxy_trust_pem = (SELECT proxy_trust_pem FROM server_connection WHERE id = $1), proxy_secret = "
      "(SELECT proxy_secret FROM server_connection WHERE id = $1) WHERE id = $2",
      {saved.id, thief.id});
  const auto stolen = must(ledger().connection(thief.id));
  EXPECT_TRUE(fails_with(ledger().open_proxy_password(stolen, stolen.form.proxy), secrets::SecretsError::cannot_open));
  // Without a proxy nothing is kept.
  const auto now = must(ledger().connection(saved.id));
  ConnectionForm without = now.form;
  without.proxy = {};
  const auto cleared = must(ledger().update_connection(now.id, now.version, without, typed(kPassword), by_admin()));
  EXPECT_FALSE(cleared.proxy_secret);
  for (const auto& held : secrets_held()) EXPECT_NE(held.kind, "connection_proxy");
}

TEST_P(BindingTest, an_edited_proxy_or_autodiscover_domain_gets_nothing) {
  expect_theft_fails("UPDATE server_connection SET proxy_url = 'http://thief.example.test'");
  edit_database("UPDATE server_connection SET proxy_url = ''");
  EXPECT_EQ(password_for(connection_.id), kPassword);
  expect_theft_fails("UPDATE server_connection SET autodiscover = 'thief.test'");
}

TEST_P(BindingTest, whoever_holds_the_server_may_send_it_elsewhere_without_typing_it) {
  ConnectionForm form = connection_.form;
  form.ews_url = "https://moved.example.test/EWS/Exchange.asmx";
  const auto there = must(ledger().shown_destination(form, connection_.id, std::nullopt)).text;
  auto account = must(ledger().account(connection_.account));
  EXPECT_TRUE(fails_with(ledger().rebind(account.id, account.version + 1, there, by_admin()),
                         ConnectionsError::version_conflict));
  account = must(ledger().rebind(account.id, account.version, there, by_admin()));
  EXPECT_EQ(password_for(connection_.id), kPassword) << "where it went before it still goes";
  const auto moved =
      must(ledger().update_connection(connection_.id, connection_.version, form, std::nullopt, by_admin()));
  EXPECT_EQ(password_for(moved.id), kPassword);
  form.ews_url = "https://thief.example.test/EWS/Exchange.asmx";
  EXPECT_TRUE(fails_with(ledger().update_connection(moved.id, moved.version, form, std::nullopt, by_admin()),
                         ConnectionsError::password_must_be_typed));
  const auto secrets = must(database().read([](db::Session& session) -> Result<std::int64_t> {
    MW_TRY(const auto row, session.query_row("SELECT count(*) FROM sealed_secret WHERE purpose = 'service_account'"));
    return row->integer(0);
  }));
  EXPECT_EQ(secrets, 1) << "the one that was sealed before is gone";
}

TEST_P(BindingTest, what_is_no_destination_is_bound_to_nothing) {
  const auto account = must(ledger().account(connection_.account));
  const auto good = must(ledger().destination_of(connection_));
  for (const std::string& bad :
       {std::string(), std::string("x"), good + "ews=thief.example.test:443\n", good + "x=1\n",
        good.substr(0, good.size() - 1), good + "\n", std::string("mailward-destination-1\n")}) {
    EXPECT_TRUE(
        fails_with(ledger().rebind(account.id, account.version, bad, by_admin()), ConnectionsError::invalid_form))
        << bad;
  }
  const auto empty = must(ledger().create_account("empty@example.test", std::nullopt, by_admin()));
  EXPECT_TRUE(fails_with(ledger().rebind(empty.id, empty.version, good, by_admin()), ConnectionsError::no_password));
}

TEST_P(BindingTest, another_account_gets_no_password_of_this_one) {
  ConnectionForm form = connection_.form;
  form.master_mailbox = "other@example.test";
  const auto moved =
      must(ledger().update_connection(connection_.id, connection_.version, form, std::nullopt, by_admin()));
  EXPECT_NE(moved.account, connection_.account);
  EXPECT_TRUE(fails_with(open_for(moved.id), ConnectionsError::no_password));
}

TEST_P(BindingTest, an_account_with_a_password_takes_no_other_connection_in_silence) {
  const auto refused =
      ledger().create_connection(sample_form("thief.example.test"), std::nullopt, std::nullopt, by_admin());
  EXPECT_TRUE(fails_with(refused, ConnectionsError::password_must_be_typed));
  EXPECT_EQ(must(ledger().connections()).size(), 1U);
  ConnectionForm form = sample_form("thief.example.test");
  form.master_mailbox = "empty@example.test";
  const auto other = create(form);
  form.master_mailbox = connection_.form.master_mailbox;
  EXPECT_TRUE(fails_with(ledger().update_connection(other.id, other.version, form, std::nullopt, by_admin()),
                         ConnectionsError::password_must_be_typed));
}

TEST_P(BindingTest, what_is_no_destination_changes_freely) {
  ConnectionForm form = connection_.form;
  form.description = "Another";
  form.ews_url = "https://MAIL.example.test:443/ews/exchange.asmx";
  form.front_ends = {"MAIL2.example.test:443", "mail1.example.test"};
  form.trust_pem = "some words before\n" + ca_.pem();
  form.user_agent = "Agent/1";
  form.concurrency = 3;
  must(ledger().update_connection(connection_.id, connection_.version, form, std::nullopt, by_admin()));
  EXPECT_EQ(password_for(connection_.id), kPassword);
}

TEST_P(BindingTest, a_changed_directory_closes_the_password) {
  const auto change = [&](auto&& spoil) {
    const auto stored = must(ledger().directory(directory_.id));
    DirectoryForm form = stored.form;
    spoil(form);
    must(ledger().update_directory(stored.id, stored.version, form, typed("Reader-1"), by_admin()));
  };
  const auto back = [&] { change([&](auto& f) { f = directory_.form; }); };
  must(ledger().note_state(connection_.id, ConnectionState::healthy, "", "", "run", by_admin()));
  change([](auto& f) { f.realm = "THIEF.TEST"; });
  EXPECT_EQ(password_for(connection_.id), "error password_must_be_typed");
  EXPECT_EQ(must(ledger().connection(connection_.id)).state, ConnectionState::untested);
  back();
  EXPECT_EQ(password_for(connection_.id), kPassword);
  change([](auto& f) { f.controllers.emplace_back("thief.example.test"); });
  EXPECT_EQ(password_for(connection_.id), "error password_must_be_typed");
  back();
  change([&](auto& f) { f.trust_pem = other_ca_.pem(); });
  EXPECT_EQ(password_for(connection_.id), "error password_must_be_typed");
  const auto taken = must(
      ledger().update_connection(connection_.id, connection_.version, connection_.form, typed(kPassword), by_admin()));
  EXPECT_EQ(password_for(taken.id), kPassword);
}

TEST_P(BindingTest, an_account_moved_to_another_directory_wants_the_password) {
  DirectoryForm form = sample_directory();
  form.name = "Thief";
  form.realm = "THIEF.TEST";
  form.controllers = {"thief.example.test"};
  const auto thief = must(ledger().create_directory(form, std::nullopt, by_admin()));
  const auto account = account_of(connection_);
  must(ledger().update_account(account.id, account.version, account.name, thief.id, by_admin()));
  EXPECT_EQ(password_for(connection_.id), "error password_must_be_typed");
}

TEST_P(BindingTest, the_readers_password_is_wanted_where_it_would_go_elsewhere) {
  const auto wanted = [&](auto&& spoil, std::string_view named) {
    DirectoryForm form = directory_.form;
    spoil(form);
    const auto refused = ledger().update_directory(directory_.id, directory_.version, form, std::nullopt, by_admin());
    ASSERT_TRUE(fails_with(refused, ConnectionsError::password_must_be_typed)) << named;
    EXPECT_THAT(refused.error().message(), HasSubstr(named));
  };
  wanted([](auto& f) { f.controllers = {"thief.example.test"}; }, "domain controllers");
  wanted([](auto& f) { f.controllers[0] = "ldap://dc1.example.test"; }, "domain controllers");
  wanted([&](auto& f) { f.trust_pem = other_ca_.pem(); }, "certificate trust of the directory");
  wanted([](auto& f) { f.reader = "thief@example.test"; }, "directory reader");
  wanted([](auto& f) { f.reader_sign_in = ReaderSignIn::kerberos; }, "how the directory reader signs in");
  EXPECT_EQ(must(ledger().open_reader_password(directory_))->reveal(), "Reader-1");
}

TEST_P(BindingTest, the_readers_password_does_not_open_for_edited_rows) {
  const std::pair<std::string_view, std::string> edits[] = {{"controllers", R"(["thief.example.test"])"},
                                                            {"trust_pem", other_ca_.pem()},
                                                            {"reader", "thief@example.test"},
                                                            {"reader_sign_in", "kerberos"}};
  for (const auto& [column, value] : edits) {
    const auto old = must(database().read([&](db::Session& session) {
                       return session.query_row("SELECT " + std::string(column) + " FROM service_directory");
                     }))->text(0);
    const std::string sql = "UPDATE service_directory SET " + std::string(column) + " = $1";
    edit_database(sql, {value});
    EXPECT_TRUE(fails_with(ledger().open_reader_password(must(ledger().directory(directory_.id))),
                           secrets::SecretsError::cannot_open))
        << column;
    edit_database(sql, {old});
  }
  EXPECT_EQ(must(ledger().open_reader_password(must(ledger().directory(directory_.id))))->reveal(), "Reader-1");
}

TEST_P(BindingTest, an_edited_url_gets_nothing) {
  expect_theft_fails("UPDATE server_connection SET ews_url = 'https://thief.example.test/'");
}
TEST_P(BindingTest, an_edited_front_end_gets_nothing) {
  expect_theft_fails(R"(UPDATE server_connection SET front_ends = '["mail1.example.test","thief.example.test"]')");
}
TEST_P(BindingTest, an_edited_trust_gets_nothing) {
  expect_theft_fails("UPDATE server_connection SET trust_pem = $1", {other_ca_.pem()});
}
TEST_P(BindingTest, an_edited_scheme_gets_nothing) {
  expect_theft_fails("UPDATE server_connection SET authentication = 'negotiate,ntlm,basic'");
}
TEST_P(BindingTest, an_edited_realm_gets_nothing) {
  expect_theft_fails("UPDATE service_directory SET realm = 'THIEF.TEST'");
}
TEST_P(BindingTest, an_edited_controller_gets_nothing) {
  expect_theft_fails(R"(UPDATE service_directory SET controllers = '["thief.example.test"]')");
}
TEST_P(BindingTest, an_edited_directory_authority_gets_nothing) {
  expect_theft_fails("UPDATE service_directory SET trust_pem = $1", {other_ca_.pem()});
}
TEST_P(BindingTest, an_account_without_its_directory_gets_nothing) {
  expect_theft_fails("UPDATE service_account SET directory_id = NULL");
}
TEST_P(BindingTest, an_edited_account_name_gets_nothing) {
  expect_theft_fails("UPDATE service_account SET name = 'thief@example.test'");
}
TEST_P(BindingTest, an_edited_normalised_name_gets_nothing) {
  expect_theft_fails("UPDATE service_account SET name = 'thief@example.test', normalised = 'thief@example.test'");
}
TEST_P(BindingTest, an_edited_version_number_gets_nothing) {
  expect_theft_fails("UPDATE credential_version SET number = 2");
}

TEST_P(BindingTest, an_edited_list_of_destinations_gets_nothing) {
  edit_database("UPDATE server_connection SET ews_url = 'https://thief.example.test/'");
  const std::string list = list_for_now();
  ASSERT_EQ(edit_database("UPDATE credential_version SET destinations = $1", {list}), 1);
  EXPECT_TRUE(fails_with(open_for(connection_.id), secrets::SecretsError::cannot_open));
  must(ledger().update_connection(connection_.id, connection_.version, must(ledger().connection(connection_.id)).form,
                                  std::nullopt, by_admin()));
  EXPECT_TRUE(fails_with(open_for(connection_.id), secrets::SecretsError::cannot_open))
      << "saving without a change makes nothing good";
}

TEST_P(BindingTest, a_list_with_one_more_destination_gets_nothing) {
  const std::string old = must(database().read([](db::Session& session) {
                            return session.query_row("SELECT destinations FROM credential_version");
                          }))->text(0);
  edit_database("UPDATE server_connection SET ews_url = 'https://thief.example.test/'");
  const std::string list = old.substr(0, old.size() - 1) + "," + list_for_now().substr(1);
  ASSERT_EQ(edit_database("UPDATE credential_version SET destinations = $1", {list}), 1);
  EXPECT_TRUE(fails_with(open_for(connection_.id), secrets::SecretsError::cannot_open));
}

TEST_P(BindingTest, a_secret_of_another_account_does_not_open) {
  ConnectionForm form = sample_form("thief.example.test");
  form.master_mailbox = "thief@example.test";
  const auto thief = create(form, "Own-1");
  ASSERT_EQ(edit_database("UPDATE credential_version SET secret_id = (SELECT secret_id FROM credential_version WHERE "
                          "account_id = $1) WHERE account_id = $2",
                          {connection_.account, thief.account}),
            1);
  EXPECT_TRUE(fails_with(open_for(thief.id), secrets::SecretsError::cannot_open));
}

TEST_P(BindingTest, a_copied_version_does_not_open_for_another_account) {
  ConnectionForm form = connection_.form;
  form.master_mailbox = "thief@example.test";
  form.description = "Thief";
  const auto thief = create(form, {}, directory_.id);
  ASSERT_EQ(
      edit_database("INSERT INTO credential_version (id, account_id, number, state, destinations, secret_id, "
                    "created, created_by, promoted, refused, refusal) SELECT 77, $1, number, state, destinations, "
                    "secret_id, created, created_by, promoted, refused, refusal FROM credential_version WHERE "
                    "account_id = $2",
                    {thief.account, connection_.account}),
      1);
  EXPECT_TRUE(fails_with(open_for(thief.id), secrets::SecretsError::cannot_open)) << "same destination, other account";
}

TEST_P(BindingTest, a_version_moved_to_another_account_does_not_open) {
  ConnectionForm form = connection_.form;
  form.description = "Thief";
  form.master_mailbox = "thief@example.test";
  const auto thief = create(form, {}, directory_.id);
  edit_database("UPDATE credential_version SET account_id = $1", {thief.account});
  EXPECT_TRUE(fails_with(open_for(thief.id), secrets::SecretsError::cannot_open));
}

TEST_P(BindingTest, a_connection_pointed_at_another_account_does_not_open) {
  ConnectionForm form = sample_form("thief.example.test");
  form.master_mailbox = "thief@example.test";
  const auto thief = create(form, "Own-1", directory_.id);
  edit_database("UPDATE server_connection SET account_id = $1 WHERE id = $2", {connection_.account, thief.id});
  EXPECT_EQ(password_for(thief.id), "error password_must_be_typed");
}

TEST_P(BindingTest, accounts_with_swapped_names_do_not_open) {
  ConnectionForm form = connection_.form;
  form.description = "Thief";
  form.master_mailbox = "thief@example.test";
  const auto thief = create(form, "Own-1", directory_.id);
  edit_database("UPDATE service_account SET name = 'x@example.test', normalised = 'x@example.test' WHERE id = $1",
                {connection_.account});
  edit_database("UPDATE service_account SET name = $2, normalised = $2 WHERE id = $1",
                {thief.account, connection_.form.master_mailbox});
  EXPECT_THAT(password_for(connection_.id), StartsWith("error "));
  EXPECT_THAT(password_for(thief.id), StartsWith("error "));
}

TEST_P(BindingTest, the_secrets_of_two_versions_are_not_exchanged) {
  must(ledger().update_connection(connection_.id, connection_.version, connection_.form, typed("Zebra-2"), by_admin()));
  const auto account = account_of(connection_);
  edit_database("UPDATE credential_version SET secret_id = $1 WHERE id = $2",
                {account.active()->secret, account.pending()->id});
  EXPECT_TRUE(fails_with(open_for(connection_.id), secrets::SecretsError::cannot_open));
}

TEST_P(BindingTest, a_readers_secret_is_no_accounts_secret) {
  edit_database("UPDATE credential_version SET secret_id = (SELECT reader_secret FROM service_directory)");
  EXPECT_TRUE(fails_with(open_for(connection_.id), secrets::SecretsError::cannot_open));
}

TEST_P(BindingTest, typed_again_it_opens_after_an_edit_in_the_database) {
  edit_database("UPDATE server_connection SET ews_url = 'https://moved.example.test/'");
  EXPECT_EQ(password_for(connection_.id), "error password_must_be_typed");
  const auto moved = must(ledger().connection(connection_.id));
  must(ledger().update_connection(moved.id, moved.version, moved.form, typed(kPassword), by_admin()));
  EXPECT_EQ(password_for(connection_.id), kPassword);
}

TEST_P(BindingTest, the_same_password_serves_both_connections_that_it_was_typed_for) {
  const auto second =
      must(ledger().create_connection(sample_form("mail2.example.test"), std::nullopt, typed(kPassword), by_admin()));
  EXPECT_EQ(password_for(second.id), kPassword);
  EXPECT_EQ(password_for(connection_.id), kPassword);
  promote_pending(connection_.account);
  EXPECT_EQ(password_for(second.id), kPassword);
  EXPECT_EQ(password_for(connection_.id), kPassword);
}

TEST_P(BindingTest, a_destination_that_is_no_longer_in_use_is_not_carried_on) {
  ConnectionForm form = connection_.form;
  form.ews_url = "https://mail9.example.test/";
  const auto moved =
      must(ledger().update_connection(connection_.id, connection_.version, form, typed(kPassword), by_admin()));
  EXPECT_EQ(account_of(moved).pending()->destinations.size(), 1U);
}

/// Whoever may add connections but does not know the password binds his own host with any password, even has it
/// accepted there, and waits until somebody types the right one.
TEST_P(BindingTest, a_host_bound_with_another_password_does_not_get_the_next_one) {
  auto account = account_of(connection_);
  const auto thief =
      must(ledger().create_connection(sample_form("thief.example.test"), std::nullopt, typed("Any-1"), by_admin()));
  EXPECT_EQ(password_for(connection_.id), kPassword) << "the active one serves on";
  promote_pending(account.id);  // his server accepts anything
  must(ledger().update_connection(connection_.id, connection_.version, connection_.form, typed("Zebra-2"), by_admin()));
  EXPECT_EQ(password_for(connection_.id), "Zebra-2");
  EXPECT_EQ(password_for(thief.id), "Any-1");
  promote_pending(account.id);
  EXPECT_EQ(password_for(thief.id), "error password_must_be_typed");
  EXPECT_EQ(password_for(connection_.id), "Zebra-2");
}

/// He adds his own host to the account, or moves a connection to it, after the administrator looked and before he sent.
TEST_P(BindingTest, a_password_does_not_go_elsewhere_than_it_was_shown_to) {
  const auto account = account_of(connection_);
  const auto seen = as_shown({connection_.id});
  ConnectionForm form = connection_.form;
  form.ews_url = "https://thief.example.test/";
  must(ledger().update_connection(connection_.id, connection_.version, form, typed("Any-1"), by_admin()));
  const auto now = account_of(connection_);
  const auto refused = ledger().set_password(account.id, now.version, typed("Zebra-2"), seen, by_admin());
  ASSERT_TRUE(fails_with(refused, ConnectionsError::destination_changed));
  EXPECT_THAT(refused.error().message(), HasSubstr("what differs: EWS host"));
  EXPECT_EQ(password_for(connection_.id), "Any-1") << "nothing was stored";
}

TEST_P(BindingTest, an_edit_or_a_new_connection_does_not_go_elsewhere_than_it_was_shown_to) {
  TypedPassword password = typed("Zebra-2");
  password.destination = as_shown({connection_.id}).front().destination;
  DirectoryForm moved = directory_.form;
  moved.controllers = {"thief.example.test"};
  must(ledger().update_directory(directory_.id, directory_.version, moved, typed("Reader-1"), by_admin()));
  const auto refused = ledger().update_connection(connection_.id, connection_.version, connection_.form,
                                                  std::move(password), by_admin());
  ASSERT_TRUE(fails_with(refused, ConnectionsError::destination_changed));
  EXPECT_THAT(refused.error().message(), HasSubstr("what differs: domain controllers"));
  password = typed("Zebra-2");
  password.destination = as_shown({connection_.id}).front().destination;
  EXPECT_TRUE(fails_with(
      ledger().create_connection(sample_form("mail2.example.test"), std::nullopt, std::move(password), by_admin()),
      ConnectionsError::destination_changed));
}

TEST_P(BindingTest, a_destination_is_proven_by_an_accepted_password_only) {
  EXPECT_TRUE(must(ledger().shown_destination(connection_)).proven);
  const auto thief =
      must(ledger().create_connection(sample_form("thief.example.test"), std::nullopt, typed("Any-1"), by_admin()));
  EXPECT_FALSE(must(ledger().shown_destination(thief)).proven) << "it is only pending";
  ConnectionForm form = connection_.form;
  EXPECT_TRUE(must(ledger().shown_destination(form, connection_.id, std::nullopt)).proven);
  form.ews_url = "https://thief.example.test/";
  const auto shown = must(ledger().shown_destination(form, connection_.id, std::nullopt));
  EXPECT_FALSE(shown.proven);
  EXPECT_THAT(shown.text, HasSubstr("ews=thief.example.test:443"));
  edit_database("UPDATE credential_version SET destinations = $1 WHERE state = 'active'", {R"([")"
                                                                                           "x"
                                                                                           R"("])"});
  EXPECT_FALSE(must(ledger().shown_destination(connection_)).proven);
}

/// The victim names his own connection only.
TEST_P(BindingTest, a_connection_that_was_not_named_gets_nothing) {
  const auto thief =
      must(ledger().create_connection(sample_form("thief.example.test"), std::nullopt, typed("Any-1"), by_admin()));
  const auto account = account_of(connection_);
  must(ledger().set_password(account.id, account.version, typed("Zebra-2"), as_shown({connection_.id}), by_admin()));
  EXPECT_EQ(password_for(connection_.id), "Zebra-2");
  EXPECT_EQ(password_for(thief.id), "error password_must_be_typed");
}

/// The same by a list in the database: it proves nothing where the seal does not open with it.
TEST_P(BindingTest, a_forged_list_is_not_carried_on) {
  ConnectionForm form = sample_form("thief.example.test");
  form.master_mailbox = "empty@example.test";
  const auto thief = create(form, {}, directory_.id);
  edit_database("UPDATE server_connection SET account_id = $1 WHERE id = $2", {connection_.account, thief.id});
  const auto destination = must(ledger().destination_of(must(ledger().connection(thief.id))));
  std::string json = "[\"";
  for (const char c : destination) json += c == '\n' ? std::string("\\n") : std::string(1, c);
  edit_database("UPDATE credential_version SET destinations = $1", {json + "\"]"});
  must(ledger().update_connection(connection_.id, connection_.version, connection_.form, typed(kPassword), by_admin()));
  EXPECT_EQ(password_for(connection_.id), kPassword);
  EXPECT_THAT(password_for(thief.id), StartsWith("error "));
}

}  // namespace
}  // namespace mailward::connections::testing
