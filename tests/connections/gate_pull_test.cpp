// Large answers through the gate, taken item by item: gone on with where they broke off, each item given once.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "ews/operations/create_item.h"
#include "ews/operations/delete_item.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_item.h"
#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using testing::TestOutcome;
using namespace std::chrono_literals;

const Authentication kNtlm{.negotiate = false, .ntlm = true, .basic = false};
const Authentication kBasic{.negotiate = false, .ntlm = false, .basic = true};

template <typename T>
T got(ews::Outcome<T> outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().error.describe());
  return *std::move(outcome);
}

ews::CallContext in_mailbox() {
  ews::CallContext context;
  context.impersonate = {ews::Impersonation::Kind::smtp_address, "usera@example.test"};
  return context;
}

/// Takes items with their MIME, as a product that stores them would: a value that begins again replaces what was begun.
class Taken : public ews::ValueSink {
 public:
  ews::Outcome<void> begin(const ews::ValuePlace& place) override {
    open_ = place.message;
    bytes_.clear();
    return {};
  }
  ews::Outcome<void> bytes(BytesView piece) override {
    bytes_ += as_text(piece);
    return {};
  }
  ews::Outcome<void> end() override {
    if (ended.size() <= open_) ended.resize(open_ + 1);
    ended[open_].push_back(bytes_);
    return {};
  }
  ews::PullTo<ews::GetItem> to() {
    ews::PullTo<ews::GetItem> to;
    to.unit = [this](std::size_t message, const ews::Item& item) -> ews::Outcome<void> {
      messages.push_back(message);
      ids.push_back(item.id.id);
      return at_unit ? at_unit(message) : ews::Outcome<void>{};
    };
    to.values = this;
    return to;
  }
  std::function<ews::Outcome<void>(std::size_t message)> at_unit;
  std::vector<std::size_t> messages;
  std::vector<std::string> ids;
  std::vector<std::vector<std::string>> ended;  ///< of each message the values that ended

 private:
  std::size_t open_ = 0;
  std::string bytes_;
};

class GatePullTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  static std::string mime(std::size_t number, std::size_t bytes) {
    return "From: usera@example.test\r\nTo: usera@example.test\r\nSubject: number " + std::to_string(number) +
           "\r\nMessage-ID: <" + std::to_string(number) +
           "@example.test>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\n" + std::string(bytes, 'x') + "\r\n";
  }
  static ews::CreateItem new_item(std::size_t number, std::size_t bytes) {
    ews::CreateItem make;
    make.folder = ews::DistinguishedFolder{"notes", {}};
    make.items = {{.mime = to_bytes(mime(number, bytes))}};
    return make;
  }
  /// Messages of that size, in a folder that holds nothing else.
  static ews::GetItem messages(Organisation& organisation, ConnectionId connection, std::size_t count,
                               std::size_t bytes) {
    ews::GetItem get{.shape = ews::BaseShape::id_only, .mime_content = true, .additional = {}, .items = {}};
    for (std::size_t i = 0; i < count; ++i) {
      auto reply = got(organisation.product().gate().call(connection, "test", new_item(i, bytes), in_mailbox(),
                                                          Deadline::after(20s)));
      get.items.push_back(reply.response.messages.at(0).value.at(0).id);
    }
    return get;
  }
  static std::size_t count_in_folder(Organisation& organisation, ConnectionId connection) {
    ews::FindItem find;
    find.parents = {ews::DistinguishedFolder{"notes", {}}};
    auto reply = got(organisation.product().gate().call(connection, "test", find, in_mailbox(), Deadline::after(20s)));
    return reply.response.messages.at(0).value.found.size();
  }
  static std::vector<testing::SeenRequest> seen(Organisation& organisation, std::string_view operation,
                                                std::uint64_t since) {
    auto all = organisation.exchange().requests(since);
    std::erase_if(all, [&](const testing::SeenRequest& one) { return one.operation != operation; });
    return all;
  }
  static void expect_each_once(const Taken& taken, const ews::GetItem& asked, std::size_t bytes) {
    ASSERT_EQ(taken.ids.size(), asked.items.size());
    for (std::size_t i = 0; i < asked.items.size(); ++i) {
      EXPECT_EQ(taken.messages[i], i);
      EXPECT_EQ(taken.ids[i], asked.items[i].id);
      ASSERT_FALSE(taken.ended[i].empty());
      EXPECT_EQ(taken.ended[i].back(), mime(i, bytes)) << i;
    }
  }
};

struct Trouble {
  const char* name;
  const char* fault;
  const char* parameters;
  std::size_t requests;
};
class GatePullTroubled : public GatePullTest, public ::testing::WithParamInterface<Trouble> {};
INSTANTIATE_TEST_SUITE_P(
    Troubles, GatePullTroubled,
    ::testing::Values(Trouble{"none", "latency", R"({"milliseconds":1})", 1},
                      Trouble{"reset", "reset_answer", R"({"limit":2,"values":["GetItem"]})", 3},
                      Trouble{"cut", "truncated_answer", R"({"bytes":150000,"limit":1,"values":["GetItem"]})", 2},
                      Trouble{"cut_twice", "truncated_answer", R"({"bytes":150000,"limit":2,"values":["GetItem"]})", 3},
                      Trouble{"busy_fault", "server_busy", R"({"value":"fault","milliseconds":200,"limit":1})", 1},
                      Trouble{"busy_response", "server_busy", R"({"value":"response","milliseconds":200,"limit":1})",
                              2}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(GatePullTroubled, gives_each_item_once_and_whole) {
  constexpr std::size_t kBytes = 40'000;
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  const ews::GetItem asked = messages(organisation, connection.id, 6, kBytes);
  organisation.exchange().set_fault(GetParam().fault, GetParam().parameters);
  const std::uint64_t before = organisation.exchange().request_count();
  Taken taken;
  auto reply =
      organisation.product().gate().pull(connection.id, "test", asked, taken.to(), in_mailbox(), Deadline::after(30s));
  ASSERT_TRUE(reply) << reply.error().error.describe();
  EXPECT_EQ(reply->response.messages.size(), asked.items.size());
  EXPECT_FALSE(reply->response.first_error());
  expect_each_once(taken, asked, kBytes);
  const auto requests = seen(organisation, "GetItem", before);
  ASSERT_EQ(requests.size(), GetParam().requests);
  if (std::string_view(GetParam().name) == "cut") {
    EXPECT_LT(requests[1].body_bytes, requests[0].body_bytes) << "the rest alone is asked for";
  }
}

/// Cut off at any place, also between an item and the end of its response message.
TEST_F(GatePullTest, cut_anywhere_it_gives_each_item_once) {
  constexpr std::size_t kBytes = 60;
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  const ews::GetItem asked = messages(organisation, connection.id, 2, kBytes);
  auto& exchange = organisation.exchange();
  std::size_t cuts = 0;
  for (std::size_t bytes = 400; bytes < 6000; bytes += 23) {
    exchange.set_fault("truncated_answer", R"({"limit":1,"values":["GetItem"],"bytes":)" + std::to_string(bytes) + "}");
    const std::uint64_t before = exchange.request_count();
    Taken taken;
    const auto reply = organisation.product().gate().pull(connection.id, "test", asked, taken.to(), in_mailbox(),
                                                          Deadline::after(30s));
    ASSERT_TRUE(reply) << bytes << ": " << reply.error().error.describe();
    expect_each_once(taken, asked, kBytes);
    if (seen(organisation, "GetItem", before).size() == 1) break;
    // Repetitions have a budget, which begins anew with the process.
    if (++cuts % 8 == 0) organisation.product().restart();
  }
  EXPECT_GT(cuts, 50u);
}

/// A caller who does not want any more ends it: nothing is repeated, and nobody is to blame.
TEST_F(GatePullTest, the_takers_refusal_ends_it) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  const ews::GetItem asked = messages(organisation, connection.id, 3, 1000);
  const std::uint64_t before = organisation.exchange().request_count();
  Taken taken;
  taken.at_unit = [](std::size_t message) -> ews::Outcome<void> {
    if (message == 1) return fail(ews::Failure(ews::EwsError::closed, "the disk is full"));
    return {};
  };
  auto reply =
      organisation.product().gate().pull(connection.id, "test", asked, taken.to(), in_mailbox(), Deadline::after(30s));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().error.message(), "the disk is full");
  EXPECT_EQ(taken.ids.size(), 2u);
  EXPECT_EQ(seen(organisation, "GetItem", before).size(), 1u);
}

/// What is not asked for by a list might change between two tries: once something was given, the caller is told.
TEST_F(GatePullTest, a_page_that_broke_off_is_not_given_twice) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  messages(organisation, connection.id, 20, 10);
  ews::FindItem find;
  find.shape = ews::BaseShape::all_properties;
  find.parents = {ews::DistinguishedFolder{"notes", {}}};
  std::size_t given = 0;
  ews::PullTo<ews::FindItem> to;
  to.unit = [&](std::size_t, const ews::Item&) -> ews::Outcome<void> {
    ++given;
    return {};
  };
  const auto pull = [&] {
    given = 0;
    return organisation.product().gate().pull(connection.id, "test", find, to, in_mailbox(), Deadline::after(20s));
  };
  organisation.exchange().set_fault("reset_answer", R"({"limit":1,"values":["FindItem"]})");
  ASSERT_TRUE(pull()) << "nothing was given: it is asked for again";
  EXPECT_EQ(given, 20u);
  organisation.exchange().set_fault("truncated_answer", R"({"bytes":20000,"limit":1,"values":["FindItem"]})");
  const auto cut = pull();
  ASSERT_FALSE(cut);
  EXPECT_TRUE(cut.error().is(ews::EwsError::truncated)) << cut.error().error.describe();
  EXPECT_GT(given, 0u);
  EXPECT_LT(given, 20u);
}

class GatePullRotated : public GatePullTest, public ::testing::WithParamInterface<Authentication> {};
INSTANTIATE_TEST_SUITE_P(Schemes, GatePullRotated, ::testing::Values(kNtlm, kBasic),
                         [](const auto& info) { return info.param.text(); });

/// The password is renewed while an answer is under way, and the answer is cut off after that: the rest comes with the
/// new one. The rotation does not wait for the answer, even where each request carries the password.
TEST_P(GatePullRotated, in_mid_pull) {
  constexpr std::size_t kBytes = 40'000;
  Organisation organisation({.authentication = GetParam()});
  const ServerConnection connection = organisation.connect();
  const ews::GetItem asked = messages(organisation, connection.id, 6, kBytes);
  organisation.exchange().set_fault("truncated_answer", R"({"bytes":250000,"limit":1,"values":["GetItem"]})");
  Taken taken;
  TestOutcome rotated;
  std::chrono::steady_clock::duration took{};
  taken.at_unit = [&](std::size_t message) -> ews::Outcome<void> {
    if (message != 0) return {};
    const auto begun = std::chrono::steady_clock::now();
    rotated = organisation.product().rotate(connection.account);
    took = std::chrono::steady_clock::now() - begun;
    return {};
  };
  auto reply =
      organisation.product().gate().pull(connection.id, "test", asked, taken.to(), in_mailbox(), Deadline::after(60s));
  ASSERT_TRUE(reply) << reply.error().error.describe();
  EXPECT_EQ(rotated.result["state"], "finished") << rotated.text();
  EXPECT_LT(took, 10s) << "it waited for the answer";
  expect_each_once(taken, asked, kBytes);
  EXPECT_EQ(must(organisation.product().ledger().account(connection.account)).active()->number, 2);
  EXPECT_EQ(organisation.bad_password_count(), 0);
}

/// What would be made twice is sent once, whatever became of the answer and whatever the caller allows.
TEST_F(GatePullTest, what_may_double_is_never_sent_again) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  auto& gate = organisation.product().gate();
  ASSERT_EQ(count_in_folder(organisation, connection.id), 0u);
  std::size_t made = 0;
  for (const Repeat repeat : {Repeat::never, Repeat::harmless, Repeat::converging}) {
    organisation.exchange().set_fault("reset_answer", R"({"limit":1,"values":["CreateItem"]})");
    const auto reply =
        gate.call(connection.id, "test", new_item(1, 10), in_mailbox(), Deadline::after(20s), {}, repeat);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().evidence->sent, ews::Sent::request);
    EXPECT_EQ(count_in_folder(organisation, connection.id), ++made);
  }
  // A server that is too busy has done nothing: in either shape.
  for (const char* shape : {"fault", "response"}) {
    organisation.exchange().set_fault("server_busy",
                                      R"({"milliseconds":200,"limit":1,"value":")" + std::string(shape) + "\"}");
    const auto reply = gate.call(connection.id, "test", new_item(1, 10), in_mailbox(), Deadline::after(20s));
    ASSERT_TRUE(reply) << reply.error().error.describe();
    EXPECT_FALSE(reply->response.first_error());
    EXPECT_EQ(count_in_folder(organisation, connection.id), ++made);
  }
}

TEST_F(GatePullTest, what_converges_is_sent_again_where_the_caller_allows_it) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  auto& gate = organisation.product().gate();
  const ews::GetItem made = messages(organisation, connection.id, 2, 10);
  const auto remove = [&](const ews::ItemId& item, Repeat repeat) {
    ews::DeleteItem operation;
    operation.items = {item};
    organisation.exchange().set_fault("reset_answer", R"({"limit":1,"values":["DeleteItem"]})");
    return gate.call(connection.id, "test", operation, in_mailbox(), Deadline::after(20s), {}, repeat);
  };
  EXPECT_FALSE(remove(made.items[0], Repeat::harmless));
  const auto again = remove(made.items[1], Repeat::converging);
  ASSERT_TRUE(again) << again.error().error.describe();
  ASSERT_TRUE(again->response.first_error());
  EXPECT_EQ(again->response.first_error()->said->code, ews::ResponseCode::ErrorItemNotFound);
}

/// A server that loses every answer is not asked four times as much by all who call.
TEST_F(GatePullTest, repetitions_have_a_budget) {
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  auto& gate = organisation.product().gate();
  const std::uint64_t before = organisation.exchange().request_count();
  organisation.exchange().set_fault("reset_answer", R"({"values":["GetFolder"]})");
  ews::GetFolder look;
  look.folders = {ews::DistinguishedFolder{"inbox", {}}};
  constexpr std::size_t kCalls = 20;
  for (std::size_t i = 0; i < kCalls; ++i) {
    EXPECT_FALSE(gate.call(connection.id, "test", look, in_mailbox(), Deadline::after(20s)));
  }
  const std::size_t asked = seen(organisation, "GetFolder", before).size();
  EXPECT_GT(asked, kCalls) << "some are repeated";
  EXPECT_LE(asked, kCalls + kCalls / 10 + 10);
  organisation.exchange().clear_faults();
  EXPECT_TRUE(gate.call(connection.id, "test", look, in_mailbox(), Deadline::after(20s)));
}

/// Batches of what was asked for by a list, by what they cost.
TEST_F(GatePullTest, batches_are_as_large_as_answers_may_be) {
  constexpr std::size_t kBytes = 30'000;
  Organisation organisation({.authentication = kNtlm});
  const ServerConnection connection = organisation.connect();
  const ews::GetItem asked = messages(organisation, connection.id, 40, kBytes);
  auto& gate = organisation.product().gate();
  const auto batches = [&](BatchSize& size, std::chrono::milliseconds each = 20s) {
    const std::uint64_t before = organisation.exchange().request_count();
    Taken taken;
    auto response = gate.pull_in_batches(connection.id, "test", asked, taken.to(), size, in_mailbox(), each);
    EXPECT_TRUE(response) << response.error().error.describe();
    expect_each_once(taken, asked, kBytes);
    return seen(organisation, "GetItem", before).size();
  };
  BatchSize by_count({.first = 5, .most = 20});
  EXPECT_EQ(batches(by_count), 4u) << "5, 10, 20, 5";
  EXPECT_EQ(by_count.next(), 20u);
  // About 41 KB of base64 each: four of them fit.
  BatchSize by_bytes({.first = 4, .most = 100, .bytes = 180'000});
  EXPECT_GE(batches(by_bytes), 10u);
  EXPECT_EQ(by_bytes.next(), 4u);
  // Busy: half as many, and all the same no item is lost or given twice.
  organisation.exchange().set_fault("server_busy", R"({"value":"response","milliseconds":100,"limit":1})");
  BatchSize busy({.first = 20, .most = 20});
  EXPECT_GE(batches(busy), 4u);
  EXPECT_LT(busy.next(), 20u);
  // An answer that takes too long is given up, and fewer are asked for.
  organisation.exchange().set_fault("latency", R"({"milliseconds":60000,"limit":1,"values":["GetItem"]})");
  BatchSize slow({.first = 20, .most = 20});
  batches(slow, 2s);
  EXPECT_LT(slow.next(), 20u);
}

}  // namespace
}  // namespace mailward::connections
