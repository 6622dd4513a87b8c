// Every request that the client can write is valid by Exchange's own schema.
#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "ews/operations/archive_item.h"
#include "ews/operations/convert_id.h"
#include "ews/operations/copy_item.h"
#include "ews/operations/create_attachment.h"
#include "ews/operations/create_folder.h"
#include "ews/operations/create_item.h"
#include "ews/operations/delete_attachment.h"
#include "ews/operations/delete_folder.h"
#include "ews/operations/delete_item.h"
#include "ews/operations/empty_folder.h"
#include "ews/operations/expand_dl.h"
#include "ews/operations/export_items.h"
#include "ews/operations/find_conversation.h"
#include "ews/operations/find_folder.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_attachment.h"
#include "ews/operations/get_delegate.h"
#include "ews/operations/get_events.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_inbox_rules.h"
#include "ews/operations/get_item.h"
#include "ews/operations/get_mail_tips.h"
#include "ews/operations/get_password_expiration_date.h"
#include "ews/operations/get_server_time_zones.h"
#include "ews/operations/get_streaming_events.h"
#include "ews/operations/get_user_configuration.h"
#include "ews/operations/get_user_oof_settings.h"
#include "ews/operations/mark_as_junk.h"
#include "ews/operations/move_folder.h"
#include "ews/operations/move_item.h"
#include "ews/operations/resolve_names.h"
#include "ews/operations/send_item.h"
#include "ews/operations/subscribe.h"
#include "ews/operations/sync_folder_hierarchy.h"
#include "ews/operations/sync_folder_items.h"
#include "ews/operations/table.h"
#include "ews/operations/unsubscribe.h"
#include "ews/operations/update_folder.h"
#include "ews/operations/update_inbox_rules.h"
#include "ews/operations/update_item.h"
#include "ews/operations/upload_items.h"
#include "tests/support/operations_table.h"
#include "tests/support/paths.h"
#include "tests/support/schema.h"

namespace mailward::ews {
namespace {

// The operations that the tests below have written a request of; the last test holds them against the table.
std::set<std::string>& written() {
  static std::set<std::string> names;
  return names;
}

class RequestSchema : public ::testing::Test {
 protected:
  void SetUp() override {
    shared_ = testing::shared_dir();
    if (!shared_) GTEST_SKIP() << "no ../shared: requests are not held to the schema";
  }

  bool valid(const std::string& body) {
    const auto name = body.substr(3, body.find_first_of(" >/") - 3);
    written().insert(name.ends_with("Request") ? name.substr(0, name.size() - 7) : name);
    return testing::schema_errors_of(*shared_ / "ews-schema" / "messages.xsd", body).empty();
  }

  std::optional<std::filesystem::path> shared_;
  const DistinguishedFolder inbox_{.name = "inbox", .mailbox = ""};
  const DistinguishedFolder others_{.name = "inbox", .mailbox = "user\"<&>@example.test"};
  const FolderId by_id_{.id = "AAMk&<\"=", .change_key = "AQAA"};
};

TEST_F(RequestSchema, the_check_itself_can_fail) {
  EXPECT_FALSE(valid(R"(<m:GetFolder xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"/>)"));
}

TEST_F(RequestSchema, get_folder) {
  for (BaseShape shape : {BaseShape::id_only, BaseShape::default_properties, BaseShape::all_properties}) {
    EXPECT_TRUE(valid(
        GetFolder{.shape = shape, .additional = {"folder:FolderClass"}, .folders = {inbox_, others_, by_id_}}.body()));
  }
  EXPECT_TRUE(valid(GetFolder{.additional = {}, .folders = {inbox_}}.body()));
}

TEST_F(RequestSchema, find_folder) {
  for (auto traversal :
       {FindFolder::Traversal::shallow, FindFolder::Traversal::deep, FindFolder::Traversal::soft_deleted}) {
    EXPECT_TRUE(valid(FindFolder{
        .traversal = traversal, .additional = {"folder:DisplayName"}, .offset = 10, .parents = {inbox_, by_id_}}
                          .body()));
  }
  EXPECT_TRUE(valid(FindFolder{.additional = {"folder:DisplayName"},
                               .extended = {kAttributeHidden},
                               .name_begins = "a \"name\" <&>",
                               .parents = {inbox_}}
                        .body()));
}

TEST_F(RequestSchema, what_makes_moves_and_deletes) {
  EXPECT_TRUE(valid(CreateFolder{.parent = others_,
                                 .folders = {{.display_name = "a \"name\" <&>", .hidden = true},
                                             {.display_name = "two", .folder_class = "IPF.Appointment"}}}
                        .body()));
  EXPECT_TRUE(valid(CreateItem{.folder = by_id_, .messages = {{.subject = "a < b", .text = "one\r\ntwo"}, {}}}.body()));
  EXPECT_TRUE(valid(MoveItem{.to = by_id_, .items = {{.id = "AAMk&<", .change_key = ""}, {.id = "2"}}}.body()));
  for (Disposal disposal : {Disposal::hard_delete, Disposal::soft_delete, Disposal::move_to_deleted_items}) {
    EXPECT_TRUE(valid(DeleteItem{.disposal = disposal, .items = {{.id = "AAMk&<", .change_key = "CQAA"}}}.body()));
    EXPECT_TRUE(valid(DeleteFolder{.disposal = disposal, .folders = {by_id_, others_}}.body()));
  }
}

TEST_F(RequestSchema, find_item) {
  for (auto traversal :
       {FindItem::Traversal::shallow, FindItem::Traversal::soft_deleted, FindItem::Traversal::associated}) {
    EXPECT_TRUE(valid(FindItem{.traversal = traversal,
                               .additional = {"item:Subject"},
                               .restriction = Restriction::equal("message:InternetMessageId", "<a&b@example.test>"),
                               .order = {{"item:DateTimeReceived", true}, {kAttributeHidden}},
                               .parents = {inbox_}}
                          .body()));
  }
  EXPECT_TRUE(
      valid(FindItem{.additional = {}, .restriction = std::nullopt, .parents = {others_}, .query = "subject:\"a & b\""}
                .body()));
}

TEST_F(RequestSchema, get_item) {
  EXPECT_TRUE(valid(GetItem{.mime_content = true,
                            .additional = {"item:Body"},
                            .extended_tags = {0x7d, 0x300b},
                            .items = {{.id = "AAMk&<", .change_key = ""}, {.id = "AAMk2", .change_key = "CQAA"}}}
                        .body()));
}

TEST_F(RequestSchema, resolve_names) {
  for (auto scope : {ResolveNames::Scope::active_directory, ResolveNames::Scope::active_directory_contacts,
                     ResolveNames::Scope::contacts, ResolveNames::Scope::contacts_active_directory}) {
    EXPECT_TRUE(
        valid(ResolveNames{.scope = scope, .full_contact_data = true, .name = "smtp:user<a>&b@example.test"}.body()));
  }
}

TEST_F(RequestSchema, get_server_time_zones) {
  EXPECT_TRUE(valid(GetServerTimeZones{.full_data = true, .ids = {"UTC", "W. Europe Standard Time"}}.body()));
  EXPECT_TRUE(valid(GetServerTimeZones{.ids = {}}.body()));
}

TEST_F(RequestSchema, what_follows_changes) {
  EXPECT_TRUE(valid(SyncFolderHierarchy{.additional = {"folder:FolderClass", kAttributeHidden}}.body()));
  EXPECT_TRUE(valid(SyncFolderHierarchy{.root = inbox_, .state = "H4sIAAA="}.body()));
  EXPECT_TRUE(valid(SyncFolderItems{.folder = by_id_}.body()));
  EXPECT_TRUE(
      valid(SyncFolderItems{.shape = {.additional = {"item:Subject", ExtendedField{.tag = 0x300B, .type = "Binary"}}},
                            .folder = inbox_,
                            .state = "H4sIAAA=",
                            .ignore = {{.id = "1"}, {.id = "2", .change_key = "CQAA"}},
                            .max_changes = 10,
                            .associated = true}
                .body()));
  EXPECT_TRUE(valid(Subscribe{}.body()));
  EXPECT_TRUE(valid(Subscribe{.folders = {inbox_, by_id_}, .events = {Event::Kind::free_busy_changed}}.body()));
  EXPECT_TRUE(valid(Subscribe{.way = Subscribe::Way::pull, .folders = {inbox_}, .watermark = "AQAAAA=="}.body()));
  EXPECT_TRUE(valid(GetEvents{.subscription = "HwB=", .watermark = "AQAAAA=="}.body()));
  EXPECT_TRUE(valid(GetStreamingEvents{.subscriptions = {"HwB=", "HwC="}, .timeout = std::chrono::minutes(1)}.body()));
  EXPECT_TRUE(valid(Unsubscribe{.subscription = "HwB="}.body()));
}

TEST_F(RequestSchema, items_of_all_kinds_are_made) {
  const std::vector<Mailbox> people{{.name = "a <b>", .address = "usera@example.test"},
                                    {.address = "userb@example.test"}};
  const NewItem message{
      .mime = to_bytes("Subject: x\r\n\r\ny"),
      .properties = {
          {"message:ReplyTo", people},
          {"message:IsRead", "true"},
          {"message:From", people},
          {"message:BccRecipients", people},
          {"message:ToRecipients", people},
          {"message:CcRecipients", people},
          {"item:Flag", FollowUp{.start = "2026-11-30T00:00:00Z", .due = "2026-12-01T00:00:00Z"}},
          {kAttributeHidden, "false"},
          {ExtendedField{.tag = 0x0E07, .type = "Integer"}, "1"},
          {ExtendedField{.set = "PublicStrings", .name = "mark", .type = "StringArray"},
           std::vector<std::string>{"a", "b"}},
          {ExtendedField{.set = "00062008-0000-0000-C000-000000000046", .id = 0x8503, .type = "Boolean"}, "true"},
          {"item:Importance", "High"},
          {"item:Categories", std::vector<std::string>{"Red category", "b&c"}},
          {"item:Body", BodyText{BodyText::Kind::html, "<p>x</p>"}},
          {"item:Sensitivity", "Private"},
          {"item:Subject", "a < b"},
          {"item:ItemClass", "IPM.Note.Own"}}};
  const NewItem meeting{.kind = "CalendarItem",
                        .properties = {{"calendar:RequiredAttendees", people},
                                       {"calendar:End", "2026-11-30T10:00:00Z"},
                                       {"calendar:Start", "2026-11-30T09:00:00Z"},
                                       {"calendar:Location", "room"},
                                       {"item:Subject", "meeting"}}};
  const NewItem contact{.kind = "Contact",
                        .properties = {{"contacts:Surname", "B"},
                                       {IndexedField{"contacts:PhoneNumber", "BusinessPhone"}, "1"},
                                       {IndexedField{"contacts:EmailAddress", "EmailAddress1"}, "a@example.test"},
                                       {IndexedField{"contacts:EmailAddress", "EmailAddress2"}, "b@example.test"},
                                       {IndexedField{"contacts:PhysicalAddress:PostalCode", "Business"}, "1234"},
                                       {IndexedField{"contacts:PhysicalAddress:City", "Home"}, "village"},
                                       {IndexedField{"contacts:PhysicalAddress:City", "Business"}, "town"},
                                       {IndexedField{"contacts:PhysicalAddress:Street", "Business"}, "road 1"},
                                       {"contacts:GivenName", "A"}}};
  const NewItem task{
      .kind = "Task",
      .properties = {{"task:Status", "InProgress"}, {"task:DueDate", "2026-12-01T00:00:00Z"}, {"item:Subject", "t"}}};
  for (auto disposition : {Disposition::save_only, Disposition::send_only, Disposition::send_and_save_copy}) {
    EXPECT_TRUE(
        valid(CreateItem{.folder = inbox_, .messages = {}, .items = {message}, .disposition = disposition}.body()));
  }
  EXPECT_TRUE(valid(CreateItem{.folder = inbox_, .messages = {}, .items = {meeting, contact, task}}.body()));
  EXPECT_TRUE(valid(CreateAttachment{.parent = {.id = "1", .change_key = "CQAA"},
                                     .attachments = {{.name = "a.bin",
                                                      .content_type = "application/octet-stream",
                                                      .content_id = "x@y",
                                                      .is_inline = true,
                                                      .content = Bytes{1, 2, 3}},
                                                     {.name = "b", .content = message}}}
                        .body()));
}

TEST_F(RequestSchema, items_and_folders_are_changed) {
  const std::vector<FieldChange> changes{SetField{{"item:Subject", "new"}},
                                         SetField{{"message:IsRead", "true"}},
                                         SetField{{"item:Categories", std::vector<std::string>{"a"}}},
                                         SetField{{ExtendedField{.tag = 0x10F4, .type = "Boolean"}, "true"}},
                                         AppendToField{{"item:Body", BodyText{BodyText::Kind::text, "more"}}},
                                         DeleteField{"item:Categories"},
                                         DeleteField{IndexedField{"contacts:EmailAddress", "EmailAddress1"}}};
  for (auto conflict : {UpdateItem::Conflict::never_overwrite, UpdateItem::Conflict::auto_resolve,
                        UpdateItem::Conflict::always_overwrite}) {
    EXPECT_TRUE(valid(UpdateItem{
        .conflict = conflict,
        .disposition = Disposition::send_and_save_copy,
        .save = by_id_,
        .items = {{.item = {.id = "1", .change_key = "CQAA"}, .changes = changes},
                  {.item = {.id = "2"},
                   .kind = "Contact",
                   .changes = {SetField{{IndexedField{"contacts:EmailAddress", "EmailAddress1"}, "a@b.test"}}}}}}
                          .body()));
  }
  EXPECT_TRUE(valid(UpdateFolder{
      .folders = {{.folder = by_id_, .changes = {SetField{{"folder:DisplayName", "n"}}}},
                  {.folder = inbox_, .kind = "CalendarFolder", .changes = {DeleteField{kAttributeHidden}}}}}
                        .body()));
  EXPECT_TRUE(valid(SendItem{.items = {{.id = "1", .change_key = "CQAA"}}}.body()));
  EXPECT_TRUE(valid(SendItem{.items = {{.id = "1", .change_key = "CQAA"}}, .save = others_}.body()));
  EXPECT_TRUE(valid(CopyItem{.to = inbox_, .items = {{.id = "1"}}}.body()));
  EXPECT_TRUE(valid(ArchiveItem{.from = inbox_, .items = {{.id = "1"}}}.body()));
  EXPECT_TRUE(valid(MarkAsJunk{.items = {{.id = "1"}}}.body()));
  EXPECT_TRUE(
      valid(MarkAsJunk{.verdict = MarkAsJunk::Verdict::not_junk, .move = false, .items = {{.id = "1"}}}.body()));
  EXPECT_TRUE(valid(MoveFolder{.to = inbox_, .folders = {by_id_}}.body()));
  EXPECT_TRUE(valid(EmptyFolder{.with_subfolders = true, .folders = {inbox_, by_id_}}.body()));
}

TEST_F(RequestSchema, attachments_and_streams) {
  EXPECT_TRUE(valid(GetAttachment{.additional = {"item:Subject"}, .ids = {"AAMk&<", "2"}}.body()));
  EXPECT_TRUE(valid(DeleteAttachment{.ids = {"AAMk&<"}}.body()));
  EXPECT_TRUE(valid(ExportItems{.items = {{.id = "1"}, {.id = "2", .change_key = "CQAA"}}}.body()));
  for (auto action :
       {UploadItems::Action::create_new, UploadItems::Action::update, UploadItems::Action::update_or_create}) {
    EXPECT_TRUE(
        valid(UploadItems{.items = {{.action = action, .parent = by_id_, .item = ItemId{.id = "1"}, .data = {1, 2}},
                                    {.parent = {.id = "p"}, .associated = true, .data = {}}}}
                  .body()));
  }
}

TEST_F(RequestSchema, searches) {
  using R = Restriction;
  const R all =
      R::all_of({R::exists("item:Subject"), !R::equal("item:Subject", "a\"b"), R::not_equal("message:IsRead", "true"),
                 R::any_of({R::greater("item:Size", "1"), R::at_least("item:Size", "1"), R::less("item:Size", "1"),
                            R::at_most("item:DateTimeReceived", "2026-11-30T00:00:00Z")}),
                 R::excludes(ExtendedField{.tag = 0x0E07, .type = "Integer"}, 8),
                 R::contains("item:Subject", "x", R::Mode::exact_phrase, R::Comparison::loose),
                 R::contains(IndexedField{"contacts:EmailAddress", "EmailAddress1"}, "x", R::Mode::full_string,
                             R::Comparison::exact),
                 R::contains("item:Body", "x", R::Mode::prefix_on_words, R::Comparison::ignore_non_spacing),
                 R::contains("item:Body", "x", R::Mode::substring, R::Comparison::ignore_case_and_non_spacing)});
  EXPECT_TRUE(valid(FindItem{.restriction = all, .parents = {inbox_}}.body()));
  EXPECT_TRUE(valid(FindItem{.restriction = !R::all_of({R::exists("item:Subject")}), .parents = {inbox_}}.body()));
  EXPECT_TRUE(valid(
      FindFolder{.name_begins = "a", .restriction = R::exists("folder:FolderClass"), .parents = {inbox_}}.body()));
  EXPECT_TRUE(valid(FindConversation{.folder = inbox_, .query = "from:a"}.body()));
  EXPECT_TRUE(valid(FindConversation{.max_entries = 1, .offset = 1, .folder = by_id_}.body()));
}

TEST_F(RequestSchema, settings_and_people) {
  EXPECT_TRUE(valid(ExpandDL{.list = {.name = {}, .address = "list@example.test"}}.body()));
  EXPECT_TRUE(valid(GetUserConfiguration{.name = "CategoryList", .folder = inbox_}.body()));
  EXPECT_TRUE(valid(GetUserConfiguration{.name = "OWA.UserOptions", .folder = by_id_}.body()));
  EXPECT_TRUE(valid(GetInboxRules{}.body()));
  EXPECT_TRUE(valid(GetInboxRules{.mailbox = "usera@example.test"}.body()));
  const InboxRule rule{
      .id = "1",
      .name = "forward",
      .priority = 2,
      .conditions = {{.name = "WithinSizeRange", .texts = {"MinimumSize 1000", "MaximumSize 2000"}},
                     {.name = "SentToMe", .texts = {"true"}},
                     {.name = "FromAddresses", .mailboxes = {{.address = "a@b.test"}}},
                     {.name = "ContainsSubjectStrings", .texts = {"a", "b"}}},
      .exceptions = {{.name = "Importance", .texts = {"High"}}},
      .actions = {{.name = "StopProcessingRules", .texts = {"true"}},
                  {.name = "MoveToFolder", .folder = inbox_},
                  {.name = "ForwardToRecipients", .mailboxes = {{.name = "C", .address = "c@d.test"}}}}};
  InboxRule made = rule;
  made.id.clear();
  EXPECT_TRUE(valid(UpdateInboxRules{
      .mailbox = "usera@example.test",
      .remove_outlook_rules = true,
      .operations = {UpdateInboxRules::Create{made}, UpdateInboxRules::Set{rule}, UpdateInboxRules::Delete{"2"}}}
                        .body()));
  EXPECT_TRUE(valid(GetDelegate{.mailbox = "usera@example.test"}.body()));
  EXPECT_TRUE(valid(GetUserOofSettings{.mailbox = "usera@example.test"}.body()));
  EXPECT_TRUE(valid(GetPasswordExpirationDate{}.body()));
  EXPECT_TRUE(valid(GetPasswordExpirationDate{.mailbox = "usera@example.test"}.body()));
  using Format = ConvertId::Format;
  for (Format to : {Format::ews_legacy, Format::ews, Format::entry, Format::hex_entry, Format::store, Format::owa}) {
    EXPECT_TRUE(valid(ConvertId{.to = to,
                                .ids = {{.format = to, .id = "AAMk", .mailbox = "usera@example.test"},
                                        {.id = "AAMk", .mailbox = "a@b.test", .archive = true}}}
                          .body()));
  }
  EXPECT_TRUE(valid(GetMailTips{.sender = "a@b.test", .recipients = {"c@d.test", "e@f.test"}}.body()));
}

TEST_F(RequestSchema, every_operation_of_the_table_was_written) {
  // Each test may run alone; then there is nothing to hold against the table.
  if (written().size() < 10) GTEST_SKIP() << "the other tests did not run in this process";
  for (const auto& operation : operations())
    EXPECT_TRUE(written().contains(std::string(operation.name))) << operation.name;
}

TEST(OperationsTable, names_what_the_client_knows) {
  std::set<std::string> known;
  for (const auto& operation : operations()) known.emplace(operation.name);
  EXPECT_EQ(testing::operations_column("our client", known), "");
}

}  // namespace
}  // namespace mailward::ews
