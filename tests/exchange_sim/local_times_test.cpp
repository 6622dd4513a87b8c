// Times that name no zone: of the item's zone, else of the request's (t:TimeZoneContext).
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class LocalTimes : public StoreConversation {
 protected:
  /// The answer to a request whose header names that zone; empty: none.
  std::string ask_in(const std::string& zone, const std::string& body) {
    std::string whole = envelope({.body = body});
    if (!zone.empty()) {
      const auto at = whole.find("<t:RequestServerVersion");
      const auto end = whole.find("/>", at) + 2;
      whole.insert(end, "<t:TimeZoneContext><t:TimeZoneDefinition Id=\"" + zone + "\"/></t:TimeZoneContext>");
    }
    http::Client client = client_of(sim());
    const auto answer = post(client, sim().url(), whole, basic(kServiceAccount, kServicePassword));
    EXPECT_TRUE(answer && answer->status == 200) << (answer ? answer->body : answer.error().describe());
    return answer ? answer->body : std::string();
  }
  std::string appointment(const std::string& zone, const std::string& times) {
    const std::string answer = ask_in(
        zone, "<m:CreateItem SendMeetingInvitations=\"SendToNone\"><m:Items><t:CalendarItem><t:Subject>x</t:Subject>" +
                  times + "</t:CalendarItem></m:Items></m:CreateItem>");
    return attribute_of(answer, "ItemId", "Id");
  }
  std::string span(const std::string& id) {
    const std::string seen = get(id);
    return element_text(seen, "Start") + " " + element_text(seen, "End");
  }
  static std::string times(const std::string& start, const std::string& end, const std::string& zones = "") {
    return "<t:Start>" + start + "</t:Start><t:End>" + end + "</t:End>" + zones;
  }
};

// Microsoft: Create appointments in a specific time zone by using EWS in Exchange.
TEST_F(LocalTimes, of_an_appointment_are_of_its_zone_else_of_the_requests) {
  const std::string naive = times("2026-01-15T12:00:00", "2026-01-15T13:00:00");
  EXPECT_EQ(span(appointment("", naive)), "2026-01-15T12:00:00Z 2026-01-15T13:00:00Z");
  EXPECT_EQ(span(appointment("Central Standard Time", naive)), "2026-01-15T18:00:00Z 2026-01-15T19:00:00Z");
  EXPECT_EQ(span(appointment("Central Standard Time", times("2026-07-15T12:00:00", "2026-07-15T13:00:00"))),
            "2026-07-15T17:00:00Z 2026-07-15T18:00:00Z")
      << "in summer";
  EXPECT_EQ(span(appointment("Central Standard Time", times("2026-01-15T12:00:00Z", "2026-01-15T13:00:00+01:00"))),
            "2026-01-15T12:00:00Z 2026-01-15T12:00:00Z")
      << "they name theirs";
  const std::string start_zone = "<t:StartTimeZone Id=\"W. Europe Standard Time\"/>";
  EXPECT_EQ(span(appointment("Central Standard Time", times("2026-01-15T12:00:00", "2026-01-15T13:00:00", start_zone))),
            "2026-01-15T11:00:00Z 2026-01-15T12:00:00Z");
  EXPECT_EQ(span(appointment("", times("2026-01-15T12:00:00", "2026-01-15T13:00:00",
                                       start_zone + "<t:EndTimeZone Id=\"GMT Standard Time\"/>"))),
            "2026-01-15T11:00:00Z 2026-01-15T13:00:00Z");
  EXPECT_EQ(span(appointment("No Such Time", naive)), "2026-01-15T12:00:00Z 2026-01-15T13:00:00Z");
}

TEST_F(LocalTimes, of_a_change_and_of_a_view_are_too) {
  const std::string id = appointment("", times("2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z"));
  const auto set = [](const std::string& property, const std::string& element) {
    return "<t:SetItemField><t:FieldURI FieldURI=\"calendar:" + property + "\"/><t:CalendarItem>" + element +
           "</t:CalendarItem></t:SetItemField>";
  };
  const auto update = [&](const std::string& zone, const std::string& updates) {
    ask_in(zone,
           "<m:UpdateItem ConflictResolution=\"AlwaysOverwrite\" SendMeetingInvitationsOrCancellations=\"SendToNone\">"
           "<m:ItemChanges><t:ItemChange>" +
               item_element(id) + "<t:Updates>" + updates +
               "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>");
  };
  update("Tokyo Standard Time",
         set("Start", "<t:Start>2026-01-15T20:00:00</t:Start>") + set("End", "<t:End>2026-01-15T21:30:00</t:End>"));
  EXPECT_EQ(span(id), "2026-01-15T11:00:00Z 2026-01-15T12:30:00Z");
  update("", set("Start", "<t:Start>2026-01-15T10:00:00</t:Start>") +
                 set("StartTimeZone", "<t:StartTimeZone Id=\"W. Europe Standard Time\"/>"));
  EXPECT_EQ(span(id), "2026-01-15T09:00:00Z 2026-01-15T12:30:00Z");
  const auto seen = [&](const std::string& zone) {
    const std::string answer = ask_in(
        zone,
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:CalendarView "
        "StartDate=\"2026-01-15T18:00:00\" EndDate=\"2026-01-15T20:00:00\"/><m:ParentFolderIds>" +
            folder_element("calendar") + "</m:ParentFolderIds></m:FindItem>");
    return attributes(answer, "ItemId", "Id").size();
  };
  EXPECT_EQ(seen(""), 0U);
  EXPECT_EQ(seen("Tokyo Standard Time"), 1U);
}

// Recorded: garethp-php-ews 15.2.1748.
TEST_F(LocalTimes, the_days_of_a_recurrence_are_utcs) {
  const std::string id =
      appointment("", times("2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z") +
                          "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>"
                          "<t:EndDateRecurrence><t:StartDate>2026-01-15</t:StartDate><t:EndDate>2026-01-20</t:EndDate>"
                          "</t:EndDateRecurrence></t:Recurrence>");
  const std::string seen = get(id);
  EXPECT_NE(seen.find("<t:StartDate>2026-01-15Z</t:StartDate><t:EndDate>2026-01-20Z</t:EndDate>"), std::string::npos)
      << seen;
}

// Microsoft: Create all-day events by using EWS in Exchange.
TEST_F(LocalTimes, of_an_event_of_whole_days_are_midnights_of_its_zone) {
  const std::string whole = "<t:IsAllDayEvent>true</t:IsAllDayEvent>";
  const auto days = [&](const std::string& start, const std::string& end, const std::string& zone = "") {
    return span(appointment("", "<t:Start>" + start + "</t:Start><t:End>" + end + "</t:End>" + whole + zone));
  };
  EXPECT_EQ(days("2026-01-15T10:00:00Z", "2026-01-15T11:00:00Z"), "2026-01-15T00:00:00Z 2026-01-16T00:00:00Z");
  EXPECT_EQ(days("2026-01-15T00:00:00Z", "2026-01-17T00:00:00Z"), "2026-01-15T00:00:00Z 2026-01-17T00:00:00Z");
  EXPECT_EQ(days("2026-01-15T00:00:00Z", "2026-01-15T00:00:00Z"), "2026-01-15T00:00:00Z 2026-01-16T00:00:00Z");
  EXPECT_EQ(days("2026-01-15T10:00:00Z", "2026-01-15T11:00:00Z", "<t:StartTimeZone Id=\"Tokyo Standard Time\"/>"),
            "2026-01-14T15:00:00Z 2026-01-15T15:00:00Z");
  const std::string of_context = appointment("Tokyo Standard Time",
                                             "<t:Start>2026-01-15T00:00:00</t:Start><t:End>"
                                             "2026-01-16T00:00:00</t:End>" +
                                                 whole);
  EXPECT_EQ(span(of_context), "2026-01-14T15:00:00Z 2026-01-15T15:00:00Z") << "one day";
  EXPECT_EQ(attribute_of(get(of_context), "StartTimeZone", "Id"), "Tokyo Standard Time");
  EXPECT_EQ(days("2026-01-15T00:00:00", "2026-01-16T00:00:00",
                 "<t:MeetingTimeZone TimeZoneName=\"Tokyo Standard Time\"/><t:AllowNewTimeProposal>true"
                 "</t:AllowNewTimeProposal>"),
            "2026-01-14T15:00:00Z 2026-01-15T15:00:00Z");
}

TEST_F(LocalTimes, of_what_is_compared_are_the_requests) {
  appointment("", times("2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z"));
  const auto found = [&](const std::string& zone) {
    const std::string answer = ask_in(
        zone,
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Restriction>"
        "<t:IsLessThan><t:FieldURI FieldURI=\"calendar:Start\"/><t:FieldURIOrConstant><t:Constant "
        "Value=\"2026-01-15T20:00:00\"/></t:FieldURIOrConstant></t:IsLessThan></m:Restriction><m:ParentFolderIds>" +
            folder_element("calendar") + "</m:ParentFolderIds></m:FindItem>");
    return attributes(answer, "ItemId", "Id").size();
  };
  EXPECT_EQ(found(""), 1U);
  EXPECT_EQ(found("Tokyo Standard Time"), 0U) << "eleven o'clock in Greenwich";
}

}  // namespace
}  // namespace mailward::testing
