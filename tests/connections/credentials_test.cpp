#include <gmock/gmock.h>

#include "tests/connections/books.h"

namespace mailward::connections::testing {
namespace {

using ::testing::HasSubstr;

class CredentialsTest : public BooksTest {
 protected:
  std::int64_t sealed_secrets() {
    return must(database().read(
                    [](db::Session& session) { return session.query_row("SELECT count(*) FROM sealed_secret"); }))
        ->integer(0);
  }
};
MAILWARD_ON_EVERY_DATABASE(CredentialsTest);

TEST_P(CredentialsTest, a_typed_password_is_pending_until_its_first_accepted_sign_in) {
  const auto made = create(sample_form(), "Zebra-1");
  auto account = account_of(made);
  ASSERT_NE(account.pending(), nullptr);
  EXPECT_EQ(account.active(), nullptr);
  EXPECT_EQ(account.pending()->number, 1);
  EXPECT_EQ(account.pending()->created_by, "local:1000");
  EXPECT_EQ(password_for(made.id), "Zebra-1");
  promote_pending(account.id);
  account = account_of(made);
  EXPECT_EQ(account.pending(), nullptr);
  ASSERT_NE(account.active(), nullptr);
  EXPECT_EQ(account.active()->promoted, clock_.now());
  EXPECT_EQ(password_for(made.id), "Zebra-1");
}

TEST_P(CredentialsTest, without_a_password_there_is_none) {
  const auto made = create(sample_form());
  EXPECT_TRUE(fails_with(open_for(made.id), ConnectionsError::no_password));
}

TEST_P(CredentialsTest, promotion_keeps_one_previous_version_and_drops_the_older) {
  auto made = create(sample_form(), "Zebra-1");
  promote_pending(made.account);
  for (const char* next : {"Zebra-2", "Zebra-3"}) {
    made = must(ledger().update_connection(made.id, made.version, made.form, typed(next), by_admin()));
    promote_pending(made.account);
  }
  const auto account = account_of(made);
  ASSERT_EQ(account.credentials.size(), 2U);
  EXPECT_EQ(account.credentials[0].number, 3);
  EXPECT_EQ(account.credentials[0].state, CredentialState::active);
  EXPECT_EQ(account.credentials[1].number, 2);
  EXPECT_EQ(account.credentials[1].state, CredentialState::previous);
  EXPECT_EQ(sealed_secrets(), 2) << "the sealed password of version 1 is gone";
  EXPECT_EQ(password_for(made.id), "Zebra-3");
}

TEST_P(CredentialsTest, promoting_again_changes_nothing) {
  const auto made = create(sample_form(), "Zebra-1");
  promote_pending(made.account);
  const auto before = account_of(made);
  clock_.advance(std::chrono::seconds(1));
  must(ledger().promote(made.account, before.active()->id, by_admin()));
  EXPECT_EQ(account_of(made).active()->promoted, before.active()->promoted);
}

TEST_P(CredentialsTest, a_refused_pending_version_stays_and_the_active_one_serves_on) {
  auto made = create(sample_form(), "Zebra-1");
  promote_pending(made.account);
  made = must(ledger().update_connection(made.id, made.version, made.form, typed("Wrong-1"), by_admin()));
  EXPECT_EQ(password_for(made.id), "Wrong-1");
  const auto pending = *account_of(made).pending();
  must(ledger().mark_refused(made.account, pending.id, "bad_password", by_admin()));
  const auto account = account_of(made);
  ASSERT_NE(account.pending(), nullptr);
  EXPECT_EQ(account.pending()->refusal, "bad_password");
  EXPECT_EQ(account.pending()->refused, clock_.now());
  EXPECT_EQ(account.active()->number, 1);
  EXPECT_FALSE(account.active()->refused);
  EXPECT_EQ(password_for(made.id), "Zebra-1");
  must(ledger().clear_refused(made.account, pending.id, by_admin()));
  EXPECT_EQ(password_for(made.id), "Wrong-1");
}

TEST_P(CredentialsTest, where_all_were_refused_the_version_says_so) {
  const auto made = create(sample_form(), "Wrong-1");
  must(ledger().mark_refused(made.account, account_of(made).pending()->id, "bad_password", by_admin()));
  const auto opened = must(open_for(made.id));
  EXPECT_TRUE(opened.version.refused);
}

TEST_P(CredentialsTest, a_pending_version_is_replaced_with_its_secret) {
  auto made = create(sample_form(), "Wrong-1");
  const auto replaced = account_of(made).pending()->id;
  made = must(ledger().update_connection(made.id, made.version, made.form, typed("Zebra-1"), by_admin()));
  EXPECT_EQ(account_of(made).credentials.size(), 1U);
  EXPECT_EQ(account_of(made).pending()->number, 2) << "numbers are not used twice";
  EXPECT_EQ(sealed_secrets(), 1);
  EXPECT_TRUE(fails_with(ledger().promote(made.account, replaced, by_admin()), ConnectionsError::no_password));
  must(ledger().mark_refused(made.account, replaced, "bad_password", by_admin()));
  EXPECT_FALSE(account_of(made).pending()->refused);
}

TEST_P(CredentialsTest, a_disabled_account_gives_no_password) {
  const auto made = create(sample_form(), "Zebra-1");
  const auto account = account_of(made);
  must(ledger().set_account_enabled(account.id, account.version, false, by_admin()));
  EXPECT_TRUE(fails_with(open_for(made.id), ConnectionsError::account_disabled));
}

TEST_P(CredentialsTest, an_odd_password_is_asked_about_first) {
  const auto refused = ledger().create_connection(sample_form(), std::nullopt, typed("Zebra-1\n"), by_admin());
  ASSERT_TRUE(fails_with(refused, ConnectionsError::suspicious_password));
  EXPECT_THAT(refused.error().message(), HasSubstr("line end"));
  EXPECT_THAT(refused.error().describe(), ::testing::Not(HasSubstr("Zebra")));
  TypedPassword confirmed = typed("Zebra-1\n");
  confirmed.confirmed = true;
  const auto made = must(ledger().create_connection(sample_form(), std::nullopt, std::move(confirmed), by_admin()));
  EXPECT_EQ(password_for(made.id), "Zebra-1\n");
}

TEST_P(CredentialsTest, set_password_serves_the_connections_that_it_names) {
  const auto one = create(sample_form("mail1.example.test"), "Zebra-1");
  promote_pending(one.account);
  const auto two =
      must(ledger().create_connection(sample_form("mail2.example.test"), std::nullopt, typed("Zebra-1"), by_admin()));
  promote_pending(one.account);
  auto account = account_of(one);
  EXPECT_TRUE(fails_with(ledger().set_password(account.id, account.version, typed("Zebra-2"), {}, by_admin()),
                         ConnectionsError::invalid_form));
  EXPECT_TRUE(fails_with(ledger().set_password(account.id, account.version, typed("Zebra-2"),
                                               {{ConnectionId::from_value(9), ""}}, by_admin()),
                         ConnectionsError::unknown_connection));
  EXPECT_TRUE(fails_with(
      ledger().set_password(account.id, account.version - 1, typed("Zebra-2"), as_shown({one.id}), by_admin()),
      ConnectionsError::version_conflict));
  account = must(
      ledger().set_password(account.id, account.version, typed("Zebra-2"), as_shown({one.id, two.id}), by_admin()));
  EXPECT_EQ(password_for(one.id), "Zebra-2");
  EXPECT_EQ(password_for(two.id), "Zebra-2");
}

TEST_P(CredentialsTest, under_another_name_the_passwords_are_dropped) {
  const auto made = create(sample_form(), "Zebra-1");
  promote_pending(made.account);
  auto account = account_of(made);
  account =
      must(ledger().update_account(account.id, account.version, "SVC-mailward@example.test", std::nullopt, by_admin()));
  EXPECT_EQ(password_for(made.id), "Zebra-1") << "only the spelling changed";
  account = must(ledger().update_account(account.id, account.version, "svc2@example.test", std::nullopt, by_admin()));
  EXPECT_TRUE(account.credentials.empty());
  EXPECT_EQ(sealed_secrets(), 0);
  EXPECT_TRUE(fails_with(open_for(made.id), ConnectionsError::no_password));
}

TEST_P(CredentialsTest, the_readers_password_opens_until_it_is_refused) {
  auto directory = must(ledger().create_directory(sample_directory(), typed("Reader-1"), by_admin()));
  EXPECT_EQ(must(ledger().open_reader_password(directory))->reveal(), "Reader-1");
  must(ledger().mark_reader_refused(directory.id, directory.reader_secret.value()));
  directory = must(ledger().directory(directory.id));
  EXPECT_EQ(directory.reader_refused, clock_.now());
  EXPECT_FALSE(must(ledger().open_reader_password(directory)));
  directory =
      must(ledger().update_directory(directory.id, directory.version, directory.form, typed("Reader-2"), by_admin()));
  EXPECT_EQ(must(ledger().open_reader_password(directory))->reveal(), "Reader-2");
  EXPECT_EQ(sealed_secrets(), 1);
  DirectoryForm without = directory.form;
  without.reader.clear();
  EXPECT_TRUE(fails_with(ledger().update_directory(directory.id, directory.version, without, typed("x"), by_admin()),
                         ConnectionsError::invalid_form));
  directory = must(ledger().update_directory(directory.id, directory.version, without, std::nullopt, by_admin()));
  EXPECT_FALSE(must(ledger().open_reader_password(directory)));
  EXPECT_EQ(sealed_secrets(), 0);
}

}  // namespace
}  // namespace mailward::connections::testing
