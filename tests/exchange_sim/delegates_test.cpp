#include "tests/exchange_sim/shared_mailbox.h"

namespace mailward::testing {
namespace {

constexpr std::string_view kDenied = "ErrorAccessDenied";
constexpr std::string_view kFine = "NoError";
constexpr std::string_view kAttendee = "userc@example.test";

std::string appointment(const std::string& subject, const std::string& rest = "", const std::string& attendee = "") {
  return "<t:CalendarItem><t:Subject>" + subject + "</t:Subject>" + rest +
         "<t:Start>2026-03-02T09:00:00Z</t:Start><t:End>2026-03-02T10:00:00Z</t:End><t:Location>Room 3</t:Location>" +
         (attendee.empty() ? ""
                           : "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>" + attendee +
                                 "</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>") +
         "</t:CalendarItem>";
}

const std::string kAlone = R"(SendMeetingInvitations="SendToNone")";
const std::string kInviting = R"(SendMeetingInvitations="SendToAllAndSaveCopy")";
const std::string kPrivate = "<t:Sensitivity>Private</t:Sensitivity>";

void expect_on_behalf(const std::string& message) {
  EXPECT_NE(message.find("<t:From><t:Mailbox><t:Name>User A<"), std::string::npos) << message;
  EXPECT_NE(message.find("<t:Sender><t:Mailbox><t:Name>User B<"), std::string::npos) << message;
}

class Delegates : public SharedMailbox {
 protected:
  /// User A makes User B his delegate.
  std::string add(const std::string& levels, bool sees_private = false) {
    return code(delegate_request("AddDelegate", levels, sees_private));
  }
  static std::string delegate_request(const std::string& operation, const std::string& levels, bool sees_private) {
    return "<m:" + operation + "><m:Mailbox><t:EmailAddress>" + std::string(kOwner) +
           "</t:EmailAddress></m:Mailbox><m:DelegateUsers><t:DelegateUser><t:UserId><t:PrimarySmtpAddress>" +
           std::string(kOther) + "</t:PrimarySmtpAddress></t:UserId><t:DelegatePermissions>" + levels +
           "</t:DelegatePermissions><t:ViewPrivateItems>" + (sees_private ? "true" : "false") +
           "</t:ViewPrivateItems></t:DelegateUser></m:DelegateUsers></m:" + operation + ">";
  }
  static std::string level(const std::string& folder, const std::string& level) {
    const std::string element = "t:" + folder + "FolderPermissionLevel";
    return "<" + element + ">" + level + "</" + element + ">";
  }
  std::string remove_delegate() {
    return code("<m:RemoveDelegate><m:Mailbox><t:EmailAddress>" + std::string(kOwner) +
                "</t:EmailAddress></m:Mailbox><m:UserIds><t:UserId><t:PrimarySmtpAddress>" + std::string(kOther) +
                "</t:PrimarySmtpAddress></t:UserId></m:UserIds></m:RemoveDelegate>");
  }
  std::string inbox_of(const std::string& mailbox) {
    return ask(find_items("<t:DistinguishedFolderId Id=\"inbox\"/>"), mailbox);
  }
  std::string availability(const std::string& caller = std::string(kOther)) {
    return ask(
        "<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00"
        "</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime>"
        "<t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month>"
        "<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone><m:MailboxDataArray><t:MailboxData><t:Email>"
        "<t:Address>" +
            std::string(kOwner) +
            "</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray>"
            "<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2026-03-02T00:00:00</t:StartTime><t:EndTime>"
            "2026-03-03T00:00:00</t:EndTime></t:TimeWindow><t:RequestedView>Detailed</t:RequestedView>"
            "</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>",
        caller);
  }
  /// As an account that impersonates nobody.
  std::string as_account(const std::string& body) {
    http::Client client = client_of(sim());
    const auto answer = post(client, sim().url(), envelope({.body = body, .impersonate = ""}),
                             basic("EXAMPLE\\svc-archive", "Sample-Archive-1!"));
    EXPECT_TRUE(answer);
    return answer ? answer->body : "";
  }
};

TEST_F(Delegates, their_levels_are_permissions_of_the_default_folders) {
  EXPECT_EQ(add(level("Calendar", "Editor") + level("Inbox", "Reviewer")), kFine);
  EXPECT_EQ(code(find_items(owners("calendar")), std::string(kOther)), kFine);
  EXPECT_EQ(code(find_items(owners("inbox")), std::string(kOther)), kFine);
  EXPECT_EQ(code(find_items(owners("tasks")), std::string(kOther)), "ErrorFolderNotFound");
  EXPECT_EQ(code_of(create_in(owners("inbox"), "<t:Message/>", std::string(kOther))), kDenied);
  // What the owner sets by other ways is what is told of the delegate.
  share("inbox", permission(std::string(kOther), "PublishingAuthor"));
  share("tasks", permission(std::string(kOther), "Author"));
  const std::string shown = ask("<m:GetDelegate IncludePermissions=\"true\"><m:Mailbox><t:EmailAddress>" +
                                std::string(kOwner) + "</t:EmailAddress></m:Mailbox></m:GetDelegate>");
  EXPECT_EQ(element_text(shown, "CalendarFolderPermissionLevel"), "Editor");
  EXPECT_EQ(element_text(shown, "InboxFolderPermissionLevel"), "Custom");
  EXPECT_EQ(element_text(shown, "TasksFolderPermissionLevel"), "Author");
  EXPECT_EQ(code(delegate_request("UpdateDelegate", level("Calendar", "None"), false)), kFine);
  EXPECT_EQ(code(find_items(owners("calendar")), std::string(kOther)), "ErrorFolderNotFound");
  EXPECT_EQ(remove_delegate(), kFine);
  EXPECT_EQ(code(find_items(owners("inbox")), std::string(kOther)), "ErrorFolderNotFound");
}

TEST_F(Delegates, only_the_owner_and_who_has_full_access_manages_them) {
  add(level("Calendar", "Editor"));
  const std::string mine = delegate_request("UpdateDelegate", level("Inbox", "Editor"), true);
  EXPECT_EQ(code(mine, std::string(kOther)), kDenied);
  EXPECT_EQ(code(mine, "userd@example.test"), kFine);
  EXPECT_EQ(code(find_items(owners("inbox")), std::string(kOther)), kFine);
}

TEST_F(Delegates, an_editor_keeps_the_owners_calendar_and_invites_on_his_behalf) {
  add(level("Calendar", "Editor"));
  const std::string calendar = owners("calendar");
  const std::string own =
      attribute_of(create_in(calendar, appointment("Dentist"), std::string(kOther), kAlone), "ItemId", "Id");
  EXPECT_EQ(change_subject(own), kFine);
  EXPECT_EQ(delete_item(own), kFine);
  const std::string made =
      create_in(calendar, appointment("Plans", "", std::string(kAttendee)), std::string(kOther), kInviting);
  EXPECT_EQ(code_of(made), kFine);
  const std::string meeting = get_item(attribute_of(made, "ItemId", "Id"));
  EXPECT_NE(meeting.find("<t:Organizer><t:Mailbox><t:Name>User A<"), std::string::npos) << meeting;
  const std::string asked =
      get_item(attribute_of(inbox_of(std::string(kAttendee)), "ItemId", "Id"), std::string(kAttendee));
  EXPECT_EQ(element_text(asked, "Subject"), "Plans");
  expect_on_behalf(asked);
}

TEST_F(Delegates, rights_in_a_calendar_do_not_send_out_of_it) {
  share("calendar", calendar_permission(std::string(kOther), "Editor"));
  const std::string invited =
      create_in(owners("calendar"), appointment("Plans", "", std::string(kAttendee)), std::string(kOther), kInviting);
  EXPECT_EQ(code_of(invited), "ErrorSendAsDenied");
  EXPECT_EQ(total(ask(find_items(owners("calendar")))), "0");
  EXPECT_EQ(code_of(create_in(owners("calendar"), appointment("Plans"), std::string(kOther), kInviting)), kFine)
      << "nobody is invited";
}

TEST_F(Delegates, a_draft_in_the_owners_mailbox_is_sent_on_his_behalf) {
  const std::string message = "<t:Message><t:Subject>for you</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>" +
                              std::string(kAttendee) + "</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>";
  share("drafts", permission(std::string(kOther), "Editor"));
  share("sentitems", permission(std::string(kOther), "Author"));
  const std::string draft = create_in(owners("drafts"), message, std::string(kOther));
  const std::string id = attribute_of(draft, "ItemId", "Id");
  const std::string send = "<m:SendItem SaveItemToFolder=\"true\"><m:ItemIds>" +
                           item_element(id, attribute_of(draft, "ItemId", "ChangeKey")) +
                           "</m:ItemIds><m:SavedItemFolderId>" + owners("sentitems") +
                           "</m:SavedItemFolderId></m:SendItem>";
  EXPECT_EQ(code(send, std::string(kOther)), "ErrorSendAsDenied");
  add(level("Calendar", "Reviewer"));
  EXPECT_EQ(code(send, std::string(kOther)), kFine);
  EXPECT_EQ(total(ask(find_items(owners("sentitems")))), "1");
  const std::string got =
      get_item(attribute_of(inbox_of(std::string(kAttendee)), "ItemId", "Id"), std::string(kAttendee));
  EXPECT_EQ(element_text(got, "Subject"), "for you");
  expect_on_behalf(got);
}

TEST_F(Delegates, private_items_are_not_there_for_whoever_may_not_see_them) {
  add(level("Calendar", "Editor"));
  const std::string calendar = owners("calendar");
  create_in(calendar, appointment("Open"), std::string(kOwner), kAlone);
  const std::string hidden =
      attribute_of(create_in(calendar, appointment("Secret", kPrivate), std::string(kOwner), kAlone), "ItemId", "Id");
  EXPECT_EQ(texts(ask(find_items(calendar), std::string(kOther)), "Subject"), (std::vector<std::string>{"Open"}));
  EXPECT_EQ(code_of(get_item(hidden)), "ErrorItemNotFound");
  EXPECT_EQ(delete_item(hidden), "ErrorItemNotFound");
  ask(delegate_request("UpdateDelegate", "", true));
  EXPECT_EQ(total(ask(find_items(calendar), std::string(kOther))), "2");
  EXPECT_EQ(element_text(get_item(hidden), "Subject"), "Secret");
}

TEST_F(Delegates, what_a_calendar_grants_is_what_is_told_of_free_and_busy_times) {
  create_in(owners("calendar"), appointment("Open"), std::string(kOwner), kAlone);
  create_in(owners("calendar"), appointment("Secret", kPrivate), std::string(kOwner), kAlone);
  std::string told = availability();
  EXPECT_EQ(element_text(told, "FreeBusyViewType"), "FreeBusy") << "everyone's, where nobody said otherwise";
  EXPECT_EQ(texts(told, "CalendarEvent").size(), 2U);
  EXPECT_EQ(code(find_items(owners("calendar")), std::string(kOther)), "ErrorFolderNotFound");

  share("calendar", calendar_permission("Default", "FreeBusyTimeAndSubjectAndLocation"));
  told = availability();
  EXPECT_EQ(element_text(told, "FreeBusyViewType"), "Detailed");
  EXPECT_EQ(texts(told, "Subject"), (std::vector<std::string>{"Open"}));
  EXPECT_EQ(texts(told, "Location"), (std::vector<std::string>{"Room 3"}));
  EXPECT_TRUE(texts(told, "ID").empty());
  EXPECT_EQ(texts(told, "IsPrivate"), (std::vector<std::string>{"false", "true"}));

  share("calendar", calendar_permission(std::string(kOther), "Reviewer"));
  EXPECT_EQ(texts(availability(), "ID").size(), 1U);
  EXPECT_EQ(texts(availability(std::string(kOwner)), "Subject").size(), 2U);
  told = availability(std::string(kAttendee));
  EXPECT_EQ(code_of(told), "ErrorNoFreeBusyAccess");
  EXPECT_TRUE(texts(told, "CalendarEvent").empty());
}

TEST_F(Delegates, full_access_opens_everything_and_sends_nothing) {
  const std::string inbox = as_account(find_items(owners("inbox")));
  EXPECT_EQ(total(inbox), "3");
  const std::string id = attribute_of(inbox, "ItemId", "Id");
  EXPECT_EQ(code_of(as_account("<m:DeleteItem DeleteType=\"HardDelete\"><m:ItemIds>" + item_element(id) +
                               "</m:ItemIds></m:DeleteItem>")),
            kFine);
  EXPECT_EQ(code_of(as_account(find_items(owners("recoverableitemsdeletions")))), kFine);
  EXPECT_EQ(code_of(as_account("<m:GetInboxRules><m:MailboxSmtpAddress>" + std::string(kOwner) +
                               "</m:MailboxSmtpAddress></m:GetInboxRules>")),
            kFine);
  EXPECT_EQ(code_of(as_account(find_items("<t:DistinguishedFolderId Id=\"inbox\"/>"))), "ErrorMissingEmailAddress");
  const std::string message =
      "<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:SavedItemFolderId>" + owners("sentitems") +
      "</m:SavedItemFolderId><m:Items><t:Message><t:ToRecipients><t:Mailbox><t:EmailAddress>" + std::string(kAttendee) +
      "</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message></m:Items></m:CreateItem>";
  EXPECT_EQ(code_of(as_account(message)), "ErrorSendAsDenied");
  EXPECT_EQ(total(inbox_of(std::string(kAttendee))), "3");

  EXPECT_EQ(code(find_items(owners("inbox")), "userd@example.test"), kFine) << "a mailbox by its address";
  sim().control("PATCH", "/control/mailboxes/usera@example.test", R"({"full_access": []})");
  EXPECT_EQ(code_of(as_account(find_items(owners("inbox")))), "ErrorFolderNotFound");
}

TEST_F(Delegates, a_mailbox_that_is_not_here_is_not_there_for_others_either) {
  share("inbox", permission(std::string(kOther), "Reviewer"));
  sim().control("PATCH", "/control/mailboxes/usera@example.test", R"({"place": "moving"})");
  EXPECT_EQ(code(find_items(owners("inbox")), std::string(kOther)), "ErrorMailboxMoveInProgress");
}

}  // namespace
}  // namespace mailward::testing
