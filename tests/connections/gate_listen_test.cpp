// Streaming notifications through the gate: connected again and again, and nothing that happens goes unheard.
#include <gtest/gtest.h>

#include "ews/operations/get_folder.h"
#include "tests/product_support/mailbox_watch.h"
#include "tests/product_support/organisation.h"
#include "tests/support/wait_until.h"

namespace mailward::connections {
namespace {

using testing::ItemMaker;
using testing::MailboxWatch;
using testing::must;
using testing::Organisation;
using testing::SambaDc;
using testing::wait_until;
using namespace std::chrono_literals;

const Authentication kNegotiate{.negotiate = true, .ntlm = false, .basic = false};
const Authentication kNtlm{.negotiate = false, .ntlm = true, .basic = false};
const Authentication kBasic{.negotiate = false, .ntlm = false, .basic = true};
const std::vector<std::string> kMailboxes{"usera@example.test", "board@example.test"};

class GateListenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
};

/// A connection whose account may open all mailboxes.
ServerConnection connect(Organisation& organisation) {
  const auto connection = organisation.connect();
  organisation.exchange().set_impersonation("EXAMPLE\\svc-mailward", {}, true);
  return connection;
}

std::size_t streams_opened(Organisation& organisation) {
  std::size_t count = 0;
  for (const auto& request : organisation.exchange().requests()) {
    if (request.operation == "GetStreamingEvents" && request.status == 200) ++count;
  }
  return count;
}

TEST_F(GateListenTest, asks_for_a_sync_first_and_tells_what_changes_then) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  ItemMaker before(gate, connection.id, kMailboxes, 1ms);
  before.await_more(6);
  const auto older = before.stop();
  MailboxWatch watch(gate, connection.id, {.mailboxes = kMailboxes});
  watch.await_syncs(2);
  EXPECT_TRUE(watch.unknown(older).empty());
  ItemMaker maker(gate, connection.id, kMailboxes, 1ms);
  maker.await_more(20);
  const auto made = maker.stop();
  watch.await_items(made);
  EXPECT_EQ(watch.hints(), made.size()) << "each by a hint, none by a sync";
  EXPECT_EQ(watch.syncs(), 2U);
  EXPECT_EQ(streams_opened(organisation), 1U);
}

TEST_F(GateListenTest, takes_no_slot_and_stops_at_once) {
  Organisation organisation({.authentication = kNtlm});
  const auto made = connect(organisation);
  auto form = made.form;
  form.concurrency = 1;
  const auto connection = must(organisation.product().ledger().update_connection(made.id, made.version, form,
                                                                                 std::nullopt, testing::Product::by()));
  auto& gate = organisation.product().gate();
  MailboxWatch watch(gate, connection.id, {.mailboxes = kMailboxes});
  watch.await_syncs(2);  // each a call of its own, while the stream stands
  const auto begun = std::chrono::steady_clock::now();
  const auto ended = watch.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().is(ews::EwsError::cancelled)) << ended.error().error.describe();
}

TEST_F(GateListenTest, mailbox_that_cannot_be_listened_to_is_told_and_the_others_are_heard) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  MailboxWatch watch(gate, connection.id, {.mailboxes = {"nobody@example.test", "board@example.test"}});
  watch.await_syncs(1);
  const auto unheard = watch.unheard();
  ASSERT_EQ(unheard.size(), 1U);
  EXPECT_TRUE(unheard.contains(0));
  ItemMaker maker(gate, connection.id, {"board@example.test"}, 1ms);
  maker.await_more(3);
  watch.await_items(maker.stop());
  MailboxWatch none(gate, connection.id, {.mailboxes = {"nobody@example.test"}});
  ASSERT_TRUE(wait_until([&] { return none.unheard().size() == 1; }, 10s));
  ASSERT_TRUE(wait_until([&] { return none.interruptions() >= 2; }, 10s)) << "it is tried again";
}

/// Another server has the mailbox now, and knows no subscription of it.
TEST_F(GateListenTest, lost_subscription_is_made_anew_at_once_with_a_sync) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  MailboxWatch watch(gate, connection.id, {.mailboxes = kMailboxes});
  watch.await_syncs(2);
  organisation.exchange().change_mailbox("board@example.test", R"({"place":"moving"})");
  organisation.exchange().change_mailbox("board@example.test", R"({"place":"here"})");
  watch.await_syncs(4);
  ItemMaker maker(gate, connection.id, kMailboxes, 1ms);
  maker.await_more(6);
  watch.await_items(maker.stop());
}

/// Both front ends fall silent or break in the middle of the streams; what is made meanwhile is known at the end.
TEST_F(GateListenTest, broken_connections_lose_nothing) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  organisation.exchange().set_fault("truncated_answer", R"({"bytes":3000,"limit":4,"values":["GetStreamingEvents"]})");
  MailboxWatch watch(gate, connection.id, {.mailboxes = kMailboxes});
  ItemMaker maker(gate, connection.id, kMailboxes, 5ms);
  maker.await_more(60);
  ASSERT_TRUE(wait_until([&] { return watch.interruptions() >= 4; }, 30s)) << watch.interruptions();
  maker.await_more(10);
  const auto made = maker.stop();
  watch.await_items(made);
  EXPECT_GE(watch.syncs(), 5U * kMailboxes.size());
}

/// Not even a head comes: that is noticed by the silence, and not when the time of the stream is over.
TEST_F(GateListenTest, stream_that_is_never_answered_is_told_and_asked_for_anew) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  organisation.exchange().set_fault("latency", R"({"milliseconds":60000,"limit":1,"values":["GetStreamingEvents"]})");
  MailboxWatch watch(organisation.product().gate(), connection.id, {.mailboxes = kMailboxes, .silence = 700ms});
  ASSERT_TRUE(wait_until([&] { return watch.interruptions() == 1; }, 6s));
  watch.await_syncs(2);
}

/// The server fails while the stream is to be opened again; it is listened on as soon as it works.
TEST_F(GateListenTest, server_that_fails_for_a_while_is_waited_for) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  MailboxWatch watch(gate, connection.id, {.mailboxes = kMailboxes});
  watch.await_syncs(2);
  organisation.exchange().set_fault("http_status", R"({"status":500})");
  organisation.exchange().change_mailbox("usera@example.test", R"({"place":"moving"})");
  ASSERT_TRUE(wait_until([&] { return watch.interruptions() >= 3; }, 20s)) << watch.interruptions();
  organisation.exchange().change_mailbox("usera@example.test", R"({"place":"here"})");
  organisation.exchange().clear_faults();
  watch.await_syncs(4);
}

/// Its first mailbox alone is closed to the account, which speaks for all of them in its name.
TEST_F(GateListenTest, mailbox_that_is_taken_away_leaves_the_others_heard) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  MailboxWatch watch(gate, connection.id, {.mailboxes = kMailboxes});
  watch.await_syncs(2);
  organisation.exchange().set_impersonation("EXAMPLE\\svc-mailward", {"board@example.test"}, false);
  organisation.exchange().change_mailbox("board@example.test", R"({"place":"moving"})");
  organisation.exchange().change_mailbox("board@example.test", R"({"place":"here"})");
  ASSERT_TRUE(wait_until([&] { return watch.unheard().contains(0); }, 20s));
  ItemMaker maker(gate, connection.id, {"board@example.test"}, 1ms);
  maker.await_more(5);
  watch.await_items(maker.stop());
}

/// Exchange keeps so many streams for an account: one more is told so, and costs the other calls nothing.
TEST_F(GateListenTest, one_stream_too_many_slows_no_call_down) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  organisation.exchange().control("PATCH", "/control/throttling", R"({"enabled":true,"hanging":1})");
  MailboxWatch first(gate, connection.id, {.mailboxes = kMailboxes});
  first.await_syncs(2);
  // Counted by the mailbox that speaks for the group.
  MailboxWatch second(gate, connection.id, {.mailboxes = {"usera@example.test"}});
  ASSERT_TRUE(wait_until([&] { return second.interruptions() >= 3; }, 20s));
  ews::GetFolder operation;
  operation.shape = ews::BaseShape::id_only;
  operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
  for (int i = 0; i < 10; ++i) {
    // Where the connection rested it would be for a second at least.
    const auto reply = gate.call(connection.id, "test", operation, {}, Deadline::after(900ms));
    EXPECT_TRUE(reply) << reply.error().error.describe();
  }
  EXPECT_EQ(first.interruptions(), 0U);
}

TEST_F(GateListenTest, takes_ten_streams_of_an_account_and_no_more) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  std::vector<std::unique_ptr<MailboxWatch>> watches;
  for (int i = 0; i < 10; ++i) {
    watches.push_back(std::make_unique<MailboxWatch>(gate, connection.id,
                                                     connections::MailboxGroup{.mailboxes = {"board@example.test"}}));
    watches.back()->await_syncs(1);
  }
  const TakeNews first_news = [](const MailboxNews& news) -> ews::Outcome<void> { return fail(*news.failure); };
  const auto refused = gate.listen(connection.id, "test", {.mailboxes = kMailboxes}, first_news, {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().error.is(ConnectionsError::account_busy)) << refused.error().error.describe();
  watches.pop_back();
  MailboxWatch heard(gate, connection.id, {.mailboxes = kMailboxes});
  heard.await_syncs(2);
}

TEST_F(GateListenTest, what_no_waiting_helps_against_ends_it) {
  Organisation organisation({.authentication = kNtlm});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  const TakeNews ignore = [](const MailboxNews&) { return ews::Outcome<void>{}; };
  std::stop_source never;
  EXPECT_TRUE(
      gate.listen(connection.id, "test", {}, ignore, never.get_token()).error().error.is(BaseError::invalid_argument));
  const TakeNews refuse = [](const MailboxNews&) -> ews::Outcome<void> {
    return fail(ews::Failure(ews::EwsError::invalid_request, "the disk is full"));
  };
  EXPECT_TRUE(gate.listen(connection.id, "test", {.mailboxes = kMailboxes}, refuse, never.get_token())
                  .error()
                  .is(ews::EwsError::invalid_request));
  // A stream that stands goes on until the server says the next thing.
  MailboxWatch watch(gate, connection.id, {.mailboxes = kMailboxes});
  watch.await_syncs(2);
  must(organisation.product().ledger().set_connection_enabled(connection.id, connection.version, false,
                                                              testing::Product::by()));
  int changes = 0;
  const auto change_and_look = [&] {
    organisation.exchange().control("POST", "/control/mailboxes/usera@example.test/folders",
                                    R"({"name":"another )" + std::to_string(++changes) + R"("})");
    return watch.has_ended();
  };
  ASSERT_TRUE(wait_until(change_and_look, 10s));
  const auto disabled = watch.stop();
  ASSERT_FALSE(disabled);
  EXPECT_TRUE(disabled.error().error.is(ConnectionsError::connection_disabled)) << disabled.error().error.describe();
}

class GateListenRotated : public GateListenTest, public ::testing::WithParamInterface<Authentication> {};
INSTANTIATE_TEST_SUITE_P(Schemes, GateListenRotated, ::testing::Values(kNegotiate, kNtlm, kBasic),
                         [](const auto& info) { return info.param.text(); });

/// The password is renewed under a stream that stands, and again after the stream has broken.
TEST_P(GateListenRotated, nothing_goes_unheard) {
  Organisation organisation({.authentication = GetParam()});
  const auto connection = connect(organisation);
  auto& gate = organisation.product().gate();
  MailboxWatch watch(gate, connection.id, {.mailboxes = kMailboxes});
  watch.await_syncs(2);
  ItemMaker maker(gate, connection.id, kMailboxes, 5ms);
  maker.await_more(10);
  const auto rotated = organisation.product().rotate(connection.account);
  ASSERT_EQ(rotated.result["state"], "finished") << rotated.text();
  maker.await_more(10);
  EXPECT_EQ(watch.interruptions(), 0U) << "the stream that stood goes on standing";
  EXPECT_NE(rotated.text().find(R"("streams_under_way":1)"), std::string::npos) << rotated.text();
  EXPECT_EQ(watch.syncs(), 2U);
  // A moved mailbox ends the stream: the next one is opened with the new password.
  organisation.exchange().change_mailbox("usera@example.test", R"({"place":"moving"})");
  organisation.exchange().change_mailbox("usera@example.test", R"({"place":"here"})");
  watch.await_syncs(4);
  maker.await_more(10);
  watch.await_items(maker.stop());
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

}  // namespace
}  // namespace mailward::connections
