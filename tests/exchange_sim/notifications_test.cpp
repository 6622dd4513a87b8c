// Subscriptions: pulled and streamed.
#include "tests/exchange_sim/store_conversation.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

class Notifications : public StoreConversation {
 protected:
  static std::string types(const std::string& names =
                               "CreatedEvent DeletedEvent ModifiedEvent MovedEvent CopiedEvent "
                               "NewMailEvent FreeBusyChangedEvent") {
    std::string out = "<t:EventTypes>";
    std::size_t at = 0;
    while (at < names.size()) {
      const auto end = std::min(names.find(' ', at), names.size());
      out += "<t:EventType>" + names.substr(at, end - at) + "</t:EventType>";
      at = end + 1;
    }
    return out + "</t:EventTypes>";
  }
  static std::string pull(const std::string& folders, const std::string& kinds, const std::string& watermark = "") {
    return "<m:Subscribe><m:PullSubscriptionRequest" +
           (folders.empty() ? std::string(" SubscribeToAllFolders=\"true\">")
                            : "><t:FolderIds>" + folders + "</t:FolderIds>") +
           kinds + (watermark.empty() ? "" : "<t:Watermark>" + watermark + "</t:Watermark>") +
           "<t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>";
  }
  static std::string streaming(const std::string& folders, const std::string& kinds) {
    return "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>" + folders + "</t:FolderIds>" + kinds +
           "</m:StreamingSubscriptionRequest></m:Subscribe>";
  }
  static std::string listen(const std::string& id, int minutes = 1) {
    return "<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>" + id +
           "</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>" + std::to_string(minutes) +
           "</m:ConnectionTimeout></m:GetStreamingEvents>";
  }
  std::string events(const std::string& id, const std::string& watermark) {
    return ask("<m:GetEvents><m:SubscriptionId>" + id + "</m:SubscriptionId><m:Watermark>" + watermark +
               "</m:Watermark></m:GetEvents>");
  }
  static std::string told(const std::string& answer) {
    std::string out;
    for (const std::string name : {"NewMail", "Created", "Deleted", "Modified", "Moved", "Copied", "FreeBusyChanged"}) {
      const auto count = texts(answer, name + "Event").size();
      if (count > 0) out += (out.empty() ? "" : " ") + std::to_string(count) + " " + name;
    }
    return out;
  }
  static std::string last_watermark(const std::string& answer) { return texts(answer, "Watermark").back(); }
  std::string message() { return made("<t:Message><t:Subject>x</t:Subject></t:Message>", "inbox"); }
};

TEST_F(Notifications, a_pull_subscription_tells_what_happened_since_the_watermark) {
  const std::string subscribed = ask(pull(folder_element("inbox"), types()));
  const std::string id = element_text(subscribed, "SubscriptionId");
  std::string watermark = element_text(subscribed, "Watermark");
  const std::string nothing = events(id, watermark);
  EXPECT_EQ(told(nothing), "");
  EXPECT_EQ(texts(nothing, "StatusEvent").size(), 1U);

  const std::string item = message();
  const std::string created = events(id, watermark);
  EXPECT_EQ(told(created), "1 Created 1 Modified");
  EXPECT_EQ(attribute_of(created, "ItemId", "Id"), item);
  EXPECT_EQ(attribute_of(created, "ItemId", "ChangeKey"), "CQAAAA==") << "bare, as recorded";
  EXPECT_EQ(element_text(created, "PreviousWatermark"), watermark);
  EXPECT_EQ(told(events(id, watermark)), "1 Created 1 Modified") << "the same watermark tells the same";
  watermark = last_watermark(created);
  made("<t:Message/>", "drafts");
  EXPECT_EQ(told(events(id, watermark)), "") << "another folder";
  const std::string there = attribute_of(move(item, "drafts"), "ItemId", "Id");
  const std::string moved = events(id, watermark);
  EXPECT_EQ(told(moved), "1 Modified 1 Moved");
  EXPECT_EQ(attribute_of(moved, "OldItemId", "Id"), item);
  EXPECT_EQ(attribute_of(moved, "ItemId", "Id"), there);
  watermark = last_watermark(moved);
  move(there, "inbox", "CopyItem");
  EXPECT_EQ(told(events(id, watermark)), "1 Modified 1 Copied");
}

TEST_F(Notifications, all_folders_and_chosen_kinds_and_mail_that_comes_in) {
  const std::string all = ask(pull("", types("NewMailEvent FreeBusyChangedEvent")), "userb@example.test");
  const std::string id = element_text(all, "SubscriptionId");
  const std::string watermark = element_text(all, "Watermark");
  create(
      "<t:Message><t:Subject>hi</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>userb@example.test"
      "</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>",
      "", "MessageDisposition=\"SendOnly\"");
  const std::string answer = ask("<m:GetEvents><m:SubscriptionId>" + id + "</m:SubscriptionId><m:Watermark>" +
                                     watermark + "</m:Watermark></m:GetEvents>",
                                 "userb@example.test");
  EXPECT_EQ(told(answer), "1 NewMail");
  EXPECT_EQ(code("<m:GetEvents><m:SubscriptionId>" + id + "</m:SubscriptionId><m:Watermark>" + watermark +
                 "</m:Watermark></m:GetEvents>"),
            "ErrorSubscriptionAccessDenied")
      << "of another mailbox";
}

TEST_F(Notifications, many_events_come_in_portions) {
  const std::string subscribed = ask(pull(folder_element("inbox"), types("CreatedEvent")));
  const std::string id = element_text(subscribed, "SubscriptionId");
  std::string watermark = element_text(subscribed, "Watermark");
  std::string items;
  for (int i = 0; i < 70; ++i) items += "<t:Message/>";
  create(items, "inbox");
  const std::string first = events(id, watermark);
  EXPECT_EQ(told(first), "50 Created");
  EXPECT_EQ(element_text(first, "MoreEvents"), "true");
  const std::string second = events(id, last_watermark(first));
  EXPECT_EQ(told(second), "20 Created");
  EXPECT_EQ(element_text(second, "MoreEvents"), "false");
}

TEST_F(Notifications, what_is_unknown_ended_or_too_old_is_said_as_such) {
  const std::string subscribed = ask(pull(folder_element("inbox"), types()));
  const std::string id = element_text(subscribed, "SubscriptionId");
  const std::string watermark = element_text(subscribed, "Watermark");
  EXPECT_EQ(element_text(events(id, "AQAAAA=="), "ResponseCode"), "ErrorInvalidWatermark");
  EXPECT_EQ(element_text(events("bm9uZQ==", watermark), "ResponseCode"), "ErrorSubscriptionNotFound");
  EXPECT_EQ(code(pull(folder_element("inbox"), types(), "AQAAAA==")), "ErrorInvalidWatermark");
  message();
  EXPECT_EQ(
      told(events(element_text(ask(pull(folder_element("inbox"), types(), watermark)), "SubscriptionId"), watermark)),
      "1 Created 1 Modified")
      << "from an older watermark on";
  sim().control("POST", "/control/mailboxes/usera@example.test/forget-changes");
  EXPECT_EQ(element_text(events(id, watermark), "ResponseCode"), "ErrorMissedNotificationEvents");
  EXPECT_EQ(code(pull(folder_element("inbox"), types(), watermark)), "ErrorMissedNotificationEvents");
  const std::string end = "<m:Unsubscribe><m:SubscriptionId>" + id + "</m:SubscriptionId></m:Unsubscribe>";
  EXPECT_EQ(code(end), "NoError");
  EXPECT_EQ(code(end), "ErrorSubscriptionNotFound");
  EXPECT_EQ(element_text(events(id, watermark), "ResponseCode"), "ErrorSubscriptionNotFound");
  EXPECT_EQ(fault("<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>" + folder_element("inbox") + "</t:FolderIds>" +
                  types("SomethingEvent") + "<t:Timeout>1</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>"),
            "ErrorSchemaValidation");
}

TEST_F(Notifications, a_stream_begins_with_its_status_and_brings_events_as_they_happen) {
  const std::string subscribed = ask(streaming(folder_element("inbox"), types()));
  EXPECT_TRUE(texts(subscribed, "Watermark").empty());
  const std::string id = element_text(subscribed, "SubscriptionId");
  const std::string missed = message();  // before anybody listens: told when somebody does
  Line line(sim(), sim().url());
  const auto head = line.begin(envelope({.body = listen(id)}), basic(kServiceAccount, kServicePassword));
  EXPECT_EQ(head.status, 200);
  EXPECT_FALSE(head.headers.has("Content-Type"));
  EXPECT_EQ(head.headers.get("X-NoBuffering"), "1");
  std::string body = line.chunk();
  EXPECT_EQ(body.find("<?xml"), std::string::npos);
  EXPECT_TRUE(body.starts_with("<Envelope")) << body;
  while (body.find(missed) == std::string::npos) body += line.chunk();
  EXPECT_LT(body.find("<m:ConnectionStatus>OK"), body.find("<m:Notification>"));
  const std::string item = message();
  std::string more;
  while (more.find("</Envelope>") == std::string::npos) more += line.chunk();
  EXPECT_NE(more.find(item), std::string::npos);
  EXPECT_EQ(more.find("ConnectionStatus"), std::string::npos);
  EXPECT_TRUE(texts(more, "Watermark").empty());
  // Against the schemas but for the recorded departure.
  for (const std::string tag : {"<m:Notification>", "</m:Notification>"}) {
    for (auto at = more.find(tag); at != std::string::npos; at = more.find(tag)) {
      more[at + (tag[1] == '/' ? 2 : 1)] = 't';
    }
  }
  if (shared_dir()) EXPECT_EQ(schema_errors({more}), "") << more;
  ask("<m:Unsubscribe><m:SubscriptionId>" + id + "</m:SubscriptionId></m:Unsubscribe>");
  std::string end;
  for (std::string piece = line.chunk(); !piece.empty(); piece = line.chunk()) end += piece;
  EXPECT_EQ(element_text(end, "ResponseCode"), "ErrorSubscriptionNotFound");
  EXPECT_EQ(element_text(end, "ConnectionStatus"), "Closed");
}

// Microsoft's list of response codes: whoever connects again takes over.
TEST_F(Notifications, a_second_stream_ends_the_first_and_gets_what_follows) {
  const std::string id = element_text(ask(streaming(folder_element("inbox"), types("CreatedEvent"))), "SubscriptionId");
  const std::string body = envelope({.body = listen(id)});
  Line first(sim(), sim().url());
  first.begin(body, basic(kServiceAccount, kServicePassword));
  EXPECT_NE(first.chunk().find("<m:ConnectionStatus>OK"), std::string::npos);
  Line second(sim(), sim().url());
  second.begin(body, basic(kServiceAccount, kServicePassword));
  EXPECT_NE(second.chunk().find("<m:ConnectionStatus>OK"), std::string::npos);
  const std::string item = message();
  std::string end;
  for (std::string piece = first.chunk(); !piece.empty(); piece = first.chunk()) end += piece;
  EXPECT_EQ(element_text(end, "ResponseCode"), "ErrorNewEventStreamConnectionOpened");
  EXPECT_EQ(element_text(end, "SubscriptionId"), id);
  EXPECT_EQ(end.find(item), std::string::npos);
  std::string told;
  while (told.find(item) == std::string::npos) told += second.chunk();
}

TEST_F(Notifications, a_stream_of_what_is_no_subscription_is_an_answer_like_others) {
  const std::string answer = ask(listen("bm9uZQ=="));
  EXPECT_EQ(element_text(answer, "ResponseCode"), "ErrorSubscriptionNotFound");
  EXPECT_EQ(element_text(answer, "SubscriptionId"), "bm9uZQ==");
  EXPECT_EQ(fault(listen("x", 31)), "ErrorSchemaValidation");
}

}  // namespace
}  // namespace mailward::testing
