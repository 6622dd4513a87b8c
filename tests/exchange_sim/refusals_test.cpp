// What Exchange refuses and a lenient server would take: requests that are no XML, values that cannot be, senders who
// may not.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class Refusals : public StoreConversation {
 protected:
  /// A request as it stands, not made by us.
  http::Response send(const std::string& body) {
    http::Client client = client_of(sim());
    auto answer = post(client, sim().url(), body, basic(kServiceAccount, kServicePassword));
    EXPECT_TRUE(answer);
    return answer ? *std::move(answer) : http::Response{};
  }
  std::string violation_of(const std::string& body) {
    const auto answer = send(body);
    EXPECT_EQ(answer.status, 500) << answer.body;
    EXPECT_EQ(element_text(answer.body, "ResponseCode"), "ErrorSchemaValidation");
    return element_text(answer.body, "Violation");
  }
  std::string violation(const std::string& body) { return violation_of(envelope({.body = body})); }
  static std::string mailbox(const std::string& address) {
    return "<t:Mailbox><t:EmailAddress>" + address + "</t:EmailAddress></t:Mailbox>";
  }
  std::string sent(const std::string& from, const std::string& to) {
    return element_text(
        create("<t:Message><t:Subject>x</t:Subject><t:ToRecipients>" + mailbox(to) + "</t:ToRecipients>" +
                   (from.empty() ? "" : "<t:From>" + mailbox(from) + "</t:From>") + "</t:Message>",
               "", "MessageDisposition=\"SendOnly\""),
        "ResponseCode");
  }
  static std::string appointment(const std::string& start, const std::string& end, const std::string& more = "") {
    return "<t:CalendarItem><t:Start>" + start + "</t:Start><t:End>" + end + "</t:End>" + more + "</t:CalendarItem>";
  }
  /// The code for a recurrence; the first pattern's range has no end.
  std::string recurring(const std::string& pattern, const std::string& range) {
    return element_text(create(appointment("2025-02-03T10:00:00Z", "2025-02-03T11:00:00Z",
                                           "<t:Recurrence>" + pattern + range + "</t:Recurrence>"),
                               "calendar"),
                        "ResponseCode");
  }
  static std::string daily(const std::string& interval) {
    return "<t:DailyRecurrence><t:Interval>" + interval + "</t:Interval></t:DailyRecurrence>";
  }
  static std::string endless(const std::string& start) {
    return "<t:NoEndRecurrence><t:StartDate>" + start + "</t:StartDate></t:NoEndRecurrence>";
  }
  static std::string where(const std::string& path, const std::string& value) {
    return "<m:Restriction><t:IsGreaterThan>" + path + "<t:FieldURIOrConstant><t:Constant Value=\"" + value +
           "\"/></t:FieldURIOrConstant></t:IsGreaterThan></m:Restriction>";
  }
  static std::string field(const std::string& uri) { return "<t:FieldURI FieldURI=\"" + uri + "\"/>"; }
  std::string found(const std::string& rest, const std::string& view = "") {
    return element_text(find("inbox", rest, view), "ResponseCode");
  }
  std::string last_note() {
    const std::string seen = sim().control("GET", "/control/requests");
    const std::string key = "\"note\":\"";
    const auto at = seen.rfind(key);
    if (at == std::string::npos) return "nothing noted";
    return seen.substr(at + key.size(), seen.find('"', at + key.size()) - at - key.size());
  }
  std::string find_fault(const std::string& view, const std::string& rest = "") {
    return violation("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>" +
                     view + rest + "<m:ParentFolderIds>" + folder_element("inbox") +
                     "</m:ParentFolderIds></m:FindItem>");
  }
};

TEST_F(Refusals, characters_that_xml_forbids_are_refused_with_their_place) {
  const auto text = [](const std::string& inside) { return "<a>\n<b c=\"" + inside + "\"/>" + inside + "</a>"; };
  EXPECT_EQ(violation_of(text("&#x1;")), "'.', hexadecimal value 0x01, is an invalid character. Line 2, position 8.");
  EXPECT_EQ(violation_of("<a>\x01</a>"), "'.', hexadecimal value 0x01, is an invalid character. Line 1, position 4.");
  for (const std::string bad : {"&#xFFFE;", "&#xD800;", "&#0;", "\xef\xbf\xbe"}) {
    EXPECT_NE(violation_of(text(bad)).find("is an invalid character. Line 2"), std::string::npos) << bad;
  }
  for (const std::string bad : {"\xff\xfe", "\xc3(", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_NE(violation_of(text(bad)).find("Invalid character in the given encoding."), std::string::npos);
  }
  // What XML allows stays allowed, in every disguise.
  const std::string fine = "&#x9;&#xA;&#128512;\xf0\x9f\x98\x80 &amp;&lt;&apos;";
  EXPECT_EQ(element_text(create("<t:Message><t:Subject>" + fine + "</t:Subject></t:Message>"), "ResponseCode"),
            "NoError");
}

TEST_F(Refusals, what_is_no_xml_is_told_in_the_words_of_the_reader_with_line_and_position) {
  EXPECT_EQ(violation_of(""), "Root element is missing. Line 1, position 1.");
  EXPECT_EQ(violation_of("hello"), "Data at the root level is invalid. Line 1, position 1.");
  EXPECT_EQ(violation_of("<a>\n<b></c></a>"),
            "The 'b' start tag on line 2 position 2 does not match the end tag of 'c'. Line 2, position 6.");
  EXPECT_EQ(violation_of("<a><b>"),
            "Unexpected end of file has occurred. The following elements are not closed: b, a. Line 1, position 7.");
  EXPECT_EQ(violation_of("<a>a & b</a>"), "An error occurred while parsing EntityName. Line 1, position 7.");
  EXPECT_EQ(violation_of("<a>&b;</a>"), "Reference to undeclared entity 'b'. Line 1, position 5.");
  EXPECT_EQ(violation_of("<a/><b/>"), "There are multiple root elements. Line 1, position 6.");
  EXPECT_EQ(violation_of("<a b='1' b='2'/>"), "'b' is a duplicate attribute name. Line 1, position 11.");
  EXPECT_EQ(violation_of("<a b=c/>"), "'c' is an unexpected token. The expected token is '\"'. Line 1, position 6.");
  const auto answer = send("<a>\n<b></c></a>");
  EXPECT_EQ(element_text(answer.body, "LineNumber"), "2");
  EXPECT_EQ(element_text(answer.body, "LinePosition"), "6");
}

TEST_F(Refusals, schema_faults_say_which_bound_and_what_could_have_stood_there) {
  const auto sync = [&](const std::string& most) {
    return violation("<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>" +
                     folder_element("inbox") + "</m:SyncFolderId><m:MaxChangesReturned>" + most +
                     "</m:MaxChangesReturned></m:SyncFolderItems>");
  };
  EXPECT_NE(sync("0").find("MinInclusive"), std::string::npos);
  EXPECT_NE(sync("513").find("MaxInclusive"), std::string::npos);
  EXPECT_NE(sync("x").find("The string 'x' is not a valid Int32 value."), std::string::npos);
  EXPECT_NE(violation("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
                      "<t:Folder/></m:FolderIds></m:GetFolder>")
                .find("List of possible elements expected: 'FolderId, DistinguishedFolderId' in namespace"),
            std::string::npos);
  const std::string wrong = violation(
      "<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:Message><t:IsRead>true"
      "</t:IsRead><t:Nonsense/></t:Message></m:Items></m:CreateItem>");
  EXPECT_NE(wrong.find("has invalid child element 'Nonsense'"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("List of possible elements expected: '"), std::string::npos) << wrong;
  EXPECT_EQ(wrong.find("Subject"), std::string::npos) << "what stands before may not follow";
}

TEST_F(Refusals, response_objects_that_are_not_played_are_refused_by_name) {
  for (const std::string name : {"PostReplyItem", "AcceptSharingInvitation"}) {
    EXPECT_EQ(fault("<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:" + name +
                    "><t:ReferenceItemId Id=\"AAMk\"/></t:" + name + "></m:Items></m:CreateItem>"),
              "ErrorInvalidRequest");
    EXPECT_EQ(last_note(), "not played");
  }
}

TEST_F(Refusals, a_call_is_of_one_operation) {
  const std::string time_zones = "<m:GetServerTimeZones/>";
  const std::string wrong = violation(time_zones + time_zones);
  EXPECT_NE(wrong.find("'Body' has more than one child"), std::string::npos) << wrong;
}

TEST_F(Refusals, an_empty_name_and_attributes_that_are_none_are_schema_faults) {
  const std::string empty = violation(
      "<m:ResolveNames ReturnFullContactData=\"false\"><m:UnresolvedEntry></m:UnresolvedEntry></m:ResolveNames>");
  EXPECT_NE(empty.find("NonEmptyStringType"), std::string::npos) << empty;
  const auto get_folder = [](const std::string& more) {
    return "<m:GetFolder" + more + "><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>" +
           folder_element("inbox") + "</m:FolderIds></m:GetFolder>";
  };
  EXPECT_EQ(violation(get_folder(" Foo=\"1\"")), "The 'Foo' attribute is not declared.");
  EXPECT_EQ(violation(get_folder(" Traversal=\"Shallow\"")), "The 'Traversal' attribute is not declared.");
  EXPECT_EQ(code(get_folder(" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"m:GetFolderType\"")),
            "NoError");
}

TEST_F(Refusals, html_that_is_not_escaped_is_no_body) {
  EXPECT_EQ(
      violation("<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:Message>"
                "<t:Body BodyType=\"HTML\">a <p>b</p></t:Body></t:Message></m:Items></m:CreateItem>"),
      "The element 'Body' in namespace 'http://schemas.microsoft.com/exchange/services/2006/types' cannot contain "
      "child element 'p' because the parent element's content model is text only.");
}

TEST_F(Refusals, appointments_end_behind_their_beginning_and_before_five_years) {
  const auto made_code = [&](const std::string& end) {
    return element_text(create(appointment("2025-02-03T10:00:00Z", end), "calendar"), "ResponseCode");
  };
  EXPECT_EQ(made_code("2025-02-03T09:59:59Z"), "ErrorCalendarEndDateIsEarlierThanStartDate");
  EXPECT_EQ(made_code("2031-02-03T10:00:00Z"), "ErrorCalendarDurationIsTooLong");
  EXPECT_EQ(made_code("2025-02-03T10:00:00Z"), "NoError");
  const std::string id = made(appointment("2025-02-03T10:00:00Z", "2025-02-03T11:00:00Z"), "calendar");
  const auto moved = [&](const std::string& end) {
    return element_text(set_field(id, field("calendar:End"), "<t:End>" + end + "</t:End>", "CalendarItem"),
                        "ResponseCode");
  };
  EXPECT_EQ(moved("2025-02-03T08:00:00Z"), "ErrorCalendarEndDateIsEarlierThanStartDate");
  EXPECT_EQ(moved("2025-02-03T12:00:00Z"), "NoError");
}

TEST_F(Refusals, what_could_not_be_given_back_by_the_schema_is_not_kept) {
  const auto creating = [](const std::string& item) {
    return "<m:CreateItem MessageDisposition=\"SaveOnly\" SendMeetingInvitations=\"SendToNone\"><m:Items>" + item +
           "</m:Items></m:CreateItem>";
  };
  const auto message = [&](const std::string& properties) {
    return creating("<t:Message>" + properties + "</t:Message>");
  };
  const auto task = [&](const std::string& properties) { return creating("<t:Task>" + properties + "</t:Task>"); };
  const auto minutes = [](const std::string& text) {
    return "<t:ReminderMinutesBeforeStart>" + text + "</t:ReminderMinutesBeforeStart>";
  };
  const auto flag = [](const std::string& at) {
    return "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:StartDate>" + at + "</t:StartDate><t:DueDate>" + at +
           "</t:DueDate></t:Flag>";
  };
  const auto culture = [](const std::string& text) { return "<t:Culture>" + text + "</t:Culture>"; };
  const auto due = [](const std::string& at) { return "<t:DueDate>" + at + "</t:DueDate>"; };
  for (const std::string& fine :
       {message(minutes("2629800")), message(culture("sr-Latn-RS")), message(flag("2027-01-01T00:00:00Z")),
        task("<t:PercentComplete> 12.5 </t:PercentComplete>")}) {
    EXPECT_EQ(code(fine), "NoError") << fine;
  }
  for (const std::string& bad :
       {message(minutes("-1")), message(minutes("2629801")), message(minutes("99999999999")), message(minutes("1e1")),
        message(minutes("")), message(culture("")), message(culture("123456789")), message(culture("en-")),
        message(culture("e_n")), message(flag("2027-01-01")), message(flag("2027-01-01T00:00:60Z")), message(flag("x")),
        task("<t:PercentComplete></t:PercentComplete>"), task("<t:ActualWork>2147483648</t:ActualWork>"),
        task(due("0001-01-01T00:00:00+10:00")), task(due("9999-12-31T23:59:59-10:00"))}) {
    EXPECT_NE(violation(bad), "") << bad;
  }
  // .NET's unset time: four digits.
  const std::string first = get(made("<t:Task>" + due("0001-01-01T00:00:00Z") + "</t:Task>"));
  EXPECT_EQ(element_text(first, "DueDate"), "0001-01-01T00:00:00Z");
}

TEST_F(Refusals, recurrences_that_cannot_be_are_not_kept) {
  const std::string from = endless("2025-02-03");
  const auto yearly = [](const std::string& day) {
    return "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>" + day +
           "</t:DayOfMonth><t:Month>February</t:Month></t:AbsoluteYearlyRecurrence>";
  };
  for (const std::string interval : {"0", "-1", "1000"}) {
    EXPECT_EQ(recurring(daily(interval), from), "ErrorCalendarInvalidRecurrence") << interval;
  }
  for (const std::string day : {"31", "30", "0", "-3"}) {
    EXPECT_EQ(recurring(yearly(day), from), "ErrorCalendarInvalidRecurrence") << day;
  }
  EXPECT_EQ(recurring(yearly("29"), from), "NoError");
  EXPECT_EQ(recurring(daily("1"), endless("0001-01-01")), "ErrorCalendarInvalidRecurrence");
  EXPECT_EQ(recurring(daily("1"),
                      "<t:EndDateRecurrence><t:StartDate>2025-02-03</t:StartDate>"
                      "<t:EndDate>9999-12-31</t:EndDate></t:EndDateRecurrence>"),
            "ErrorRecurrenceEndDateTooBig");
  EXPECT_EQ(recurring("<t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Sunday</t:DaysOfWeek>"
                      "</t:WeeklyRecurrence>",
                      "<t:EndDateRecurrence><t:StartDate>2025-02-03</t:StartDate><t:EndDate>2025-02-05</t:EndDate>"
                      "</t:EndDateRecurrence>"),
            "ErrorRecurrenceHasNoOccurrence");
  EXPECT_EQ(recurring(daily("1"), from), "NoError");
}

TEST_F(Refusals, mail_goes_to_addresses_and_comes_from_who_may_send_it) {
  EXPECT_EQ(sent("", "not an address"), "ErrorInvalidRecipients");
  EXPECT_EQ(sent("", "a@b@c"), "ErrorInvalidRecipients");
  EXPECT_EQ(sent("", "@example.test"), "ErrorInvalidRecipients");
  EXPECT_EQ(sent("", "userb@example.test"), "NoError");
  EXPECT_EQ(element_text(create("<t:CalendarItem><t:Start>2025-02-03T10:00:00Z</t:Start><t:End>2025-02-03T11:00:00Z"
                                "</t:End><t:RequiredAttendees><t:Attendee>" +
                                    mailbox("nobody") + "</t:Attendee></t:RequiredAttendees></t:CalendarItem>",
                                "calendar", "SendMeetingInvitations=\"SendToAllAndSaveCopy\""),
                         "ResponseCode"),
            "ErrorInvalidRecipients");

  EXPECT_EQ(sent("usera@example.test", "userb@example.test"), "NoError");
  EXPECT_EQ(sent("board@example.test", "userb@example.test"), "ErrorSendAsDenied");
  EXPECT_EQ(sent("somebody@elsewhere.test", "userb@example.test"), "ErrorSendAsDenied");
  const auto delegates = [&](const std::string& operation, const std::string& rest) {
    const std::string owner = "<m:Mailbox><t:EmailAddress>userb@example.test</t:EmailAddress></m:Mailbox>";
    return code("<m:" + operation + ">" + owner + rest + "</m:" + operation + ">", "userb@example.test");
  };
  const std::string user = "<t:UserId><t:PrimarySmtpAddress>usera@example.test</t:PrimarySmtpAddress></t:UserId>";
  EXPECT_EQ(sent("userb@example.test", "userb@example.test"), "ErrorSendAsDenied");
  delegates("AddDelegate", "<m:DelegateUsers><t:DelegateUser>" + user + "</t:DelegateUser></m:DelegateUsers>");
  EXPECT_EQ(sent("userb@example.test", "userb@example.test"), "NoError");
  delegates("RemoveDelegate", "<m:UserIds>" + user + "</m:UserIds>");
  EXPECT_EQ(sent("userb@example.test", "userb@example.test"), "ErrorSendAsDenied");
}

TEST_F(Refusals, values_that_a_property_cannot_have_are_not_compared) {
  for (const auto& [uri, value] :
       std::vector<std::pair<std::string, std::string>>{{"item:DateTimeReceived", "banana"},
                                                        {"item:Size", "99999999999999999999999"},
                                                        {"item:Size", "1.5"},
                                                        {"message:IsRead", "maybe"},
                                                        {"item:Importance", "Enormous"}}) {
    EXPECT_EQ(found(where(field(uri), value)), "ErrorInvalidValueForProperty") << uri;
  }
  for (const auto& [uri, value] : std::vector<std::pair<std::string, std::string>>{
           {"item:DateTimeReceived", "2025-01-01T00:00:00"}, {"item:Size", "1"}, {"item:Importance", "Low"}}) {
    EXPECT_EQ(found(where(field(uri), value)), "NoError") << uri;
  }
  EXPECT_EQ(element_text(ask("<m:FindFolder Traversal=\"Shallow\"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>"
                             "</m:FolderShape>" +
                             where(field("folder:TotalCount"), "many") + "<m:ParentFolderIds>" +
                             folder_element("msgfolderroot") + "</m:ParentFolderIds></m:FindFolder>"),
                         "ResponseCode"),
            "ErrorInvalidValueForProperty");
}

TEST_F(Refusals, masks_tags_and_sets_are_held_to_the_schema) {
  const auto excludes = [](const std::string& mask) {
    return "<m:Restriction><t:Excludes>" + field("item:Size") + "<t:Bitmask Value=\"" + mask +
           "\"/></t:Excludes></m:Restriction>";
  };
  EXPECT_NE(find_fault("", excludes("0xZZ")).find("Pattern"), std::string::npos);
  EXPECT_EQ(found(excludes("0x")), "ErrorInvalidExcludesRestriction");
  EXPECT_EQ(found(excludes("0x10")), "NoError");
  const auto extended = [&](const std::string& attributes) {
    return find_fault("", where("<t:ExtendedFieldURI " + attributes + " PropertyType=\"Integer\"/>", "1"));
  };
  EXPECT_NE(extended("PropertyTag=\"0x99999999999\"").find("memberTypes of the union"), std::string::npos);
  EXPECT_NE(extended("PropertyTag=\"65536\"").find("memberTypes of the union"), std::string::npos);
  EXPECT_NE(extended("PropertySetId=\"zz\" PropertyId=\"1\"").find("GuidType' - The Pattern"), std::string::npos);
  EXPECT_NE(extended("DistinguishedPropertySetId=\"Common\" PropertyId=\"x\"").find("Int32"), std::string::npos);
}

TEST_F(Refusals, pages_that_cannot_be_are_refused) {
  const auto indexed = [](const std::string& most, const std::string& offset) {
    return "<m:IndexedPageItemView MaxEntriesReturned=\"" + most + "\" Offset=\"" + offset +
           "\" BasePoint=\"Beginning\"/>";
  };
  const auto part = [](const std::string& above, const std::string& below) {
    return "<m:FractionalPageItemView MaxEntriesReturned=\"5\" Numerator=\"" + above + "\" Denominator=\"" + below +
           "\"/>";
  };
  EXPECT_EQ(found("", indexed("0", "0")), "ErrorInvalidPagingMaxRows");
  EXPECT_EQ(found("", indexed("-1", "0")), "ErrorInvalidPagingMaxRows");
  EXPECT_EQ(found("", indexed("5", "-5")), "ErrorInvalidIndexedPagingParameters");
  EXPECT_EQ(found("", part("1", "0")), "ErrorInvalidFractionalPagingParameters");
  EXPECT_EQ(found("", part("3", "2")), "ErrorInvalidFractionalPagingParameters");
  EXPECT_EQ(found("", part("-1", "2")), "ErrorInvalidFractionalPagingParameters");
  EXPECT_EQ(found("", part("1", "2")), "NoError");
  EXPECT_NE(find_fault(indexed("99999999999999", "0")).find("'99999999999999' is not a valid Int32"),
            std::string::npos);
}

TEST_F(Refusals, what_is_not_played_is_noted_in_the_request_log) {
  fault(
      "<m:GetUserPhoto><m:Email>usera@example.test</m:Email><m:SizeRequested>HR48x48</m:SizeRequested>"
      "</m:GetUserPhoto>");
  EXPECT_EQ(last_note(), "not played");
  EXPECT_EQ(code("<m:Subscribe><m:PushSubscriptionRequest><t:FolderIds>" + folder_element("inbox") +
                 "</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>"
                 "<t:StatusFrequency>1</t:StatusFrequency><t:URL>http://client.example.test/</t:URL>"
                 "</m:PushSubscriptionRequest></m:Subscribe>"),
            "ErrorInvalidPushSubscriptionUrl");
  EXPECT_EQ(last_note(), "not played");
  code(get_folder_call());
  EXPECT_EQ(last_note(), "");
}

TEST_F(Refusals, a_time_zone_that_is_not_whole_and_a_list_without_an_entry_are_refused) {
  const auto change = [](const std::string& month, const std::string& day) {
    return "<t:Bias>0</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>" + month +
           "</t:Month><t:DayOfWeek>" + day + "</t:DayOfWeek>";
  };
  const auto asked = [&](const std::string& bias, const std::string& standard) {
    return "<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>" + bias + "</t:Bias><t:StandardTime>" + standard +
           "</t:StandardTime><t:DaylightTime>" + change("3", "Sunday") +
           "</t:DaylightTime></t:TimeZone><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>usera@example.test"
           "</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray>"
           "<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2025-02-01T00:00:00</t:StartTime><t:EndTime>"
           "2025-02-08T00:00:00</t:EndTime></t:TimeWindow></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>";
  };
  EXPECT_EQ(element_text(ask(asked("-60", change("10", "Sunday"))), "ResponseCode"), "NoError");
  EXPECT_NE(violation(asked("soon", change("10", "Sunday"))).find("'soon' is not a valid Int32"), std::string::npos);
  EXPECT_NE(violation(asked("0", change("40000", "Sunday"))).find("'40000' is not a valid Int16"), std::string::npos);
  EXPECT_NE(violation(asked("0", change("10", "Someday"))).find("DayOfWeekType"), std::string::npos);
  EXPECT_NE(violation(asked("0", "<t:Bias>0</t:Bias>")).find("incomplete content"), std::string::npos);
  EXPECT_NE(violation("<m:GetServerTimeZones><m:Ids/></m:GetServerTimeZones>").find("incomplete content"),
            std::string::npos);
  EXPECT_NE(violation("<m:GetServerTimeZones ReturnFullTimeZoneData=\"maybe\"/>").find("not a valid Boolean"),
            std::string::npos);
}

// Microsoft's list of response codes.
TEST_F(Refusals, an_id_of_something_else_or_of_nothing_is_said_to_be) {
  const std::string folder = make_folder("Own");
  const std::string item = made("<t:Message><t:Subject>x</t:Subject></t:Message>");
  const auto get_item = [&](const std::string& id) {
    return code("<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>" +
                item_element(id) + "</m:ItemIds></m:GetItem>");
  };
  const auto get_folder = [&](const std::string& id) {
    return code(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:FolderId Id=\"" +
        id + "\"/></m:FolderIds></m:GetFolder>");
  };
  EXPECT_EQ(get_item(folder), "ErrorCannotUseFolderIdForItemId");
  EXPECT_EQ(get_folder(item), "ErrorCannotUseItemIdForFolderId");
  EXPECT_EQ(get_item(""), "ErrorInvalidIdEmpty");
  EXPECT_EQ(get_folder(""), "ErrorInvalidIdEmpty");
  EXPECT_EQ(get_item(item), "NoError");
  EXPECT_EQ(get_folder(folder), "NoError");
}

TEST_F(Refusals, whom_to_impersonate_is_said_once) {
  std::string body = envelope({.body = get_folder_call()});
  const std::string sid = "<t:PrimarySmtpAddress>";
  body.insert(body.find(sid), "<t:PrincipalName>usera@example.test</t:PrincipalName>");
  EXPECT_NE(violation_of(body).find("invalid child element 'PrimarySmtpAddress'"), std::string::npos);
}

TEST_F(Refusals, a_file_without_a_name_is_no_attachment_and_one_elsewhere_is_not_played) {
  const auto attached = [&](const std::string& attachment) {
    return element_text(create("<t:Message><t:Attachments>" + attachment + "</t:Attachments></t:Message>"),
                        "ResponseCode");
  };
  EXPECT_EQ(attached("<t:FileAttachment><t:Content>YQ==</t:Content></t:FileAttachment>"),
            "ErrorRequiredPropertyMissing");
  EXPECT_EQ(attached("<t:ReferenceAttachment><t:Name>a</t:Name><t:AttachLongPathName>https://example.test/a"
                     "</t:AttachLongPathName></t:ReferenceAttachment>"),
            "ErrorInvalidRequest");
}

}  // namespace
}  // namespace mailward::testing
