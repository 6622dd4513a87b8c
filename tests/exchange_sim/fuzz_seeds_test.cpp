// The seeds of the fuzz targets: each is understood, so that a mutation begins at what is read to its end.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/digest.h"
#include "base/file.h"
#include "exchange_sim/item_stream.h"
#include "exchange_sim/ntlm_messages.h"
#include "exchange_sim/operations.h"
#include "exchange_sim/subscriptions.h"
#include "tests/support/paths.h"

namespace mailward::exchange_sim {
namespace {

struct Seed {
  std::string name;
  std::string content;
};

std::vector<Seed> seeds_of(const std::string& target) {
  std::vector<Seed> found;
  for (const auto& each : std::filesystem::directory_iterator(testing::source_dir() / "fuzz" / "corpus" / target)) {
    auto content = read_file(each.path(), 1U << 20U);
    EXPECT_TRUE(content) << each.path();
    found.push_back({.name = each.path().filename().string(), .content = content.value_or("")});
  }
  return found;
}

TEST(FuzzSeeds, of_requests_are_answered_by_their_operations) {
  // As in fuzz/sim_soap_fuzz.cpp.
  Organisation organisation(
      "example.test",
      {{.smtp = "usera@example.test", .display_name = "User A", .account = "EXAMPLE\\usera", .messages = 3}},
      {{.account = "EXAMPLE\\svc", .everyone = true, .mailboxes = {}}});
  SubscriptionBook subscriptions(Clock::system());
  std::set<std::string> operations;
  for (const Seed& seed : seeds_of("sim_soap")) {
    const auto request = read_soap(seed.content);
    ASSERT_TRUE(request) << seed.name << ": " << write_fault(request.error());
    const Operation* operation = find_operation(request->operation);
    ASSERT_NE(operation, nullptr) << seed.name;
    auto context = resolve_caller(organisation, "EXAMPLE\\svc", *request);
    ASSERT_TRUE(context) << seed.name;
    EXPECT_NE(context->mailbox, nullptr) << seed.name;
    context->subscriptions = &subscriptions;
    const auto inner = operation->handler(*context, *request);
    EXPECT_TRUE(inner) << seed.name << ": " << (inner ? "" : write_fault(inner.error()));
    operations.insert(request->operation);
  }
  EXPECT_GE(operations.size(), 20U) << "different ones";
}

TEST(FuzzSeeds, of_ntlm_are_one_of_each_message_and_read_whole) {
  std::set<std::uint32_t> types;
  for (const Seed& seed : seeds_of("sim_ntlm")) {
    const BytesView message = as_bytes(seed.content);
    const std::uint32_t type = ntlm::message_type(message);
    types.insert(type);
    EXPECT_TRUE(type == 1   ? ntlm::parse_negotiate(message).has_value()
                : type == 2 ? ntlm::parse_challenge(message).has_value()
                            : ntlm::parse_authenticate(message).has_value())
        << seed.name;
  }
  EXPECT_EQ(types, (std::set<std::uint32_t>{1, 2, 3}));
}

TEST(FuzzSeeds, of_exported_items_are_items_and_are_written_as_they_were_read) {
  const auto blobs = Blobs::in_memory();
  const Mailbox mailbox({.smtp = "usera@example.test", .display_name = "User A", .account = ""}, *blobs,
                        Clock::system());
  std::set<ItemKind> kinds;
  for (const Seed& seed : seeds_of("sim_item_stream")) {
    // The target itself puts the head before it and the hash behind.
    std::string stream = std::string("\x01\x00\x00\x00MWIT\x01", 9) + seed.content;
    const Sha256 hash = sha256(as_bytes(stream));
    stream += as_text(BytesView(hash));
    const auto item = read_item_stream(stream, mailbox);
    ASSERT_TRUE(item) << seed.name;
    EXPECT_EQ(write_item_stream({.mailbox = mailbox, .item = *item}), stream) << seed.name;
    kinds.insert(item->kind);
  }
  EXPECT_GE(kinds.size(), 3U) << "of different kinds";
}

}  // namespace
}  // namespace mailward::exchange_sim
