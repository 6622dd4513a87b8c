#include "connections/ledger.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <latch>
#include <optional>
#include <thread>

#include "base/tls.h"
#include "secrets/inventory.h"
#include "tests/connections/books.h"
#include "work/leases.h"

namespace mailward::connections::testing {
namespace {

using ::testing::HasSubstr;

class LedgerTest : public BooksTest {
 protected:
  std::vector<audit::Entry> trail() {
    return must(database().read([](db::Session& session) { return audit::Trail::list(session, 0, 1000); }));
  }
  std::vector<std::string> actions() {
    std::vector<std::string> all;
    for (const audit::Entry& entry : trail()) all.push_back(entry.act.action);
    return all;
  }
};
MAILWARD_ON_EVERY_DATABASE(LedgerTest);

TEST_P(LedgerTest, keeps_every_field_of_a_connection) {
  ConnectionForm form = sample_form();
  form.description = "  Head office \xc3\xa4 ";
  form.authentication = {.negotiate = true, .ntlm = false, .basic = true};
  form.trust_pem = mailward::testing::TestCa().pem();
  form.refused_mailbox = "userz@example.test";
  form.front_ends = {"mail1.example.test", " ", "192.0.2.1:8443 "};
  form.products = {"sync_and_recover"};
  form.concurrency = 7;
  form.user_agent = "Agent/1";
  form.heartbeat_seconds = 60;
  const auto made = create(form);
  reopen_books();
  const auto stored = must(ledger().connection(made.id));
  EXPECT_EQ(stored.form.description, "Head office \xc3\xa4");
  EXPECT_EQ(stored.form.ews_url, form.ews_url);
  EXPECT_EQ(stored.form.master_mailbox, form.master_mailbox);
  EXPECT_EQ(stored.form.authentication, form.authentication);
  EXPECT_EQ(must(CertificateTrust::from_pem(stored.form.trust_pem)).identity(),
            must(CertificateTrust::from_pem(form.trust_pem)).identity());
  EXPECT_EQ(stored.form.refused_mailbox, form.refused_mailbox);
  EXPECT_EQ(stored.form.front_ends, (std::vector<std::string>{"mail1.example.test", "192.0.2.1:8443"}));
  EXPECT_EQ(stored.form.products, form.products);
  EXPECT_EQ(stored.form.concurrency, 7U);
  EXPECT_EQ(stored.form.user_agent, "Agent/1");
  EXPECT_EQ(stored.form.heartbeat_seconds, 60U);
  EXPECT_EQ(stored.state, ConnectionState::untested);
  EXPECT_EQ(stored.version, 1);
  EXPECT_EQ(stored.created, clock_.now());
}

TEST_P(LedgerTest, a_form_that_does_not_hold_is_not_stored) {
  ConnectionForm form = sample_form();
  form.ews_url = "http://mail.example.test/";
  EXPECT_TRUE(fails_with(ledger().create_connection(form, std::nullopt, std::nullopt, by_admin()),
                         ConnectionsError::invalid_form));
  EXPECT_TRUE(must(ledger().connections()).empty());
  EXPECT_TRUE(must(ledger().accounts()).empty());
  EXPECT_TRUE(trail().empty());
}

TEST_P(LedgerTest, connections_of_one_name_share_an_account) {
  ConnectionForm second = sample_form("mail2.example.test");
  second.master_mailbox = "SVC-Mailward@EXAMPLE.test";
  const auto one = create(sample_form());
  const auto two = create(second);
  EXPECT_EQ(one.account, two.account);
  EXPECT_EQ(must(ledger().connections_of(one.account)).size(), 2U);
  EXPECT_EQ(must(ledger().find_account("SVC-MAILWARD@example.test ")).id, one.account);
  EXPECT_EQ(must(ledger().find_account(one.account.text())).id, one.account);
  EXPECT_TRUE(fails_with(ledger().find_account("nobody@example.test"), ConnectionsError::unknown_account));
}

TEST_P(LedgerTest, finds_a_connection_by_id_or_by_its_only_description) {
  const auto one = create(sample_form());
  EXPECT_EQ(must(ledger().find_connection(one.form.description)).id, one.id);
  EXPECT_EQ(must(ledger().find_connection(one.id.text())).id, one.id);
  const auto twin = create(sample_form("mail2.example.test"));
  // Nobody can make one any more; older databases may hold some.
  edit_database("UPDATE server_connection SET description = $1 WHERE id = $2", {one.form.description, twin.id});
  const auto ambiguous = ledger().find_connection(one.form.description);
  ASSERT_TRUE(fails_with(ambiguous, ConnectionsError::unknown_connection));
  EXPECT_THAT(ambiguous.error().message(), HasSubstr("2 connections"));
  EXPECT_TRUE(fails_with(ledger().find_connection("none"), ConnectionsError::unknown_connection));
}

TEST_P(LedgerTest, no_two_connections_bear_one_description) {
  const auto one = create(sample_form());
  auto two = create(sample_form("mail2.example.test"));
  ConnectionForm form = two.form;
  form.description = " EXCHANGE at mail.example.test ";
  const auto renamed = ledger().update_connection(two.id, two.version, form, std::nullopt, by_admin());
  ASSERT_TRUE(fails_with(renamed, ConnectionsError::already_exists));
  EXPECT_THAT(renamed.error().message(), HasSubstr("'Exchange at mail.example.test' (" + one.id.text() + ")"));
  // One's own in other letters, and one that a twin bears since long.
  form = one.form;
  form.description = "EXCHANGE AT MAIL.EXAMPLE.TEST";
  EXPECT_EQ(must(ledger().update_connection(one.id, one.version, form, std::nullopt, by_admin())).form.description,
            form.description);
  edit_database("UPDATE server_connection SET description = $1 WHERE id = $2", {form.description, two.id});
  two = must(ledger().connection(two.id));
  form = two.form;
  form.concurrency = 7;
  EXPECT_EQ(must(ledger().update_connection(two.id, two.version, form, std::nullopt, by_admin())).form.concurrency, 7U);
}

TEST_P(LedgerTest, of_two_who_save_one_description_at_once_one_is_refused) {
  for (int turn = 0; turn < 5; ++turn) {
    std::array<std::optional<Result<ServerConnection>>, 4> made;
    {
      std::vector<std::jthread> people;
      for (std::size_t who = 0; who < made.size(); ++who) {
        people.emplace_back([&, who] {
          ConnectionForm form = sample_form("mail" + std::to_string(who) + ".example.test");
          form.description = "Turn " + std::to_string(turn);
          form.master_mailbox = "svc" + std::to_string(who) + "@example.test";
          made.at(who) = ledger().create_connection(form, std::nullopt, std::nullopt, by_admin());
        });
      }
    }
    EXPECT_EQ(std::ranges::count_if(made, [](const auto& one) { return one->has_value(); }), 1);
    for (const auto& one : made) {
      if (!*one) EXPECT_TRUE(fails_with(*one, ConnectionsError::already_exists));
    }
  }
}

TEST_P(LedgerTest, who_starts_from_an_old_version_is_told_who_changed_it) {
  const auto made = create(sample_form());
  ConnectionForm form = made.form;
  form.description = "First";
  const By other{.actor = audit::Actor::local(1001), .source = {}, .token = {}, .request_id = "request-2"};
  const auto changed = must(ledger().update_connection(made.id, made.version, form, std::nullopt, other));
  EXPECT_EQ(changed.version, made.version + 1);
  form.description = "Second";
  const auto lost = ledger().update_connection(made.id, made.version, form, std::nullopt, by_admin());
  ASSERT_TRUE(fails_with(lost, ConnectionsError::version_conflict));
  EXPECT_THAT(lost.error().message(), HasSubstr("local:1001"));
  EXPECT_EQ(must(ledger().connection(made.id)).form.description, "First");
  EXPECT_TRUE(
      fails_with(ledger().delete_connection(made.id, made.version, by_admin()), ConnectionsError::version_conflict));
  EXPECT_TRUE(fails_with(ledger().set_connection_enabled(made.id, made.version, false, by_admin()),
                         ConnectionsError::version_conflict));
}

TEST_P(LedgerTest, of_two_updates_at_once_exactly_one_stands) {
  const auto made = create(sample_form());
  for (int round = 0; round < 5; ++round) {
    const auto before = must(ledger().connection(made.id));
    std::latch together(2);
    std::vector<Result<ServerConnection>> results(2, fail(ConnectionsError::unknown_connection, "not run"));
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < results.size(); ++i) {
        threads.emplace_back([&, i] {
          ConnectionForm form = before.form;
          form.description = "By " + std::to_string(i);
          together.arrive_and_wait();
          results[i] = ledger().update_connection(made.id, before.version, form, std::nullopt, by_admin());
        });
      }
    }
    ASSERT_NE(results[0].has_value(), results[1].has_value());
    const auto& lost = results[0] ? results[1] : results[0];
    const auto& won = results[0] ? results[0] : results[1];
    EXPECT_TRUE(fails_with(lost, ConnectionsError::version_conflict));
    EXPECT_EQ(must(ledger().connection(made.id)).form.description, won->form.description);
  }
}

TEST_P(LedgerTest, of_two_creations_at_once_both_get_the_same_account) {
  std::latch together(2);
  std::vector<Result<ServerConnection>> results(2, fail(ConnectionsError::unknown_connection, "not run"));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < results.size(); ++i) {
      threads.emplace_back([&, i] {
        together.arrive_and_wait();
        results[i] = ledger().create_connection(sample_form("mail" + std::to_string(i) + ".example.test"), std::nullopt,
                                                std::nullopt, by_admin());
      });
    }
  }
  EXPECT_EQ(must(std::move(results[0])).account, must(std::move(results[1])).account);
}

TEST_P(LedgerTest, a_connection_that_products_use_says_so_before_it_goes) {
  ConnectionForm form = sample_form();
  form.products = {"sync_and_recover", "continuity_monitor"};
  const auto made = create(form);
  const auto refused = ledger().delete_connection(made.id, made.version, by_admin());
  ASSERT_TRUE(fails_with(refused, ConnectionsError::in_use));
  EXPECT_THAT(refused.error().message(), HasSubstr("sync_and_recover, continuity_monitor"));
  const auto disabled = must(ledger().set_connection_enabled(made.id, made.version, false, by_admin()));
  EXPECT_EQ(disabled.state, ConnectionState::disabled);
  must(ledger().delete_connection(made.id, disabled.version, by_admin()));
  EXPECT_TRUE(fails_with(ledger().connection(made.id), ConnectionsError::unknown_connection));
}

TEST_P(LedgerTest, an_account_that_connections_use_says_so_before_it_goes) {
  const auto made = create(sample_form(), "Zebra-1");
  const auto account = account_of(made);
  const auto refused = ledger().delete_account(account.id, account.version, by_admin());
  ASSERT_TRUE(fails_with(refused, ConnectionsError::in_use));
  EXPECT_THAT(refused.error().message(), HasSubstr(made.form.description));
  must(ledger().delete_connection(made.id, made.version, by_admin()));
  must(ledger().delete_account(account.id, account.version, by_admin()));
  EXPECT_TRUE(fails_with(ledger().account(account.id), ConnectionsError::unknown_account));
  const auto sealed = must(
      database().read([](db::Session& session) { return session.query_row("SELECT count(*) FROM sealed_secret"); }));
  EXPECT_EQ(sealed->integer(0), 0) << "the password went with the account";
  EXPECT_TRUE(secrets_held().empty());
}

TEST_P(LedgerTest, a_directory_that_accounts_live_in_says_so_before_it_goes) {
  const auto directory = must(ledger().create_directory(sample_directory(), typed("Reader-1"), by_admin()));
  const auto account = must(ledger().create_account("svc@example.test", directory.id, by_admin()));
  const auto refused = ledger().delete_directory(directory.id, directory.version, by_admin());
  ASSERT_TRUE(fails_with(refused, ConnectionsError::in_use));
  EXPECT_THAT(refused.error().message(), HasSubstr("svc@example.test"));
  must(ledger().delete_account(account.id, account.version, by_admin()));
  must(ledger().delete_directory(directory.id, directory.version, by_admin()));
  EXPECT_TRUE(secrets_held().empty());
}

TEST_P(LedgerTest, names_stand_once) {
  must(ledger().create_account("svc@example.test", std::nullopt, by_admin()));
  EXPECT_TRUE(fails_with(ledger().create_account("SVC@example.test", std::nullopt, by_admin()),
                         ConnectionsError::already_exists));
  const auto other = must(ledger().create_account("svc2@example.test", std::nullopt, by_admin()));
  EXPECT_TRUE(fails_with(ledger().update_account(other.id, other.version, "SVC@EXAMPLE.TEST", std::nullopt, by_admin()),
                         ConnectionsError::already_exists));
  must(ledger().create_directory(sample_directory(), std::nullopt, by_admin()));
  DirectoryForm twin = sample_directory();
  twin.name = "EXAMPLE";
  EXPECT_TRUE(fails_with(ledger().create_directory(twin, std::nullopt, by_admin()), ConnectionsError::already_exists));
}

TEST_P(LedgerTest, what_is_not_there_is_named_as_such) {
  const auto nowhere = DirectoryId::from_value(5);
  EXPECT_TRUE(fails_with(ledger().create_account("svc@example.test", nowhere, by_admin()),
                         ConnectionsError::unknown_directory));
  EXPECT_TRUE(fails_with(ledger().create_connection(sample_form(), nowhere, std::nullopt, by_admin()),
                         ConnectionsError::unknown_directory));
  EXPECT_TRUE(must(ledger().accounts()).empty());
  EXPECT_TRUE(fails_with(ledger().find_directory(std::string("a\0b", 3)), ConnectionsError::unknown_directory));
}

TEST_P(LedgerTest, a_running_test_keeps_the_account_to_itself) {
  const auto made = create(sample_form(), "Zebra-1");
  const auto account = account_of(made);
  const auto lease = must(database().transaction([&](db::Transaction& tx) {
    return work::leases::acquire(tx, "account/" + account.normalised, "test", std::chrono::seconds(90), clock_.now());
  }));
  EXPECT_TRUE(
      fails_with(ledger().set_password(account.id, account.version, typed("Zebra-2"), as_shown({made.id}), by_admin()),
                 ConnectionsError::account_busy));
  EXPECT_TRUE(fails_with(ledger().update_connection(made.id, made.version, made.form, typed("Zebra-2"), by_admin()),
                         ConnectionsError::account_busy));
  EXPECT_TRUE(
      fails_with(ledger().delete_connection(made.id, made.version, by_admin()), ConnectionsError::account_busy));
  EXPECT_EQ(password_for(made.id), "Zebra-1");
  ConnectionForm form = made.form;
  form.description = "Another";
  const auto renamed = must(ledger().update_connection(made.id, made.version, form, std::nullopt, by_admin()));
  must(database().transaction([&](db::Transaction& tx) { return work::leases::release(tx, lease); }));
  must(ledger().update_connection(made.id, renamed.version, form, typed("Zebra-2"), by_admin()));
  EXPECT_EQ(password_for(made.id), "Zebra-2");
}

TEST_P(LedgerTest, states_come_from_tests_and_leave_with_changes) {
  const auto made = create(sample_form(), "Zebra-1");
  clock_.advance(std::chrono::seconds(5));
  must(ledger().note_state(made.id, ConnectionState::failing, "connection_refused", "port 443 is closed\n", "run1",
                           by_admin()));
  auto stored = must(ledger().connection(made.id));
  EXPECT_EQ(stored.state, ConnectionState::failing);
  EXPECT_EQ(stored.reason, "connection_refused");
  EXPECT_EQ(stored.state_since, clock_.now());
  EXPECT_EQ(stored.last_test, clock_.now());
  EXPECT_EQ(stored.version, made.version) << "a test is no edit";
  const Timestamp since = clock_.now();
  const std::size_t entries = trail().size();
  clock_.advance(std::chrono::seconds(5));
  must(ledger().note_state(made.id, ConnectionState::failing, "connection_refused", "still", "run2", by_admin()));
  stored = must(ledger().connection(made.id));
  EXPECT_EQ(stored.state_since, since);
  EXPECT_EQ(trail().size(), entries) << "nothing changed";

  ConnectionForm form = made.form;
  form.description = "Another";
  stored = must(ledger().update_connection(made.id, made.version, form, std::nullopt, by_admin()));
  EXPECT_EQ(stored.state, ConnectionState::failing) << "a description changes nothing";
  stored = must(ledger().update_connection(made.id, stored.version, form, typed("Zebra-2"), by_admin()));
  EXPECT_EQ(stored.state, ConnectionState::untested);
  EXPECT_EQ(stored.reason, "");

  stored = must(ledger().set_connection_enabled(made.id, stored.version, false, by_admin()));
  must(ledger().note_state(made.id, ConnectionState::healthy, "", "", "run3", by_admin()));
  EXPECT_EQ(must(ledger().connection(made.id)).state, ConnectionState::disabled);
  stored = must(ledger().set_connection_enabled(made.id, stored.version, true, by_admin()));
  EXPECT_EQ(stored.state, ConnectionState::untested);
}

TEST_P(LedgerTest, every_change_has_its_line_in_an_intact_trail) {
  const auto directory = must(ledger().create_directory(sample_directory(), typed("Reader-1"), by_admin()));
  auto made = create(sample_form(), "Zebra-1", directory.id);
  promote_pending(made.account);
  ConnectionForm form = made.form;
  form.concurrency = 5;
  made = must(ledger().update_connection(made.id, made.version, form, std::nullopt, by_admin()));
  auto account = account_of(made);
  account = must(ledger().set_account_enabled(account.id, account.version, false, by_admin()));
  must(ledger().note_resolved(account.id, "S-1-5-21-1", "EXAMPLE\\svc"));
  must(ledger().mark_refused(account.id, account.active()->id, "bad_password", by_admin()));
  must(ledger().clear_refused(account.id, account.active()->id, by_admin()));
  must(ledger().mark_reader_refused(directory.id, directory.reader_secret.value()));
  must(ledger().delete_connection(made.id, made.version, by_admin()));
  EXPECT_EQ(actions(),
            (std::vector<std::string>{"directory.create", "account.create", "connection.create", "credential.promote",
                                      "connection.update", "account.disable", "account.resolve", "credential.refuse",
                                      "credential.reopen", "directory.reader_refused", "connection.delete"}));
  const auto entries = trail();
  EXPECT_EQ(entries[2].act.by.actor.text(), "local:1000");
  EXPECT_EQ(entries[2].act.by.request_id, "request-1");
  EXPECT_THAT(entries[2].act.details, HasSubstr("\"password\":\"typed\""));
  EXPECT_EQ(entries[4].act.details,
            R"({"after":{"concurrency":5,"password":"unchanged"},"before":{"concurrency":20}})");
}

TEST_P(LedgerTest, two_names_of_one_account_are_shown_as_such) {
  const auto one = must(ledger().create_account("svc@example.test", std::nullopt, by_admin()));
  const auto two = must(ledger().create_account("EXAMPLE\\svc", std::nullopt, by_admin()));
  must(ledger().note_resolved(one.id, "S-1-5-21-1", "EXAMPLE\\svc"));
  must(ledger().note_resolved(two.id, "S-1-5-21-1", "EXAMPLE\\svc"));
  EXPECT_EQ(must(ledger().account(one.id)).sid, "S-1-5-21-1");
  EXPECT_EQ(must(ledger().account(two.id)).sid, "");
  EXPECT_EQ(must(ledger().account(two.id)).resolved, "EXAMPLE\\svc, the same account as svc@example.test");
}

TEST_P(LedgerTest, the_inventory_knows_every_password) {
  const auto directory = must(ledger().create_directory(sample_directory(), typed("Reader-1"), by_admin()));
  const auto made = create(sample_form(), "Zebra-1", directory.id);
  const auto lines = secrets_held();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].kind, "directory_reader");
  EXPECT_EQ(lines[0].id, directory.id.text());
  EXPECT_EQ(lines[1].kind, "service_account");
  EXPECT_EQ(lines[1].id, made.account.text());
  EXPECT_EQ(lines[1].opens, "EWS as svc-mailward@example.test");
  EXPECT_EQ(lines[1].set_by, "local:1000");
}

TEST_P(LedgerTest, a_readers_password_grows_no_younger_by_being_typed_again) {
  const auto made = must(ledger().create_directory(sample_directory(), typed("Reader-Passw0rd-1!"), by_admin()));
  const auto created = [&] {
    const auto held = must(database().read([](db::Session& session) { return secrets::list_secrets(session); }));
    const auto found = std::ranges::find(held, made.id.text(), &secrets::SecretRecord::id);
    return found == held.end() ? Timestamp() : found->created;
  };
  const Timestamp first = created();
  clock_.advance(std::chrono::hours(24));
  const auto again =
      must(ledger().update_directory(made.id, made.version, made.form, typed("Reader-Passw0rd-1!"), by_admin()));
  EXPECT_EQ(created(), first);
  must(ledger().update_directory(made.id, again.version, made.form, typed("Reader-Passw0rd-2!"), by_admin()));
  EXPECT_EQ(created(), first + std::chrono::hours(24));
}

}  // namespace
}  // namespace mailward::connections::testing
