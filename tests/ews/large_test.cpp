// What is large goes through the client in bounded memory. Takes long and half a gigabyte of disk: ./dev check large.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <set>

#include <sys/resource.h>

#include "base/digest.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_attachment.h"
#include "ews/operations/get_item.h"
#include "ews/operations/sync_folder_items.h"
#include "ews/pull.h"
#include "tests/ews/support/simulator_session.h"
#include "tests/support/paths.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::asked;
using testing::ExchangeSimulator;
using testing::session_to;

bool wanted() {
  return std::getenv("MAILWARD_LARGE") != nullptr;
}

/// The most that this process ever held, in megabytes.
std::int64_t most_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

std::string config(const std::string& more, std::size_t messages) {
  return more + R"(
[exchange]
schemes = ["NTLM"]
[[front_end]]
name = "EX01"
listen = "{ADDRESS}:443"
[[account]]
name = 'EXAMPLE\usera'
password = "Sample-Usera-1!"
[[mailbox]]
smtp = "usera@example.test"
account = 'EXAMPLE\usera'
messages = )" +
         std::to_string(messages) + "\n";
}

class Measuring : public ValueSink {
 public:
  Outcome<void> begin(const ValuePlace&) override { return {}; }
  Outcome<void> bytes(BytesView piece) override {
    size += piece.size();
    for (const std::uint8_t each : piece) sum = sum * 31 + each;
    return {};
  }
  Outcome<void> end() override { return {}; }
  std::uint64_t size = 0;
  std::uint64_t sum = 0;
};

TEST(Large, an_attachment_of_150_megabytes_is_pulled_in_bounded_memory) {
  if (!wanted()) GTEST_SKIP() << "takes long: ./dev check large";
  constexpr std::uint64_t kSize = 150'000'000;
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "large.eml";
  std::uint64_t sum = 0;
  {
    std::ofstream out(file, std::ios::binary);
    out << "From: x@example.test\r\nTo: usera@example.test\r\nSubject: large\r\nMIME-Version: 1.0\r\nContent-Type: "
           "multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee "
           "below\r\n--b\r\nContent-Type: "
           "application/octet-stream; name=large.bin\r\nContent-Disposition: attachment; "
           "filename=large.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    constexpr std::size_t kLine = 57;
    std::uint64_t state = 1;
    for (std::uint64_t done = 0; done < kSize; done += kLine) {
      Bytes line(std::min<std::uint64_t>(kLine, kSize - done));
      for (std::uint8_t& each : line) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        each = static_cast<std::uint8_t>(state >> 56U);
        sum = sum * 31 + each;
      }
      out << to_base64(line) << "\r\n";
    }
    out << "--b--\r\n";
  }
  ExchangeSimulator simulator({.config = config("mail = \"" + file.string() + "\"\n", 0)});
  Transport transport;
  Session session = session_to(simulator, transport);
  FindItem find;
  find.parents = {DistinguishedFolder{.name = "inbox", .mailbox = {}}};
  const auto found = asked(session, find).response.messages.at(0).value.found;
  ASSERT_EQ(found.size(), 1U);
  GetItem look;
  look.additional = {"item:Attachments"};
  look.items = {found.front().id};
  const auto item = asked(session, look).response.messages.at(0).value.at(0);
  ASSERT_EQ(item.attachments.size(), 1U);
  const std::int64_t before = most_memory_mb();
  Measuring content;
  ASSERT_TRUE(pull(session, GetAttachment{.ids = {item.attachments.front().id}},
                   PullTo<GetAttachment>{.values = &content}, {}, Deadline::after(5min)));
  EXPECT_EQ(content.size, kSize);
  EXPECT_EQ(content.sum, sum);
  Measuring whole;
  GetItem mime;
  mime.mime_content = true;
  mime.items = {found.front().id};
  ASSERT_TRUE(pull(session, mime, PullTo<GetItem>{.values = &whole}, {}, Deadline::after(5min)));
  EXPECT_EQ(whole.size, std::filesystem::file_size(file));
  EXPECT_LT(most_memory_mb() - before, 48) << "megabytes more than before";
}

TEST(Large, a_folder_of_100000_items_is_found_and_synchronised_whole) {
  if (!wanted()) GTEST_SKIP() << "takes long: ./dev check large";
  constexpr std::size_t kItems = 100'000;
  ExchangeSimulator simulator({.config = config("", kItems)});
  Transport transport;
  Session session = session_to(simulator, transport);
  const DistinguishedFolder inbox{.name = "inbox", .mailbox = {}};
  std::set<std::size_t> synced;
  SyncFolderItems sync;
  sync.folder = inbox;
  for (bool last = false; !last;) {
    const auto reply = asked(session, sync);
    const auto& changes = reply.response.messages.at(0).value;
    for (const auto& each : changes.changes) synced.insert(std::hash<std::string>{}(each.item.id.id));
    sync.state = changes.state;
    last = changes.last;
  }
  EXPECT_EQ(synced.size(), kItems);
  const std::int64_t before = most_memory_mb();
  std::set<std::size_t> found;
  FindItem find;
  find.max_entries = 1000;
  find.parents = {inbox};
  while (true) {
    std::size_t units = 0;
    const PullTo<FindItem> to{.unit = [&](std::size_t, const Item& item) -> Outcome<void> {
      ++units;
      found.insert(std::hash<std::string>{}(item.id.id));
      return {};
    }};
    const auto reply = pull(session, find, to, {}, Deadline::after(1min));
    ASSERT_TRUE(reply) << reply.error().error.describe();
    find.offset += static_cast<std::uint32_t>(units);
    if (reply->response.messages.at(0).value.last || units == 0) break;
  }
  EXPECT_EQ(found, synced);
  EXPECT_LT(most_memory_mb() - before, 48) << "megabytes more than before";
}

constexpr std::size_t kMailboxes = 1000;
constexpr std::size_t kMessagesEach = 200;

std::string mailbox_address(std::size_t number) {
  return "user" + std::to_string(number) + "@example.test";
}

std::string organisation() {
  std::string text = config("", 0) + "[[impersonation]]\naccount = 'EXAMPLE\\usera'\neveryone = true\n";
  for (std::size_t i = 0; i < kMailboxes; ++i) {
    text += "[[mailbox]]\nsmtp = \"" + mailbox_address(i) + "\"\nmessages = " + std::to_string(kMessagesEach) + "\n";
  }
  return text;
}

/// The most that the simulator ever held, in megabytes.
std::int64_t most_memory_mb_of(const ExchangeSimulator& simulator) {
  std::ifstream status("/proc/" + std::to_string(simulator.pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) / 1024;
  }
  throw std::runtime_error("nothing is told of the simulator's memory");
}

TEST(Large, an_organisation_of_1000_mailboxes_with_200000_messages_is_up_in_a_minute_and_takes_less_than_2_gigabytes) {
  if (!wanted()) GTEST_SKIP() << "takes long: ./dev check large";
  const std::string whole = organisation();
  const auto began = std::chrono::steady_clock::now();
  ExchangeSimulator simulator({.config = whole, .start_limit = 120s});
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_LT(took, 1min);
  Transport transport;
  Session session = session_to(simulator, transport);
  SyncFolderItems sync;
  sync.folder = DistinguishedFolder{.name = "inbox", .mailbox = {}};
  std::size_t messages = 0;
  for (std::size_t i = 0; i < kMailboxes; ++i) {
    const CallContext context{.impersonate = Impersonation{.value = mailbox_address(i)}};
    const auto changes = asked(session, sync, context).response.messages.at(0).value;
    EXPECT_TRUE(changes.last);
    messages += changes.changes.size();
  }
  EXPECT_EQ(messages, kMailboxes * kMessagesEach);
  const std::int64_t most = most_memory_mb_of(simulator);
  EXPECT_LT(most, 2048) << "megabytes";
  std::printf("  up in %.1f s, at most %lld MB\n", std::chrono::duration<double>(took).count(),
              static_cast<long long>(most));
}

}  // namespace
}  // namespace mailward::ews
