#include <gtest/gtest.h>

#include <algorithm>

#include "ews/operations/get_folder.h"
#include "tests/product_support/organisation.h"
#include "tests/support/samba_pair.h"
#include "tests/support/wait_until.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using testing::SambaPair;
using testing::TestOutcome;
using testing::wait_until;
using namespace std::chrono_literals;

/// Rotations that were left in the middle, as killed processes and silent controllers leave them.
class RotationSettles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  void begin(const Organisation::Options& options = {}) {
    organisation_ = std::make_unique<Organisation>(options);
    connection_ = organisation_->connect().id;
    account_ = must(product().ledger().connection(connection_)).account;
  }
  Product& product() { return organisation_->product(); }
  SambaDc& controller() { return organisation_->controller(); }
  std::string dn() { return controller().dn_of(Organisation::kAccount); }
  static Timestamp moment_of(std::int64_t file_time) { return from_micros(file_time / 10 - 11'644'473'600'000'000); }
  Timestamp pwd_last_set() { return moment_of(controller().pwd_last_set(Organisation::kAccount)); }

  /// A rotation in that state, with a new password pending that no controller has been told by Mailward.
  work::RunId leave(RotationState state, std::string_view password, std::optional<Timestamp> before,
                    std::optional<Timestamp> after = {}, RotationMode mode = RotationMode::delegated_reset) {
    auto& ledger = product().ledger();
    const auto run = must(product().runs().create({.kind = std::string(kRotationRun),
                                                   .subject = "account:" + account_.text(),
                                                   .actor = audit::Actor::system("test"),
                                                   .request_id = {}}));
    must(product().runs().start(run));
    must(product().database().transaction([&](db::Transaction& tx) -> Status {
      const auto added = ledger.add_generated(tx, account_, SecretString(password), Product::by());
      if (!added) return fail(added.error());
      Rotation left;
      left.run = run;
      left.account = account_;
      left.account_name = "svc-mailward";
      left.mode = mode;
      left.state = state;
      left.version = added->id;
      left.old_version = must(ledger.account(account_)).active()->id;
      left.controller = controller().host();
      left.pwd_last_set_before = before;
      left.created = Clock::system().now();
      MW_CHECK(rotation_rows::insert(tx, left));
      MW_CHECK(tx.execute("UPDATE rotation SET pwd_last_set_after = $2, confirmed = $3 WHERE run_id = $1",
                          {run, after, after.has_value()}));
      return {};
    }));
    return run;
  }
  TestOutcome taken_up(work::RunId run) {
    product().restart();
    return product().outcome_of(run);
  }
  void expect_signs_in() {
    const TestOutcome test = product().test({.connection = connection_});
    EXPECT_EQ(test.verdict, "none") << test.text();
    EXPECT_EQ(must(product().ledger().account(account_)).pending(), nullptr);
  }
  void expect_still_signs_in() {
    const TestOutcome test = product().test({.connection = connection_});
    EXPECT_EQ(test.verdict, "none") << test.text();
  }
  ews::Outcome<ews::Reply<ews::GetFolder::Response>> call(std::chrono::milliseconds limit = 20s) {
    ews::GetFolder operation;
    operation.shape = ews::BaseShape::id_only;
    operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
    ews::CallContext context;
    context.impersonate = {ews::Impersonation::Kind::smtp_address, "usera@example.test"};
    return product().gate().call(connection_, "test", operation, context, Deadline::after(limit));
  }

  std::unique_ptr<Organisation> organisation_;
  ConnectionId connection_;
  AccountId account_;
  static constexpr std::string_view kNew = "Made-By-Mailward-77";
};

TEST_F(RotationSettles, what_was_sealed_and_never_sent_is_dropped) {
  begin();
  const TestOutcome outcome = taken_up(leave(RotationState::sealed, kNew, pwd_last_set()));
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  expect_signs_in();
}

TEST_F(RotationSettles, a_reset_that_did_not_arrive_is_dropped_once_controller_and_pdc_show_so) {
  begin();
  const TestOutcome outcome = taken_up(leave(RotationState::resetting, kNew, pwd_last_set()));
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.text().find("pdc_emulator"), std::string::npos) << outcome.text();
  expect_signs_in();
  EXPECT_EQ(controller().bad_password_count(Organisation::kAccount), 0);
}

TEST_F(RotationSettles, a_reset_that_arrived_unheard_is_gone_on_with) {
  begin();
  const auto run = leave(RotationState::resetting, kNew, pwd_last_set());
  controller().set_password(Organisation::kAccount, kNew);
  const TestOutcome outcome = taken_up(run);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(must(product().ledger().account(account_)).active()->origin, PasswordOrigin::generated);
  expect_signs_in();
}

/// A controller that said that it took the password, and does not have it: the old one is set again.
TEST_F(RotationSettles, a_controller_that_lied_gets_the_old_password_again) {
  begin();
  const TestOutcome outcome = taken_up(leave(RotationState::taken, kNew, pwd_last_set(), pwd_last_set()));
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.result["sentence"].get<std::string>().find("did not accept it"), std::string::npos)
      << outcome.text();
  expect_signs_in();
}

/// Somebody else set another one in between: nothing is guessed, and it is said when and where.
TEST_F(RotationSettles, another_password_set_in_between_is_said) {
  begin();
  const auto run = leave(RotationState::taken, kNew, pwd_last_set(), pwd_last_set());
  controller().set_password(Organisation::kAccount, "Somebody-Elses-77");
  const TestOutcome outcome = taken_up(run);
  EXPECT_EQ(controller().bad_password_count(Organisation::kAccount), 0) << "it was tried, and could not be right";
  EXPECT_EQ(outcome.result["state"], "unclear") << outcome.text();
  const std::string sentence = outcome.result["sentence"];
  EXPECT_NE(sentence.find(controller().host()), std::string::npos) << sentence;
  EXPECT_NE(sentence.find(format_timestamp(pwd_last_set()).substr(0, 16)), std::string::npos) << sentence;
  EXPECT_FALSE(outcome.result["remedy"].get<std::string>().empty());
  // And another rotation mends it without anybody's help.
  const TestOutcome again = product().rotate(account_);
  EXPECT_EQ(again.result["state"], "finished") << again.text();
  expect_signs_in();
}

/// As long as the controller is silent nobody knows: the rotation stays open, the door closed, calls are given up with
/// their own word; it settles once the controller speaks.
TEST_F(RotationSettles, a_silent_controller_is_waited_for) {
  SambaDc own;
  begin({.controller = &own, .hold_limit = 300ms});
  const auto run = leave(RotationState::resetting, kNew, pwd_last_set());
  own.kill_hard();
  product().restart();
  const auto held = call();
  ASSERT_FALSE(held);
  EXPECT_TRUE(held.error().error.is(ConnectionsError::gate_timeout)) << held.error().error.describe();
  EXPECT_FALSE(must(product().rotations().report(run)).rotation.ended);
  EXPECT_EQ(product().test({.connection = connection_}).verdict, "account_busy");
  own.start();
  ASSERT_TRUE(wait_until(
      [&] {
        must(product().rotations().resume());
        return must(product().rotations().report(run)).rotation.ended.has_value();
      },
      60s));
  EXPECT_EQ(must(product().rotations().report(run)).rotation.state, RotationState::undone);
  expect_signs_in();
  EXPECT_TRUE(call());
}

TEST_F(RotationSettles, a_controller_that_dies_in_mid_change_leaves_nothing_half_done) {
  SambaDc own;
  begin({.controller = &own});
  for (int i = 0; i < 3; ++i) {
    const auto run = must(product().rotations().start({.account = account_}, Product::by()));
    // Dies once the reset is on its way, or a little later.
    ASSERT_TRUE(wait_until(
        [&] {
          const auto state = must(product().rotations().report(run)).rotation.state;
          return state != RotationState::planned && state != RotationState::sealed;
        },
        20s));
    own.kill_hard();
    own.start();
    ASSERT_TRUE(wait_until(
        [&] {
          must(product().rotations().resume());
          return must(product().rotations().report(run)).rotation.ended.has_value();
        },
        90s));
    SCOPED_TRACE(std::string(name_of(must(product().rotations().report(run)).rotation.state)));
    expect_signs_in();
    EXPECT_EQ(own.bad_password_count(Organisation::kAccount), 0);
  }
}

/// Killed before anything was sent, and then an administrator sets another password by hand: that one stays.
TEST_F(RotationSettles, somebody_elses_reset_is_never_taken_for_ours_and_never_overwritten) {
  begin();
  const auto run = leave(RotationState::resetting, kNew, pwd_last_set());
  controller().set_password(Organisation::kAccount, "Emergency-Passw0rd-77");
  const auto set_by_hand = pwd_last_set();
  const TestOutcome outcome = taken_up(run);
  EXPECT_EQ(outcome.result["state"], "unclear") << outcome.text();
  EXPECT_NE(outcome.result["sentence"].get<std::string>().find("Somebody else set another password"), std::string::npos)
      << outcome.text();
  EXPECT_EQ(pwd_last_set(), set_by_hand) << "the administrator's password was overwritten";
  EXPECT_EQ(controller().bad_password_count(Organisation::kAccount), 1);
  const auto parked = must(product().ledger().connection(connection_));
  EXPECT_EQ(parked.reason, "password_changed_elsewhere") << parked.reason_text;
  // And the way out that it names.
  EXPECT_EQ(product().rotate(account_).result["state"], "finished");
  expect_signs_in();
}

/// The right password of the reset account is all that an open rotation may wait for.
TEST_F(RotationSettles, the_reset_accounts_password_can_be_typed_while_a_rotation_waits_for_it) {
  begin();
  const auto run = leave(RotationState::resetting, kNew, pwd_last_set());
  constexpr std::string_view kOther = "Other-Resetter-Passw0rd-1!";
  // Twice, so that the one before is not the one that a bind forgives for an hour.
  controller().set_password(Organisation::kResetter, "Between-Passw0rd-1!");
  controller().set_password(Organisation::kResetter, kOther);
  product().restart();
  auto& ledger = product().ledger();
  const auto is_refused = [&] {
    must(product().rotations().resume());
    const auto resetter = must(ledger.account(*must(ledger.account(account_)).reset_account));
    return std::ranges::any_of(resetter.credentials, [](const auto& one) { return one.refused.has_value(); });
  };
  ASSERT_TRUE(testing::wait_until(is_refused, 30s));
  const auto account = must(ledger.account(account_));
  const auto other = ledger.set_reset_account(account_, account.version, "somebody@example.test",
                                              TypedPassword{SecretString(kOther), false}, Product::by());
  EXPECT_FALSE(other) << "a rotation would lose its reset account";
  must(ledger.set_reset_account(account_, account.version, must(ledger.account(*account.reset_account)).name,
                                TypedPassword{SecretString(kOther), false}, Product::by()));
  ASSERT_TRUE(testing::wait_until(
      [&] {
        must(product().rotations().resume());
        return must(product().rotations().report(run)).rotation.ended.has_value();
      },
      30s));
  EXPECT_EQ(must(product().rotations().report(run)).rotation.state, RotationState::undone);
  EXPECT_EQ(controller().bad_password_count(Organisation::kResetter), 0) << "it counts anew since a success";
}

/// What waits for what does not come is ended by a person: both passwords stay, and tests find out which is valid.
TEST_F(RotationSettles, a_person_ends_what_waits_for_ever) {
  begin();
  const auto run = leave(RotationState::resetting, kNew, pwd_last_set());
  must(product().database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(tx.execute("UPDATE rotation SET controller = 'gone.example.test' WHERE run_id = $1", {run}));
    return {};
  }));
  product().restart();
  ASSERT_TRUE(testing::wait_until(
      [&] {
        const auto steps = must(product().runs().changes_after(run, 0)).steps;
        return !steps.empty() && steps.back().evidence.find("gone.example.test cannot be read") != std::string::npos;
      },
      30s));
  must(product().rotations().end(run, Product::by()));
  const auto ended = must(product().rotations().report(run)).rotation;
  EXPECT_EQ(ended.state, RotationState::unclear);
  EXPECT_NE(must(product().ledger().account(account_)).pending(), nullptr);
  const Status again = product().rotations().end(run, Product::by());
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().is(ConnectionsError::illegal_transition));
  product().test({.connection = connection_});  // the new one, which nobody has: refused
  expect_still_signs_in();
}

/// Killed while it showed what another vault had handed over. The controller says whether that was counted as wrong.
TEST_F(RotationSettles, what_was_handed_over_is_shown_no_second_time_where_the_first_may_have_been_counted) {
  begin();
  const auto account = must(product().ledger().account(account_));
  const SecretString wrong("Nobody-Ever-Had-This-1!");
  const auto run = leave(RotationState::taken, wrong.reveal(), pwd_last_set(), pwd_last_set(), RotationMode::external);
  must(product().refusals().begin_try(account.normalised, wrong, pwd_last_set()));
  directory::Settings settings;
  settings.controllers = {{.host = controller().host()}};
  settings.trust = must(CertificateTrust::from_pem(controller().ca_pem()));
  const directory::Directory directory(std::move(settings), product().resolver(), product().destinations());
  ASSERT_FALSE(directory.try_password(controller().host(), "svc-mailward@example.test", wrong, Deadline::after(20s)));
  const auto counted = controller().get(dn(), "badPasswordTime");

  const TestOutcome outcome = taken_up(run);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.text().find("whether it is right is not known"), std::string::npos) << outcome.text();
  EXPECT_EQ(controller().get(dn(), "badPasswordTime"), counted) << "it was shown again";
  expect_still_signs_in();
}

TEST_F(RotationSettles, what_was_handed_over_is_shown_again_where_nothing_was_counted) {
  begin();
  const auto account = must(product().ledger().account(account_));
  const SecretString handed("The-Vaults-Passw0rd-2!");
  const auto before = pwd_last_set();
  controller().set_password(Organisation::kAccount, handed.reveal());
  const auto run = leave(RotationState::taken, handed.reveal(), before, pwd_last_set(), RotationMode::external);
  must(product().refusals().begin_try(account.normalised, handed, pwd_last_set()));
  const TestOutcome outcome = taken_up(run);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  expect_signs_in();
}

TEST_F(RotationSettles, a_dry_run_that_was_killed_ends_as_interrupted) {
  begin();
  const auto run = must(product().runs().create({.kind = std::string(kRotationRun),
                                                 .subject = "account:" + account_.text(),
                                                 .actor = audit::Actor::system("test"),
                                                 .request_id = {}}));
  must(product().runs().start(run));
  product().restart();
  EXPECT_EQ(must(product().runs().changes_after(run, 0)).run.state, work::RunState::interrupted);
}

/// Kerberos cannot judge where the clocks differ too much: a bind at the controller proves the password.
TEST_F(RotationSettles, where_the_clocks_break_kerberos_a_bind_proves_it) {
  SambaDc ahead({.clock_offset = 1h});
  begin({.controller = &ahead, .authentication = {.negotiate = false, .ntlm = true, .basic = false}});
  const TestOutcome outcome = product().rotate(account_);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_NE(outcome.text().find("\"by\":\"bind\""), std::string::npos) << outcome.text();
  EXPECT_EQ(product().test({.connection = connection_}).verdict, "kerberos_clock");
  EXPECT_EQ(ahead.bad_password_count(Organisation::kAccount), 0);
}

/// Two controllers, of which the second hears of nothing by itself.
class RotationLags : public RotationSettles {
 protected:
  static SambaPair& pair() {
    static SambaPair both;
    return both;
  }
  void begin_with_pair() {
    begin({.controller = &pair().first(), .second = &pair().second()});
    pair().replicate();
    bad_ = bad_password_time();
  }
  std::vector<std::string> bad_password_time() { return pair().second().get(dn(), "badPasswordTime"); }
  std::vector<std::string> bad_;
};

TEST_F(RotationLags, a_controller_that_stays_behind_is_named_and_never_tried) {
  begin_with_pair();
  const TestOutcome outcome = product().rotate(account_);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(outcome.result["degraded"], true);
  ASSERT_EQ(outcome.result["behind"].size(), 1u) << outcome.text();
  EXPECT_EQ(outcome.result["behind"][0], pair().second().host());
  expect_signs_in();
  EXPECT_EQ(bad_password_time(), bad_) << "it was tried at the controller that is behind";

  // Long after its end: nobody signs in there before it shows the change, and somebody does once then.
  const auto rotation = [&] { return must(product().rotations().list(account_, 1)).at(0).rotation; };
  const auto look_until_caught_up = [&](std::chrono::milliseconds limit) {
    return wait_until(
        [&] {
          must(product().rotations().resume());
          return !rotation().caught_up.empty();
        },
        limit);
  };
  EXPECT_FALSE(look_until_caught_up(6s));
  EXPECT_EQ(rotation().behind.size(), 1u);
  EXPECT_EQ(bad_password_time(), bad_);
  pair().replicate();
  ASSERT_TRUE(look_until_caught_up(20s));
  EXPECT_EQ(rotation().caught_up.at(0).controller, pair().second().host());
  EXPECT_TRUE(rotation().caught_up.at(0).accepted);
  EXPECT_TRUE(rotation().behind.empty());
  EXPECT_EQ(bad_password_time(), bad_);
  must(product().rotations().resume());
  product().restart();
  EXPECT_EQ(rotation().caught_up.size(), 1u) << "it was signed in at again";

  const TestOutcome again = product().rotate(account_);
  EXPECT_EQ(again.result["behind"].size(), 1u) << again.text();
}

/// Somebody else's password arrives where ours was awaited: it is said, and ours is not tried there.
TEST_F(RotationLags, a_controller_that_shows_another_password_later_is_not_tried) {
  begin_with_pair();
  const TestOutcome outcome = product().rotate(account_);
  ASSERT_EQ(outcome.result["behind"].size(), 1u) << outcome.text();
  pair().second().set_password(Organisation::kAccount, "Theirs-Passw0rd-1!");
  must(product().rotations().resume());
  const auto rotation = [&] { return must(product().rotations().list(account_, 1)).at(0).rotation; };
  ASSERT_TRUE(wait_until([&] { return !rotation().caught_up.empty(); }, 20s));
  EXPECT_FALSE(rotation().caught_up.at(0).accepted);
  EXPECT_EQ(bad_password_time(), bad_) << "it was tried";
  pair().replicate();
}

TEST_F(RotationLags, a_restart_loses_nothing_of_what_the_loads_experienced) {
  begin_with_pair();
  const auto run = must(product().rotations().start({.account = account_}, Product::by()));
  const auto stands = [&] { return must(product().rotations().report(run)); };
  ASSERT_TRUE(wait_until([&] { return stands().rotation.state == RotationState::promoted; }, 20s));
  ASSERT_TRUE(
      wait_until([&] { return !stands().rotation.loads.empty() && stands().rotation.loads[0].calls > 1; }, 20s));
  const std::uint64_t before = stands().rotation.loads[0].calls;
  product().restart();
  const TestOutcome outcome = product().outcome_of(run);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  ASSERT_EQ(outcome.result["loads"].size(), 1u) << outcome.text();
  EXPECT_GE(outcome.result["loads"][0]["calls"].get<std::uint64_t>(), before);
  pair().replicate();
}

/// The directory names the second controller alone, which is not the PDC emulator.
TEST_F(RotationLags, a_pdc_emulator_that_the_directory_does_not_name_holds_nobody_up) {
  begin_with_pair();
  auto& ledger = product().ledger();
  auto account = must(ledger.account(account_));
  auto record = must(ledger.directory(*account.directory));
  auto form = record.form;
  form.controllers = {pair().second().host()};
  must(ledger.update_directory(record.id, record.version, form,
                               TypedPassword{SecretString(Organisation::kReaderPassword), false}, Product::by()));
  must(ledger.set_reset_account(account_, must(ledger.account(account_)).version,
                                must(ledger.account(*account.reset_account)).name,
                                TypedPassword{SecretString(Organisation::kResetterPassword), false}, Product::by()));
  const auto run =
      leave(RotationState::resetting, kNew, moment_of(pair().second().pwd_last_set(Organisation::kAccount)));
  must(product().database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(tx.execute("UPDATE rotation SET controller = $2 WHERE run_id = $1", {run, pair().second().host()}));
    return {};
  }));
  EXPECT_EQ(taken_up(run).result["state"], "undone");
}

/// The second controller stands for a thief's own, who may change connections: it gets neither the password in force
/// nor a new one.
TEST_F(RotationLags, a_directory_that_the_password_was_not_typed_for_gets_no_password) {
  begin_with_pair();
  auto& ledger = product().ledger();
  auto& theirs = pair().second();
  auto account = must(ledger.account(account_));
  auto form = must(ledger.directory(*account.directory)).form;
  form.name = "Theirs";
  form.reader = "";
  form.realm = "";
  form.controllers = {theirs.host()};
  const auto directory = must(ledger.create_directory(form, std::nullopt, Product::by()));
  account = must(ledger.update_account(account_, account.version, account.name, directory.id, Product::by()));
  constexpr std::string_view kThief = "thief";
  theirs.create_user(kThief, "Thief-Passw0rd-1!");
  theirs.allow_resetting(kThief, theirs.dn_of(Organisation::kAccount));
  must(ledger.set_reset_account(account_, account.version, "thief@example.test",
                                TypedPassword{SecretString("Thief-Passw0rd-1!"), false}, Product::by()));
  const auto set = theirs.pwd_last_set(Organisation::kAccount);
  const TestOutcome outcome = product().rotate(account_);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  EXPECT_NE(outcome.text().find("was not typed for the controllers of Theirs"), std::string::npos) << outcome.text();
  // His controller says that it took a password, and then does not know it: the old one is not sent there.
  const auto run = leave(RotationState::undoing, kNew, moment_of(set), moment_of(set));
  must(product().database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(tx.execute("UPDATE rotation SET controller = $2 WHERE run_id = $1", {run, theirs.host()}));
    return {};
  }));
  product().restart();
  EXPECT_TRUE(wait_until(
      [&] {
        const auto steps = must(product().runs().changes_after(run, 0)).steps;
        return !steps.empty() && steps.back().evidence.find("was not typed for") != std::string::npos;
      },
      20s));
  EXPECT_EQ(theirs.pwd_last_set(Organisation::kAccount), set) << "it got a password";
  must(product().rotations().end(run, Product::by()));
}

TEST_F(RotationLags, a_controller_that_hears_of_it_meanwhile_is_signed_in_at) {
  begin_with_pair();
  const auto run = must(product().rotations().start({.account = account_}, Product::by()));
  ASSERT_TRUE(wait_until(
      [&] { return must(product().rotations().report(run)).rotation.state == RotationState::promoted; }, 20s));
  pair().replicate();
  const TestOutcome outcome = product().outcome_of(run);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(outcome.result["degraded"], false) << outcome.text();
  EXPECT_NE(outcome.text().find("\"accepted_by\":\"" + pair().second().host()), std::string::npos) << outcome.text();
  EXPECT_EQ(bad_password_time(), bad_);
}

/// The first controller is dead when the rotation begins: the second takes the reset. When the first is back and
/// behind, nobody shows it the new password.
TEST_F(RotationLags, the_one_that_took_it_is_asked_and_not_the_one_that_is_behind) {
  begin_with_pair();
  const auto bad_at_first = [&] { return pair().first().get(dn(), "badPasswordTime"); };
  const auto before = bad_at_first();
  pair().first().kill_hard();
  const auto run = must(product().rotations().start({.account = account_}, Product::by()));
  ASSERT_TRUE(wait_until(
      [&] {
        const auto state = must(product().rotations().report(run)).rotation.state;
        return state == RotationState::promoted || info_of(state).ended;
      },
      60s));
  pair().first().start();
  const TestOutcome outcome = product().outcome_of(run);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  EXPECT_EQ(outcome.result["controller"], pair().second().host()) << outcome.text();
  expect_signs_in();
  EXPECT_TRUE(call());
  // A process that has no ticket yet, while the one that knows the password is silent: the other is not asked for it.
  product().restart();
  pair().second().kill_hard();
  EXPECT_FALSE(call(2s)) << "nobody is there who knows the password";
  pair().second().start();
  EXPECT_FALSE(must(product().ledger().account(account_)).active()->refused)
      << "slow replication was taken for a change";
  EXPECT_EQ(bad_at_first(), before) << "it was tried at the controller that is behind";
  pair().replicate();
}

}  // namespace
}  // namespace mailward::connections
