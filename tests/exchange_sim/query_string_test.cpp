// Query strings: Microsoft's own examples (Perform an AQS search by using EWS; QueryString (QueryStringType)).
#include "base/clock.h"
#include "exchange_sim/query_dates.h"
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

/// What a text means on Wednesday, 11 December 2013, as "from..until" by day; open ends are empty.
std::string dates(std::string_view text) {
  const Timestamp now = parse_timestamp("2013-12-11T15:42:02Z").value();
  const auto read = exchange_sim::read_query_dates(text, now);
  if (!read) return "none";
  const auto day = [](const std::optional<Timestamp>& time) {
    return time ? format_timestamp(*time).substr(0, 10) : "";
  };
  return day(read->range.from) + ".." + day(read->range.until);
}

TEST(QueryDates, are_read_in_every_way_that_the_documents_name) {
  EXPECT_EQ(dates("12/11/2013"), "2013-12-11..2013-12-12");
  EXPECT_EQ(dates("12/11"), "2013-12-11..2013-12-12");
  EXPECT_EQ(dates("2013-12-11"), "2013-12-11..2013-12-12");
  EXPECT_EQ(dates("December 11, 2012"), "2012-12-11..2012-12-12");
  EXPECT_EQ(dates("December 11"), "2013-12-11..2013-12-12");
  EXPECT_EQ(dates("November report"), "2013-11-01..2013-12-01");
  EXPECT_EQ(dates("Tuesday"), "2013-12-10..2013-12-11");
  EXPECT_EQ(dates("2012"), "2012-01-01..2013-01-01");
  EXPECT_EQ(dates("today"), "2013-12-11..2013-12-12");
  EXPECT_EQ(dates("Yesterday"), "2013-12-10..2013-12-11");
  EXPECT_EQ(dates("tomorrow"), "2013-12-12..2013-12-13");
  EXPECT_EQ(dates("this week"), "2013-12-08..2013-12-15");
  EXPECT_EQ(dates("\"last week\""), "2013-12-01..2013-12-08");
  EXPECT_EQ(dates("next month"), "2014-01-01..2014-02-01");
  EXPECT_EQ(dates("last month"), "2013-11-01..2013-12-01");
  EXPECT_EQ(dates("past month"), "2013-11-12..2013-12-12");
  EXPECT_EQ(dates("coming year"), "2013-12-11..2014-12-11");
  EXPECT_EQ(dates("this year"), "2013-01-01..2014-01-01");
  EXPECT_EQ(dates(">11/30/2013"), "2013-12-01..");
  EXPECT_EQ(dates(">=yesterday"), "2013-12-10..");
  EXPECT_EQ(dates("<12/1"), "..2013-12-01");
  EXPECT_EQ(dates("<=12/1"), "..2013-12-02");
  EXPECT_EQ(dates("12/1/2013..today"), "2013-12-01..2013-12-12");
  EXPECT_EQ(dates("last month..this week"), "2013-11-01..2013-12-15");
}

TEST(QueryDates, are_none_where_there_is_no_such_day) {
  for (const char* text : {"", "13/1/2013", "2/30/2013", "0/0", "someday", "this day", "today..", "..today", "today..x",
                           "\"this week", "12/11/13", "December11", "todayish", "-1", "/", "12/11/2013/1"}) {
    EXPECT_EQ(dates(text), "none") << text;
  }
}

class QueryStrings : public StoreConversation {
 protected:
  void SetUp() override {
    StoreConversation::SetUp();
    folder_ = make_folder("Questions");
    put("harbour drawings", "plan", 0);
    put("production of harbours", "harbour drawings", -400);
  }
  void put(const std::string& subject, const std::string& body, int days, const std::string& more = "") {
    const auto received = Clock::system().now() + std::chrono::days(days);
    made("<t:Message><t:Subject>" + subject + "</t:Subject><t:Body BodyType=\"Text\">" + body +
             "</t:Body><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x0E06\" PropertyType=\"SystemTime\"/>"
             "<t:Value>" +
             format_timestamp(received) + "</t:Value></t:ExtendedProperty>" + more + "</t:Message>",
         folder_);
  }
  /// How many there are.
  std::string count(const std::string& query) {
    return total(find(folder_, "<m:QueryString>" + query + "</m:QueryString>"));
  }
  std::string last_note() {
    const std::string seen = sim().control("GET", "/control/requests");
    const std::size_t at = seen.rfind("\"note\":\"");
    return at == std::string::npos ? "" : seen.substr(at + 8, seen.find('"', at + 8) - at - 8);
  }
  std::string folder_;
};

TEST_F(QueryStrings, find_what_came_today_or_on_a_day) {
  const std::string day = format_timestamp(Clock::system().now());
  const std::string american = day.substr(5, 2) + "/" + day.substr(8, 2) + "/" + day.substr(0, 4);
  for (const std::string& when : {std::string("today"), std::string("this week"), std::string("&quot;this week&quot;"),
                                  american, std::string("&gt;yesterday"), std::string("(yesterday OR today)")}) {
    EXPECT_EQ(count("received:" + when), "1") << when;
  }
  EXPECT_EQ(count("received:this week subject:harbour"), "1") << "what follows is another condition";
  EXPECT_EQ(count("received:NOT today"), "1");
  EXPECT_EQ(count("received&lt;" + american), "1");
  EXPECT_EQ(count("sent:today"), "2");
}

TEST_F(QueryStrings, join_several_values_of_one_keyword) {
  EXPECT_EQ(count("subject:(harbour AND drawings)"), "1");
  EXPECT_EQ(count("subject:(harbour drawings)"), "1");
  EXPECT_EQ(count("subject:(drawings OR production)"), "2");
  EXPECT_EQ(count("subject:(harbour - drawings)"), "1");
  EXPECT_EQ(count("subject:(NOT drawings)"), "1");
  EXPECT_EQ(count("body:(harbour + drawings)"), "1");
  EXPECT_EQ(count("content:plan"), "1");
}

TEST_F(QueryStrings, take_quotation_marks_for_whole_words) {
  EXPECT_EQ(count("subject:harbour"), "2");
  EXPECT_EQ(count("subject:&quot;harbour&quot;"), "1");
  EXPECT_EQ(count("subject:&quot;harb&quot;*"), "2");
  EXPECT_EQ(count("subject:prod*"), "1");
  put("from afar", "x", 0,
      "<t:From><t:Mailbox><t:EmailAddress>far@elsewhere.test</t:EmailAddress></t:Mailbox></t:From>");
  EXPECT_EQ(count("from:&quot;@elsewhere.test&quot;"), "1") << "a domain";
}

TEST_F(QueryStrings, know_kinds_flags_and_sizes) {
  EXPECT_EQ(count("kind:email"), "2");
  EXPECT_EQ(count("kind:tasks"), "0");
  made("<t:Task><t:Subject>mend</t:Subject></t:Task>", "tasks");
  EXPECT_EQ(total(find("tasks", "<m:QueryString>kind:tasks subject:mend</m:QueryString>")), "1");
  EXPECT_EQ(count("isflagged:true"), "0");
  put("flagged", "x", 0, "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>");
  EXPECT_EQ(count("isflagged:TRUE"), "1");
  EXPECT_EQ(count("isflagged:false"), "2");
  EXPECT_EQ(count("size:1..1mb"), "3");
  EXPECT_EQ(count("size&gt;1mb"), "0");
  EXPECT_EQ(last_note(), "");
}

TEST_F(QueryStrings, that_are_not_understood_are_noted) {
  for (const char* query :
       {"received:someday", "size:small", "isread:maybe", "kind:letters", "importance:huge", "colour:red", "a) b"}) {
    EXPECT_EQ(count("subject:harbour"), "2");
    EXPECT_EQ(last_note(), "");
    count(query);
    EXPECT_EQ(last_note(), "not played") << query;
  }
}

TEST_F(QueryStrings, of_too_many_terms_are_refused) {
  std::string terms;
  for (int i = 0; i < 255; ++i) terms += "h ";
  EXPECT_EQ(count(terms), "2");
  const auto asked = [&](const std::string& text) {
    return code(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        "<m:ParentFolderIds>" +
        folder_element(folder_) + "</m:ParentFolderIds><m:QueryString>" + text + "</m:QueryString></m:FindItem>");
  };
  EXPECT_EQ(asked(terms + "h"), "ErrorRestrictionTooLong");
  std::string nested;
  for (int i = 0; i < 20000; ++i) nested += "(a OR ";
  EXPECT_EQ(asked(nested), "ErrorRestrictionTooLong");
  std::string alternatives;
  std::string brackets;
  for (int i = 0; i < 20000; ++i) {
    alternatives += "OR ";
    brackets += "()";
  }
  EXPECT_EQ(asked(alternatives), "ErrorRestrictionTooLong") << "also where they are of nothing";
  EXPECT_EQ(asked(brackets), "ErrorRestrictionTooLong");
  EXPECT_EQ(code("<m:FindConversation><m:ParentFolderId>" + folder_element(folder_) +
                 "</m:ParentFolderId><m:QueryString>" + terms + "h</m:QueryString></m:FindConversation>"),
            "ErrorRestrictionTooLong");
}

}  // namespace
}  // namespace mailward::testing
