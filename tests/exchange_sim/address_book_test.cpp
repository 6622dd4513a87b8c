// What others may know of a mailbox, and what the directory knows.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

constexpr std::string_view kConfig = R"(
[exchange]
schemes = ["Basic"]
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
quota = 40000
[[mailbox]]
smtp = "userb@example.test"
name = "User B"
[[mailbox]]
smtp = "room1@example.test"
name = "Room 1"
room = true
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
[[distribution_list]]
smtp = "all@example.test"
name = "All of us"
members = ["team@example.test", "usera@example.test", "far@elsewhere.test"]
[[distribution_list]]
smtp = "team@example.test"
name = "Team"
members = ["userb@example.test", "all@example.test"]
[[distribution_list]]
smtp = "rooms@example.test"
name = "Rooms"
members = ["room1@example.test"]
rooms = true
)";

class AddressBook : public StoreConversation {
 protected:
  SimulatorOptions options() const override { return {.config = std::string(kConfig), .environment = {}}; }

  std::string appointment(const std::string& subject, const std::string& from, const std::string& until,
                          const std::string& more = "") {
    return made("<t:CalendarItem><t:Subject>" + subject + "</t:Subject>" + "<t:Start>" + from + "</t:Start><t:End>" +
                until + "</t:End>" + more + "</t:CalendarItem>");
  }
  std::string availability(const std::string& mailbox, const std::string& view, const std::string& asker) {
    return ask(
        "<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime><t:Bias>0</t:Bias>"
        "<t:Time>03:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
        "</t:StandardTime><t:DaylightTime><t:Bias>-60</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder>"
        "<t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone><m:MailboxDataArray>"
        "<t:MailboxData><t:Email><t:Address>" +
            mailbox +
            "</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray>"
            "<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2025-07-01T08:00:00</t:StartTime>"
            "<t:EndTime>2025-07-01T12:00:00</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>60"
            "</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>" +
            view + "</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>",
        asker);
  }
};

TEST_F(AddressBook, availability_is_told_in_the_zone_of_who_asks_and_in_detail_to_the_owner_alone) {
  // Central European summer: two hours before UTC.
  appointment("Talk", "2025-07-01T06:30:00Z", "2025-07-01T07:00:00Z",
              "<t:LegacyFreeBusyStatus>Tentative</t:LegacyFreeBusyStatus><t:Location>Room 1</t:Location>");
  appointment("Away", "2025-07-01T08:00:00Z", "2025-07-01T09:30:00Z",
              "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>");
  appointment("Another day", "2025-07-02T08:00:00Z", "2025-07-02T09:30:00Z");
  const std::string own = availability("usera@example.test", "DetailedMerged", "usera@example.test");
  EXPECT_EQ(element_text(own, "MergedFreeBusy"), "1033") << own;
  EXPECT_EQ(texts(own, "Subject"), (std::vector<std::string>{"Talk", "Away"}));
  EXPECT_EQ(element_text(own, "Location"), "Room 1");
  EXPECT_NE(own.find("<t:StartTime>2025-07-01T08:30:00</t:StartTime>"), std::string::npos) << own;
  EXPECT_EQ(texts(own, "BusyType"), (std::vector<std::string>{"Tentative", "OOF"}));
  const std::string others = availability("usera@example.test", "DetailedMerged", "userb@example.test");
  EXPECT_EQ(element_text(others, "FreeBusyViewType"), "FreeBusyMerged");
  EXPECT_TRUE(texts(others, "Subject").empty());
  EXPECT_EQ(texts(others, "BusyType").size(), 2U);
  EXPECT_EQ(element_text(availability("nobody@example.test", "FreeBusy", "userb@example.test"), "ResponseCode"),
            "ErrorMailRecipientNotFound");
}

TEST_F(AddressBook, a_series_keeps_its_hours_through_the_change_to_summer_time) {
  appointment("Daily", "2025-03-28T08:00:00Z", "2025-03-28T09:00:00Z",
              "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence>"
              "<t:StartDate>2025-03-28</t:StartDate></t:NoEndRecurrence></t:Recurrence>"
              "<t:StartTimeZone Id=\"W. Europe Standard Time\"/>");
  EXPECT_EQ(element_text(availability("usera@example.test", "MergedOnly", "userb@example.test"), "MergedFreeBusy"),
            "0200")
      << "at nine by the clock on the wall, in July as in March";
}

TEST_F(AddressBook, lists_are_expanded_by_one_level_resolved_and_delivered_to_each_once) {
  const std::string expanded =
      ask("<m:ExpandDL><m:Mailbox><t:EmailAddress>ALL@example.test</t:EmailAddress></m:Mailbox></m:ExpandDL>");
  EXPECT_EQ(texts(expanded, "MailboxType"), (std::vector<std::string>{"PublicDL", "Mailbox", "OneOff"}));
  EXPECT_EQ(attribute_of(expanded, "DLExpansion", "TotalItemsInView"), "3");
  EXPECT_EQ(code("<m:ExpandDL><m:Mailbox><t:EmailAddress>none@example.test</t:EmailAddress></m:Mailbox></m:ExpandDL>"),
            "ErrorNameResolutionNoResults");
  const std::string resolved = ask(
      "<m:ResolveNames ReturnFullContactData=\"false\"><m:UnresolvedEntry>Team</m:UnresolvedEntry></m:ResolveNames>");
  EXPECT_EQ(element_text(resolved, "MailboxType"), "PublicDL");
  create(
      "<t:Message><t:Subject>to all</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>all@example.test"
      "</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>",
      "", "MessageDisposition=\"SendOnly\"");
  const std::string query = "<m:QueryString>subject:all</m:QueryString>";
  const auto found = [&](const std::string& mailbox) {
    return total(
        ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            "<m:ParentFolderIds>" +
                folder_element("inbox") + "</m:ParentFolderIds>" + query + "</m:FindItem>",
            mailbox));
  };
  EXPECT_EQ(found("userb@example.test"), "1");
  EXPECT_EQ(found("usera@example.test"), "2") << "his own copy, and the report of who is elsewhere";
}

TEST_F(AddressBook, a_journal_report_names_the_list_behind_whom_lists_within_it_reached) {
  sim().control("PUT", "/control/journal-rules", R"([{"to":"room1@example.test"}])");
  create(
      "<t:Message><t:Subject>to all</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>all@example.test"
      "</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>",
      "", "MessageDisposition=\"SendOnly\"");
  const std::string found =
      ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
          "<m:ParentFolderIds>" +
              folder_element("inbox") + "</m:ParentFolderIds><m:QueryString>subject:all</m:QueryString></m:FindItem>",
          "room1@example.test");
  const std::string report =
      item_body(ask("<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ItemIds>" +
                        item_element(attribute_of(found, "ItemId", "Id")) + "</m:ItemIds></m:GetItem>",
                    "room1@example.test"));
  for (const std::string each : {"usera@example.test", "userb@example.test", "far@elsewhere.test"}) {
    EXPECT_NE(report.find("To: " + each + ", Expanded: all@example.test"), std::string::npos) << each << report;
  }
}

TEST_F(AddressBook, names_are_resolved_among_contacts_too_where_the_scope_says_so_each_address_once) {
  made(
      "<t:Contact><t:DisplayName>Useful Plumber</t:DisplayName><t:GivenName>Pat</t:GivenName>"
      "<t:EmailAddresses><t:Entry Key=\"EmailAddress1\">pat@elsewhere.test</t:Entry>"
      "<t:Entry Key=\"EmailAddress2\">office@plumber.test</t:Entry></t:EmailAddresses></t:Contact>");
  const auto resolved = [&](const std::string& attributes, const std::string& entry, const std::string& folders = "") {
    return ask("<m:ResolveNames ReturnFullContactData=\"false\"" + attributes + ">" + folders + "<m:UnresolvedEntry>" +
               entry + "</m:UnresolvedEntry></m:ResolveNames>");
  };
  using Names = std::vector<std::string>;
  const std::string by_name = resolved("", "pat");
  EXPECT_EQ(texts(by_name, "EmailAddress"), (Names{"pat@elsewhere.test", "office@plumber.test"})) << by_name;
  EXPECT_EQ(texts(by_name, "MailboxType"), (Names{"Contact", "Contact"}));
  EXPECT_EQ(texts(by_name, "Name").front(), "Useful Plumber");
  EXPECT_FALSE(attribute_of(by_name, "ItemId", "Id").empty());
  EXPECT_EQ(by_name.find("t:Contact>"), std::string::npos) << "in full only for whoever asks";
  EXPECT_EQ(texts(resolved("", "SMTP:office@"), "EmailAddress"), Names{"office@plumber.test"});
  EXPECT_EQ(texts(resolved("", "use"), "EmailAddress").front(), "usera@example.test") << "the directory first";
  EXPECT_EQ(texts(resolved(" SearchScope=\"ContactsActiveDirectory\"", "use"), "EmailAddress").front(),
            "pat@elsewhere.test");
  EXPECT_EQ(texts(resolved(" SearchScope=\"Contacts\"", "use"), "EmailAddress").size(), 2U);
  EXPECT_EQ(texts(resolved(" SearchScope=\"ActiveDirectory\"", "use"), "EmailAddress"),
            (Names{"usera@example.test", "userb@example.test"}));

  const std::string full =
      ask("<m:ResolveNames ReturnFullContactData=\"true\" SearchScope=\"Contacts\"><m:UnresolvedEntry>office@"
          "</m:UnresolvedEntry></m:ResolveNames>");
  EXPECT_EQ(element_text(full, "GivenName"), "Pat") << full;
  const std::string bare =
      ask("<m:ResolveNames ReturnFullContactData=\"true\" SearchScope=\"Contacts\" ContactDataShape=\"IdOnly\">"
          "<m:UnresolvedEntry>office@</m:UnresolvedEntry></m:ResolveNames>");
  EXPECT_NE(bare.find("<t:Contact>"), std::string::npos) << bare;
  EXPECT_EQ(element_text(bare, "GivenName"), "");

  const auto in = [&](const std::string& folders) {
    return element_text(
        resolved(" SearchScope=\"Contacts\"", "pat", "<m:ParentFolderIds>" + folders + "</m:ParentFolderIds>"),
        "ResponseCode");
  };
  EXPECT_EQ(in(folder_element("contacts")), "ErrorNameResolutionMultipleResults");
  EXPECT_EQ(in(folder_element("inbox")), "ErrorResolveNamesInvalidFolderType");
  EXPECT_EQ(in(folder_element("contacts") + folder_element("contacts")),
            "ErrorResolveNamesOnlyOneContactsFolderAllowed");
  EXPECT_EQ(fault("<m:ResolveNames ReturnFullContactData=\"false\" SearchScope=\"Everywhere\"><m:UnresolvedEntry>pat"
                  "</m:UnresolvedEntry></m:ResolveNames>"),
            "ErrorSchemaValidation");
}

TEST_F(AddressBook, mail_tips_tell_of_absence_full_mailboxes_members_and_who_is_not_there) {
  ask("<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>userb@example.test</t:Address></t:Mailbox>"
      "<t:UserOofSettings><t:OofState>Enabled</t:OofState><t:ExternalAudience>None</t:ExternalAudience>"
      "<t:InternalReply><t:Message>away</t:Message></t:InternalReply></t:UserOofSettings>"
      "</m:SetUserOofSettingsRequest>",
      "userb@example.test");
  const auto tips = [&](const std::string& of) {
    return ask(
        "<m:GetMailTips><m:SendingAs><t:EmailAddress>usera@example.test</t:EmailAddress></m:SendingAs>"
        "<m:Recipients><t:Mailbox><t:EmailAddress>" +
        of +
        "</t:EmailAddress></t:Mailbox></m:Recipients><m:MailTipsRequested>All</m:MailTipsRequested>"
        "</m:GetMailTips>");
  };
  EXPECT_EQ(element_text(tips("userb@example.test"), "Message"), "away");
  EXPECT_EQ(element_text(tips("userb@example.test"), "MailboxFull"), "false");
  EXPECT_EQ(fault("<m:GetMailTips><m:SendingAs><t:EmailAddress>usera@example.test</t:EmailAddress></m:SendingAs>"
                  "<m:Recipients><t:Mailbox><t:EmailAddress>userb@example.test</t:EmailAddress></t:Mailbox>"
                  "</m:Recipients></m:GetMailTips>"),
            "ErrorSchemaValidation");
  EXPECT_EQ(element_text(tips("nobody@example.test"), "InvalidRecipient"), "true");
  EXPECT_EQ(element_text(tips("all@example.test"), "TotalMemberCount"), "3");
  EXPECT_EQ(element_text(tips("all@example.test"), "ExternalMemberCount"), "2");
}

TEST_F(AddressBook, rooms_people_searchable_mailboxes_and_passwords_that_never_expire) {
  EXPECT_EQ(element_text(ask("<m:GetRoomLists/>"), "EmailAddress"), "rooms@example.test");
  const auto rooms = [](const std::string& list) {
    return "<m:GetRooms><m:RoomList><t:EmailAddress>" + list + "</t:EmailAddress></m:RoomList></m:GetRooms>";
  };
  EXPECT_EQ(element_text(ask(rooms("rooms@example.test")), "Name"), "Room 1");
  EXPECT_EQ(code(rooms("all@example.test")), "ErrorNameResolutionNoResults");
  EXPECT_EQ(texts(ask("<m:GetSearchableMailboxes><m:SearchFilter>user</m:SearchFilter>"
                      "<m:ExpandGroupMembership>false</m:ExpandGroupMembership></m:GetSearchableMailboxes>"),
                  "PrimarySmtpAddress"),
            (std::vector<std::string>{"usera@example.test", "userb@example.test"}));
  EXPECT_EQ(element_text(ask("<m:GetPasswordExpirationDate><m:MailboxSmtpAddress>usera@example.test"
                             "</m:MailboxSmtpAddress></m:GetPasswordExpirationDate>"),
                         "PasswordExpirationDate"),
            "9999-12-31T23:59:59.9999999");
  made(
      "<t:Contact><t:DisplayName>Ann Berg</t:DisplayName><t:GivenName>Ann</t:GivenName><t:EmailAddresses>"
      "<t:Entry Key=\"EmailAddress1\">ann@example.test</t:Entry></t:EmailAddresses><t:Surname>Berg</t:Surname>"
      "</t:Contact>");
  const std::string people =
      ask("<m:FindPeople><m:IndexedPageItemView MaxEntriesReturned=\"10\" Offset=\"0\" BasePoint=\"Beginning\"/>"
          "<m:ParentFolderId><t:DistinguishedFolderId Id=\"contacts\"/></m:ParentFolderId>"
          "<m:QueryString>berg</m:QueryString></m:FindPeople>");
  EXPECT_EQ(element_text(people, "DisplayName"), "Ann Berg") << people;
  EXPECT_EQ(element_text(people, "TotalNumberOfPeopleInView"), "1");
  const std::string persona =
      "<m:GetPersona><m:PersonaId Id=\"" + attribute_of(people, "PersonaId", "Id") + "\"/></m:GetPersona>";
  EXPECT_EQ(texts(ask(persona), "EmailAddress").at(1), "ann@example.test");
  EXPECT_EQ(element_text(ask(persona), "GivenName"), "Ann");
}

TEST_F(AddressBook, a_mailbox_that_is_full_takes_nothing_more_until_its_quota_is_raised) {
  const auto make = [&] {
    return element_text(create("<t:Message><t:Subject>big</t:Subject><t:Body BodyType=\"Text\">" +
                               std::string(20'000, 'x') + "</t:Body></t:Message>"),
                        "ResponseCode");
  };
  EXPECT_EQ(make(), "NoError");
  EXPECT_EQ(make(), "ErrorQuotaExceeded");
  const std::string body(20'000, 'y');
  ask("<m:CreateItem MessageDisposition=\"SendOnly\"><m:Items><t:Message><t:Subject>to the full</t:Subject>"
      "<t:Body BodyType=\"Text\">" +
          body +
          "</t:Body><t:ToRecipients><t:Mailbox><t:EmailAddress>usera@example.test</t:EmailAddress></t:Mailbox>"
          "</t:ToRecipients></t:Message></m:Items></m:CreateItem>",
      "userb@example.test");
  const std::string report =
      ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
          "<m:ParentFolderIds>" +
              folder_element("inbox") + "</m:ParentFolderIds></m:FindItem>",
          "userb@example.test");
  EXPECT_EQ(element_text(report, "Subject"), "Undeliverable: to the full");
  sim().change_mailbox("usera@example.test", R"({"quota":1000000})");
  EXPECT_EQ(make(), "NoError");
}

TEST_F(AddressBook, a_list_among_recipients_is_known_by_its_name) {
  const std::string id = made(
      "<t:Message><t:ToRecipients><t:Mailbox><t:EmailAddress>all@example.test</t:EmailAddress>"
      "</t:Mailbox></t:ToRecipients></t:Message>");
  const std::string seen = get(id);
  EXPECT_NE(seen.find("<t:Name>All of us</t:Name>"), std::string::npos) << seen;
  EXPECT_NE(seen.find("<t:MailboxType>PublicDL</t:MailboxType>"), std::string::npos) << seen;
}

// Microsoft: FindPeople operation, of the directory.
TEST_F(AddressBook, people_are_found_in_the_directory) {
  const std::string found =
      ask("<m:FindPeople><m:IndexedPageItemView MaxEntriesReturned=\"100\" Offset=\"0\" BasePoint=\"Beginning\"/>"
          "<m:ParentFolderId><t:DistinguishedFolderId Id=\"directory\"/></m:ParentFolderId>"
          "<m:QueryString>user b</m:QueryString></m:FindPeople>");
  EXPECT_EQ(texts(found, "DisplayName"), (std::vector<std::string>{"User B"})) << found;
}

}  // namespace
}  // namespace mailward::testing
