// Conversations: in which order, and in which part of the mailbox.
#include <algorithm>

#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class FindConversations : public StoreConversation {
 protected:
  SimulatorOptions options() const override {
    return {.config = R"(
[exchange]
schemes = ["Basic"]
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
messages = 0
archive = true
[[mailbox]]
smtp = "userb@example.test"
messages = 2
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
)",
            .environment = {}};
  }
  void put(const std::string& subject, const std::string& received, const std::string& folder = "inbox") {
    made("<t:Message><t:Subject>" + subject +
             "</t:Subject><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x0E06\" PropertyType=\"SystemTime\"/>"
             "<t:Value>" +
             received + "</t:Value></t:ExtendedProperty></t:Message>",
         folder);
  }
  static std::string request(const std::string& before, const std::string& behind = "",
                             const std::string& attributes_of_request = "") {
    return "<m:FindConversation" + attributes_of_request + ">" + before +
           "<m:ParentFolderId><t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderId>" + behind +
           "</m:FindConversation>";
  }
  static std::string by(const std::string& property, const std::string& direction) {
    return "<m:SortOrder><t:FieldOrder Order=\"" + direction + "\"><t:FieldURI FieldURI=\"" + property +
           "\"/></t:FieldOrder></m:SortOrder>";
  }
  std::vector<std::string> topics(const std::string& before) {
    return texts(ask(request(before)), "ConversationTopic");
  }
  static std::string scoped(const std::string& scope, const std::string& query = "trip") {
    return request("", "<m:MailboxScope>" + scope + "</m:MailboxScope>" +
                           (query.empty() ? "" : "<m:QueryString>" + query + "</m:QueryString>"));
  }
};

TEST_F(FindConversations, come_in_the_order_of_their_last_delivery) {
  put("old", "2025-01-01T08:00:00Z");
  put("grown", "2025-01-02T08:00:00Z");
  put("young", "2025-01-03T08:00:00Z");
  put("RE: grown", "2025-01-04T08:00:00Z");
  const std::vector<std::string> newest_first{"grown", "young", "old"};
  const std::vector<std::string> oldest_first{"old", "young", "grown"};
  EXPECT_EQ(topics(""), newest_first);
  EXPECT_EQ(topics(by("conversation:LastDeliveryTime", "Descending")), newest_first);
  EXPECT_EQ(topics(by("conversation:LastDeliveryTime", "Ascending")), oldest_first);
  const std::string first = "<m:IndexedPageItemView MaxEntriesReturned=\"1\" Offset=\"0\" BasePoint=\"Beginning\"/>";
  EXPECT_EQ(topics(first + by("conversation:LastDeliveryTime", "Ascending")), (std::vector<std::string>{"old"}));
  for (const std::string other : {"conversation:ConversationTopic", "conversation:GlobalLastDeliveryTime",
                                  "conversation:MessageCount", "item:DateTimeReceived"}) {
    EXPECT_EQ(code(request(by(other, "Ascending"))), "ErrorUnsupportedPathForSortGroup") << other;
  }
  EXPECT_EQ(fault(request(by("conversation:LastDeliveryTime", "Upwards"))), "ErrorSchemaValidation");
}

TEST_F(FindConversations, are_looked_for_in_the_mailbox_the_archive_or_both) {
  put("Trip", "2025-01-01T08:00:00Z");
  put("RE: Trip", "2025-01-02T08:00:00Z", "sentitems");
  put("Trip", "2025-01-03T08:00:00Z", "archiveinbox");
  put("AW: Trip", "2025-01-04T08:00:00Z", "archivedeleteditems");
  put("Trip home", "2025-01-05T08:00:00Z", "archiveinbox");
  const std::string primary = ask(scoped("PrimaryOnly"));
  EXPECT_EQ(texts(primary, "ConversationTopic"), (std::vector<std::string>{"Trip"}));
  EXPECT_EQ(texts(primary, "MailboxScope"), (std::vector<std::string>{"PrimaryOnly"}));
  EXPECT_EQ(texts(primary, "MessageCount"), (std::vector<std::string>{"1"}));
  EXPECT_EQ(texts(primary, "GlobalMessageCount"), (std::vector<std::string>{"2"})) << "of the primary mailbox";
  const std::string archive = ask(scoped("ArchiveOnly"));
  EXPECT_EQ(texts(archive, "ConversationTopic"), (std::vector<std::string>{"Trip home", "Trip"}));
  EXPECT_EQ(texts(archive, "MailboxScope"), (std::vector<std::string>{"ArchiveOnly", "ArchiveOnly"}));
  EXPECT_EQ(texts(archive, "MessageCount"), (std::vector<std::string>{"1", "2"}));
  const std::string all = ask(scoped("All"));
  EXPECT_EQ(texts(all, "ConversationTopic"), (std::vector<std::string>{"Trip home", "Trip", "Trip"}));
  EXPECT_EQ(texts(all, "MailboxScope"), (std::vector<std::string>{"ArchiveOnly", "ArchiveOnly", "PrimaryOnly"}));
  EXPECT_EQ(element_text(all, "TotalConversationsInView"), "3");
  EXPECT_TRUE(texts(ask(request("")), "MailboxScope").empty()) << "where none was asked for";
}

TEST_F(FindConversations, of_a_part_want_a_query_and_an_archive_that_is_there) {
  EXPECT_EQ(code(scoped("All", "")), "ErrorMailboxScopeNotAllowedWithoutQueryString");
  EXPECT_EQ(code(scoped("PrimaryOnly", "")), "ErrorMailboxScopeNotAllowedWithoutQueryString");
  EXPECT_EQ(code(scoped("ArchiveOnly"), "userb@example.test"), "ErrorArchiveMailboxNotEnabled");
  EXPECT_EQ(code(scoped("All"), "userb@example.test"), "ErrorArchiveMailboxNotEnabled");
  EXPECT_EQ(code(scoped("PrimaryOnly"), "userb@example.test"), "NoError");
  EXPECT_EQ(fault(scoped("Elsewhere")), "ErrorSchemaValidation");
}

TEST_F(FindConversations, are_looked_for_in_the_folders_below_where_the_traversal_is_deep) {
  put("Above", "2025-01-01T08:00:00Z");
  const std::string below = make_folder("Below", "inbox");
  made("<t:Message><t:Subject>Deep</t:Subject></t:Message>", below);
  const auto found = [&](const std::string& traversal) {
    auto topics = texts(ask(request("", "", " Traversal=\"" + traversal + "\"")), "ConversationTopic");
    std::ranges::sort(topics);
    return topics;
  };
  EXPECT_EQ(found("Shallow"), (std::vector<std::string>{"Above"}));
  EXPECT_EQ(found("Deep"), (std::vector<std::string>{"Above", "Deep"}));
  EXPECT_EQ(fault(request("", "", " Traversal=\"Sideways\"")), "ErrorSchemaValidation");
}

TEST_F(FindConversations, are_those_of_the_messages_that_the_filter_shows) {
  const auto flagged = [](const std::string& flag) { return "<t:Flag><t:FlagStatus>" + flag + "</t:Flag>"; };
  const auto message = [&](const std::string& subject, const std::string& rest) {
    made("<t:Message><t:Subject>" + subject + "</t:Subject>" + rest + "</t:Message>", "inbox");
  };
  const std::string from = "<t:StartDate>2024-01-01T00:00:00Z</t:StartDate><t:DueDate>";
  message("plain", "<t:IsRead>true</t:IsRead>");
  message("attached",
          "<t:Attachments><t:FileAttachment><t:Name>a.txt</t:Name><t:Content>YQ==</t:Content></t:FileAttachment>"
          "</t:Attachments><t:IsRead>true</t:IsRead>");
  message("flagged", flagged("Flagged</t:FlagStatus>") + "<t:IsRead>true</t:IsRead>");
  message("due",
          flagged("Flagged</t:FlagStatus>" + from + "2099-01-01T00:00:00Z</t:DueDate>") + "<t:IsRead>true</t:IsRead>");
  message("overdue",
          flagged("Flagged</t:FlagStatus>" + from + "2024-01-02T00:00:00Z</t:DueDate>") + "<t:IsRead>true</t:IsRead>");
  message("completed", flagged("Complete</t:FlagStatus><t:CompleteDate>2024-01-02T00:00:00Z</t:CompleteDate>") +
                           "<t:IsRead>true</t:IsRead>");
  message("to me",
          "<t:ToRecipients><t:Mailbox><t:EmailAddress>usera@example.test</t:EmailAddress></t:Mailbox></t:ToRecipients>"
          "<t:IsRead>true</t:IsRead>");
  message("unread", "<t:IsRead>false</t:IsRead>");
  const auto found = [&](const std::string& filter) {
    auto topics = texts(ask(request("", "", " ViewFilter=\"" + filter + "\"")), "ConversationTopic");
    std::ranges::sort(topics);
    return topics;
  };
  using Topics = std::vector<std::string>;
  const Topics all{"attached", "completed", "due", "flagged", "overdue", "plain", "to me", "unread"};
  EXPECT_EQ(found("All"), all);
  EXPECT_EQ(found("Flagged"), (Topics{"due", "flagged", "overdue"}));
  EXPECT_EQ(found("TaskActive"), (Topics{"due", "flagged", "overdue"}));
  EXPECT_EQ(found("TaskOverdue"), (Topics{"overdue"}));
  EXPECT_EQ(found("TaskCompleted"), (Topics{"completed"}));
  EXPECT_EQ(found("HasAttachment"), (Topics{"attached"}));
  EXPECT_EQ(found("ToOrCcMe"), (Topics{"to me"}));
  EXPECT_EQ(found("Unread"), (Topics{"unread"}));
  EXPECT_EQ(found("NoClutter"), all);
  EXPECT_EQ(found("Clutter"), Topics{});
  EXPECT_EQ(fault(request("", "", " ViewFilter=\"Some\"")), "ErrorSchemaValidation");
}

TEST_F(FindConversations, begin_at_the_first_for_which_the_condition_holds) {
  put("one", "2025-01-01T08:00:00Z");
  for (int i = 0; i < 11; ++i) put(i == 0 ? "two" : "RE: two", "2025-01-02T08:00:00Z");
  put("three", "2025-01-03T08:00:00Z");
  put("RE: three", "2025-01-04T08:00:00Z", "sentitems");
  const auto seek = [](const std::string& condition, const std::string& most = "") {
    return "<m:SeekToConditionPageItemView BasePoint=\"Beginning\"" + most + "><t:Condition>" + condition +
           "</t:Condition></m:SeekToConditionPageItemView>";
  };
  const auto compared = [](const std::string& how, const std::string& property, const std::string& value) {
    return "<t:" + how + "><t:FieldURI FieldURI=\"conversation:" + property +
           "\"/><t:FieldURIOrConstant><t:Constant Value=\"" + value + "\"/></t:FieldURIOrConstant></t:" + how + ">";
  };
  using Topics = std::vector<std::string>;
  EXPECT_EQ(topics(""), (Topics{"three", "two", "one"}));
  const std::string topic_two = seek(compared("IsEqualTo", "ConversationTopic", "two"));
  EXPECT_EQ(topics(topic_two), (Topics{"two", "one"}));
  EXPECT_EQ(element_text(ask(request(topic_two)), "TotalConversationsInView"), "3");
  EXPECT_EQ(topics(seek(compared("IsEqualTo", "ConversationTopic", "two"), " MaxEntriesReturned=\"1\"")),
            (Topics{"two"}));
  const std::string ids = ask(request(""));
  const auto at = ids.rfind("<t:ConversationId Id=\"") + 22;
  EXPECT_EQ(topics(seek(compared("IsEqualTo", "ConversationId", ids.substr(at, ids.find('"', at) - at)))),
            (Topics{"one"}));
  EXPECT_EQ(topics(seek(compared("IsGreaterThan", "MessageCount", "9"))), (Topics{"two", "one"})) << "by number";
  EXPECT_EQ(topics(seek(compared("IsEqualTo", "GlobalMessageCount", "2"))), (Topics{"three", "two", "one"}));
  EXPECT_EQ(topics(seek(compared("IsLessThan", "LastDeliveryTime", "2025-01-02T01:00:00Z"))), (Topics{"one"}));
  EXPECT_EQ(topics(seek(compared("IsEqualTo", "ConversationTopic", "four"))), Topics{});
  EXPECT_EQ(code(request(seek("<t:Excludes><t:FieldURI FieldURI=\"conversation:MessageCount\"/><t:Bitmask "
                              "Value=\"99999999999\"/></t:Excludes>"))),
            "ErrorInvalidExcludesRestriction");
}

}  // namespace
}  // namespace mailward::testing
