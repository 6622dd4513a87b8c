// Conversations: in which order, and in which part of the mailbox.
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
  std::string last_note() {
    const std::string seen = sim().control("GET", "/control/requests");
    const std::string key = "\"note\":\"";
    const auto at = seen.rfind(key) + key.size();
    return seen.substr(at, seen.find('"', at) - at);
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

TEST_F(FindConversations, are_not_played_with_filters_depth_and_conditions_and_the_log_says_so) {
  put("old", "2025-01-01T08:00:00Z");
  const std::string seek =
      "<m:SeekToConditionPageItemView BasePoint=\"Beginning\"><t:Condition><t:Exists><t:FieldURI "
      "FieldURI=\"conversation:ConversationTopic\"/></t:Exists></t:Condition></m:SeekToConditionPageItemView>";
  for (const std::string& each :
       {request("", "", " ViewFilter=\"Unread\""), request("", "", " Traversal=\"Deep\""), request(seek)}) {
    EXPECT_EQ(code(each), "NoError") << each;
    EXPECT_EQ(last_note(), "not played") << each;
  }
  EXPECT_EQ(code(request("", "", " Traversal=\"Shallow\" ViewFilter=\"All\"")), "NoError");
  EXPECT_EQ(last_note(), "");
  EXPECT_EQ(fault(request("", "", " ViewFilter=\"Some\"")), "ErrorSchemaValidation");
  EXPECT_EQ(fault(request("", "", " Traversal=\"Sideways\"")), "ErrorSchemaValidation");
}

}  // namespace
}  // namespace mailward::testing
