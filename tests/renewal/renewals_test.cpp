#include "tests/renewal/renewal_house.h"

#include <algorithm>

#include "connections/rotation_rows.h"
#include "secrets/recovery_key.h"
#include "secrets/secret_store.h"

namespace mailward::renewal {
namespace {

using access::Role;
using testing::fails_with;
using testing::kUserPassword;
using testing::must;
using testing::Product;
using testing::RenewalHouse;
using testing::wait_until;
using namespace std::chrono_literals;

constexpr std::string_view kServicePassword = "Service-Passw0rd-1!";
constexpr std::string_view kReaderPassword = "Reader-Passw0rd-1!";

/// A house without a network: whatever asks a controller fails.
class RenewalsTest : public ::testing::Test {
 protected:
  Product product_{Product::Options{}};
  mailward::testing::ManualClock clock_{Clock::system().now()};
  RenewalHouse house_{product_, clock_};
  Renewals& renewals() { return house_.renewals(); }

  /// Kinds in the order of the plan.
  static std::vector<std::string> kinds_of(const std::vector<RenewalItem>& items) {
    std::vector<std::string> kinds;
    for (const RenewalItem& item : items) {
      if (kinds.empty() || kinds.back() != item.kind) kinds.push_back(item.kind);
    }
    return kinds;
  }
  connections::AccountId make_account(bool with_reset_account) {
    auto& ledger = product_.ledger();
    connections::DirectoryForm directory{.name = "Example",
                                         .realm = "EXAMPLE.TEST",
                                         .domain = "EXAMPLE",
                                         .controllers = {"dc1.example.test"},
                                         .base_dn = "DC=example,DC=test",
                                         .trust_pem = {},
                                         .reader = "reader@example.test"};
    const auto lives_in = must(ledger.create_directory(
        directory, connections::TypedPassword{SecretString(kReaderPassword), false}, Product::by()));
    connections::ConnectionForm form;
    form.description = "Head office";
    form.ews_url = "https://mail.example.test/EWS/Exchange.asmx";
    form.master_mailbox = "svc-mailward@example.test";
    const auto connection = must(ledger.create_connection(
        form, lives_in.id, connections::TypedPassword{SecretString(kServicePassword), false}, Product::by()));
    const auto account = must(ledger.account(connection.account));
    must(ledger.promote(account.id, account.pending()->id, Product::by()));
    if (with_reset_account) name_reset_account(account.id);
    return account.id;
  }
  void name_reset_account(connections::AccountId account) {
    auto& ledger = product_.ledger();
    must(ledger.set_reset_account(account, must(ledger.account(account)).version, "resetter@example.test",
                                  connections::TypedPassword{SecretString("Resetter-Passw0rd-1!"), false},
                                  Product::by()));
  }
  access::Token make_token(const access::User& owner) {
    return must(house_.access().tokens.create(owner.id,
                                              {.description = "nightly",
                                               .rights = {access::Right::see_status},
                                               .expires_in = std::chrono::days(30)},
                                              RenewalHouse::by(owner)))
        .token;
  }
  void change_password(const access::User& user) {
    const auto grant = house_.access().sign_in.attempt(user.name, SecretString(kUserPassword), {},
                                                       {.address = "192.0.2.1", .user_agent = {}}, "r");
    ASSERT_TRUE(grant) << grant.error().error.describe();
    const auto changed = house_.access().profile.change_password(grant->session, SecretString(kUserPassword),
                                                                 SecretString("quite another sentence of words"), "r");
    ASSERT_TRUE(changed) << changed.error().error.describe();
  }
};

TEST_F(RenewalsTest, the_inventory_says_of_each_secret_how_it_is_renewed_and_when_it_is_due) {
  const auto account = make_account(false);
  const auto anna = house_.make_administrator("anna");
  const auto token = make_token(anna);
  must(secrets::RecoveryKey::open(product_.database(), product_.keyring(), clock_));
  const auto of = [&](std::string_view kind) {
    for (const HeldSecret& one : must(house_.inventory().list())) {
      if (one.record.kind == kind) return one;
    }
    throw std::runtime_error("not held: " + std::string(kind));
  };
  EXPECT_EQ(of("master_key").way, Way::by_itself);
  EXPECT_EQ(of("sub_key").way, Way::stays);
  EXPECT_FALSE(of("sub_key").due);
  EXPECT_EQ(of("recovery_key").way, Way::by_itself);
  EXPECT_EQ(of("directory_reader").way, Way::by_person);
  EXPECT_EQ(of("user_password").record.set_by, anna.actor().text());
  EXPECT_FALSE(of("user_password").due);
  EXPECT_EQ(of("api_token").due, token.expires_at) << "its own expiry";
  const HeldSecret service = of("service_account");
  EXPECT_EQ(service.way, Way::by_person) << "no reset account";
  EXPECT_EQ(service.command, "mailward account password " + account.text());
  EXPECT_EQ(service.due, service.record.created + 90 * 24h);

  PolicyChange policy;
  policy.greatest_ages["service_account"] = std::chrono::days(30);
  must(house_.inventory().change_policy(policy, RenewalHouse::by_root()));
  EXPECT_EQ(of("service_account").due, service.record.created + 30 * 24h);
  EXPECT_FALSE(of("service_account").is_due(clock_.now()));
  clock_.advance(31 * 24h);
  EXPECT_TRUE(of("service_account").is_due(clock_.now()));
  EXPECT_EQ(must(house_.inventory().list()).front().record.kind, "api_token") << "the earliest is the first";
  policy.greatest_ages["sub_key"] = std::chrono::days(1);
  EXPECT_TRUE(
      fails_with(house_.inventory().change_policy(policy, RenewalHouse::by_root()), RenewalError::invalid_form));

  must(house_.access().tokens.revoke(token.id, {}, RenewalHouse::by(anna)));
  EXPECT_THROW(of("api_token"), std::runtime_error) << "what is gone leaves no line";
}

TEST_F(RenewalsTest, what_a_password_opens_is_what_its_account_does_and_who_made_it_is_told) {
  const auto account = make_account(true);
  auto& ledger = product_.ledger();
  const auto resetter = *must(ledger.account(account)).reset_account;
  const auto held = [&](connections::AccountId id) {
    return *must(house_.inventory().find("service_account", id.text()));
  };
  const auto renew = [&](connections::AccountId id, connections::PasswordOrigin origin) {
    return must(product_.database().transaction([&](db::Transaction& tx) -> Result<connections::CredentialVersionId> {
      MW_TRY(const auto made, ledger.add_generated(tx, id, SecretString("Quite-Another-1!"), Product::by(), origin));
      MW_CHECK(ledger.promote(tx, id, made.id, Product::by()));
      return made.id;
    }));
  };
  EXPECT_EQ(held(account).origin, connections::PasswordOrigin::typed);
  EXPECT_EQ(held(resetter).record.opens, "directory Example as resetter@example.test");

  must(ledger.promote(resetter, must(ledger.account(resetter)).pending()->id, Product::by()));
  renew(resetter, connections::PasswordOrigin::generated);
  renew(account, connections::PasswordOrigin::fetched);
  EXPECT_EQ(held(resetter).record.opens, "directory Example as resetter@example.test") << "it has no mailbox to open";
  EXPECT_EQ(held(resetter).origin, connections::PasswordOrigin::generated);
  EXPECT_EQ(held(account).record.opens, "EWS as svc-mailward@example.test");
  EXPECT_EQ(held(account).origin, connections::PasswordOrigin::fetched) << "Mailward did not make it";
}

TEST_F(RenewalsTest, a_users_password_was_used_when_he_last_signed_in_with_it) {
  const auto anna = house_.make_administrator("anna");
  const auto used = [&] { return must(house_.inventory().find("user_password", anna.id.text()))->record.last_used; };
  EXPECT_FALSE(used());
  change_password(anna);
  EXPECT_EQ(used(), must(house_.inventory().find("user_password", anna.id.text()))->record.created)
      << "the session in which it was chosen goes on with it";
  clock_.advance(1h);
  ASSERT_TRUE(house_.access().sign_in.attempt("anna", SecretString("quite another sentence of words"), {},
                                              {.address = "192.0.2.1", .user_agent = {}}, "r"));
  EXPECT_EQ(used(), clock_.now());
}

TEST_F(RenewalsTest, a_plan_has_its_order_and_says_why) {
  make_account(true);
  const auto anna = house_.make_administrator("anna");
  make_token(anna);
  must(secrets::RecoveryKey::open(product_.database(), product_.keyring(), clock_));
  const auto items = must(renewals().preview({}));
  EXPECT_EQ(kinds_of(items), (std::vector<std::string>{"master_key", "service_account", "recovery_key",
                                                       "directory_reader", "api_token", "user_password", "sub_key"}));
  std::vector<std::string> accounts;
  for (const RenewalItem& item : items) {
    const bool is_reset_account = item.opens.find("resetter@example.test") != std::string::npos;
    if (is_reset_account) EXPECT_NE(item.command.find("account reset-account"), std::string::npos) << item.command;
    EXPECT_FALSE(item.reason.empty()) << item.kind;
    if (item.kind == "service_account") accounts.push_back(item.opens + " " + std::to_string(item.times));
  }
  EXPECT_EQ(accounts, (std::vector<std::string>{"directory Example as resetter@example.test 1",
                                                "EWS as svc-mailward@example.test 2"}))
      << "who sets others first; what Mailward can set twice";
  EXPECT_EQ(must(renewals().list(10)).size(), 0U) << "a look changes nothing";
}

TEST_F(RenewalsTest, a_plan_over_nothing_or_of_unknown_kinds_is_refused) {
  EXPECT_TRUE(fails_with(renewals().create({"pasword"}, RenewalHouse::by_root()), RenewalError::invalid_form));
  EXPECT_TRUE(fails_with(renewals().create({"relay"}, RenewalHouse::by_root()), RenewalError::nothing_to_renew));
}

TEST_F(RenewalsTest, a_second_plan_waits_for_the_first) {
  const auto first = must(renewals().create({"master_key"}, RenewalHouse::by_root()));
  const auto second = renewals().create({}, RenewalHouse::by_root());
  ASSERT_TRUE(fails_with(second, RenewalError::already_open));
  EXPECT_NE(second.error().message().find(first.id.text()), std::string::npos);
  must(renewals().close(first.id, RenewalHouse::by_root()));
  EXPECT_TRUE(renewals().create({"master_key"}, RenewalHouse::by_root()));
}

TEST_F(RenewalsTest, what_can_be_renewed_here_is_and_people_are_waited_for) {
  const auto anna = house_.make_administrator("anna");
  const auto token = make_token(anna);
  must(secrets::RecoveryKey::open(product_.database(), product_.keyring(), clock_));
  secrets::SecretStore store(product_.keyring(), clock_);
  const auto kept = must(product_.database().transaction(
      [&](db::Transaction& tx) { return store.put(tx, "password", as_bytes("there"), SecretString("s3cret")); }));
  const Bytes key_before = product_.keyring().master_key_id();
  const auto session = house_.access().sign_in.attempt("anna", SecretString(kUserPassword), {},
                                                       {.address = "192.0.2.1", .user_agent = {}}, "r");
  ASSERT_TRUE(session);

  clock_.advance(1h);
  const auto plan = must(renewals().create({}, RenewalHouse::by(anna)));
  must(renewals().start(plan.id, RenewalHouse::by(anna)));
  Renewal rested = house_.rested(plan.id);
  SCOPED_TRACE(RenewalHouse::text_of_items(rested));
  EXPECT_EQ(rested.state, RenewalState::waiting);
  EXPECT_EQ(RenewalHouse::item_of(rested, "master_key").state, ItemState::done);
  EXPECT_NE(product_.keyring().master_key_id(), key_before);
  EXPECT_EQ(must(product_.database().read([&](db::Session& s) {
              return store.open(s, kept, "password", as_bytes("there"));
            })).reveal(),
            "s3cret");
  EXPECT_EQ(RenewalHouse::item_of(rested, "sub_key").state, ItemState::kept);
  EXPECT_EQ(RenewalHouse::item_of(rested, "api_token").state, ItemState::done);
  EXPECT_NE(RenewalHouse::item_of(rested, "api_token").proof.find("nightly"), std::string::npos);
  EXPECT_TRUE(must(house_.access().tokens.list(std::nullopt)).empty());
  EXPECT_EQ(RenewalHouse::item_of(rested, "user_password").state, ItemState::waiting);
  EXPECT_EQ(RenewalHouse::item_of(rested, "recovery_key").state, ItemState::waiting);
  EXPECT_FALSE(house_.access().sessions.look(session->token.reveal())) << "his session was ended";
  EXPECT_TRUE(must(house_.access().users.find(anna.id)).must_choose_password) << "the old one opens nothing else";

  clock_.advance(1h);
  change_password(anna);
  must(renewals().resume());
  EXPECT_EQ(RenewalHouse::item_of(must(renewals().get(plan.id)), "user_password").state, ItemState::done);
  EXPECT_EQ(must(renewals().get(plan.id)).state, RenewalState::waiting);
  const SecretString half = must(product_.database().transaction(
      [&](db::Transaction& tx) { return secrets::RecoveryKey::take(tx, store, clock_.now()); }));
  must(renewals().resume());
  const Renewal finished = must(renewals().get(plan.id));
  EXPECT_EQ(finished.state, RenewalState::finished) << RenewalHouse::text_of_items(finished);

  const auto head = must(product_.database().read([&](db::Session& s) { return house_.trail().checked_head(s); }));
  const auto report = report_of(finished, {{anna.actor().text(), "anna <i>&"}}, head, clock_.now());
  const std::string page = page_of(report);
  const std::string all = report.dump() + page;
  for (const std::string_view secret : {std::string_view("s3cret"), kUserPassword, half.reveal()}) {
    EXPECT_EQ(all.find(secret), std::string::npos) << "a secret stands in the report";
  }
  EXPECT_NE(page.find("anna &lt;i&gt;&amp;"), std::string::npos) << "escaped";
  EXPECT_EQ(page.find("anna <i>"), std::string::npos);
  EXPECT_NE(page.find("4 of 4 secrets are renewed."), std::string::npos) << page;
  EXPECT_NE(page.find("<h2>Renewed</h2>"), std::string::npos);
  EXPECT_NE(page.find("What stays to be done</h2>\n<p>Nothing.</p>"), std::string::npos) << page;
  EXPECT_NE(page.find("approved by</dt><dd>not demanded by this house"), std::string::npos) << page;
  EXPECT_NE(page.find("sub-keys, which open no password"), std::string::npos) << page;
  EXPECT_NE(page.find(to_hex(head.mac)), std::string::npos);
  EXPECT_EQ(report["plan"]["state"], "finished");
  EXPECT_EQ(report["items"][0]["after"]["key"], to_hex(product_.keyring().master_key_id()));
  const auto acts = house_.acts();
  EXPECT_EQ(acts.front(), "renewal.create");
  EXPECT_EQ(acts.back(), "renewal.finish");
}

TEST_F(RenewalsTest, a_secret_that_vanished_is_gone) {
  const auto anna = house_.make_administrator("anna");
  const auto token = make_token(anna);
  const auto plan = must(renewals().create({"api_token"}, RenewalHouse::by_root()));
  must(house_.access().tokens.revoke(token.id, {}, RenewalHouse::by(anna)));
  must(renewals().start(plan.id, RenewalHouse::by_root()));
  const Renewal ended = house_.rested(plan.id);
  EXPECT_EQ(ended.state, RenewalState::finished);
  EXPECT_EQ(ended.items.at(0).state, ItemState::gone);
}

TEST_F(RenewalsTest, an_account_in_use_is_waited_for_then_failed_and_can_be_tried_again) {
  const auto account = make_account(true);
  connections::Rotation open;
  open.run =
      must(product_.runs().create({.kind = "test", .subject = "", .actor = audit::Actor::local(0), .request_id = ""}));
  open.account = account;
  open.account_name = "svc-mailward@example.test";
  open.created = clock_.now();
  must(product_.database().transaction(
      [&](db::Transaction& tx) { return connections::rotation_rows::insert(tx, open); }));
  const auto plan = must(renewals().create({"service_account"}, RenewalHouse::by_root()));
  must(renewals().start(plan.id, RenewalHouse::by_root()));
  // The clock of the plan is moved until the wait is over.
  ASSERT_TRUE(wait_until(
      [&] {
        clock_.advance(1s);
        return must(renewals().get(plan.id)).state != RenewalState::running;
      },
      30s));
  const Renewal rested = must(renewals().get(plan.id));
  EXPECT_EQ(rested.state, RenewalState::waiting);
  const RenewalItem& item = rested.items.at(1);
  EXPECT_EQ(item.state, ItemState::failed) << RenewalHouse::text_of_items(rested);
  EXPECT_NE(item.why.find("has not ended"), std::string::npos) << item.why;
  EXPECT_FALSE(item.remedy.empty());
  EXPECT_EQ(rested.items.at(0).state, ItemState::waiting) << "nobody sets the reset account's password";

  must(product_.database().transaction(
      [&](db::Transaction& tx) { return tx.execute_script("UPDATE rotation SET state = 'undone', ended = created"); }));
  house_.demand_approval(true);
  EXPECT_TRUE(fails_with(renewals().retry(plan.id, RenewalHouse::by_root()), RenewalError::approval_needed))
      << "it was started without";
  house_.demand_approval(false);
  clock_.advance(kApprovalOutlasts);
  must(renewals().retry(plan.id, RenewalHouse::by_root()));
  const Renewal again = house_.rested(plan.id, 120s);
  EXPECT_EQ(again.items.at(1).state, ItemState::failed) << "there is no controller here";
  EXPECT_TRUE(again.items.at(1).run) << "a rotation of its own was begun";
  EXPECT_TRUE(fails_with(renewals().start(plan.id, RenewalHouse::by_root()), RenewalError::illegal_transition));
  const Renewal closed = must(renewals().close(plan.id, RenewalHouse::by_root()));
  EXPECT_EQ(closed.state, RenewalState::closed);
  EXPECT_EQ(must(renewals().get(plan.id)).items.at(1).state, ItemState::left);
}

TEST_F(RenewalsTest, an_item_is_renewed_as_things_stand_when_its_turn_comes) {
  const auto account = make_account(false);
  const auto plan = must(renewals().create({"service_account"}, RenewalHouse::by_root()));
  EXPECT_EQ(plan.items.at(0).way, Way::by_person);
  EXPECT_EQ(plan.items.at(0).times, 1);
  name_reset_account(account);
  must(renewals().start(plan.id, RenewalHouse::by_root()));
  const Renewal rested = house_.rested(plan.id, 120s);
  EXPECT_EQ(rested.items.at(0).way, Way::by_itself);
  EXPECT_EQ(rested.items.at(0).times, 2) << "Active Directory takes the previous one for a while";
  EXPECT_TRUE(rested.items.at(0).run) << RenewalHouse::text_of_items(rested);
}

}  // namespace
}  // namespace mailward::renewal
