// What a streaming connection tells is told as it comes, and nothing lost goes unsaid.
#include "ews/notification_stream.h"

#include <gtest/gtest.h>

#include "ews/envelope_stream.h"
#include "tests/ews/support/scripted_server.h"

namespace mailward::ews {
namespace {

using namespace std::chrono_literals;
using testing::After;
using testing::http_answer;
using testing::Reaction;
using testing::ReceivedRequest;
using testing::ScriptedServer;
using Kind = StreamEvent::Kind;

Deadline soon() {
  return Deadline::after(20s);
}

std::string enveloped(const std::string& operation, const std::string& inside,
                      const std::string& response_class = "Success", const std::string& code = "NoError") {
  return R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:)" + operation +
         R"(Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
         R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages><m:)" +
         operation + R"(ResponseMessage ResponseClass=")" + response_class + R"("><m:ResponseCode>)" + code +
         "</m:ResponseCode>" + inside + "</m:" + operation + "ResponseMessage></m:ResponseMessages></m:" + operation +
         "Response></s:Body></s:Envelope>";
}

std::string status(const std::string& word) {
  return enveloped("GetStreamingEvents", "<m:ConnectionStatus>" + word + "</m:ConnectionStatus>");
}

std::string events(const std::string& subscription) {
  // Exchange writes the notification in the messages' namespace, against its schema.
  return enveloped(
      "GetStreamingEvents",
      "<m:Notifications><m:Notification><t:SubscriptionId>" + subscription +
          "</t:SubscriptionId><t:NewMailEvent><t:TimeStamp>2026-11-30T00:00:00Z</t:TimeStamp>"
          "<t:ItemId Id='I1' ChangeKey='DwAAAA=='/><t:ParentFolderId Id='F1' ChangeKey='AQAAAA=='/>"
          "</t:NewMailEvent><t:MovedEvent><t:TimeStamp>2026-11-30T00:00:01Z</t:TimeStamp><t:ItemId Id='I2'/>"
          "<t:ParentFolderId Id='F2'/><t:OldItemId Id='I1'/><t:OldParentFolderId Id='F1'/></t:MovedEvent>"
          "</m:Notification></m:Notifications>");
}

/// The message that closes, telling of something first.
std::string last_events(const std::string& subscription) {
  std::string message = events(subscription);
  const std::string_view end = "</m:GetStreamingEventsResponseMessage>";
  message.insert(message.find(end), "<m:ConnectionStatus>Closed</m:ConnectionStatus>");
  return message;
}

std::string lost(const std::string& code, const std::string& subscription) {
  return enveloped(
      "GetStreamingEvents",
      "<m:ErrorSubscriptionIds><m:SubscriptionId>" + subscription + "</m:SubscriptionId></m:ErrorSubscriptionIds>",
      "Error", code);
}

/// A chunked answer without a Content-Type, a chunk for each piece.
std::string streamed(const std::vector<std::string>& pieces, bool whole = true) {
  std::string answer = "HTTP/1.1 200 OK\r\nX-NoBuffering: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto& piece : pieces) {
    char digits[20];
    snprintf(&digits[0], sizeof digits, "%zx\r\n", piece.size());
    answer += &digits[0] + piece + "\r\n";
  }
  return answer + (whole ? "0\r\n\r\n" : "");
}

struct Heard {
  std::vector<StreamEvent> events;
  Outcome<void> ended;
  std::vector<ReceivedRequest> seen;
};

Heard listen_to(const std::string& answer, After after = After::keep,
                const NotificationStream::Listening& listening = {.subscriptions = {"S1", "S2"}}) {
  ScriptedServer server({.react = [&](const ReceivedRequest& request, SSL*) -> Reaction {
    if (request.body.find("StreamingSubscriptionRequest") != std::string::npos) {
      return {http_answer(200, enveloped("Subscribe", "<m:SubscriptionId>S1</m:SubscriptionId>"),
                          "Set-Cookie: X-BackEndOverrideCookie=ex2~1942; path=/; secure; HttpOnly\r\n")};
    }
    return {answer, after};
  }});
  Transport transport;
  Session session(transport, server.endpoint());
  NotificationStream stream("usera@example.test");
  CallContext context;
  context.impersonate = {.value = "userb@example.test"};
  auto subscribed = stream.subscribe(session, {}, context, soon());
  EXPECT_TRUE(subscribed) << subscribed.error().error.describe();
  EXPECT_EQ(stream.affinity(), "ex2~1942");
  Heard heard;
  heard.ended = stream.listen(
      session, listening, context,
      [&](const StreamEvent& event) -> Outcome<void> {
        heard.events.push_back(event);
        return {};
      },
      soon());
  heard.seen = server.seen();
  return heard;
}

std::vector<Kind> kinds(const Heard& heard) {
  std::vector<Kind> found;
  for (const auto& event : heard.events) found.push_back(event.kind);
  return found;
}

TEST(NotificationStream, tells_what_came_until_it_is_closed_and_stays_with_its_server) {
  auto heard = listen_to(streamed({status("OK"), events("S1") + status("OK"), events("S2"), status("Closed")}));
  ASSERT_TRUE(heard.ended) << heard.ended.error().error.describe();
  EXPECT_EQ(kinds(heard),
            (std::vector{Kind::opened, Kind::notification, Kind::alive, Kind::notification, Kind::closed}));
  const Notification& first = heard.events[1].notification;
  EXPECT_EQ(first.subscription, "S1");
  ASSERT_EQ(first.events.size(), 2U);
  EXPECT_EQ(first.events[0].kind, Event::Kind::new_mail);
  EXPECT_EQ(std::get<ItemId>(first.events[0].object).change_key, "DwAAAA==");
  EXPECT_EQ(std::get<ItemId>(first.events[1].old_object).id, "I1");
  for (const auto& request : heard.seen) {
    EXPECT_EQ(request.field("X-AnchorMailbox"), "usera@example.test");
    EXPECT_EQ(request.field("X-PreferServerAffinity"), "true");
  }
  EXPECT_NE(heard.seen.back().field("Cookie").find("X-BackEndOverrideCookie=ex2~1942"), std::string_view::npos);
}

TEST(NotificationStream, what_the_closing_message_tells_is_heard_before_the_close) {
  auto heard = listen_to(streamed({status("OK"), last_events("S1")}));
  ASSERT_TRUE(heard.ended) << heard.ended.error().error.describe();
  EXPECT_EQ(kinds(heard), (std::vector{Kind::opened, Kind::notification, Kind::closed}));
}

TEST(NotificationStream, a_subscription_without_an_id_is_no_subscription) {
  ScriptedServer server({.react = [&](const ReceivedRequest&, SSL*) -> Reaction {
    return {http_answer(200, enveloped("Subscribe", ""))};
  }});
  Transport transport;
  Session session(transport, server.endpoint());
  NotificationStream stream("usera@example.test");
  const auto subscribed = stream.subscribe(session, {}, {}, soon());
  ASSERT_FALSE(subscribed);
  EXPECT_EQ(subscribed.error().code, EwsError::not_soap);
}

TEST(NotificationStream, missed_events_are_said_as_such) {
  auto some = listen_to(streamed({status("OK"), lost("ErrorMissedNotificationEvents", "S2")}));
  ASSERT_TRUE(some.ended) << some.ended.error().error.describe();
  ASSERT_EQ(kinds(some), (std::vector{Kind::opened, Kind::missed}));
  EXPECT_EQ(some.events[1].subscriptions, std::vector<std::string>{"S2"});
  EXPECT_EQ(some.events[1].said.code, ResponseCode::ErrorMissedNotificationEvents);
  auto all = listen_to(streamed({enveloped("GetStreamingEvents", "", "Error", "ErrorInvalidSubscription")}));
  ASSERT_TRUE(all.ended);
  EXPECT_EQ(all.events.at(0).subscriptions, (std::vector<std::string>{"S1", "S2"}));
}

TEST(NotificationStream, whatever_ends_it_but_a_close_is_a_failure) {
  const auto code = [](const Heard& heard) { return heard.ended ? EwsError::cancelled : heard.ended.error().code; };
  EXPECT_EQ(code(listen_to(streamed({status("OK"), events("S1")}))), EwsError::truncated) << "ended without a close";
  EXPECT_EQ(code(listen_to(streamed({status("OK"), events("S1").substr(0, 200)}))), EwsError::truncated);
  EXPECT_EQ(code(listen_to(streamed({status("OK")}, false), After::drop)), EwsError::truncated);
  EXPECT_EQ(code(listen_to(streamed({status("OK"), "rubbish"}))), EwsError::not_xml);
  EXPECT_EQ(code(listen_to(streamed({status("OK"), "<a/>"}))), EwsError::not_soap);
  EXPECT_EQ(code(listen_to(streamed({status("OK")}, false), After::hang, {.subscriptions = {"S1"}, .silence = 100ms})),
            EwsError::timed_out);
  EXPECT_EQ(code(listen_to(streamed({enveloped("GetStreamingEvents", "", "Error", "ErrorExceededConnectionCount")}))),
            EwsError::throttled);
  EXPECT_EQ(code(listen_to(http_answer(503, "busy", "", "text/html"))), EwsError::server_unavailable);
  EXPECT_EQ(code(listen_to(http_answer(200, "<html>portal</html>", "", "text/html"))), EwsError::html_page);
}

TEST(NotificationStream, an_event_is_told_before_the_next_one_comes) {
  auto heard = listen_to(streamed({status("OK"), events("S1")}, false), After::hang,
                         {.subscriptions = {"S1"}, .silence = 200ms});
  EXPECT_FALSE(heard.ended);
  EXPECT_EQ(kinds(heard), (std::vector{Kind::opened, Kind::notification}));
}

TEST(EnvelopeStream, envelopes_are_the_same_in_whatever_pieces_they_come) {
  const std::string all = status("OK") + "<?xml version=\"1.0\"?>" + events("S1") + "\r\n" + status("Closed");
  for (std::size_t length = 1; length < all.size(); length += length < 40 ? 1 : 97) {
    std::size_t count = 0;
    std::size_t told = 0;
    EnvelopeStream stream("GetStreamingEvents", [&](const Envelope& envelope) -> Outcome<void> {
      ++count;
      auto response = GetStreamingEvents::read(envelope.payload);
      EXPECT_TRUE(response);
      told += response->messages.front().value.notifications.size();
      return {};
    });
    for (std::size_t at = 0; at < all.size(); at += length) ASSERT_TRUE(stream.feed(all.substr(at, length)));
    EXPECT_TRUE(stream.finish());
    EXPECT_EQ(count, 3U);
    EXPECT_EQ(told, 1U);
  }
  for (std::size_t bytes = 1; bytes < all.size(); ++bytes) {
    EnvelopeStream stream("GetStreamingEvents", [](const Envelope&) { return Outcome<void>{}; });
    ASSERT_TRUE(stream.feed(all.substr(0, bytes)));
    const bool between = all.substr(0, bytes).ends_with("</s:Envelope>") || all.substr(0, bytes).ends_with("\r") ||
                         all.substr(0, bytes).ends_with("\r\n") || all.substr(0, bytes).ends_with("?>");
    if (!between) EXPECT_FALSE(stream.finish()) << "cut at " << bytes;
  }
}

}  // namespace
}  // namespace mailward::ews
