// Conversations kept as files, and answers given from such files.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "exchange_sim/recorder.h"
#include "exchange_sim/replay.h"
#include "tests/exchange_sim/conversation.h"
#include "tests/support/paths.h"
#include "tests/support/wait_until.h"

namespace mailward::testing {
namespace {

namespace fs = std::filesystem;

std::string config(const std::string& more) {
  return more + R"(
[exchange]
schemes = ["Basic"]
[[front_end]]
name = "EX01"
listen = "{ADDRESS}:443"
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
account = 'EXAMPLE\svc-mailward'
)";
}

std::string text_of(const fs::path& file) {
  return read_file(file, 1U << 20U).value_or("");
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& each : fs::directory_iterator(folder)) names.push_back(each.path().filename().string());
  std::ranges::sort(names);
  return names;
}

SoapCall own(const std::string& body) {
  return {.body = body, .impersonate = ""};
}

TEST(Conversations, are_kept_as_they_were_and_answer_again) {
  const TemporaryFolder folder;
  const fs::path kept = folder.path() / "kept";
  std::string inbox;
  std::string zones;
  {
    ExchangeSimulator simulator({.config = config("record = \"" + kept.string() + "\"\n")});
    inbox = call(simulator, own(get_folder_call())).body;
    zones = call(simulator, own("<m:GetServerTimeZones/>")).body;
    EXPECT_EQ(call(simulator, own("<m:GetFolder><nonsense/></m:GetFolder>")).status, 500);
    auto client = client_of(simulator);
    EXPECT_TRUE(post(client, simulator.url(), "no XML", basic(kServiceAccount, kServicePassword)));
  }
  EXPECT_EQ(names_in(kept),
            (std::vector<std::string>{"000001.GetFolder.request.xml", "000001.GetFolder.response.xml",
                                      "000002.GetServerTimeZones.request.xml", "000002.GetServerTimeZones.response.xml",
                                      "000003.GetFolder.request.xml", "000003.GetFolder.response.xml",
                                      "000004.Unreadable.request.xml", "000004.Unreadable.response.xml"}));
  const auto mine = fs::perms::owner_read | fs::perms::owner_write;
  EXPECT_EQ(fs::status(kept).permissions(), fs::perms::owner_all);
  for (const std::string& name : names_in(kept)) EXPECT_EQ(fs::status(kept / name).permissions(), mine) << name;
  EXPECT_EQ(text_of(kept / "000001.GetFolder.request.xml"), envelope(own(get_folder_call())));
  EXPECT_EQ(text_of(kept / "000001.GetFolder.response.xml"), inbox);
  for (const std::string& name : names_in(kept)) {
    EXPECT_EQ(text_of(kept / name).find(kServicePassword), std::string::npos) << name;
    EXPECT_EQ(text_of(kept / name).find("Authorization"), std::string::npos) << name;
  }

  ExchangeSimulator again({.config = config("replay = \"" + kept.string() + "\"\n")});
  EXPECT_EQ(call(again, own(get_folder_call("drafts"))).body, inbox);
  const auto fault = call(again, own(get_folder_call()));
  EXPECT_EQ(fault.status, 500) << "the second answer was a fault";
  EXPECT_EQ(call(again, own(get_folder_call())).body, inbox) << "from the first again";
  EXPECT_EQ(call(again, own("<m:GetServerTimeZones/>")).body, zones);
  const auto none = call(again, own("<m:SyncFolderHierarchy/>"));
  EXPECT_EQ(none.status, 500);
  EXPECT_NE(none.body.find("No answer to SyncFolderHierarchy was recorded."), std::string::npos) << none.body;
}

TEST(Conversations, are_kept_of_each_operation_up_to_a_number) {
  const TemporaryFolder folder;
  const auto recorder = exchange_sim::Recorder::open(folder.path(), 2).value();
  EXPECT_FALSE(recorder->keep("GetFolder", "one", "1").empty());
  EXPECT_FALSE(recorder->keep("GetFolder", "two", "2").empty());
  const fs::path third = recorder->keep("GetFolder", "three", "3");
  EXPECT_TRUE(third.empty());
  recorder->keep_more(third, "and more");
  EXPECT_FALSE(recorder->keep("GetItem", "four", "4").empty());
  EXPECT_EQ(names_in(folder.path()),
            (std::vector<std::string>{"000001.GetFolder.request.xml", "000001.GetFolder.response.xml",
                                      "000002.GetFolder.request.xml", "000002.GetFolder.response.xml",
                                      "000003.GetItem.request.xml", "000003.GetItem.response.xml"}));
}

TEST(Conversations, with_autodiscover_are_kept_and_refused_sign_ins_are_not) {
  const TemporaryFolder folder;
  const fs::path kept = folder.path() / "kept";
  ExchangeSimulator simulator({.config = config("record = \"" + kept.string() + "\"\n")});
  const std::string server = simulator.url().substr(0, simulator.url().find('/', 8));
  auto client = client_of(simulator);
  const std::string right = basic(kServiceAccount, kServicePassword);
  EXPECT_TRUE(post(client, server + "/autodiscover/autodiscover.xml", "<a/>", right));
  EXPECT_TRUE(post(client, simulator.url(), "x", basic(kServiceAccount, "wrong")));
  EXPECT_TRUE(post(client, server + "/autodiscover/autodiscover.svc", "<b/>", right));
  EXPECT_EQ(names_in(kept),
            (std::vector<std::string>{"000001.Autodiscover.request.xml", "000001.Autodiscover.response.xml",
                                      "000002.AutodiscoverSoap.request.xml", "000002.AutodiscoverSoap.response.xml"}));
  EXPECT_EQ(text_of(kept / "000001.Autodiscover.request.xml"), "<a/>");
  EXPECT_NE(text_of(kept / "000001.Autodiscover.response.xml").find("<ErrorCode>600</ErrorCode>"), std::string::npos);
}

TEST(Conversations, of_a_folder_are_answered_from_its_own_files_alone) {
  const TemporaryFolder folder;
  const fs::path kept = folder.path() / "kept";
  fs::create_directories(kept);
  std::ofstream(folder.path() / "secret") << "not to be given";
  std::ofstream(kept / "000001.GetFolder.response.xml") << "<x/>";
  ExchangeSimulator simulator({.config = config("replay = \"" + kept.string() + "\"\n")});
  EXPECT_EQ(call(simulator, own(get_folder_call())).body, "<x/>");
  // Also where a link takes the place of a file since.
  fs::remove(kept / "000001.GetFolder.response.xml");
  fs::create_symlink(folder.path() / "secret", kept / "000001.GetFolder.response.xml");
  EXPECT_EQ(call(simulator, own(get_folder_call())).body, "");
}

TEST(Conversations, streamed_answers_are_kept_to_their_end) {
  const TemporaryFolder folder;
  const fs::path kept = folder.path() / "kept";
  ExchangeSimulator simulator({.config = config("record = \"" + kept.string() + "\"\n")});
  const auto subscribed =
      call(simulator, own("<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId "
                          "Id=\"inbox\"/></t:FolderIds><t:EventTypes><t:EventType>CreatedEvent</t:EventType>"
                          "</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>"));
  const std::string id = element_text(subscribed.body, "SubscriptionId");
  Line line(simulator, simulator.url());
  static_cast<void>(line.begin(envelope(own("<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>" + id +
                                            "</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>1"
                                            "</m:ConnectionTimeout></m:GetStreamingEvents>")),
                               basic(kServiceAccount, kServicePassword)));
  const std::string first = line.chunk();
  EXPECT_TRUE(wait_until([&] { return text_of(kept / "000002.GetStreamingEvents.response.xml") == first; },
                         std::chrono::seconds(10)))
      << text_of(kept / "000002.GetStreamingEvents.response.xml");
}

TEST(Conversations, recorded_answers_of_real_servers_are_found_by_what_is_in_them) {
  if (!shared_dir()) GTEST_SKIP() << "../shared is absent: real answers are not tried";
  const auto replay = exchange_sim::Replay::open(*shared_dir() / "ews-traces");
  ASSERT_TRUE(replay) << replay.error().describe();
  EXPECT_GT((*replay)->answers(), 250U);
  for (const char* operation : {"GetItem", "FindItem", "SyncFolderItems", "ResolveNames"}) {
    const auto answer = (*replay)->next(operation);
    ASSERT_TRUE(answer) << operation;
    EXPECT_NE(answer->body.find(std::string(operation) + "Response"), std::string::npos) << operation;
  }
  EXPECT_TRUE((*replay)->next("GetUserAvailabilityRequest")) << "asked for by another name than it is answered by";
  EXPECT_FALSE((*replay)->next("NoSuchOperation"));
  const TemporaryFolder empty;
  EXPECT_TRUE(exchange_sim::Replay::open(empty.path()).error().is(BaseError::not_found));
}

}  // namespace
}  // namespace mailward::testing
