// Recurring appointments, and what meetings do to the calendars of those who take part.
#include <chrono>

#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class Series : public StoreConversation {
 protected:
  static std::string item(const std::string& subject, const std::string& start, const std::string& end,
                          const std::string& more = "", const std::string& recurrence = "") {
    return "<t:CalendarItem><t:Subject>" + subject + "</t:Subject><t:Start>" + start + "</t:Start><t:End>" + end +
           "</t:End>" + more + (recurrence.empty() ? "" : "<t:Recurrence>" + recurrence + "</t:Recurrence>") +
           "</t:CalendarItem>";
  }
  static std::string numbered(const std::string& start, int count) {
    return "<t:NumberedRecurrence><t:StartDate>" + start + "</t:StartDate><t:NumberOfOccurrences>" +
           std::to_string(count) + "</t:NumberOfOccurrences></t:NumberedRecurrence>";
  }
  static std::string view(const std::string& from, const std::string& until) {
    return "<m:CalendarView StartDate=\"" + from + "\" EndDate=\"" + until + "\"/>";
  }
  std::string seen(const std::string& from, const std::string& until,
                   const std::string& mailbox = "usera@example.test") {
    return ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>" +
                   view(from, until) + "<m:ParentFolderIds>" + folder_element("calendar") +
                   "</m:ParentFolderIds></m:FindItem>",
               mailbox);
  }
  /// The days on which the pattern, which begins on the day, happens in the year and a half after it.
  std::vector<std::string> days(const std::string& pattern, const std::string& start, int count) {
    const std::string id =
        made(item("x", start + "T10:00:00Z", start + "T11:00:00Z", "", pattern + numbered(start, count)), "calendar");
    std::vector<std::string> found;
    for (const std::string& each : texts(seen(start + "T00:00:00Z", "2027-01-01T00:00:00Z"), "Start")) {
      found.push_back(each.substr(5, 5));
    }
    remove(id, "HardDelete", "SendMeetingCancellations=\"SendToNone\"");
    return found;
  }
  static std::string attendee(const std::string& smtp) {
    return "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>" + smtp +
           "</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>";
  }
  std::string newest(const std::string& folder, const std::string& mailbox) {
    const std::string found =
        ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            "<m:ParentFolderIds>" +
                folder_element(folder) + "</m:ParentFolderIds></m:FindItem>",
            mailbox);
    const std::string id = attribute_of(found, "ItemId", "Id");
    if (id.empty()) return {};
    return ask("<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>" +
                   item_element(id) + "</m:ItemIds></m:GetItem>",
               mailbox);
  }
  std::string respond(const std::string& kind, const std::string& id, const std::string& mailbox) {
    return element_text(ask("<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:" + kind +
                                "><t:ReferenceItemId Id=\"" + id + "\"/></t:" + kind + "></m:Items></m:CreateItem>",
                            mailbox),
                        "ResponseCode");
  }
};

using Days = std::vector<std::string>;

TEST_F(Series, a_view_of_far_years_counts_no_days_in_between_and_finds_the_same_occurrences) {
  const std::string endless = "<t:NoEndRecurrence><t:StartDate>2025-01-30</t:StartDate></t:NoEndRecurrence>";
  const std::vector<std::string> patterns{
      R"(<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>)",
      R"(<t:WeeklyRecurrence><t:Interval>3</t:Interval><t:DaysOfWeek>Monday Thursday Sunday</t:DaysOfWeek><t:FirstDayOfWeek>Monday</t:FirstDayOfWeek></t:WeeklyRecurrence>)",
      R"(<t:AbsoluteMonthlyRecurrence><t:Interval>2</t:Interval><t:DayOfMonth>31</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>)",
      R"(<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Weekday</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>)",
      R"(<t:AbsoluteYearlyRecurrence><t:DayOfMonth>1</t:DayOfMonth><t:Month>January</t:Month></t:AbsoluteYearlyRecurrence>)"};
  for (const std::string& pattern : patterns) {
    const std::string id =
        made(item("x", "2025-01-30T10:00:00Z", "2025-01-30T11:00:00Z", "", pattern + endless), "calendar");
    // By its number, which is counted from the beginning, and by the time: the same one.
    const auto at = [&](int index) {
      const std::string occurrence =
          ask("<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>"
              "<t:OccurrenceItemId RecurringMasterId=\"" +
              id + "\" InstanceIndex=\"" + std::to_string(index) + "\"/></m:ItemIds></m:GetItem>");
      return std::pair(attribute_of(occurrence, "ItemId", "Id"), element_text(occurrence, "Start"));
    };
    for (const int index : {1, 2, 3, 7, 40, 100}) {
      const auto [occurrence, start] = at(index);
      const std::string day = start.substr(0, 10);
      EXPECT_EQ(attribute_of(seen(day + "T00:00:00Z", day + "T23:59:59Z"), "ItemId", "Id"), occurrence)
          << pattern << index;
      EXPECT_EQ(element_text(get(occurrence), "Start"), start);
    }
    EXPECT_FALSE(texts(seen("9000-01-01T00:00:00Z", "9000-12-31T00:00:00Z"), "Start").empty()) << pattern;
    remove(id, "HardDelete", "SendMeetingCancellations=\"SendToNone\"");
  }
}

TEST_F(Series, what_was_moved_into_a_view_from_before_it_is_seen) {
  made(item("x", "2025-01-01T10:00:00Z", "2025-01-01T11:00:00Z", "",
            "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>" + numbered("2025-01-01", 3)),
       "calendar");
  const std::string third = attributes(seen("2025-01-03T00:00:00Z", "2025-01-04T00:00:00Z"), "ItemId", "Id").front();
  update(third,
         "<t:SetItemField><t:FieldURI FieldURI=\"calendar:Start\"/><t:CalendarItem><t:Start>2025-06-01T10:00:00Z"
         "</t:Start></t:CalendarItem></t:SetItemField><t:SetItemField><t:FieldURI FieldURI=\"calendar:End\"/>"
         "<t:CalendarItem><t:End>2025-06-01T11:00:00Z</t:End></t:CalendarItem></t:SetItemField>");
  EXPECT_EQ(texts(seen("2025-06-01T00:00:00Z", "2025-06-02T00:00:00Z"), "Start").size(), 1U);
  EXPECT_TRUE(texts(seen("2025-01-03T00:00:00Z", "2025-01-04T00:00:00Z"), "Start").empty());
}

TEST_F(Series, every_pattern_happens_on_its_days) {
  EXPECT_EQ(days("<t:DailyRecurrence><t:Interval>3</t:Interval></t:DailyRecurrence>", "2025-09-01", 3),
            (Days{"09-01", "09-04", "09-07"}));
  EXPECT_EQ(days("<t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Monday Thursday</t:DaysOfWeek>"
                 "<t:FirstDayOfWeek>Monday</t:FirstDayOfWeek></t:WeeklyRecurrence>",
                 "2025-09-02", 4),
            (Days{"09-04", "09-15", "09-18", "09-29"}));
  EXPECT_EQ(days("<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>31</t:DayOfMonth>"
                 "</t:AbsoluteMonthlyRecurrence>",
                 "2025-08-31", 3),
            (Days{"08-31", "09-30", "10-31"}));
  EXPECT_EQ(days("<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Weekday</t:DaysOfWeek>"
                 "<t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
                 "2025-08-01", 3),
            (Days{"08-29", "09-30", "10-31"}));
  EXPECT_EQ(days("<t:RelativeYearlyRecurrence><t:DaysOfWeek>Tuesday</t:DaysOfWeek><t:DayOfWeekIndex>Second"
                 "</t:DayOfWeekIndex><t:Month>March</t:Month></t:RelativeYearlyRecurrence>",
                 "2025-01-01", 2),
            (Days{"03-11", "03-10"}));
  EXPECT_EQ(days("<t:AbsoluteYearlyRecurrence><t:DayOfMonth>24</t:DayOfMonth><t:Month>December</t:Month>"
                 "</t:AbsoluteYearlyRecurrence>",
                 "2025-12-24", 2),
            (Days{"12-24", "12-24"}));
}

TEST_F(Series, a_view_shows_occurrences_and_without_one_there_is_the_master_alone) {
  const std::string id =
      made(item("Stand-up", "2025-09-01T08:00:00Z", "2025-09-01T08:15:00Z", "",
                "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>" + numbered("2025-09-01", 5)));
  const std::string all = seen("2025-09-01T00:00:00Z", "2025-09-10T00:00:00Z");
  EXPECT_EQ(total(all), "5");
  EXPECT_EQ(texts(all, "CalendarItemType"), (std::vector<std::string>(5, "Occurrence")));
  EXPECT_EQ(element_text(all, "IsRecurring"), "true");
  EXPECT_EQ(total(find("calendar")), "1");
  const std::string master = get(id);
  EXPECT_EQ(element_text(master, "CalendarItemType"), "RecurringMaster");
  EXPECT_EQ(element_text(master, "IsRecurring"), "false");
  const auto ids = attributes(all, "ItemId", "Id");
  EXPECT_EQ(attributes(master, "ItemId", "Id"), (std::vector<std::string>{id, ids.front(), ids.back()}))
      << "its own, and those of the first and the last occurrence";
  const std::string third = ask(
      "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds><t:OccurrenceItemId "
      "RecurringMasterId=\"" +
      id + "\" InstanceIndex=\"3\"/><t:OccurrenceItemId RecurringMasterId=\"" + id +
      "\" InstanceIndex=\"6\"/><t:RecurringMasterItemId OccurrenceId=\"" + ids[1] + "\"/></m:ItemIds></m:GetItem>");
  EXPECT_EQ(texts(third, "ResponseCode"),
            (std::vector<std::string>{"NoError", "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", "NoError"}));
  EXPECT_EQ(attributes(third, "ItemId", "Id").front(), ids[2]);
  EXPECT_EQ(attributes(third, "ItemId", "Id")[1], id);
  EXPECT_EQ(element_text(move(ids[1], "drafts"), "ResponseCode"), "ErrorCalendarCannotMoveOrCopyOccurrence");
}

TEST_F(Series, one_occurrence_is_changed_another_deleted_and_a_new_pattern_forgets_both) {
  const std::string id = made(
      item("Weekly", "2025-09-01T08:00:00Z", "2025-09-01T09:00:00Z", "",
           "<t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek></t:WeeklyRecurrence>" +
               numbered("2025-09-01", 4)));
  const auto ids = attributes(seen("2025-09-01T00:00:00Z", "2025-10-01T00:00:00Z"), "ItemId", "Id");
  ASSERT_EQ(ids.size(), 4U);
  const std::string changed = update(
      ids[1],
      "<t:SetItemField><t:FieldURI FieldURI=\"calendar:Start\"/><t:CalendarItem><t:Start>2025-09-09T10:00:00Z</t:Start>"
      "</t:CalendarItem></t:SetItemField><t:SetItemField><t:FieldURI FieldURI=\"calendar:End\"/><t:CalendarItem>"
      "<t:End>2025-09-09T11:00:00Z</t:End></t:CalendarItem></t:SetItemField>");
  EXPECT_EQ(element_text(changed, "ResponseCode"), "NoError") << changed;
  EXPECT_EQ(attribute_of(changed, "ItemId", "Id"), ids[1]);
  EXPECT_EQ(element_text(remove(ids[2], "HardDelete", "SendMeetingCancellations=\"SendToNone\""), "ResponseCode"),
            "NoError");
  const std::string now = seen("2025-09-01T00:00:00Z", "2025-10-01T00:00:00Z");
  EXPECT_EQ(texts(now, "Start"),
            (std::vector<std::string>{"2025-09-01T08:00:00Z", "2025-09-09T10:00:00Z", "2025-09-22T08:00:00Z"}));
  EXPECT_EQ(texts(now, "CalendarItemType")[1], "Exception");
  EXPECT_EQ(texts(now, "OriginalStart")[1], "2025-09-08T08:00:00Z");
  EXPECT_EQ(element_text(get(ids[2]), "ResponseCode"), "ErrorCalendarOccurrenceIsDeletedFromRecurrence");
  const std::string master = get(id);
  EXPECT_EQ(texts(master, "Occurrence").size(), 1U);
  EXPECT_NE(master.find("<t:DeletedOccurrence><t:Start>2025-09-15T08:00:00Z</t:Start></t:DeletedOccurrence>"),
            std::string::npos)
      << master;
  set_field(id, "<t:FieldURI FieldURI=\"calendar:Recurrence\"/>",
            "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>" +
                numbered("2025-09-01", 2) + "</t:Recurrence>",
            "CalendarItem");
  EXPECT_EQ(total(seen("2025-09-01T00:00:00Z", "2025-10-01T00:00:00Z")), "2");
  EXPECT_TRUE(texts(get(id), "DeletedOccurrence").empty());
}

TEST_F(Series, what_cannot_recur_and_views_that_are_too_wide_are_refused) {
  const auto refused = [&](const std::string& recurrence) {
    return element_text(create(item("x", "2025-09-01T08:00:00Z", "2025-09-01T09:00:00Z", "", recurrence)),
                        "ResponseCode");
  };
  EXPECT_EQ(
      refused("<t:DailyRecurrence><t:Interval>100000000</t:Interval></t:DailyRecurrence>" + numbered("2025-09-01", 4)),
      "ErrorCalendarInvalidRecurrence");
  EXPECT_EQ(refused("<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:EndDateRecurrence>"
                    "<t:StartDate>2025-09-01</t:StartDate><t:EndDate>2025-08-01</t:EndDate></t:EndDateRecurrence>"),
            "ErrorCalendarInvalidRecurrence");
  EXPECT_EQ(total(find("calendar")), "0");
  const std::string wide = find("calendar", "", view("2025-09-01T00:00:00Z", "2028-09-01T00:00:00Z"));
  EXPECT_EQ(element_text(wide, "ResponseCode"), "ErrorCalendarViewRangeTooBig");
  const std::string turned = find("calendar", "", view("2025-09-01T00:00:00Z", "2025-08-01T00:00:00Z"));
  EXPECT_EQ(element_text(turned, "ResponseCode"), "ErrorCalendarEndDateIsEarlierThanStartDate");
}

TEST_F(Series, occurrences_neither_overtake_each_other_nor_overlap) {
  const std::string weekly =
      "<t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek></t:WeeklyRecurrence>";
  const std::string id =
      made(item("x", "2027-06-07T09:00:00Z", "2027-06-07T10:00:00Z", "", weekly + numbered("2027-06-07", 5)));
  const auto occurrence = [&](int index) {
    return "<t:OccurrenceItemId RecurringMasterId=\"" + id + "\" InstanceIndex=\"" + std::to_string(index) + "\"/>";
  };
  const auto change = [&](int index, const std::string& updates) {
    return code(
        "<m:UpdateItem ConflictResolution=\"AlwaysOverwrite\" "
        "SendMeetingInvitationsOrCancellations=\"SendToNone\"><m:ItemChanges><t:ItemChange>" +
        occurrence(index) + "<t:Updates>" + updates + "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>");
  };
  const auto set = [](const std::string& name, const std::string& inner) {
    return "<t:SetItemField><t:FieldURI FieldURI=\"calendar:" + name + "\"/><t:CalendarItem><t:" + name + ">" + inner +
           "</t:" + name + "></t:CalendarItem></t:SetItemField>";
  };
  const auto moved = [&](int index, const std::string& start, const std::string& end) {
    return change(index, set("Start", start) + set("End", end));
  };
  EXPECT_EQ(moved(2, "2027-06-25T09:00:00Z", "2027-06-25T10:00:00Z"), "ErrorOccurrenceCrossingBoundary");
  EXPECT_EQ(moved(2, "2027-06-07T08:00:00Z", "2027-06-07T08:30:00Z"), "ErrorOccurrenceCrossingBoundary");
  EXPECT_EQ(moved(2, "2027-06-07T09:30:00Z", "2027-06-07T10:30:00Z"), "ErrorOccurrenceTimeSpanTooBig");
  EXPECT_EQ(moved(3, "2027-06-21T09:00:00Z", "2027-07-15T10:00:00Z"), "ErrorOccurrenceTimeSpanTooBig");
  EXPECT_EQ(moved(2, "2027-06-21T08:00:00Z", "2027-06-21T09:00:00Z"), "NoError") << "up to the next one's beginning";
  EXPECT_EQ(moved(1, "2027-06-20T09:00:00Z", "2027-06-20T10:00:00Z"), "NoError") << "the second one has moved away";
  const auto ids = attributes(seen("2027-06-01T00:00:00Z", "2027-08-01T00:00:00Z"), "ItemId", "Id");
  ASSERT_EQ(ids.size(), 5U);
  remove(ids[3], "HardDelete", "SendMeetingCancellations=\"SendToNone\"");
  EXPECT_EQ(moved(3, "2027-06-30T09:00:00Z", "2027-06-30T10:00:00Z"), "NoError") << "the fourth one is no more";
  EXPECT_EQ(moved(5, "2028-06-30T09:00:00Z", "2028-06-30T10:00:00Z"), "NoError") << "nothing follows the last";
  EXPECT_EQ(change(5, set("Recurrence", weekly + numbered("2027-06-07", 9))), "ErrorInvalidPropertySet");
  EXPECT_EQ(change(5, "<t:DeleteItemField><t:FieldURI FieldURI=\"calendar:Recurrence\"/></t:DeleteItemField>"),
            "ErrorInvalidPropertyDelete");

  const std::string daily = "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>";
  const auto series = [&](const std::string& end, const std::string& pattern) {
    return element_text(create(item("y", "2027-06-07T00:00:00Z", end, "", pattern + numbered("2027-06-07", 4))),
                        "ResponseCode");
  };
  EXPECT_EQ(series("2027-06-10T01:00:00Z", daily), "ErrorOccurrenceTimeSpanTooBig");
  EXPECT_EQ(series("2027-06-08T00:00:00Z", daily), "NoError") << "whole days touch each other";
  EXPECT_EQ(series("2027-06-10T01:00:00Z", weekly), "NoError");
}

TEST_F(Series, a_request_is_tentative_until_it_is_answered_and_the_organiser_sees_who_comes) {
  const std::string id =
      made(item("Meet", "2025-09-01T10:00:00Z", "2025-09-01T11:00:00Z", attendee("userb@example.test")), "",
           "SendMeetingInvitations=\"SendToAllAndSaveCopy\"");
  const std::string held = newest("calendar", "userb@example.test");
  EXPECT_EQ(element_text(held, "LegacyFreeBusyStatus"), "Tentative");
  EXPECT_EQ(element_text(held, "MyResponseType"), "NoResponseReceived");
  EXPECT_EQ(element_text(held, "IsOrganizer"), "false");
  const std::string request = newest("inbox", "userb@example.test");
  EXPECT_EQ(attribute_of(request, "AssociatedCalendarItemId", "Id"), attribute_of(held, "ItemId", "Id"));
  EXPECT_EQ(element_text(get(id), "ResponseType"), "Unknown");
  EXPECT_EQ(respond("TentativelyAcceptItem", attribute_of(request, "ItemId", "Id"), "userb@example.test"), "NoError");
  EXPECT_EQ(element_text(get(id), "ResponseType"), "Tentative");
  EXPECT_NE(element_text(get(id), "LastResponseTime"), "");
  EXPECT_EQ(respond("AcceptItem", attribute_of(held, "ItemId", "Id"), "userb@example.test"), "NoError");
  EXPECT_EQ(element_text(get(id), "ResponseType"), "Accept");
}

TEST_F(Series, a_cancelled_meeting_is_shown_as_such_to_who_was_asked) {
  const std::string recurrence =
      "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>" + numbered("2025-09-01", 3);
  const std::string id =
      made(item("Daily", "2025-09-01T10:00:00Z", "2025-09-01T11:00:00Z", attendee("userb@example.test"), recurrence),
           "", "SendMeetingInvitations=\"SendToAllAndSaveCopy\"");
  const auto at_b = [&] { return seen("2025-09-01T00:00:00Z", "2025-09-10T00:00:00Z", "userb@example.test"); };
  EXPECT_EQ(total(at_b()), "3");
  const auto ids = attributes(seen("2025-09-01T00:00:00Z", "2025-09-10T00:00:00Z"), "ItemId", "Id");
  remove(ids[1], "HardDelete", "SendMeetingCancellations=\"SendOnlyToAll\"");
  const std::string one = newest("inbox", "userb@example.test");
  EXPECT_NE(one.find("<t:MeetingCancellation>"), std::string::npos);
  EXPECT_EQ(element_text(one, "Subject"), "Canceled: Daily");
  EXPECT_EQ(texts(at_b(), "IsCancelled"), (std::vector<std::string>{"false", "true", "false"}));
  EXPECT_EQ(element_text(ask("<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:CancelCalendarItem>"
                             "<t:ReferenceItemId Id=\"" +
                             id +
                             "\"/><t:NewBodyContent BodyType=\"Text\">sorry</t:NewBodyContent>"
                             "</t:CancelCalendarItem></m:Items></m:CreateItem>"),
                         "ResponseCode"),
            "NoError");
  EXPECT_EQ(total(find("calendar")), "0");
  EXPECT_EQ(element_text(newest("calendar", "userb@example.test"), "IsCancelled"), "true");
  const std::string cancellation = newest("inbox", "userb@example.test");
  EXPECT_EQ(item_body(cancellation), "sorry");
  EXPECT_EQ(respond("RemoveItem", attribute_of(cancellation, "ItemId", "Id"), "userb@example.test"), "NoError");
  EXPECT_EQ(newest("calendar", "userb@example.test"), "");
}

}  // namespace
}  // namespace mailward::testing
