// Who may do what with a meeting: organiser, attendee, and what is no meeting at all.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

constexpr const char* kOrganizer = "usera@example.test";
constexpr const char* kAttendee = "userb@example.test";

class MeetingRoles : public StoreConversation {
 protected:
  /// The organiser's; the attendee has a request and a tentative copy by now.
  std::string meeting() {
    return made(
        "<t:CalendarItem><t:Subject>Meet</t:Subject><t:Start>2027-05-03T09:00:00Z</t:Start>"
        "<t:End>2027-05-03T10:00:00Z</t:End><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>" +
            std::string(kAttendee) +
            "</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees></t:CalendarItem>",
        "", "SendMeetingInvitations=\"SendToAllAndSaveCopy\"");
  }
  std::string newest(const std::string& folder, const std::string& mailbox) {
    return attribute_of(
        ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            "<m:ParentFolderIds>" +
                folder_element(folder) + "</m:ParentFolderIds></m:FindItem>",
            mailbox),
        "ItemId", "Id");
  }
  std::string respond(const std::string& kind, const std::string& id, const std::string& mailbox = kOrganizer) {
    return code("<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:" + kind +
                    "><t:ReferenceItemId Id=\"" + id + "\"/></t:" + kind + "></m:Items></m:CreateItem>",
                mailbox);
  }
  std::string there(const std::string& id, const std::string& mailbox = kOrganizer) {
    return code("<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>" +
                    item_element(id) + "</m:ItemIds></m:GetItem>",
                mailbox);
  }
  std::string mime(const std::string& item, const std::string& mailbox) {
    const std::string read =
        ask("<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
            "</m:ItemShape><m:ItemIds>" +
                item_element(item) + "</m:ItemIds></m:GetItem>",
            mailbox);
    return std::string(as_text(from_base64(element_text(read, "MimeContent")).value()));
  }
};

TEST_F(MeetingRoles, what_is_no_meeting_is_neither_cancelled_nor_answered_and_stays) {
  const std::string draft = made("<t:Message><t:Subject>plain</t:Subject></t:Message>");
  const std::string contact = made("<t:Contact><t:FileAs>keep me</t:FileAs></t:Contact>", "contacts");
  for (const std::string& id : {draft, contact}) {
    EXPECT_EQ(respond("CancelCalendarItem", id), "ErrorInvalidItemForOperationCancelItem");
    EXPECT_EQ(respond("RemoveItem", id), "ErrorInvalidItemForOperationRemoveItem");
    EXPECT_EQ(respond("AcceptItem", id), "ErrorInvalidItemForOperationAcceptItem");
    EXPECT_EQ(respond("TentativelyAcceptItem", id), "ErrorInvalidItemForOperationTentative");
    EXPECT_EQ(respond("DeclineItem", id), "ErrorInvalidItemForOperationDeclineItem");
    EXPECT_EQ(respond("ReplyToItem", id), "ErrorInvalidReferenceItem") << "a draft, or no message";
    EXPECT_EQ(there(id), "NoError");
  }
  EXPECT_EQ(respond("ForwardItem", contact), "ErrorInvalidReferenceItem");
  EXPECT_EQ(respond("SuppressReadReceipt", contact), "ErrorInvalidReferenceItem");
  EXPECT_EQ(respond("SuppressReadReceipt", draft), "NoError");
}

TEST_F(MeetingRoles, the_organiser_answers_his_own_meeting_with_nothing) {
  const std::string id = meeting();
  const std::string before = total(find("inbox"));
  EXPECT_EQ(respond("AcceptItem", id), "ErrorCalendarIsOrganizerForAccept");
  EXPECT_EQ(respond("TentativelyAcceptItem", id), "ErrorCalendarIsOrganizerForTentative");
  EXPECT_EQ(respond("DeclineItem", id), "ErrorCalendarIsOrganizerForDecline");
  EXPECT_EQ(respond("RemoveItem", id), "ErrorCalendarIsOrganizerForRemove");
  EXPECT_EQ(respond("ReplyToItem", id), "ErrorInvalidReferenceItem");
  EXPECT_EQ(there(id), "NoError");
  EXPECT_EQ(total(find("inbox")), before) << "no answer came of it";
}

TEST_F(MeetingRoles, an_attendee_cancels_nothing_and_answers_no_cancelled_meeting) {
  const std::string id = meeting();
  const std::string request = newest("inbox", kAttendee);
  const std::string held = newest("calendar", kAttendee);
  EXPECT_EQ(respond("CancelCalendarItem", held, kAttendee), "ErrorCalendarIsNotOrganizer");
  EXPECT_EQ(respond("RemoveItem", held, kAttendee), "ErrorInvalidItemForOperationRemoveItem");
  EXPECT_EQ(there(held, kAttendee), "NoError");
  EXPECT_EQ(respond("CancelCalendarItem", id), "NoError");
  for (const std::string& each : {held, request}) {
    EXPECT_EQ(respond("AcceptItem", each, kAttendee), "ErrorCalendarIsCancelledForAccept");
    EXPECT_EQ(respond("TentativelyAcceptItem", each, kAttendee), "ErrorCalendarIsCancelledForTentative");
    EXPECT_EQ(respond("DeclineItem", each, kAttendee), "ErrorCalendarIsCancelledForDecline");
    EXPECT_EQ(there(each, kAttendee), "NoError");
  }
  EXPECT_EQ(respond("RemoveItem", newest("inbox", kAttendee), kAttendee), "NoError");
  EXPECT_EQ(newest("calendar", kAttendee), "");
}

TEST_F(MeetingRoles, requests_answers_and_cancellations_tell_calendars_by_mime_too) {
  const std::string id = meeting();
  const std::string request = mime(newest("inbox", kAttendee), kAttendee);
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(request, "multipart/alternative")) << request;
  EXPECT_TRUE(has(request, "text/calendar; charset=utf-8; method=REQUEST")) << request;
  EXPECT_TRUE(has(request, "ORGANIZER;CN=3D\"User A\":mailto:usera@example.test")) << request;
  EXPECT_TRUE(has(request, "DTSTART;TZID=3DUTC:20270503T090000")) << request;
  EXPECT_TRUE(has(request, "SEQUENCE:0")) << request;
  EXPECT_EQ(respond("AcceptItem", newest("inbox", kAttendee), kAttendee), "NoError");
  const std::string answer = mime(newest("inbox", kOrganizer), kOrganizer);
  EXPECT_TRUE(has(answer, "method=REPLY")) << answer;
  EXPECT_TRUE(has(answer, "ATTENDEE;PARTSTAT=3DACCEPTED;CN=3D\"User B\":mailto:userb@example.test")) << answer;
  EXPECT_EQ(respond("CancelCalendarItem", id), "NoError");
  const std::string cancellation = mime(newest("inbox", kAttendee), kAttendee);
  EXPECT_TRUE(has(cancellation, "method=CANCEL")) << cancellation;
  EXPECT_TRUE(has(cancellation, "STATUS:CANCELLED")) << cancellation;
}

TEST_F(MeetingRoles, an_answer_to_one_occurrence_leaves_the_others_unanswered) {
  made(
      "<t:CalendarItem><t:Subject>Daily</t:Subject><t:Start>2027-05-03T09:00:00Z</t:Start>"
      "<t:End>2027-05-03T10:00:00Z</t:End><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>" +
          std::string(kAttendee) +
          "</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees><t:Recurrence><t:DailyRecurrence>"
          "<t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence><t:StartDate>2027-05-03</t:StartDate>"
          "<t:NumberOfOccurrences>3</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence></t:CalendarItem>",
      "", "SendMeetingInvitations=\"SendToAllAndSaveCopy\"");
  const auto seen = [&] {
    return ask(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
        "<m:CalendarView StartDate=\"2027-05-01T00:00:00Z\" EndDate=\"2027-05-10T00:00:00Z\"/><m:ParentFolderIds>" +
            folder_element("calendar") + "</m:ParentFolderIds></m:FindItem>",
        kAttendee);
  };
  const auto ids = attributes(seen(), "ItemId", "Id");
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_EQ(respond("AcceptItem", ids[1], kAttendee), "NoError");
  EXPECT_NE(mime(ids[1], kAttendee).find("\r\nRECURRENCE-ID;TZID=UTC:20270504T090000\r\n"), std::string::npos);
  EXPECT_EQ(texts(seen(), "MyResponseType"),
            (std::vector<std::string>{"NoResponseReceived", "Accept", "NoResponseReceived"}));
  EXPECT_EQ(respond("DeclineItem", ids[0], kAttendee), "NoError");
  EXPECT_EQ(texts(seen(), "MyResponseType"), (std::vector<std::string>{"Accept", "NoResponseReceived"}));
}

TEST_F(MeetingRoles, only_messages_are_sent) {
  const std::string answer = create(
      "<t:CalendarItem><t:Start>2027-05-03T09:00:00Z</t:Start><t:End>2027-05-03T10:00:00Z</t:End></t:CalendarItem>");
  EXPECT_EQ(code("<m:SendItem SaveItemToFolder=\"true\"><m:ItemIds>" +
                 item_element(attribute_of(answer, "ItemId", "Id"), attribute_of(answer, "ItemId", "ChangeKey")) +
                 "</m:ItemIds></m:SendItem>"),
            "ErrorInvalidItemForOperationSendItem");
}

// Microsoft: ResponseObjects, AppointmentState, MeetingRequestType, AppointmentSequenceNumber.
TEST_F(MeetingRoles, tell_what_may_be_answered_and_what_stands) {
  const auto read = [&](const std::string& id, const std::string& mailbox) {
    return ask("<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>" +
                   item_element(id) + "</m:ItemIds></m:GetItem>",
               mailbox);
  };
  const std::string id = meeting();
  const std::string own = read(id, kOrganizer);
  EXPECT_NE(own.find("<t:ResponseObjects><t:CancelCalendarItem/><t:ForwardItem/></t:ResponseObjects>"),
            std::string::npos)
      << own;
  EXPECT_EQ(element_text(own, "AppointmentState"), "1");
  EXPECT_EQ(element_text(own, "AppointmentSequenceNumber"), "0");
  EXPECT_EQ(element_text(own, "TimeZone"), "UTC");
  const std::string request = read(newest("inbox", kAttendee), kAttendee);
  EXPECT_NE(
      request.find("<t:ResponseObjects><t:AcceptItem/><t:TentativelyAcceptItem/><t:DeclineItem/><t:ReplyToItem/>"),
      std::string::npos)
      << request;
  EXPECT_EQ(element_text(request, "MeetingRequestType"), "NewMeetingRequest");
  const std::string copy = read(newest("calendar", kAttendee), kAttendee);
  EXPECT_EQ(element_text(copy, "AppointmentState"), "3");
  EXPECT_NE(copy.find("<t:AcceptItem/>"), std::string::npos) << copy;
  const std::string alone = made(
      "<t:CalendarItem><t:Start>2027-05-03T09:00:00Z</t:Start><t:End>2027-05-03T10:00:00Z</t:End>"
      "</t:CalendarItem>",
      "", "SendMeetingInvitations=\"SendToNone\"");
  EXPECT_EQ(element_text(read(alone, kOrganizer), "AppointmentState"), "0");

  ask("<m:UpdateItem ConflictResolution=\"AlwaysOverwrite\" "
      "SendMeetingInvitationsOrCancellations=\"SendToAllAndSaveCopy\">"
      "<m:ItemChanges><t:ItemChange>" +
      item_element(id) +
      "<t:Updates><t:SetItemField><t:FieldURI "
      "FieldURI=\"calendar:End\"/><t:CalendarItem><t:End>2027-05-03T11:00:00Z</t:End>"
      "</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>");
  EXPECT_EQ(element_text(read(id, kOrganizer), "AppointmentSequenceNumber"), "1");
  const std::string again = read(newest("inbox", kAttendee), kAttendee);
  EXPECT_EQ(element_text(again, "MeetingRequestType"), "FullUpdate");
  EXPECT_EQ(element_text(again, "AppointmentSequenceNumber"), "1");
  EXPECT_EQ(respond("CancelCalendarItem", id), "NoError");
  EXPECT_EQ(element_text(read(newest("calendar", kAttendee), kAttendee), "AppointmentState"), "7");
}

}  // namespace
}  // namespace mailward::testing
