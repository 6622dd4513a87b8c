#include "connections/heartbeats.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/product_support/organisation.h"
#include "tests/product_support/product.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/manual_clock.h"
#include "tests/support/wait_until.h"
#include "work/schedules.h"

namespace mailward::connections {
namespace {

using testing::ExchangeSimulator;
using testing::must;
using testing::Product;

constexpr std::string_view kPassword = "Sample-Passw0rd!";
constexpr std::chrono::minutes kEvery{5};

class HeartbeatTest : public ::testing::Test {
 protected:
  HeartbeatTest()
      : product_({.hosts = {{simulator_.host(), {"127.0.0.1"}}}, .ports = testing::ports_of(simulator_)}),
        heartbeats_(
            {.ledger = product_.ledger(), .tests = product_.tests(), .runs = product_.runs(), .clock = clock_}) {}

  ConnectionForm form() {
    ConnectionForm form = testing::form_for(simulator_);
    form.heartbeat_seconds = std::chrono::seconds(kEvery).count();
    return form;
  }
  ServerConnection save(std::string_view password) {
    auto connection = must(product_.ledger().create_connection(form(), std::nullopt,
                                                               TypedPassword{SecretString(password)}, Product::by()));
    // By the product's clock it was saved now.
    clock_.advance(std::max(Clock::system().now() - clock_.now(), Duration{}));
    return connection;
  }
  /// Time passes until the next one is due; how many tests were begun, once they have ended.
  std::size_t beat() {
    clock_.advance(kEvery + std::chrono::seconds(1));
    const std::size_t begun = must(heartbeats_.beat());
    const bool ended = testing::wait_until(
        [&] {
          const auto runs = must(product_.runs().list("connection_test", "", 100));
          return std::ranges::all_of(runs, [](const work::Run& run) { return work::ended(run.state); });
        },
        std::chrono::seconds(60));
    EXPECT_TRUE(ended);
    return begun;
  }
  ConnectionState state_of(const ServerConnection& connection) {
    return must(product_.ledger().connection(connection.id)).state;
  }
  int audited(std::string_view action) {
    const auto entries =
        must(product_.database().read([](db::Session& session) { return audit::Trail::list(session, 0, 1000); }));
    return static_cast<int>(
        std::ranges::count_if(entries, [&](const audit::Entry& entry) { return entry.act.action == action; }));
  }

  ExchangeSimulator simulator_;
  Product product_;
  testing::ManualClock clock_{Clock::system().now()};
  Heartbeats heartbeats_;
};

TEST_F(HeartbeatTest, tests_each_connection_on_its_interval) {
  const auto connection = save(kPassword);
  EXPECT_EQ(must(heartbeats_.beat()), 0U);
  EXPECT_EQ(beat(), 1U);
  EXPECT_EQ(state_of(connection), ConnectionState::healthy);
  EXPECT_EQ(must(heartbeats_.beat()), 0U);
  EXPECT_EQ(beat(), 1U);
  const auto history = must(heartbeats_.history(connection.id, 10));
  ASSERT_EQ(history.size(), 2U);
  EXPECT_TRUE(history.front().by_schedule);
  EXPECT_EQ(history.front().outcome, "healthy");
  EXPECT_EQ(history.front().reason, "");
  // One change of state, and no line for each beat.
  EXPECT_EQ(audited("connection.state"), 1);
  EXPECT_EQ(audited("connection.test"), 0);
}

TEST_F(HeartbeatTest, stops_after_a_refused_password_until_the_credential_is_edited) {
  const auto connection = save("No-Such-Passw0rd!");
  EXPECT_EQ(beat(), 1U);
  ASSERT_EQ(state_of(connection), ConnectionState::needs_credential);
  const int refused = simulator_.account("EXAMPLE\\svc-mailward").bad_passwords_seen;
  EXPECT_EQ(refused, 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(beat(), 0U);
  EXPECT_EQ(simulator_.account("EXAMPLE\\svc-mailward").bad_passwords_seen, refused);
  const auto stored = must(product_.ledger().connection(connection.id));
  must(product_.ledger().update_connection(stored.id, stored.version, stored.form,
                                           TypedPassword{SecretString(kPassword)}, Product::by()));
  EXPECT_EQ(beat(), 1U);
  EXPECT_EQ(state_of(connection), ConnectionState::healthy);
}

TEST_F(HeartbeatTest, a_save_does_not_put_it_off_and_what_is_unsaved_is_none) {
  auto connection = save(kPassword);
  const auto due = [&] {
    return must(product_.database().read([](db::Session& session) { return work::schedules::list(session); }))
        .front()
        .next_due;
  };
  const Timestamp before = due();
  clock_.advance(std::chrono::seconds(10));
  connection = must(product_.ledger().connection(connection.id));
  auto form = connection.form;
  form.user_agent = "Another/1";
  connection =
      must(product_.ledger().update_connection(connection.id, connection.version, form, std::nullopt, Product::by()));
  EXPECT_EQ(due(), before);
  EXPECT_EQ(beat(), 1U);

  TestRequest elsewhere;
  elsewhere.connection = connection.id;
  elsewhere.mailbox_check = "nobody@example.test";
  EXPECT_EQ(product_.test(std::move(elsewhere)).verdict, "mailbox_unknown_or_moved");
  EXPECT_EQ(state_of(connection), ConnectionState::healthy) << "another mailbox is not the connection's own";
  EXPECT_EQ(must(heartbeats_.history(connection.id, 10)).size(), 1U);
}

TEST_F(HeartbeatTest, goes_on_after_an_unreachable_server) {
  const auto connection = save(kPassword);
  EXPECT_EQ(beat(), 1U);
  simulator_.set_fault("refused", "{}");
  EXPECT_EQ(beat(), 1U);
  EXPECT_EQ(state_of(connection), ConnectionState::failing);
  EXPECT_EQ(beat(), 1U);
  simulator_.clear_faults();
  EXPECT_EQ(beat(), 1U);
  EXPECT_EQ(state_of(connection), ConnectionState::healthy);
  EXPECT_EQ(audited("connection.state"), 3);
}

TEST_F(HeartbeatTest, is_scheduled_with_its_connection_and_goes_with_it) {
  auto connection = save(kPassword);
  const auto scheduled = [&] {
    return must(product_.database().read([](db::Session& session) { return work::schedules::list(session); })).size();
  };
  EXPECT_EQ(scheduled(), 1U);
  connection = must(product_.ledger().set_connection_enabled(connection.id, connection.version, false, Product::by()));
  EXPECT_EQ(scheduled(), 0U);
  connection = must(product_.ledger().set_connection_enabled(connection.id, connection.version, true, Product::by()));
  EXPECT_EQ(scheduled(), 1U);
  ConnectionForm without = connection.form;
  without.heartbeat_seconds = 0;
  without.products.clear();
  connection = must(
      product_.ledger().update_connection(connection.id, connection.version, without, std::nullopt, Product::by()));
  EXPECT_EQ(scheduled(), 0U);
  without.heartbeat_seconds = 60;
  connection = must(
      product_.ledger().update_connection(connection.id, connection.version, without, std::nullopt, Product::by()));
  EXPECT_EQ(scheduled(), 1U);
  must(product_.ledger().delete_connection(connection.id, connection.version, Product::by()));
  EXPECT_EQ(scheduled(), 0U);
}

TEST_F(HeartbeatTest, old_beats_are_dropped_and_a_persons_tests_stay) {
  const auto connection = save(kPassword);
  EXPECT_EQ(beat(), 1U);
  TestRequest request;
  request.connection = connection.id;
  product_.test(std::move(request));
  EXPECT_EQ(must(heartbeats_.drop_before(Clock::system().now() + std::chrono::hours(1))), 1);
  const auto history = must(heartbeats_.history(connection.id, 10));
  ASSERT_EQ(history.size(), 1U);
  EXPECT_FALSE(history.front().by_schedule);
}

}  // namespace
}  // namespace mailward::connections
