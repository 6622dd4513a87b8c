#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <set>
#include <thread>

#include "ews/operations/get_folder.h"
#include "tests/product_support/loads.h"
#include "tests/product_support/organisation.h"
#include "tests/support/wait_until.h"
#include "work/leases.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::ProductLoads;
using testing::SambaDc;
using testing::TestOutcome;
using testing::wait_until;
using namespace std::chrono_literals;

const Authentication kNtlm{.negotiate = false, .ntlm = true, .basic = false};
const Authentication kNegotiate{.negotiate = true, .ntlm = false, .basic = false};
const Authentication kBasic{.negotiate = false, .ntlm = false, .basic = true};

class GateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  using Reply = ews::Outcome<ews::Reply<ews::GetFolder::Response>>;
  static Reply call(Organisation& organisation, ConnectionId id, std::chrono::milliseconds limit = 20s,
                    std::string_view load = "test") {
    ews::GetFolder operation;
    operation.shape = ews::BaseShape::id_only;
    operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
    ews::CallContext context;
    context.impersonate = {ews::Impersonation::Kind::smtp_address, "usera@example.test"};
    return organisation.product().gate().call(id, load, operation, context, Deadline::after(limit), {},
                                              Repeat::harmless);
  }
  static LoadReport report(Organisation& organisation, AccountId account, std::string_view load = "test") {
    for (const auto& one : organisation.product().gate().loads(account)) {
      if (one.load == load) return one;
    }
    return {};
  }
  static ServiceAccount account_of(Organisation& organisation, const ServerConnection& connection) {
    return must(organisation.product().ledger().account(connection.account));
  }
  /// Types it for the connection.
  static ServiceAccount paste(Organisation& organisation, const ServerConnection& connection,
                              std::string_view password) {
    auto& ledger = organisation.product().ledger();
    const ServiceAccount account = account_of(organisation, connection);
    return must(ledger.set_password(account.id, account.version, TypedPassword{SecretString(password), false},
                                    {{connection.id, must(ledger.destination_of(connection))}}, Product::by()));
  }
  /// As an administrator resets it in Active Directory, without Mailward; twice, so that the old one is none of the two
  /// that NTLM forgives.
  static void change_elsewhere(Organisation& organisation, std::string_view password) {
    for (const char* between : {"Between-Passw0rd-1!", "Between-Passw0rd-2!", "Between-Passw0rd-3!"}) {
      organisation.controller().set_password(Organisation::kAccount, between);
    }
    organisation.controller().set_password(Organisation::kAccount, password);
  }
  static std::size_t sign_ins(Organisation& organisation, std::uint64_t since = 0) {
    std::size_t count = 0;
    for (const auto& one : organisation.exchange().requests(since))
      count += one.operation == "GetServerTimeZones" ? 1U : 0U;
    return count;
  }
};

TEST_F(GateTest, keeps_sessions_and_their_number_within_the_bound) {
  Organisation organisation({.authentication = kNtlm});
  auto form = organisation.connect();
  auto changed = form.form;
  changed.concurrency = 3;
  form = must(
      organisation.product().ledger().update_connection(form.id, form.version, changed, std::nullopt, Product::by()));
  organisation.exchange().set_fault("latency", R"({"milliseconds":50})");
  const std::uint64_t before = organisation.exchange().request_count();
  {
    ProductLoads loads(organisation.product().gate(), form.id, "usera@example.test", {.threads_each = 4});
    loads.await_more(60);
    loads.stop();
    EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  }
  std::set<std::pair<std::string, std::uint64_t>> used;
  for (const auto& one : organisation.exchange().requests(before)) {
    if (one.operation == "GetFolder") used.emplace(one.front_end, one.connection);
  }
  EXPECT_EQ(used.size(), 3u) << "three calls at once, on three sessions that stay";
  EXPECT_EQ(sign_ins(organisation, before), 3u);
}

struct Busy {
  const char* name;
  const char* fault;
  const char* parameters;
};
class GateThrottled : public GateTest, public ::testing::WithParamInterface<Busy> {};
INSTANTIATE_TEST_SUITE_P(
    Shapes, GateThrottled,
    ::testing::Values(Busy{"fault", "server_busy", R"({"value":"fault","milliseconds":300,"limit":3})"},
                      Busy{"response", "server_busy", R"({"value":"response","milliseconds":300,"limit":3})"},
                      Busy{"connection_count", "connection_count", R"({"limit":3})"},
                      Busy{"unavailable", "http_status", R"({"status":503,"limit":2})"}),
    [](const auto& info) { return std::string(info.param.name); });

/// However the server says that it is too busy, it is left alone as long as it asks, and the call is made then.
TEST_P(GateThrottled, waits_as_long_as_the_server_asks) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  ASSERT_TRUE(call(organisation, connection.id));
  organisation.exchange().set_fault(GetParam().fault, GetParam().parameters);
  const auto begun = std::chrono::steady_clock::now();
  const Reply reply = call(organisation, connection.id, 30s);
  const auto took = std::chrono::steady_clock::now() - begun;
  ASSERT_TRUE(reply) << reply.error().error.describe();
  EXPECT_GE(took, 600ms) << "it did not wait";
  const LoadReport seen = report(organisation, connection.account);
  EXPECT_GE(seen.throttled, 2u);
  EXPECT_EQ(seen.failed, 0u);
}

/// More callers than slots, each of whom comes back at once: all get their turn.
TEST_F(GateTest, slots_are_given_in_the_order_of_coming) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection made = organisation.connect();
  auto form = made.form;
  form.concurrency = 1;
  const auto connection =
      must(organisation.product().ledger().update_connection(made.id, made.version, form, std::nullopt, Product::by()));
  ASSERT_TRUE(call(organisation, connection.id));
  constexpr int kEach = 50;
  std::array<std::atomic<int>, 4> calls{};
  {
    std::vector<std::jthread> callers;
    std::atomic<int> all{0};
    std::latch together(std::ssize(calls));
    for (auto& mine : calls) {
      callers.emplace_back([&] {
        together.arrive_and_wait();
        while (all++ < 4 * kEach) mine += call(organisation, connection.id).has_value() ? 1 : 0;
      });
    }
    for (std::jthread& one : callers) one.join();
  }
  for (const auto& mine : calls) EXPECT_NEAR(mine, kEach, 10);
}

TEST_F(GateTest, a_back_off_longer_than_the_call_has_ends_it_as_such) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  ASSERT_TRUE(call(organisation, connection.id));
  organisation.exchange().set_fault("server_busy", R"({"value":"fault","milliseconds":60000})");
  const Reply reply = call(organisation, connection.id, 1s);
  ASSERT_FALSE(reply);
  EXPECT_EQ(report(organisation, connection.account).failed, 1u);
}

/// A call held longer than calls are held is given up, counted and said.
TEST_F(GateTest, a_call_held_too_long_at_the_door_is_a_gate_timeout) {
  Organisation organisation({.authentication = kNtlm, .hold_limit = 300ms});
  const ServerConnection connection = organisation.connect();
  auto& gate = organisation.product().gate();
  gate.close_door(connection.account, Deadline::after(1s));
  const Reply held = call(organisation, connection.id);
  ASSERT_FALSE(held);
  EXPECT_TRUE(held.error().error.is(ConnectionsError::gate_timeout)) << held.error().error.describe();
  EXPECT_EQ(report(organisation, connection.account).gate_timeouts, 1u);
  EXPECT_GE(report(organisation, connection.account).longest_hold, 300ms);
  gate.open_door(connection.account);
  EXPECT_TRUE(call(organisation, connection.id));
}

/// What is signed in goes on while the door is closed; what carries the credential with each request waits.
TEST_F(GateTest, calls_on_signed_in_connections_go_on_while_the_door_is_closed) {
  Organisation organisation({.authentication = kNtlm, .hold_limit = 300ms});
  const ServerConnection connection = organisation.connect();
  auto& gate = organisation.product().gate();
  ASSERT_TRUE(call(organisation, connection.id));
  gate.close_door(connection.account, Deadline::after(1s));
  const Reply through = call(organisation, connection.id);
  EXPECT_TRUE(through) << through.error().error.describe();
  EXPECT_EQ(report(organisation, connection.account).held, 0u);
  gate.open_door(connection.account);
}

TEST_F(GateTest, calls_that_carry_the_credential_wait_at_the_closed_door) {
  Organisation organisation({.authentication = kBasic, .hold_limit = 300ms});
  const ServerConnection connection = organisation.connect();
  auto& gate = organisation.product().gate();
  ASSERT_TRUE(call(organisation, connection.id));
  gate.close_door(connection.account, Deadline::after(1s));
  const Reply held = call(organisation, connection.id);
  ASSERT_FALSE(held);
  EXPECT_TRUE(held.error().error.is(ConnectionsError::gate_timeout)) << held.error().error.describe();
  gate.open_door(connection.account);
  EXPECT_TRUE(call(organisation, connection.id));
}

/// Four products at work, and somebody pastes a wrong password: the products go on with the one that serves, and Active
/// Directory counts one attempt.
TEST_F(GateTest, a_wrong_password_pasted_costs_one_attempt_and_no_call) {
  Organisation organisation;
  const ServerConnection connection = organisation.connect();
  ProductLoads loads(organisation.product().gate(), connection.id, "usera@example.test");
  loads.await_more(40);
  auto& product = organisation.product();
  const auto account = account_of(organisation, connection);
  must(product.ledger().set_password(
      account.id, account.version, TypedPassword{SecretString("Never-Had-This-1"), false},
      {{connection.id, must(product.ledger().destination_of(connection))}}, Product::by()));
  must(product.rotations().follow_typed(account.id, Product::by()));
  const auto rotation = must(product.rotations().list(account.id, 1)).at(0);
  const TestOutcome outcome = product.outcome_of(rotation.rotation.run);
  EXPECT_EQ(outcome.result["state"], "undone") << outcome.text();
  // The count goes back with the next success; the time of the last bad password stays.
  EXPECT_EQ(organisation.bad_password_count(), 1);
  const auto last_bad = [&] {
    auto& controller = organisation.controller();
    return controller.get(controller.dn_of(Organisation::kAccount), "badPasswordTime");
  };
  const auto counted_at = last_bad();
  loads.await_more(40);
  for (int i = 0; i < 3; ++i) product.test({.connection = connection.id});
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  product.restart();
  product.test({.connection = connection.id});
  EXPECT_EQ(last_bad(), counted_at) << "it was tried again";
}

/// Set by hand in Active Directory and pasted: proven in the same steps, the old one stays until then.
TEST_F(GateTest, a_right_password_pasted_is_proven_and_the_products_go_on) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  ProductLoads loads(organisation.product().gate(), connection.id, "usera@example.test");
  loads.await_more(40);
  auto& product = organisation.product();
  constexpr std::string_view kByHand = "By-Hand-Passw0rd-1!";
  organisation.controller().set_password(Organisation::kAccount, kByHand);
  const ServiceAccount account = paste(organisation, connection, kByHand);
  must(product.rotations().follow_typed(account.id, Product::by()));
  const auto rotation = must(product.rotations().list(account.id, 1)).at(0).rotation;
  EXPECT_EQ(rotation.mode, RotationMode::manual);
  const TestOutcome outcome = product.outcome_of(rotation.run);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  loads.await_more(40);
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  EXPECT_EQ(account_of(organisation, connection).active()->number, 2);
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// One that a connection test has put in force, as Test Connection and Save Changes do: the rest of a rotation follows
/// by itself, once.
TEST_F(GateTest, what_a_test_has_promoted_is_followed_to_the_end) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  auto& product = organisation.product();
  must(product.rotations().resume());
  EXPECT_TRUE(must(product.rotations().list(connection.account, 9)).empty()) << "a first password replaces nothing";
  constexpr std::string_view kByHand = "By-Hand-Passw0rd-1!";
  organisation.controller().set_password(Organisation::kAccount, kByHand);
  const ServiceAccount account = paste(organisation, connection, kByHand);
  must(product.rotations().resume());
  EXPECT_TRUE(must(product.rotations().list(account.id, 9)).empty()) << "nobody has asked for a test yet";
  EXPECT_EQ(product.test({.connection = connection.id}).verdict, "none");
  must(product.rotations().resume());
  const auto rotations = must(product.rotations().list(account.id, 9));
  ASSERT_EQ(rotations.size(), 1u);
  EXPECT_EQ(rotations[0].rotation.mode, RotationMode::manual);
  const TestOutcome outcome = product.outcome_of(rotations[0].rotation.run);
  EXPECT_EQ(outcome.result["state"], "finished") << outcome.text();
  must(product.rotations().resume());
  EXPECT_EQ(must(product.rotations().list(account.id, 9)).size(), 1u);
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// A mistyped one: the one before is in force, as the directory shows, and the connection is well again by itself.
TEST_F(GateTest, a_wrong_password_pasted_leaves_the_connection_as_it_was) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  auto& product = organisation.product();
  const auto pasted = [&](std::string_view password) {
    const ServiceAccount account = paste(organisation, connection, password);
    must(product.rotations().follow_typed(account.id, Product::by()));
    return product.outcome_of(must(product.rotations().list(account.id, 1)).at(0).rotation.run);
  };
  const TestOutcome wrong = pasted("Mistyped-Passw0rd-1!");
  EXPECT_EQ(wrong.result["state"], "undone") << wrong.text();
  EXPECT_NE(wrong.text().find("The one before is in force"), std::string::npos) << wrong.text();
  EXPECT_TRUE(wait_until(
      [&] { return must(product.ledger().connection(connection.id)).state == ConnectionState::healthy; }, 20s));
  // Somebody has set another, and this is not it: neither is in force, and that is what is said.
  change_elsewhere(organisation, "Theirs-Passw0rd-1!");
  const TestOutcome neither = pasted("Mistyped-Passw0rd-2!");
  EXPECT_EQ(neither.result["state"], "unclear") << neither.text();
  EXPECT_NE(neither.text().find("is not in force any more"), std::string::npos) << neither.text();
  EXPECT_EQ(must(product.ledger().connection(connection.id)).reason, "password_changed_elsewhere");
  EXPECT_EQ(pasted("Theirs-Passw0rd-1!").result["state"], "finished");
}

struct Proven {
  const char* name;
  bool reader;
  bool realm;
  Authentication authentication;
  int attempts;  ///< at most
};
class GateProven : public GateTest, public ::testing::WithParamInterface<Proven> {};
INSTANTIATE_TEST_SUITE_P(Ways, GateProven,
                         ::testing::Values(Proven{"ntlm", true, false, kNtlm, 1},
                                           Proven{"ntlm_with_realm", true, true, kNtlm, 1},
                                           Proven{"ntlm_without_reader", false, false, kNtlm, 1},
                                           Proven{"ntlm_with_realm_alone", false, true, kNtlm, 2},
                                           // Each request carries it: as many as are in flight at the first refusal.
                                           Proven{"basic", true, false, kBasic, 8},
                                           Proven{"basic_without_reader", false, false, kBasic, 8}),
                         [](const auto& info) { return std::string(info.param.name); });

/// A password that this very process has proven is not shown again and again once a server refuses it.
TEST_P(GateProven, is_doubted_at_the_first_refusal) {
  const Proven& way = GetParam();
  Organisation organisation(
      {.reader = way.reader, .realm = way.realm, .lockout_threshold = 50, .authentication = way.authentication});
  auto& product = organisation.product();
  const auto made = must(product.ledger().create_connection(organisation.form(), organisation.directory(),
                                                            TypedPassword{SecretString(Organisation::kPassword), false},
                                                            Product::by()));
  ASSERT_EQ(product.test({.connection = made.id}).verdict, "none");
  ASSERT_TRUE(call(organisation, made.id));
  change_elsewhere(organisation, "Theirs-Passw0rd-1!");
  // Exchange's own patience with the old password (IIS's token of a Basic sign-in) is over.
  organisation.exchange().change_directory(R"({"basic_token_s":0})");
  ProductLoads loads(product.gate(), made.id, "usera@example.test", {.threads_each = 2, .deadline = 5s});
  ASSERT_TRUE(wait_until([&] { return account_of(organisation, made).active()->refused.has_value(); }, 30s));
  const int counted = organisation.bad_password_count();
  EXPECT_GE(counted, 1);
  EXPECT_LE(counted, way.attempts);
  EXPECT_EQ(must(product.ledger().connection(made.id)).state, ConnectionState::needs_credential);
  loads.stop();
  EXPECT_EQ(organisation.bad_password_count(), counted) << "it was shown again";
}

struct Scheme {
  const char* name;
  Authentication authentication;
};
class GateForeignChange : public GateTest, public ::testing::WithParamInterface<Scheme> {};
INSTANTIATE_TEST_SUITE_P(Schemes, GateForeignChange,
                         ::testing::Values(Scheme{"negotiate", kNegotiate}, Scheme{"ntlm", kNtlm}),
                         [](const auto& info) { return std::string(info.param.name); });

/// Somebody else set another password: noticed at the first refusal, said with when and where, the loads held and not
/// failing in loops; they go on by themselves once the new one is here. One attempt in all.
TEST_P(GateForeignChange, is_noticed_once_said_and_waited_out) {
  Organisation organisation({.authentication = GetParam().authentication});
  const ServerConnection connection = organisation.connect();
  auto& product = organisation.product();
  constexpr std::string_view kTheirs = "Theirs-Passw0rd-1!";
  change_elsewhere(organisation, kTheirs);
  product.restart();  // so that no ticket and no session is left of the old password
  ProductLoads loads(product.gate(), connection.id, "usera@example.test", {.threads_each = 2, .deadline = 60s});
  ASSERT_TRUE(wait_until(
      [&] { return must(product.ledger().connection(connection.id)).state == ConnectionState::needs_credential; },
      20s));
  const auto parked = must(product.ledger().connection(connection.id));
  EXPECT_EQ(parked.reason, "password_changed_elsewhere") << parked.reason_text;
  EXPECT_NE(parked.reason_text.find(SambaDc::kHost), std::string::npos) << parked.reason_text;
  EXPECT_NE(parked.reason_text.find("changed at"), std::string::npos) << parked.reason_text;
  EXPECT_EQ(organisation.bad_password_count(), 1);

  const ServiceAccount account = paste(organisation, connection, kTheirs);
  must(product.rotations().follow_typed(account.id, Product::by()));
  loads.await_more(20);
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  EXPECT_EQ(must(product.ledger().connection(connection.id)).state, ConnectionState::healthy);
}

/// An Exchange that refuses the right password parks nobody, and the door opens again by itself.
TEST_F(GateTest, a_right_password_refused_under_load_parks_nobody) {
  for (const Authentication& authentication : {kNtlm, kNegotiate}) {
    Organisation organisation({.authentication = authentication});
    const ServerConnection connection = organisation.connect();
    organisation.exchange().set_fault("unauthorized_under_load", R"({"every":1,"limit":2})");
    const Reply reply = call(organisation, connection.id, 30s);
    ASSERT_TRUE(reply) << reply.error().error.describe();
    const auto account = account_of(organisation, connection);
    EXPECT_FALSE(account.active()->refused);
    EXPECT_EQ(organisation.bad_password_count(), 0);
  }
}

TEST_F(GateTest, a_policy_that_blocks_legacy_sign_ins_parks_nobody) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  organisation.exchange().set_fault("legacy_auth_blocked");
  const Reply blocked = call(organisation, connection.id, 3s);
  ASSERT_FALSE(blocked);
  EXPECT_FALSE(account_of(organisation, connection).active()->refused);
  organisation.exchange().clear_faults();
  const Reply again = call(organisation, connection.id, 30s);
  EXPECT_TRUE(again) << again.error().error.describe();
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// A 401 on a connection that is signed in says nothing of the password, which it did not carry.
TEST_F(GateTest, a_connection_that_forgot_its_sign_in_parks_nobody) {
  Organisation organisation({.reader = false, .realm = false, .authentication = kNtlm});
  auto& product = organisation.product();
  const auto made = must(product.ledger().create_connection(organisation.form(), organisation.directory(),
                                                            TypedPassword{SecretString(Organisation::kPassword), false},
                                                            Product::by()));
  ASSERT_EQ(product.test({.connection = made.id}).verdict, "none");
  ASSERT_TRUE(call(organisation, made.id));
  organisation.exchange().set_fault("legacy_auth_blocked", R"({"limit":1})");
  const std::uint64_t before = organisation.exchange().request_count();
  const Reply again = call(organisation, made.id);
  EXPECT_TRUE(again) << again.error().error.describe();
  EXPECT_EQ(sign_ins(organisation, before), 1U) << "it signed in anew";
  EXPECT_FALSE(account_of(organisation, made).active()->refused);
}

/// A front end that takes the sign-in and never answers is left for the other, and nobody waits for it for long.
TEST_F(GateTest, a_front_end_that_hangs_in_a_sign_in_holds_nobody_up) {
  Organisation organisation({.authentication = kNtlm, .patience = 500ms});
  const ServerConnection connection = organisation.connect();
  const auto& hanging = organisation.exchange().front_ends().front().name;
  organisation.exchange().set_fault(
      "latency", R"({"milliseconds":30000,"values":["GetServerTimeZones"],"front_end":")" + hanging + "\"}");
  ProductLoads loads(organisation.product().gate(), connection.id, "usera@example.test",
                     {.threads_each = 3, .deadline = 8s});
  loads.await_more(60);
  loads.stop();
  EXPECT_EQ(loads.failed(), 0u) << loads.failures();
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// Two calls sign in side by side. The one is refused; the other comes to show the password while nobody knows why yet.
TEST_F(GateTest, nobody_shows_what_was_refused_while_it_is_not_settled) {
  Organisation organisation({.realm = false, .lockout_threshold = 50, .authentication = kNtlm});
  auto& product = organisation.product();
  const ServerConnection connection = organisation.connect();
  ASSERT_TRUE(call(organisation, connection.id));
  change_elsewhere(organisation, "Theirs-Passw0rd-1!");
  const auto lease = must(product.database().transaction([&](db::Transaction& tx) {
    return work::leases::acquire(tx, "sign_in/" + connection.account.text(), "somebody else", 60s,
                                 Clock::system().now());
  }));
  // The first has the session that rests, so that the second must sign in: it is under way when the third is refused.
  organisation.exchange().set_fault("latency", R"({"milliseconds":3000,"limit":2})");
  const auto under_way = [&](std::uint64_t before) {
    return wait_until([&] { return organisation.exchange().request_count() > before; }, 10s);
  };
  std::uint64_t before = organisation.exchange().request_count();
  std::jthread first([&] { EXPECT_TRUE(call(organisation, connection.id)); });
  ASSERT_TRUE(under_way(before));
  before = organisation.exchange().request_count();
  std::jthread second([&] { EXPECT_TRUE(call(organisation, connection.id, 20s)) << "it has the first one's by then"; });
  ASSERT_TRUE(under_way(before));
  std::jthread third([&] { EXPECT_FALSE(call(organisation, connection.id, 6s)); });
  ASSERT_TRUE(wait_until([&] { return organisation.bad_password_count() == 1; }, 10s));
  // It cannot find out why in what is left of its time, and blames nobody for that.
  organisation.controller().freeze();
  must(product.database().transaction([&](db::Transaction& tx) { return work::leases::release(tx, lease); }));
  third.join();
  EXPECT_FALSE(account_of(organisation, connection).active()->refused.has_value());
  organisation.controller().thaw();
  first.join();
  second.join();
  EXPECT_EQ(organisation.bad_password_count(), 1);
}

/// The directory's answer comes too late for the call that was refused: it is the next one that learns of the change,
/// and shows nothing for it.
TEST_F(GateTest, a_look_that_was_cut_short_parks_nobody) {
  Organisation organisation({.realm = false, .lockout_threshold = 50, .authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  change_elsewhere(organisation, "Theirs-Passw0rd-1!");
  organisation.product().restart();
  // The refusal is on its way for so long.
  organisation.exchange().set_fault("latency", R"({"milliseconds":1500})");
  std::jthread refused([&] { EXPECT_FALSE(call(organisation, connection.id, 8s)); });
  ASSERT_TRUE(wait_until([&] { return organisation.bad_password_count() == 1; }, 10s));
  organisation.controller().freeze();
  refused.join();
  EXPECT_FALSE(account_of(organisation, connection).active()->refused.has_value());
  organisation.controller().thaw();
  organisation.exchange().clear_fault("latency");
  EXPECT_FALSE(call(organisation, connection.id, 5s));
  EXPECT_TRUE(account_of(organisation, connection).active()->refused.has_value());
  EXPECT_EQ(must(organisation.product().ledger().connection(connection.id)).reason, "password_changed_elsewhere");
  EXPECT_EQ(organisation.bad_password_count(), 1);
}

/// Without a KDC and without a reader nobody can tell: one try, and no more before a person has looked.
TEST_F(GateTest, what_nobody_can_judge_is_tried_once) {
  Organisation organisation({.reader = false, .realm = false, .authentication = kNtlm});
  auto& product = organisation.product();
  const auto made = must(product.ledger().create_connection(organisation.form(), organisation.directory(),
                                                            TypedPassword{SecretString(Organisation::kPassword), false},
                                                            Product::by()));
  ASSERT_EQ(product.test({.connection = made.id}).verdict, "none");
  change_elsewhere(organisation, "Theirs-Passw0rd-1!");
  product.restart();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(call(organisation, made.id, 500ms));
  product.restart();
  EXPECT_FALSE(call(organisation, made.id, 500ms));
  EXPECT_EQ(organisation.bad_password_count(), 1);
}

}  // namespace
}  // namespace mailward::connections
