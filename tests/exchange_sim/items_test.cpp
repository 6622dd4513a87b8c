// Items of every kind, as they are written and read back.
#include <map>

#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class Items : public StoreConversation {
 protected:
  static std::string uri(const std::string& name) { return "<t:FieldURI FieldURI=\"" + name + "\"/>"; }
  static std::string more(const std::string& paths) {
    return "<t:AdditionalProperties>" + paths + "</t:AdditionalProperties>";
  }
  std::string key_of(const std::string& id) { return attribute_of(get(id, "IdOnly"), "ItemId", "ChangeKey"); }
};

const std::string kTag = "<t:ExtendedFieldURI PropertyTag=\"0x3FDE\" PropertyType=\"Integer\"/>";
const std::string kNamed =
    "<t:ExtendedFieldURI DistinguishedPropertySetId=\"PublicStrings\" PropertyName=\"Colour\" "
    "PropertyType=\"String\"/>";
const std::string kList =
    "<t:ExtendedFieldURI PropertySetId=\"C11FF724-AA03-4555-9952-8FA248A11C3E\" PropertyId=\"33000\" "
    "PropertyType=\"StringArray\"/>";

TEST_F(Items, every_kind_is_made_in_its_default_folder_and_read_in_every_shape) {
  const std::map<std::string, std::pair<std::string, std::string>> kinds{
      {"Message", {"Drafts", "<t:Subject>x</t:Subject><t:Importance>High</t:Importance>"}},
      {"CalendarItem",
       {"Calendar",
        "<t:Subject>Meet</t:Subject><t:Start>2025-09-01T10:00:00+02:00</t:Start><t:End>2025-09-01T09:30:00Z</t:End>"
        "<t:Location>Room 3</t:Location>"}},
      {"Contact",
       {"Contacts",
        "<t:GivenName>Ann</t:GivenName><t:CompanyName>Co &amp; Co</t:CompanyName><t:EmailAddresses>"
        "<t:Entry Key=\"EmailAddress1\">ann@example.test</t:Entry></t:EmailAddresses><t:PhysicalAddresses>"
        "<t:Entry Key=\"Business\"><t:Street>Quay 1</t:Street><t:City>Bergen</t:City></t:Entry></t:PhysicalAddresses>"
        "<t:PhoneNumbers><t:Entry Key=\"MobilePhone\">+47 1</t:Entry></t:PhoneNumbers><t:Surname>Berg</t:Surname>"}},
      {"DistributionList",
       {"Contacts",
        "<t:DisplayName>Team</t:DisplayName><t:Members><t:Member><t:Mailbox><t:Name>A</t:Name>"
        "<t:EmailAddress>a@example.test</t:EmailAddress></t:Mailbox></t:Member></t:Members>"}},
      {"Task", {"Tasks", "<t:Subject>Do</t:Subject><t:DueDate>2025-09-02T00:00:00Z</t:DueDate>"}},
      {"PostItem", {"Inbox", "<t:Subject>Posted</t:Subject>"}},
      {"Item", {"Drafts", "<t:ItemClass>IPM.StickyNote</t:ItemClass><t:Subject>Note</t:Subject>"}},
  };
  for (const auto& [kind, plan] : kinds) {
    const std::string id = made("<t:" + kind + ">" + plan.second + "</t:" + kind + ">");
    for (const std::string shape : {"IdOnly", "Default", "AllProperties"}) {
      const std::string read = get(id, shape, "<t:IncludeMimeContent>true</t:IncludeMimeContent>");
      EXPECT_NE(read.find("<t:" + kind + ">"), std::string::npos) << read;
    }
    const std::string parent = attribute_of(get(id), "ParentFolderId", "Id");
    EXPECT_EQ(element_text(ask("<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
                               "<m:FolderIds>" +
                               folder_element(parent) + "</m:FolderIds></m:GetFolder>"),
                           "DisplayName"),
              plan.first);
    if (kind == "CalendarItem") {
      EXPECT_EQ(element_text(get(id), "Start"), "2025-09-01T08:00:00Z");
      EXPECT_EQ(element_text(get(id), "Duration"), "PT1H30M");
    }
    if (kind == "Contact") {
      EXPECT_EQ(element_text(get(id), "DisplayName"), "Ann Berg");
      EXPECT_EQ(element_text(get(id), "City"), "Bergen");
    }
  }
}

TEST_F(Items, a_kind_that_does_not_belong_into_a_folder_and_missing_wishes_are_refused) {
  EXPECT_EQ(element_text(create("<t:CalendarItem/>", "inbox"), "ResponseCode"),
            "ErrorCannotCreateCalendarItemInNonCalendarFolder");
  EXPECT_EQ(element_text(create("<t:Contact/>", "tasks"), "ResponseCode"),
            "ErrorCannotCreateContactInNonContactFolder");
  EXPECT_EQ(element_text(create("<t:Task/>", "inbox"), "ResponseCode"), "ErrorCannotCreateTaskInNonTaskFolder");
  EXPECT_EQ(element_text(create("<t:Message/>", "", "SendMeetingInvitations=\"SendToNone\""), "ResponseCode"),
            "ErrorMessageDispositionRequired");
  EXPECT_EQ(element_text(create("<t:CalendarItem/>", "", "MessageDisposition=\"SaveOnly\""), "ResponseCode"),
            "ErrorSendMeetingInvitationsRequired");
  const std::string meeting = made("<t:CalendarItem/>");
  EXPECT_EQ(element_text(remove(meeting), "ResponseCode"), "ErrorSendMeetingCancellationsRequired");
  EXPECT_EQ(element_text(remove(meeting, "HardDelete", "SendMeetingCancellations=\"SendToNone\""), "ResponseCode"),
            "NoError");
}

TEST_F(Items, what_breaks_the_schema_of_an_item_is_a_fault) {
  const auto whole = [](const std::string& item) {
    return "<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items>" + item + "</m:Items></m:CreateItem>";
  };
  for (const std::string& item :
       {std::string("<t:Message><t:Body BodyType=\"Text\">x</t:Body><t:Subject>late</t:Subject></t:Message>"),
        std::string("<t:Message><t:Subject>a</t:Subject><t:Subject>b</t:Subject></t:Message>"),
        std::string("<t:Message><t:Start>2025-01-01T00:00:00Z</t:Start></t:Message>"),
        std::string("<t:Message><t:IsRead>maybe</t:IsRead></t:Message>"),
        std::string("<t:Message><t:Importance>Huge</t:Importance></t:Message>"),
        std::string("<t:CalendarItem><t:Start>tomorrow</t:Start></t:CalendarItem>"), std::string("<t:Letter/>"),
        std::string("<m:Message/>"),
        std::string("<t:Message><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"1\" PropertyType=\"Odd\"/>"
                    "<t:Value>1</t:Value></t:ExtendedProperty></t:Message>"),
        std::string("<t:Message><t:Attachments><t:ItemAttachment><t:Letter/></t:ItemAttachment></t:Attachments>"
                    "</t:Message>")}) {
    if (item.find("Letter/></t:Item") != std::string::npos) continue;
    EXPECT_EQ(fault(whole(item)), "ErrorSchemaValidation") << item;
  }
  EXPECT_EQ(element_text(create("<t:Message><t:Size>3</t:Size></t:Message>"), "ResponseCode"),
            "ErrorInvalidPropertySet");
}

TEST_F(Items, extended_properties_are_kept_by_tag_and_by_name_and_given_where_asked) {
  const auto property = [](const std::string& name, const std::string& value) {
    return "<t:ExtendedProperty>" + name + value + "</t:ExtendedProperty>";
  };
  const std::string id =
      made("<t:Message><t:Subject>x</t:Subject>" + property(kTag, "<t:Value>65001</t:Value>") +
           property(kNamed, "<t:Value>blue &lt;&amp;</t:Value>") +
           property(kList, "<t:Values><t:Value>a</t:Value><t:Value>b</t:Value></t:Values>") + "</t:Message>");
  EXPECT_TRUE(texts(get(id), "ExtendedProperty").empty()) << "not unless asked";
  // The same tag in decimal, the same set by its GUID.
  const std::string read = get(
      id, "IdOnly",
      more("<t:ExtendedFieldURI PropertyTag=\"16350\" PropertyType=\"Integer\"/><t:ExtendedFieldURI "
           "PropertySetId=\"00020329-0000-0000-C000-000000000046\" PropertyName=\"Colour\" PropertyType=\"String\"/>" +
           kList + "<t:ExtendedFieldURI PropertyTag=\"0x3FDF\" PropertyType=\"Integer\"/>"));
  EXPECT_EQ(texts(read, "Value"), (std::vector<std::string>{"65001", "blue <&", "a", "b"}));
  EXPECT_EQ(attributes(read, "ExtendedFieldURI", "PropertyTag").front(), "0x3fde");
  set_field(id, kTag, "<t:ExtendedProperty>" + kTag + "<t:Value>7</t:Value></t:ExtendedProperty>");
  EXPECT_EQ(element_text(get(id, "IdOnly", more(kTag)), "Value"), "7");
  update(id, "<t:DeleteItemField>" + kTag + "</t:DeleteItemField>");
  EXPECT_TRUE(texts(get(id, "IdOnly", more(kTag)), "Value").empty());
}

TEST_F(Items, well_known_tags_tell_what_fields_tell) {
  const std::string id = made("<t:Message><t:Subject>Topic</t:Subject></t:Message>");
  const auto tag = [&](const std::string& number, const std::string& type) {
    return element_text(
        get(id, "IdOnly", more("<t:ExtendedFieldURI PropertyTag=\"" + number + "\" PropertyType=\"" + type + "\"/>")),
        "Value");
  };
  EXPECT_EQ(tag("0x37", "String"), "Topic");
  EXPECT_EQ(tag("0x0E07", "Integer"), "9") << "read and unsent";
  EXPECT_EQ(tag("0x300B", "Binary").size(), 24U);
  // Flags make a message that is no draft, with a date of its own.
  const std::string sent = made(
      "<t:Message><t:Subject>x</t:Subject><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x0E07\" "
      "PropertyType=\"Integer\"/><t:Value>0</t:Value></t:ExtendedProperty><t:ExtendedProperty><t:ExtendedFieldURI "
      "PropertyTag=\"0x0E06\" PropertyType=\"SystemTime\"/><t:Value>2020-02-03T04:05:06Z</t:Value>"
      "</t:ExtendedProperty></t:Message>");
  const std::string read = get(sent);
  EXPECT_EQ(element_text(read, "IsDraft"), "false");
  EXPECT_EQ(element_text(read, "IsRead"), "false");
  EXPECT_EQ(element_text(read, "DateTimeReceived"), "2020-02-03T04:05:06Z");
}

TEST_F(Items, entry_ids_are_those_that_convert_id_gives) {
  const std::string id = made("<t:Message><t:Subject>Topic</t:Subject></t:Message>");
  const auto converted = [&](const std::string& from, const std::string& to, const std::string& what) {
    return attribute_of(
        ask("<m:ConvertId DestinationFormat=\"" + to + "\"><m:SourceIds><t:AlternateId Format=\"" + from + "\" Id=\"" +
            what + "\" Mailbox=\"usera@example.test\"/></m:SourceIds></m:ConvertId>"),
        "AlternateId", "Id");
  };
  const std::string tags =
      "<t:AdditionalProperties><t:ExtendedFieldURI PropertyTag=\"0x0FFF\" PropertyType=\"Binary\"/>"
      "<t:ExtendedFieldURI PropertyTag=\"0x0E09\" PropertyType=\"Binary\"/>"
      "<t:ExtendedFieldURI PropertyTag=\"0x0FFB\" PropertyType=\"Binary\"/></t:AdditionalProperties>";
  const auto of_item = texts(get(id, "IdOnly", tags), "Value");
  const std::string drafts =
      ask("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>" + tags +
          "</m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id=\"drafts\"/></m:FolderIds></m:GetFolder>");
  const auto of_folder = texts(drafts, "Value");
  ASSERT_EQ(of_item.size(), 3U);
  ASSERT_EQ(of_folder.size(), 3U);
  EXPECT_EQ(of_item[0], converted("EwsId", "EntryId", id));
  EXPECT_EQ(converted("EntryId", "EwsId", of_item[0]), id);
  EXPECT_EQ(of_folder[0], converted("EwsId", "EntryId", attribute_of(drafts, "FolderId", "Id")));
  EXPECT_EQ(of_item[1], of_folder[0]) << "the parent's";
  EXPECT_NE(of_folder[1], of_folder[0]);
  EXPECT_EQ(of_item[2], of_folder[2]) << "the store's";
}

TEST_F(Items, bodies_come_as_they_were_or_as_asked) {
  const std::string html = made(
      "<t:Message><t:Body BodyType=\"HTML\">&lt;html&gt;&lt;body&gt;&lt;p&gt;Caf\xC3\xA9 &amp;amp; "
      "tea&lt;/p&gt;&lt;/body&gt;&lt;/html&gt;</t:Body></t:Message>");
  EXPECT_EQ(item_body_type(get(html)), "HTML");
  EXPECT_EQ(item_body(get(html, "Default", "<t:BodyType>Text</t:BodyType>")), "Caf\xC3\xA9 & tea\r\n");
  const std::string text = made("<t:Message><t:Body BodyType=\"Text\">1 &lt; 2</t:Body></t:Message>");
  EXPECT_EQ(item_body_type(get(text)), "Text");
  EXPECT_NE(item_body(get(text, "Default", "<t:BodyType>HTML</t:BodyType>")).find("1 &lt; 2"), std::string::npos);
  const std::string cut = get(text, "Default", "<t:MaximumBodySize>3</t:MaximumBodySize>");
  EXPECT_EQ(item_body(cut), "1 <");
  EXPECT_EQ(attributes(cut, "Body", "IsTruncated").back(), "true");
  const std::string also =
      get(text, "IdOnly", more(uri("item:TextBody") + uri("item:UniqueBody") + uri("item:Preview")));
  EXPECT_EQ(element_text(also, "TextBody"), "1 < 2");
  EXPECT_EQ(element_text(also, "Preview"), "1 < 2");
}

TEST_F(Items, fields_are_set_appended_and_deleted_all_or_none) {
  const std::string id = made(
      "<t:Message><t:Subject>old</t:Subject><t:Body BodyType=\"Text\">one</t:Body><t:Categories><t:String>A</t:String>"
      "</t:Categories></t:Message>");
  EXPECT_EQ(element_text(update(id, "<t:SetItemField>" + uri("item:Subject") +
                                        "<t:Message><t:Subject>new &amp; \xE6\x97\xA5</t:Subject></t:Message>"
                                        "</t:SetItemField><t:AppendToItemField>" +
                                        uri("item:Body") +
                                        "<t:Message><t:Body BodyType=\"Text\"> two</t:Body></t:Message>"
                                        "</t:AppendToItemField><t:DeleteItemField>" +
                                        uri("item:Categories") + "</t:DeleteItemField>"),
                         "ResponseCode"),
            "NoError");
  const std::string read = get(id);
  EXPECT_EQ(element_text(read, "Subject"), "new & \xE6\x97\xA5");
  EXPECT_EQ(item_body(read), "one two");
  EXPECT_EQ(read.find("Categories"), std::string::npos);
  // The second change is refused, so the first is not done either.
  EXPECT_EQ(element_text(update(id, "<t:SetItemField>" + uri("item:Subject") +
                                        "<t:Message><t:Subject>lost</t:Subject></t:Message></t:SetItemField>"
                                        "<t:DeleteItemField>" +
                                        uri("item:Size") + "</t:DeleteItemField>"),
                         "ResponseCode"),
            "ErrorInvalidPropertyDelete");
  EXPECT_EQ(element_text(get(id), "Subject"), "new & \xE6\x97\xA5");
  EXPECT_EQ(element_text(set_field(id, uri("item:Subject"), "<t:IsRead>true</t:IsRead>"), "ResponseCode"),
            "ErrorUpdatePropertyMismatch");
  EXPECT_EQ(element_text(update(id, "<t:AppendToItemField>" + uri("item:Subject") +
                                        "<t:Message><t:Subject>x</t:Subject></t:Message></t:AppendToItemField>"),
                         "ResponseCode"),
            "ErrorInvalidPropertyAppend");
}

TEST_F(Items, an_entry_of_a_dictionary_is_set_and_deleted_by_its_key) {
  const std::string id = made(
      "<t:Contact><t:EmailAddresses><t:Entry Key=\"EmailAddress1\">a@example.test</t:Entry>"
      "</t:EmailAddresses></t:Contact>");
  const auto path = [](const std::string& name, const std::string& key) {
    return "<t:IndexedFieldURI FieldURI=\"" + name + "\" FieldIndex=\"" + key + "\"/>";
  };
  set_field(id, path("contacts:EmailAddress", "EmailAddress2"),
            "<t:EmailAddresses><t:Entry Key=\"EmailAddress2\">b@example.test</t:Entry></t:EmailAddresses>", "Contact");
  set_field(id, path("contacts:PhysicalAddress:City", "Home"),
            "<t:PhysicalAddresses><t:Entry Key=\"Home\"><t:City>Oslo</t:City></t:Entry></t:PhysicalAddresses>",
            "Contact");
  EXPECT_EQ(texts(get(id), "Entry"), (std::vector<std::string>{"a@example.test", "b@example.test", ""}));
  EXPECT_EQ(element_text(get(id), "City"), "Oslo");
  const std::string one = get(id, "IdOnly", more(path("contacts:EmailAddress", "EmailAddress2")));
  EXPECT_EQ(texts(one, "Entry"), (std::vector<std::string>{"b@example.test"}));
  update(id, "<t:DeleteItemField>" + path("contacts:EmailAddress", "EmailAddress1") + "</t:DeleteItemField>");
  EXPECT_EQ(texts(get(id), "Entry").front(), "b@example.test");
}

TEST_F(Items, a_stale_change_key_is_refused_where_nothing_may_be_overwritten) {
  const std::string id = made("<t:Message><t:Subject>x</t:Subject></t:Message>");
  const std::string old = key_of(id);
  set_field(id, uri("item:Subject"), "<t:Subject>y</t:Subject>");
  EXPECT_NE(key_of(id), old);
  const auto set =
      "<t:SetItemField>" + uri("item:Subject") + "<t:Message><t:Subject>z</t:Subject></t:Message></t:SetItemField>";
  const auto how = [](const std::string& resolution) {
    return "ConflictResolution=\"" + resolution + "\" MessageDisposition=\"SaveOnly\"";
  };
  EXPECT_EQ(element_text(update(id, set, how("NeverOverwrite"), old), "ResponseCode"), "ErrorIrresolvableConflict");
  EXPECT_EQ(element_text(update(id, set, how("NeverOverwrite")), "ResponseCode"),
            "ErrorChangeKeyRequiredForWriteOperations");
  EXPECT_EQ(element_text(update(id, set, how("NeverOverwrite"), "AAAA"), "ResponseCode"), "ErrorInvalidChangeKey");
  EXPECT_EQ(element_text(get(id), "Subject"), "y");
  EXPECT_EQ(element_text(update(id, set, how("AutoResolve"), old), "ResponseCode"), "ErrorIrresolvableConflict")
      << "the same property was changed meanwhile";
  const auto other = "<t:SetItemField>" + uri("item:Importance") +
                     "<t:Message><t:Importance>High</t:Importance></t:Message></t:SetItemField>";
  EXPECT_EQ(element_text(update(id, other, how("AutoResolve"), old), "ResponseCode"), "NoError");
  EXPECT_EQ(element_text(get(id), "Subject"), "y") << "both changes stand";
  EXPECT_EQ(element_text(update(id, set, how("NeverOverwrite"), key_of(id)), "ResponseCode"), "NoError");
}

TEST_F(Items, a_copy_has_an_id_of_its_own_and_the_same_contents) {
  const std::string id = made("<t:Message><t:Subject>x</t:Subject><t:Body BodyType=\"Text\">b</t:Body></t:Message>");
  const std::string there = attribute_of(move(id, "inbox", "CopyItem"), "ItemId", "Id");
  EXPECT_NE(there, id);
  EXPECT_EQ(item_body(get(there)), "b");
  set_field(there, uri("item:Subject"), "<t:Subject>other</t:Subject>");
  EXPECT_EQ(element_text(get(id), "Subject"), "x");
}

// Microsoft: CompleteDate.
TEST_F(Items, what_was_set_last_of_a_task_says_whether_it_is_complete) {
  const std::string id = made("<t:Task><t:Subject>x</t:Subject></t:Task>");
  const auto state = [&] {
    const std::string seen = get(id);
    return element_text(seen, "Status") + " " + element_text(seen, "PercentComplete") + " " +
           element_text(seen, "IsComplete") + (element_text(seen, "CompleteDate").empty() ? "" : " dated");
  };
  const auto set = [&](const std::string& property, const std::string& value) {
    set_field(id, uri("task:" + property), "<t:" + property + ">" + value + "</t:" + property + ">", "Task");
    return state();
  };
  EXPECT_EQ(state(), "NotStarted 0 false");
  EXPECT_EQ(set("PercentComplete", "100"), "Completed 100 true dated");
  EXPECT_EQ(set("Status", "NotStarted"), "NotStarted 0 false");
  EXPECT_EQ(set("Status", "Completed"), "Completed 100 true dated");
  EXPECT_EQ(set("PercentComplete", "40"), "InProgress 40 false");
  EXPECT_EQ(set("PercentComplete", "100.0"), "Completed 100 true dated");
  EXPECT_EQ(set("PercentComplete", "99.5"), "InProgress 99.5 false");
  EXPECT_EQ(set("CompleteDate", "2025-01-01T00:00:00Z"), "Completed 100 true dated");
  EXPECT_EQ(
      element_text(update(id, "<t:SetItemField>" + uri("task:PercentComplete") +
                                  "<t:Task><t:PercentComplete>100.5</t:PercentComplete></t:Task></t:SetItemField>"),
                   "ResponseCode"),
      "ErrorInvalidPercentCompleteValue");
  EXPECT_EQ(state(), "Completed 100 true dated") << "nothing was changed";
}

TEST_F(Items, a_contact_is_filed_by_its_names) {
  const auto filed = [&](const std::string& names) {
    const std::string seen = get(made("<t:Contact>" + names + "</t:Contact>", "contacts"));
    return element_text(seen, "FileAs") + "|" + element_text(seen, "Subject");
  };
  const std::string both = "<t:GivenName>Ann</t:GivenName>";
  const std::string last = "<t:Surname>Example</t:Surname>";
  EXPECT_EQ(filed(both + last), "Example, Ann|Ann Example");
  EXPECT_EQ(filed("<t:FileAsMapping>FirstSpaceLast</t:FileAsMapping>" + both + last), "Ann Example|Ann Example");
  EXPECT_EQ(filed("<t:FileAs>Mine</t:FileAs>" + both + last), "Mine|Ann Example");
  EXPECT_EQ(filed(both), "Ann|Ann");
}

// MS-OXPROPS: a property and its element are one.
TEST_F(Items, a_tag_and_its_element_are_the_same_property) {
  const auto tag = [](const std::string& number, const std::string& type) {
    return "<t:ExtendedFieldURI PropertyTag=\"" + number + "\" PropertyType=\"" + type + "\"/>";
  };
  const auto with = [&](const std::string& number, const std::string& type, const std::string& value) {
    return "<t:ExtendedProperty>" + tag(number, type) + "<t:Value>" + value + "</t:Value></t:ExtendedProperty>";
  };
  const std::string id = made("<t:Message><t:Subject>RE: plan</t:Subject>" + with("0x0017", "Integer", "2") +
                              with("0x0036", "Integer", "3") + with("0x1090", "Integer", "2") +
                              with("0x0E69", "Boolean", "true") + "</t:Message>");
  const std::string seen = get(id);
  EXPECT_EQ(element_text(seen, "Importance"), "High");
  EXPECT_EQ(element_text(seen, "Sensitivity"), "Confidential");
  EXPECT_EQ(element_text(seen, "FlagStatus"), "Flagged");
  EXPECT_EQ(element_text(seen, "IsRead"), "true");
  set_field(id, uri("item:Importance"), "<t:Importance>Low</t:Importance>");
  set_field(id, uri("item:Flag"), "<t:Flag><t:FlagStatus>Complete</t:FlagStatus></t:Flag>");
  const auto value = [&](const std::string& number, const std::string& type) {
    return element_text(get(id, "IdOnly", more(tag(number, type))), "Value");
  };
  EXPECT_EQ(value("0x0017", "Integer"), "0");
  EXPECT_EQ(value("0x1090", "Integer"), "1");
  EXPECT_EQ(value("0x0E69", "Boolean"), "true");
  EXPECT_EQ(value("0x0E1D", "String"), "plan");
  EXPECT_EQ(value("0x003D", "String"), "RE: ");
}

}  // namespace
}  // namespace mailward::testing
