#include "tests/exchange_sim/valid_requests.h"

#include "base/bytes.h"
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

std::string field(std::string_view uri) {
  return "<t:FieldURI FieldURI=\"" + std::string(uri) + "\"/>";
}

std::string compared(std::string_view how, const std::string& path, std::string_view value) {
  return "<t:" + std::string(how) + ">" + path + "<t:FieldURIOrConstant><t:Constant Value=\"" + std::string(value) +
         "\"/></t:FieldURIOrConstant></t:" + std::string(how) + ">";
}

std::string mailbox(std::string_view address) {
  return "<t:Mailbox><t:Name>Somebody</t:Name><t:EmailAddress>" + std::string(address) +
         "</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox>";
}

std::string items(std::string_view operation, const std::string& attributes, const std::string& item,
                  std::string_view folder = {}) {
  return "<m:" + std::string(operation) + attributes + ">" +
         (folder.empty() ? ""
                         : "<m:SavedItemFolderId><t:DistinguishedFolderId Id=\"" + std::string(folder) +
                               "\"/></m:SavedItemFolderId>") +
         "<m:Items>" + item + "</m:Items></m:" + std::string(operation) + ">";
}

std::string appointment(const std::string& recurrence) {
  return items("CreateItem", " SendMeetingInvitations=\"SendToNone\"",
               "<t:CalendarItem><t:Subject>Weekly</t:Subject><t:Body BodyType=\"Text\">x</t:Body>"
               "<t:ReminderMinutesBeforeStart>15</t:ReminderMinutesBeforeStart><t:Start>2025-02-03T10:00:00Z</t:Start>"
               "<t:End>2025-02-03T11:00:00Z</t:End><t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus>"
               "<t:Location>Room 1</t:Location><t:RequiredAttendees><t:Attendee>" +
                   mailbox("userb@example.test") + "</t:Attendee></t:RequiredAttendees>" + recurrence +
                   "</t:CalendarItem>",
               "calendar");
}

std::string recurrence(const std::string& pattern, const std::string& range) {
  return "<t:Recurrence>" + pattern + range + "</t:Recurrence>";
}

void add_calendar(std::vector<ValidRequest>& all) {
  const std::string numbered =
      "<t:NumberedRecurrence><t:StartDate>2025-02-03</t:StartDate><t:NumberOfOccurrences>10</t:NumberOfOccurrences>"
      "</t:NumberedRecurrence>";
  const std::string dated =
      "<t:EndDateRecurrence><t:StartDate>2025-02-03</t:StartDate><t:EndDate>2025-12-03</t:EndDate>"
      "</t:EndDateRecurrence>";
  all.push_back({"weekly", appointment(recurrence(
                               "<t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Monday Tuesday"
                               "</t:DaysOfWeek><t:FirstDayOfWeek>Monday</t:FirstDayOfWeek></t:WeeklyRecurrence>",
                               numbered))});
  all.push_back(
      {"monthly", appointment(recurrence("<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday"
                                         "</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex>"
                                         "</t:RelativeMonthlyRecurrence>",
                                         dated))});
  all.push_back({"yearly", appointment(recurrence("<t:AbsoluteYearlyRecurrence><t:DayOfMonth>3</t:DayOfMonth><t:Month>"
                                                  "February</t:Month></t:AbsoluteYearlyRecurrence>",
                                                  "<t:NoEndRecurrence><t:StartDate>2025-02-03</t:StartDate>"
                                                  "</t:NoEndRecurrence>"))});
  all.push_back({"view",
                 "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
                 "<m:CalendarView MaxEntriesReturned=\"50\" StartDate=\"2025-01-01T00:00:00Z\" "
                 "EndDate=\"2026-01-01T00:00:00Z\"/><m:ParentFolderIds><t:DistinguishedFolderId Id=\"calendar\"/>"
                 "</m:ParentFolderIds></m:FindItem>"});
  const std::string switch_day =
      "<t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>"
      "Sunday</t:DayOfWeek>";
  all.push_back({"availability",
                 "<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime><t:Bias>0</t:Bias>" +
                     switch_day + "</t:StandardTime><t:DaylightTime><t:Bias>-60</t:Bias>" + switch_day +
                     "</t:DaylightTime></t:TimeZone><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>"
                     "usera@example.test</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType>"
                     "<t:ExcludeConflicts>false</t:ExcludeConflicts></t:MailboxData></m:MailboxDataArray>"
                     "<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2025-02-01T00:00:00</t:StartTime><t:EndTime>"
                     "2025-02-08T00:00:00</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>30"
                     "</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>DetailedMerged</t:RequestedView>"
                     "</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>"});
  all.push_back(
      {"time_zones",
       "<m:GetServerTimeZones ReturnFullTimeZoneData=\"true\"><m:Ids><t:Id>UTC</t:Id><t:Id>W. Europe Standard "
       "Time</t:Id></m:Ids></m:GetServerTimeZones>"});
}

void add_search(std::vector<ValidRequest>& all) {
  const std::string found_in =
      "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderIds></m:FindItem>";
  all.push_back(
      {"restriction",
       "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>" +
           field("item:Subject") +
           "<t:ExtendedFieldURI PropertyTag=\"0x0E07\" "
           "PropertyType=\"Integer\"/></t:AdditionalProperties></m:ItemShape>"
           "<m:IndexedPageItemView MaxEntriesReturned=\"5\" Offset=\"0\" "
           "BasePoint=\"Beginning\"/><m:Restriction><t:And>"
           "<t:Or>" +
           compared("IsEqualTo", field("message:IsRead"), "true") +
           compared("IsGreaterThan", field("item:DateTimeReceived"), "2020-01-01T00:00:00Z") + "</t:Or><t:Not>" +
           "<t:Contains ContainmentMode=\"Substring\" ContainmentComparison=\"IgnoreCase\">" + field("item:Subject") +
           "<t:Constant Value=\"invoice\"/></t:Contains></t:Not><t:Exists>" + field("item:Size") +
           "</t:Exists><t:Excludes><t:ExtendedFieldURI PropertyTag=\"0x0E07\" PropertyType=\"Integer\"/><t:Bitmask "
           "Value=\"8\"/></t:Excludes></t:And></m:Restriction><m:SortOrder><t:FieldOrder Order=\"Descending\">" +
           field("item:DateTimeReceived") + "</t:FieldOrder></m:SortOrder>" + found_in});
  all.push_back({"grouped",
                 "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
                 "<m:GroupBy Order=\"Ascending\">" +
                     field("item:Subject") + "<t:AggregateOn Aggregate=\"Maximum\">" + field("item:DateTimeReceived") +
                     "</t:AggregateOn></m:GroupBy>" + found_in});
  all.push_back({"query",
                 "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
                 "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderIds><m:QueryString>"
                 "subject:(parking OR minutes) AND received:&gt;2020-01-01 NOT from:\"User B\"</m:QueryString>"
                 "</m:FindItem>"});
  all.push_back({"find_folder",
                 "<m:FindFolder Traversal=\"Deep\"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
                 "<m:FractionalPageFolderView MaxEntriesReturned=\"10\" Numerator=\"0\" Denominator=\"1\"/>"
                 "<m:Restriction>" +
                     compared("IsNotEqualTo", field("folder:DisplayName"), "x") +
                     "</m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id=\"msgfolderroot\"/>"
                     "</m:ParentFolderIds></m:FindFolder>"});
  all.push_back({"conversation",
                 "<m:FindConversation><m:IndexedPageItemView MaxEntriesReturned=\"3\" Offset=\"0\" "
                 "BasePoint=\"Beginning\"/><m:ParentFolderId><t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderId>"
                 "</m:FindConversation>"});
  all.push_back({"people",
                 "<m:FindPeople><m:IndexedPageItemView MaxEntriesReturned=\"10\" Offset=\"0\" BasePoint=\"Beginning\"/>"
                 "<m:ParentFolderId><t:DistinguishedFolderId Id=\"contacts\"/></m:ParentFolderId><m:QueryString>User"
                 "</m:QueryString></m:FindPeople>"});
  all.push_back(
      {"names",
       "<m:ResolveNames ReturnFullContactData=\"true\" SearchScope=\"ActiveDirectory\"><m:UnresolvedEntry>User"
       "</m:UnresolvedEntry></m:ResolveNames>"});
  all.push_back({"sync",
                 "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
                 "<t:DistinguishedFolderId Id=\"inbox\"/></m:SyncFolderId><m:SyncState></m:SyncState>"
                 "<m:MaxChangesReturned>10</m:MaxChangesReturned><m:SyncScope>NormalItems</m:SyncScope>"
                 "</m:SyncFolderItems>"});
}

void add_items(std::vector<ValidRequest>& all, const std::string& item) {
  const std::string mime =
      "From: x@other.test\r\nTo: usera@example.test\r\nSubject: =?utf-8?q?r=C3=A4w?=\r\nMessage-ID: <r1@other.test>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
      "text/plain\r\n\r\nbody"
      "\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\nAAEC\r\n--b--\r\n";
  all.push_back({"mime", items("CreateItem", " MessageDisposition=\"SaveOnly\"",
                               "<t:Message><t:MimeContent CharacterSet=\"UTF-8\">" + to_base64(as_bytes(mime)) +
                                   "</t:MimeContent><t:IsRead>true</t:IsRead></t:Message>",
                               "drafts")});
  all.push_back(
      {"message",
       items(
           "CreateItem", " MessageDisposition=\"SendAndSaveCopy\"",
           "<t:Message><t:ItemClass>IPM.Note</t:ItemClass><t:Subject>Hello</t:Subject><t:Sensitivity>Private"
           "</t:Sensitivity><t:Body BodyType=\"HTML\">&lt;p&gt;Hello&lt;/p&gt;</t:Body><t:Attachments>"
           "<t:FileAttachment><t:Name>a.bin</t:Name><t:ContentType>text/plain</t:ContentType><t:IsInline>false"
           "</t:IsInline><t:Content>AAEC</t:Content></t:FileAttachment></t:Attachments><t:Categories><t:String>Red"
           "</t:String></t:Categories><t:Importance>High</t:Importance><t:ExtendedProperty><t:ExtendedFieldURI "
           "PropertySetId=\"c11ff724-aa03-4555-9952-8fa248a11c3e\" PropertyName=\"mark\" PropertyType=\"StringArray\"/>"
           "<t:Values><t:Value>one</t:Value></t:Values></t:ExtendedProperty><t:ToRecipients>" +
               mailbox("userb@example.test") + "</t:ToRecipients></t:Message>",
           "sentitems")});
  all.push_back(
      {"contact", items("CreateItem", "",
                        "<t:Contact><t:FileAs>Berg</t:FileAs><t:DisplayName>Ann Berg</t:DisplayName><t:GivenName>Ann"
                        "</t:GivenName><t:EmailAddresses><t:Entry Key=\"EmailAddress1\">ann@example.test</t:Entry>"
                        "</t:EmailAddresses><t:PhysicalAddresses><t:Entry Key=\"Business\"><t:City>Bergen</t:City>"
                        "</t:Entry></t:PhysicalAddresses><t:Birthday>1990-02-03T00:00:00Z</t:Birthday></t:Contact>",
                        "contacts")});
  all.push_back({"task", items("CreateItem", "",
                               "<t:Task><t:Subject>Do</t:Subject><t:DueDate>2025-09-02T00:00:00Z</t:DueDate>"
                               "<t:PercentComplete>50</t:PercentComplete><t:Status>InProgress</t:Status></t:Task>",
                               "tasks")});
  all.push_back(
      {"update",
       "<m:UpdateItem MessageDisposition=\"SaveOnly\" "
       "ConflictResolution=\"AlwaysOverwrite\"><m:ItemChanges><t:ItemChange>" +
           item_element(item) + "<t:Updates><t:SetItemField>" + field("item:Subject") +
           "<t:Message><t:Subject>Changed</t:Subject></t:Message></t:SetItemField><t:AppendToItemField>" +
           field("item:Body") +
           "<t:Message><t:Body BodyType=\"Text\">more</t:Body></t:Message></t:AppendToItemField><t:DeleteItemField>" +
           field("item:Categories") +
           "</t:DeleteItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"});
  all.push_back({"get",
                 "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true"
                 "</t:IncludeMimeContent><t:BodyType>Text</t:BodyType><t:AdditionalProperties><t:IndexedFieldURI "
                 "FieldURI=\"item:InternetMessageHeader\" FieldIndex=\"X-Mailer\"/></t:AdditionalProperties>"
                 "</m:ItemShape><m:ItemIds>" +
                     item_element(item) + "</m:ItemIds></m:GetItem>"});
  all.push_back(
      {"attachment", "<m:CreateAttachment><m:ParentItemId Id=\"" + item +
                         "\"/><m:Attachments><t:ItemAttachment><t:Name>inner</t:Name><t:Message><t:Subject>Inner"
                         "</t:Subject></t:Message></t:ItemAttachment></m:Attachments></m:CreateAttachment>"});
  all.push_back({"export", "<m:ExportItems><m:ItemIds>" + item_element(item) + "</m:ItemIds></m:ExportItems>"});
  all.push_back(
      {"convert", "<m:ConvertId DestinationFormat=\"HexEntryId\"><m:SourceIds><t:AlternateId Format=\"EwsId\" Id=\"" +
                      item + "\" Mailbox=\"usera@example.test\"/></m:SourceIds></m:ConvertId>"});
  all.push_back({"junk", "<m:MarkAsJunk IsJunk=\"true\" MoveItem=\"false\"><m:ItemIds>" + item_element(item) +
                             "</m:ItemIds></m:MarkAsJunk>"});
}

std::string permission(const std::string& who, const std::string& level) {
  return "<t:Permission><t:UserId>" + who + "</t:UserId>" + level + "</t:Permission>";
}

void add_settings(std::vector<ValidRequest>& all, const std::string& folder) {
  const std::string permissions =
      "<t:PermissionSet><t:Permissions>" +
      permission("<t:DistinguishedUser>Default</t:DistinguishedUser>", "<t:PermissionLevel>None</t:PermissionLevel>") +
      permission(
          "<t:PrimarySmtpAddress>userb@example.test</t:PrimarySmtpAddress>",
          "<t:CanCreateItems>true</t:CanCreateItems><t:CanCreateSubFolders>false</t:CanCreateSubFolders>"
          "<t:IsFolderOwner>false</t:IsFolderOwner><t:IsFolderVisible>true</t:IsFolderVisible>"
          "<t:IsFolderContact>false</t:IsFolderContact><t:EditItems>Owned</t:EditItems><t:DeleteItems>None"
          "</t:DeleteItems><t:ReadItems>FullDetails</t:ReadItems><t:PermissionLevel>Custom</t:PermissionLevel>") +
      "</t:Permissions></t:PermissionSet>";
  all.push_back({"permissions",
                 "<m:UpdateFolder><m:FolderChanges><t:FolderChange>" + folder_element(folder) +
                     "<t:Updates><t:SetFolderField>" + field("folder:PermissionSet") + "<t:Folder>" + permissions +
                     "</t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"});
  all.push_back({"permissions_read",
                 "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>" +
                     field("folder:PermissionSet") + "</t:AdditionalProperties></m:FolderShape><m:FolderIds>" +
                     folder_element(folder) + "</m:FolderIds></m:GetFolder>"});
  all.push_back(
      {"rules",
       "<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob><m:Operations>"
       "<t:CreateRuleOperation><t:Rule><t:DisplayName>Rule</t:DisplayName><t:Priority>1</t:Priority>"
       "<t:IsEnabled>true</t:IsEnabled><t:Conditions><t:ContainsSubjectStrings><t:String>urgent</t:String>"
       "</t:ContainsSubjectStrings><t:FromAddresses><t:Address><t:EmailAddress>userb@example.test"
       "</t:EmailAddress></t:Address></t:FromAddresses><t:HasAttachments>true</t:HasAttachments><t:Importance>"
       "High</t:Importance><t:WithinSizeRange><t:MinimumSize>1</t:MinimumSize><t:MaximumSize>100"
       "</t:MaximumSize></t:WithinSizeRange></t:Conditions><t:Actions><t:AssignCategories><t:String>Red"
       "</t:String></t:AssignCategories><t:MoveToFolder><t:DistinguishedFolderId Id=\"junkemail\"/>"
       "</t:MoveToFolder><t:StopProcessingRules>true</t:StopProcessingRules></t:Actions></t:Rule>"
       "</t:CreateRuleOperation></m:Operations></m:UpdateInboxRules>"});
  all.push_back(
      {"oof",
       "<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>usera@example.test</t:Address></t:Mailbox>"
       "<t:UserOofSettings><t:OofState>Scheduled</t:OofState><t:ExternalAudience>Known</t:ExternalAudience>"
       "<t:Duration><t:StartTime>2020-01-01T00:00:00Z</t:StartTime><t:EndTime>2020-01-02T00:00:00Z</t:EndTime>"
       "</t:Duration><t:InternalReply><t:Message>Away</t:Message></t:InternalReply><t:ExternalReply>"
       "<t:Message>Away</t:Message></t:ExternalReply></t:UserOofSettings></m:SetUserOofSettingsRequest>"});
  all.push_back(
      {"configuration",
       "<m:CreateUserConfiguration><m:UserConfiguration><t:UserConfigurationName Name=\"Setting\">"
       "<t:DistinguishedFolderId Id=\"inbox\"/></t:UserConfigurationName><t:Dictionary><t:DictionaryEntry>"
       "<t:DictionaryKey><t:Type>String</t:Type><t:Value>phone</t:Value></t:DictionaryKey><t:DictionaryValue>"
       "<t:Type>Integer32</t:Type><t:Value>42</t:Value></t:DictionaryValue></t:DictionaryEntry></t:Dictionary>"
       "<t:BinaryData>AAEC</t:BinaryData></m:UserConfiguration></m:CreateUserConfiguration>"});
  all.push_back(
      {"delegate",
       "<m:AddDelegate><m:Mailbox><t:EmailAddress>usera@example.test</t:EmailAddress></m:Mailbox>"
       "<m:DelegateUsers><t:DelegateUser><t:UserId><t:PrimarySmtpAddress>userb@example.test"
       "</t:PrimarySmtpAddress></t:UserId><t:DelegatePermissions><t:CalendarFolderPermissionLevel>Editor"
       "</t:CalendarFolderPermissionLevel></t:DelegatePermissions><t:ReceiveCopiesOfMeetingMessages>true"
       "</t:ReceiveCopiesOfMeetingMessages><t:ViewPrivateItems>false</t:ViewPrivateItems></t:DelegateUser>"
       "</m:DelegateUsers><m:DeliverMeetingRequests>DelegatesAndMe</m:DeliverMeetingRequests></m:AddDelegate>"});
  all.push_back({"mail_tips",
                 "<m:GetMailTips><m:SendingAs><t:EmailAddress>usera@example.test</t:EmailAddress></m:SendingAs>"
                 "<m:Recipients><t:Mailbox><t:EmailAddress>userb@example.test</t:EmailAddress></t:Mailbox>"
                 "</m:Recipients><m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>"});
  all.push_back({"subscribe",
                 "<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"
                 "</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType><t:EventType>DeletedEvent"
                 "</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>"});
}

}  // namespace

std::vector<ValidRequest> valid_requests(const std::string& item, const std::string& folder) {
  std::vector<ValidRequest> all;
  add_calendar(all);
  add_search(all);
  add_items(all, item);
  add_settings(all, folder);
  return all;
}

}  // namespace mailward::testing
