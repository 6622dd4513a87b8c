// What happens to an organisation in mid-run: mailboxes that move, vanish and are journaled, throttling.
#include <set>
#include <sstream>
#include <thread>

#include "base/bytes.h"
#include "tests/exchange_sim/store_conversation.h"
#include "tests/support/wait_until.h"

namespace mailward::testing {
namespace {

class RunningOrganisation : public StoreConversation {
 protected:
  std::string folder_code() { return code(get_folder_call()); }
  http::Response asked(const std::string& body) { return call(sim(), {.body = body}); }
  void throttle(const std::string& policy) { sim().control("PATCH", "/control/throttling", policy); }
  static std::string sync() {
    return "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
           "<t:DistinguishedFolderId Id=\"inbox\"/></m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned>"
           "</m:SyncFolderItems>";
  }
  static std::string to_mailboxes(const std::string& addresses) {
    std::istringstream words(addresses);
    std::string xml;
    for (std::string each; words >> each;) {
      xml += "<t:Mailbox><t:EmailAddress>" + each + "</t:EmailAddress></t:Mailbox>";
    }
    return xml;
  }
  /// Subjects of the journal reports in the board's inbox.
  std::vector<std::string> journaled() {
    return texts(ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
                     "<m:Restriction><t:Exists><t:ExtendedFieldURI DistinguishedPropertySetId=\"InternetHeaders\" "
                     "PropertyName=\"X-MS-Journal-Report\" PropertyType=\"String\"/></t:Exists></m:Restriction>"
                     "<m:ParentFolderIds>" +
                         folder_element("inbox") + "</m:ParentFolderIds></m:FindItem>",
                     "board@example.test"),
                 "Subject");
  }
  static std::string subscribe() {
    return "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"
           "</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>"
           "</m:StreamingSubscriptionRequest></m:Subscribe>";
  }
  static std::string stream(const std::string& id) {
    return "<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>" + id +
           "</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>";
  }
};

TEST_F(RunningOrganisation, a_mailbox_that_moves_is_not_to_be_had_then_served_again_and_its_subscriptions_are_gone) {
  const std::string state = element_text(ask(sync()), "SyncState");
  const std::string subscription = element_text(ask(subscribe()), "SubscriptionId");
  sim().change_mailbox("usera@example.test", R"({"place":"moving"})");
  EXPECT_EQ(folder_code(), "ErrorMailboxMoveInProgress");
  EXPECT_EQ(code(sync()), "ErrorMailboxMoveInProgress");
  EXPECT_EQ(code("<m:GetInboxRules/>"), "ErrorMailboxMoveInProgress");
  EXPECT_EQ(code(get_folder_call(), "userb@example.test"), "NoError");
  sim().change_mailbox("usera@example.test", R"({"place":"here"})");
  EXPECT_EQ(folder_code(), "NoError");
  std::string again = sync();
  again.insert(again.find("<m:MaxChangesReturned>"), "<m:SyncState>" + state + "</m:SyncState>");
  EXPECT_EQ(code(again), "NoError") << "what was synced before still counts";
  EXPECT_EQ(code(stream(subscription)), "ErrorSubscriptionNotFound");
  sim().change_mailbox("usera@example.test", R"({"place":"exchange_online"})");
  EXPECT_NE(ask(get_folder_call()).find("No mailbox with such guid."), std::string::npos);
  sim().change_mailbox("usera@example.test", R"({"place":"gone"})");
  EXPECT_EQ(folder_code(), "ErrorNonExistentMailbox");
  EXPECT_NE(sim().control("GET", "/control/mailboxes").find(R"("place":"gone")"), std::string::npos);
}

TEST_F(RunningOrganisation, a_journal_rule_sends_a_report_with_the_envelope_and_the_message_behind_it) {
  sim().set_impersonation(kServiceAccount, {}, true);
  sim().control("PUT", "/control/journal-rules",
                R"([{"to":"board@example.test","recipient":"userb@example.test","scope":"internal"}])");
  const auto send = [&](const std::string& subject, const std::string& to, const std::string& bcc) {
    create("<t:Message><t:Subject>" + subject +
               "</t:Subject><t:Body BodyType=\"Text\">the text</t:Body><t:ToRecipients><t:Mailbox><t:EmailAddress>" +
               to + "</t:EmailAddress></t:Mailbox></t:ToRecipients><t:BccRecipients><t:Mailbox><t:EmailAddress>" + bcc +
               "</t:EmailAddress></t:Mailbox></t:BccRecipients></t:Message>",
           "", "MessageDisposition=\"SendOnly\"");
  };
  send("Größe", "usera@example.test", "userb@example.test");
  send("not of b", "usera@example.test", "board@example.test");
  send("crosses", "far@elsewhere.test", "userb@example.test");
  const std::string found = ask(
      "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:Restriction>"
      "<t:Exists><t:ExtendedFieldURI DistinguishedPropertySetId=\"InternetHeaders\" "
      "PropertyName=\"X-MS-Journal-Report\" PropertyType=\"String\"/></t:Exists></m:Restriction>"
      "<m:ParentFolderIds>" +
          folder_element("inbox") + "</m:ParentFolderIds></m:FindItem>",
      "board@example.test");
  ASSERT_EQ(total(found), "1") << found;
  const std::string report =
      ask("<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true"
          "</t:IncludeMimeContent></m:ItemShape><m:ItemIds>" +
              item_element(attribute_of(found, "ItemId", "Id")) + "</m:ItemIds></m:GetItem>",
          "board@example.test");
  EXPECT_EQ(element_text(report, "Subject"), "Größe");
  const std::string body = item_body(report);
  EXPECT_NE(body.find("Sender: usera@example.test\r\nSubject: Größe\r\nMessage-Id: <"), std::string::npos) << body;
  EXPECT_NE(body.find("\r\nTo: usera@example.test\r\nBcc: userb@example.test\r\n"), std::string::npos) << body;
  EXPECT_EQ(texts(report, "ItemAttachment").size(), 1U) << report;
  const std::string mime(as_text(from_base64(element_text(report, "MimeContent")).value()));
  EXPECT_NE(mime.find("\r\nX-MS-Journal-Report:\r\n"), std::string::npos);
  EXPECT_NE(mime.find("Content-Type: message/rfc822\r\n\r\n"), std::string::npos);
}

TEST_F(RunningOrganisation, journal_rules_concern_what_stays_inside_what_crosses_or_all) {
  sim().set_impersonation(kServiceAccount, {}, true);
  /// To whom the messages went that were reported under that rule.
  const auto reported = [&](const std::string& rule) {
    sim().control("PUT", "/control/journal-rules", R"([{"to":"board@example.test")" + rule + "}]");
    const std::string mark = "under [" + rule + "] to ";
    for (const std::string to : {"userb@example.test", "far@elsewhere.test", "userb@example.test far@elsewhere.test"}) {
      create("<t:Message><t:Subject>" + mark + to + "</t:Subject><t:ToRecipients>" + to_mailboxes(to) +
                 "</t:ToRecipients></t:Message>",
             "", "MessageDisposition=\"SendOnly\"");
    }
    std::set<std::string> found;
    for (const std::string& subject : journaled()) {
      if (subject.starts_with(mark)) found.insert(subject.substr(mark.size()));
    }
    return found;
  };
  const std::string inside = "userb@example.test";
  const std::string outside = "far@elsewhere.test";
  const std::string both = inside + " " + outside;
  EXPECT_EQ(reported(R"(,"scope":"internal")"), std::set{inside});
  EXPECT_EQ(reported(R"(,"scope":"external")"), (std::set{outside, both}));
  EXPECT_EQ(reported(R"(,"scope":"global")"), (std::set{inside, outside, both}));
  EXPECT_EQ(reported(""), (std::set{inside, outside, both})) << "global unless it is said";
  EXPECT_EQ(reported(R"(,"scope":"external","recipient":"userb@example.test")"), std::set{both});
}

TEST_F(RunningOrganisation, nothing_is_throttled_unless_somebody_says_so) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(folder_code(), "NoError");
}

TEST_F(RunningOrganisation, whoever_spends_his_budget_is_told_how_long_to_wait) {
  throttle(R"({"enabled":true,"burst_ms":1000,"cutoff_ms":0,"recharge_ms":36000,"cost_ms":400})");
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i) statuses.push_back(asked(get_folder_call()).status);
  EXPECT_EQ(statuses, (std::vector<int>{200, 200, 200, 500}));
  const std::string busy = asked(get_folder_call()).body;
  EXPECT_EQ(element_text(busy, "ResponseCode"), "ErrorServerBusy");
  EXPECT_EQ(attribute_of(busy, "Value", "Name"), "BackOffMilliseconds");
  const int back_off = std::stoi(element_text(busy, "Value"));
  EXPECT_GE(back_off, 1);
  EXPECT_LE(back_off, 20000) << "as long as it takes to earn what is missing";
  EXPECT_EQ(code(get_folder_call(), "userb@example.test"), "NoError") << "another mailbox has a budget of its own";
  sim().reset();
  EXPECT_EQ(folder_code(), "NoError");
}

TEST_F(RunningOrganisation, too_many_at_once_are_refused_syncs_in_their_own_shape) {
  throttle(R"({"enabled":true,"concurrency":2,"sync_calls":1})");
  sim().set_fault("latency", R"({"milliseconds":1500})");
  std::vector<std::jthread> slow;
  std::vector<http::Response> answers(2);
  slow.emplace_back([&] { answers[0] = asked(sync()); });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (sim().request_count() < 1 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  sim().clear_fault("latency");
  const std::string busy = ask(sync());
  EXPECT_EQ(element_text(busy, "ResponseCode"), "ErrorServerBusy");
  EXPECT_EQ(element_text(busy, "Value"), "5000");
  EXPECT_NE(busy.find("<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"), std::string::npos);
  EXPECT_NE(busy.find("policy part 'ConcurrentSyncCalls', policy value '1'"), std::string::npos);
  throttle(R"({"concurrency":1})");
  sim().set_fault("latency", R"({"milliseconds":1500})");
  const auto before = sim().request_count();
  slow.emplace_back([&] { answers[1] = asked(get_folder_call()); });
  while (sim().request_count() < before + 1 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  sim().clear_fault("latency");
  const http::Response refused = asked(get_folder_call());
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(element_text(refused.body, "ResponseCode"), "ErrorExceededConnectionCount");
  EXPECT_EQ(texts(refused.body, "Value")[1], "1");
  slow.clear();
  EXPECT_EQ(answers[0].status, 200);
  EXPECT_EQ(answers[1].status, 200);
}

TEST_F(RunningOrganisation, by_default_27_requests_and_5_syncs_are_answered_at_once_and_no_more) {
  throttle(R"({"enabled":true})");
  // All are under way when the last of them comes: each is done at once and its answer late.
  sim().set_fault("latency", R"({"milliseconds":6000})");
  constexpr std::size_t kRequests = 27;
  constexpr std::size_t kSyncs = 5;
  const auto before = sim().request_count();
  std::vector<http::Response> answers(kRequests);
  std::vector<std::jthread> slow;
  for (std::size_t i = 0; i < kRequests; ++i) {
    slow.emplace_back([&, i] { answers[i] = asked(i < kSyncs ? sync() : get_folder_call()); });
  }
  ASSERT_TRUE(wait_until([&] { return sim().request_count() >= before + kRequests; }, std::chrono::seconds(10)));
  sim().clear_fault("latency");
  const http::Response refused = asked(get_folder_call());
  const std::string busy = ask(sync());
  slow.clear();
  ASSERT_EQ(refused.status, 500) << refused.body;
  EXPECT_EQ(element_text(refused.body, "ResponseCode"), "ErrorExceededConnectionCount");
  EXPECT_EQ(texts(refused.body, "Value")[0], "MaxConcurrency");
  EXPECT_EQ(texts(refused.body, "Value")[1], "27");
  EXPECT_EQ(element_text(busy, "ResponseCode"), "ErrorServerBusy");
  EXPECT_NE(busy.find("policy part 'ConcurrentSyncCalls', policy value '5'"), std::string::npos) << busy;
  for (const http::Response& each : answers) EXPECT_EQ(element_text(each.body, "ResponseCode"), "NoError") << each.body;
}

TEST_F(RunningOrganisation, a_mailbox_has_so_many_subscriptions_at_once_and_no_more) {
  throttle(R"({"enabled":true,"subscriptions":2})");
  const std::string first = element_text(ask(subscribe()), "SubscriptionId");
  EXPECT_EQ(code(subscribe()), "NoError");
  EXPECT_EQ(code(subscribe()), "ErrorExceededSubscriptionCount");
  EXPECT_EQ(code(subscribe(), "userb@example.test"), "NoError") << "another mailbox has its own";
  EXPECT_EQ(code("<m:Unsubscribe><m:SubscriptionId>" + first + "</m:SubscriptionId></m:Unsubscribe>"), "NoError");
  EXPECT_EQ(code(subscribe()), "NoError") << "one was given back";
}

TEST_F(RunningOrganisation, by_default_10_streams_are_open_at_once_and_no_more) {
  throttle(R"({"enabled":true})");
  const std::string body = envelope({.body = stream(element_text(ask(subscribe()), "SubscriptionId"))});
  std::vector<std::unique_ptr<Line>> lines;
  const auto open = [&] {
    lines.push_back(std::make_unique<Line>(sim(), sim().url()));
    return lines.back()->begin(body, basic(kServiceAccount, kServicePassword)).status;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(open(), 200) << "stream " << i + 1;
  EXPECT_EQ(open(), 500);
  const http::Response refused = asked(stream("any"));
  ASSERT_EQ(refused.status, 500) << refused.body;
  EXPECT_EQ(element_text(refused.body, "ResponseCode"), "ErrorExceededConnectionCount");
  EXPECT_EQ(texts(refused.body, "Value")[0], "HangingConnectionLimit");
  EXPECT_EQ(texts(refused.body, "Value")[1], "10");
}

TEST_F(RunningOrganisation, the_default_budget_is_that_of_the_default_policy) {
  throttle(R"({"enabled":true})");
  const std::string policy = sim().control("GET", "/control/throttling");
  for (const std::string value : {R"("burst_ms":300000)", R"("recharge_ms":900000)", R"("cutoff_ms":3000000)"}) {
    EXPECT_NE(policy.find(value), std::string::npos) << policy;
  }
}

TEST_F(RunningOrganisation, streams_have_a_limit_of_their_own_and_give_their_place_back) {
  throttle(R"({"enabled":true,"hanging":1,"concurrency":1})");
  const std::string id = element_text(ask(subscribe()), "SubscriptionId");
  const std::string body = envelope({.body = stream(id)});
  auto line = std::make_unique<Line>(sim(), sim().url());
  EXPECT_EQ(line->begin(body, basic(kServiceAccount, kServicePassword)).status, 200);
  EXPECT_NE(line->chunk().find("OK"), std::string::npos);
  const http::Response refused = asked(stream(id));
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(texts(refused.body, "Value").front(), "HangingConnectionLimit");
  EXPECT_EQ(folder_code(), "NoError") << "beside the stream there is room for a request";
  line.reset();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  int status = 500;
  while (status != 200 && std::chrono::steady_clock::now() < until) {
    Line again(sim(), sim().url());
    status = again.begin(body, basic(kServiceAccount, kServicePassword)).status;
  }
  EXPECT_EQ(status, 200);
}

}  // namespace
}  // namespace mailward::testing
