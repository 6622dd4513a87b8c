// What goes between an organiser's calendar and those of three who are asked: updates, answers, cancellations.
#include "base/bytes.h"
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

constexpr const char* kOrganizer = "usera@example.test";
constexpr const char* kFirst = "userb@example.test";
constexpr const char* kSecond = "userc@example.test";
using Texts = std::vector<std::string>;

class MeetingMail : public StoreConversation {
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
[[mailbox]]
smtp = "userb@example.test"
[[mailbox]]
smtp = "userc@example.test"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
)",
            .environment = {}};
  }
  static std::string attendees(const std::vector<std::string>& people) {
    std::string inside;
    for (const std::string& each : people) {
      inside += "<t:Attendee><t:Mailbox><t:EmailAddress>" + each + "</t:EmailAddress></t:Mailbox></t:Attendee>";
    }
    return "<t:RequiredAttendees>" + inside + "</t:RequiredAttendees>";
  }
  /// On four days from 3 May 2027 on, where it recurs.
  std::string meeting(const std::vector<std::string>& people, bool recurs) {
    return made(
        "<t:CalendarItem><t:Subject>Meet</t:Subject><t:Start>2027-05-03T09:00:00Z</t:Start>"
        "<t:End>2027-05-03T10:00:00Z</t:End>" +
            attendees(people) +
            (recurs ? "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>"
                      "<t:NumberedRecurrence><t:StartDate>2027-05-03</t:StartDate><t:NumberOfOccurrences>4"
                      "</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
                    : "") +
            "</t:CalendarItem>",
        "", "SendMeetingInvitations=\"SendToAllAndSaveCopy\"");
  }
  std::string change(const std::string& item, const std::string& field, const std::string& element,
                     const std::string& told) {
    return code("<m:UpdateItem ConflictResolution=\"AlwaysOverwrite\" SendMeetingInvitationsOrCancellations=\"" + told +
                "\"><m:ItemChanges><t:ItemChange>" + item + "<t:Updates><t:SetItemField><t:FieldURI FieldURI=\"" +
                field + "\"/><t:CalendarItem>" + element +
                "</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>");
  }
  static std::string occurrence(const std::string& master, int index) {
    return "<t:OccurrenceItemId RecurringMasterId=\"" + master + "\" InstanceIndex=\"" + std::to_string(index) + "\"/>";
  }
  std::string read(const std::string& item, const std::string& mailbox, const std::string& more = "") {
    return ask("<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>" + more + "</m:ItemShape><m:ItemIds>" +
                   item + "</m:ItemIds></m:GetItem>",
               mailbox);
  }
  /// All of the folder, newest first.
  std::vector<std::string> ids(const std::string& folder, const std::string& mailbox) {
    return attributes(
        ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            "<m:ParentFolderIds>" +
                folder_element(folder) + "</m:ParentFolderIds></m:FindItem>",
            mailbox),
        "ItemId", "Id");
  }
  std::string newest(const std::string& mailbox) {
    const auto found = ids("inbox", mailbox);
    return found.empty() ? std::string() : read(item_element(found.front()), mailbox);
  }
  std::string seen(const std::string& mailbox) {
    return ask(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
        "<m:CalendarView StartDate=\"2027-05-01T00:00:00Z\" EndDate=\"2027-05-20T00:00:00Z\"/><m:ParentFolderIds>" +
            folder_element("calendar") + "</m:ParentFolderIds></m:FindItem>",
        mailbox);
  }
  std::string respond(const std::string& kind, const std::string& message, const std::string& mailbox,
                      const std::string& more = "") {
    return code("<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:" + kind +
                    "><t:ReferenceItemId Id=\"" + attribute_of(message, "ItemId", "Id") + "\"/>" + more +
                    "</t:" + kind + "></m:Items></m:CreateItem>",
                mailbox);
  }
};

// Microsoft: RecurrenceId tells, with the UID, one instance.
TEST_F(MeetingMail, an_answer_to_one_occurrences_request_is_about_that_occurrence_alone) {
  const std::string id = meeting({kFirst}, true);
  ASSERT_EQ(change(occurrence(id, 2), "calendar:Location", "<t:Location>Room 1</t:Location>", "SendToAllAndSaveCopy"),
            "NoError");
  const std::string request = newest(kFirst);
  EXPECT_EQ(element_text(request, "RecurrenceId"), "2027-05-04T09:00:00Z") << request;
  EXPECT_EQ(element_text(request, "CalendarItemType"), "Occurrence");
  EXPECT_EQ(element_text(request, "IsRecurring"), "true");
  EXPECT_EQ(element_text(request, "MyResponseType"), "NoResponseReceived");
  EXPECT_EQ(attribute_of(request, "AssociatedCalendarItemId", "Id"), attributes(seen(kFirst), "ItemId", "Id").at(1));
  EXPECT_EQ(respond("AcceptItem", request, kFirst), "NoError");
  EXPECT_EQ(texts(seen(kFirst), "MyResponseType"),
            (Texts{"NoResponseReceived", "Accept", "NoResponseReceived", "NoResponseReceived"}));
  EXPECT_EQ(element_text(read(item_element(id), kOrganizer), "ResponseType"), "Unknown");
  EXPECT_EQ(element_text(read(occurrence(id, 2), kOrganizer), "ResponseType"), "Accept");
  EXPECT_EQ(element_text(read(occurrence(id, 2), kOrganizer), "AppointmentSequenceNumber"), "1");
  EXPECT_EQ(element_text(read(item_element(id), kOrganizer), "AppointmentSequenceNumber"), "0");
  EXPECT_EQ(element_text(newest(kOrganizer), "RecurrenceId"), "2027-05-04T09:00:00Z");

  ASSERT_EQ(change(occurrence(id, 3), "calendar:Location", "<t:Location>Room 2</t:Location>", "SendToAllAndSaveCopy"),
            "NoError");
  EXPECT_EQ(respond("DeclineItem", newest(kFirst), kFirst), "NoError");
  EXPECT_EQ(texts(seen(kFirst), "Start"),
            (Texts{"2027-05-03T09:00:00Z", "2027-05-04T09:00:00Z", "2027-05-06T09:00:00Z"}));
  EXPECT_EQ(element_text(read(occurrence(id, 3), kOrganizer), "ResponseType"), "Decline");
}

TEST_F(MeetingMail, with_a_cancelled_series_its_changed_occurrences_are_cancelled) {
  const std::string id = meeting({kFirst}, true);
  change(occurrence(id, 2), "item:Subject", "<t:Subject>Another</t:Subject>", "SendToAllAndSaveCopy");
  EXPECT_EQ(respond("CancelCalendarItem", read(item_element(id), kOrganizer), kOrganizer), "NoError");
  const std::string left = seen(kFirst);
  EXPECT_EQ(texts(left, "IsCancelled"), (Texts{"true", "true", "true", "true"})) << left;
  EXPECT_EQ(texts(left, "LegacyFreeBusyStatus"), (Texts{"Free", "Free", "Free", "Free"}));
  EXPECT_EQ(texts(left, "Subject").at(1), "Canceled: Another");
}

// MS-OXWSMTGS 2.2.5.3.
TEST_F(MeetingMail, of_changed_attendees_the_new_are_asked_and_those_who_are_gone_are_told) {
  const std::string id = meeting({kFirst, kSecond}, false);
  const std::size_t asked = ids("inbox", kSecond).size();
  EXPECT_EQ(change(item_element(id), "calendar:RequiredAttendees", attendees({kSecond}), "SendOnlyToChanged"),
            "NoError");
  EXPECT_NE(newest(kFirst).find("<t:MeetingCancellation>"), std::string::npos) << newest(kFirst);
  EXPECT_EQ(texts(seen(kFirst), "IsCancelled"), Texts{"true"});
  EXPECT_EQ(ids("inbox", kSecond).size(), asked) << "for whom nothing changed";
  EXPECT_EQ(
      change(item_element(id), "calendar:RequiredAttendees", attendees({kSecond, kFirst}), "SendToAllAndSaveCopy"),
      "NoError");
  EXPECT_EQ(element_text(newest(kFirst), "MeetingRequestType"), "NewMeetingRequest");
  EXPECT_EQ(texts(seen(kFirst), "IsCancelled"), Texts{"false"});
  EXPECT_EQ(texts(seen(kFirst), "LegacyFreeBusyStatus"), Texts{"Tentative"});
  EXPECT_EQ(respond("AcceptItem", newest(kFirst), kFirst), "NoError");
  EXPECT_EQ(element_text(newest(kSecond), "MeetingRequestType"), "FullUpdate");
  EXPECT_EQ(ids("sentitems", kOrganizer).size(), 3U);
}

// Microsoft: IsOutOfDate; the list of response codes.
TEST_F(MeetingMail, a_request_that_a_later_one_overtook_says_so_and_is_not_answered) {
  const std::string id = meeting({kFirst}, false);
  const std::string first = newest(kFirst);
  EXPECT_EQ(element_text(first, "IsOutOfDate"), "false");
  change(item_element(id), "calendar:End", "<t:End>2027-05-03T11:00:00Z</t:End>", "SendToAllAndSaveCopy");
  const std::string again = read(item_element(attribute_of(first, "ItemId", "Id")), kFirst);
  EXPECT_EQ(element_text(again, "IsOutOfDate"), "true");
  EXPECT_EQ(respond("AcceptItem", first, kFirst), "ErrorCalendarMeetingRequestIsOutOfDate");
  EXPECT_EQ(element_text(newest(kFirst), "IsOutOfDate"), "false");
  EXPECT_EQ(respond("AcceptItem", newest(kFirst), kFirst), "NoError");
}

// Microsoft: How to propose a new meeting time by using EWS.
TEST_F(MeetingMail, a_time_that_an_answer_proposes_reaches_the_organiser) {
  meeting({kFirst}, false);
  EXPECT_EQ(respond("TentativelyAcceptItem", newest(kFirst), kFirst,
                    "<t:ProposedStart>2027-05-04T09:00:00Z</t:ProposedStart>"
                    "<t:ProposedEnd>2027-05-04T10:00:00Z</t:ProposedEnd>"),
            "NoError");
  const std::string answer = newest(kOrganizer);
  EXPECT_EQ(element_text(answer, "ProposedStart"), "2027-05-04T09:00:00Z") << answer;
  EXPECT_EQ(element_text(answer, "ProposedEnd"), "2027-05-04T10:00:00Z");
}

// RFC 5545, 3.8.5.1 and 3.8.4.4.
TEST_F(MeetingMail, a_series_mime_tells_what_was_moved_and_what_was_deleted_of_it) {
  const std::string id = meeting({kFirst}, true);
  change(occurrence(id, 2), "calendar:End", "<t:End>2027-05-04T11:00:00Z</t:End>", "SendToNone");
  ask("<m:DeleteItem DeleteType=\"HardDelete\" SendMeetingCancellations=\"SendToNone\"><m:ItemIds>" +
      occurrence(id, 3) + "</m:ItemIds></m:DeleteItem>");
  const std::string read_back = read(item_element(id), kOrganizer, "<t:IncludeMimeContent>true</t:IncludeMimeContent>");
  const std::string calendar(as_text(from_base64(element_text(read_back, "MimeContent")).value()));
  EXPECT_NE(calendar.find("\r\nEXDATE;TZID=UTC:20270505T090000\r\n"), std::string::npos) << calendar;
  EXPECT_NE(calendar.find("\r\nRECURRENCE-ID;TZID=UTC:20270504T090000\r\n"), std::string::npos) << calendar;
  EXPECT_NE(calendar.find("\r\nDTEND;TZID=UTC:20270504T110000\r\n"), std::string::npos) << calendar;
  EXPECT_NE(calendar.find("\r\nORGANIZER;CN=\"usera@example.test\":mailto:usera@example.test\r\n"), std::string::npos)
      << calendar;
}

}  // namespace
}  // namespace mailward::testing
