// What is found otherwise than in its folder: conversations, junk, the archive, what was deleted, search folders,
// exports.
#include <algorithm>

#include "base/bytes.h"
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
archive = true
messages = 6
[[mailbox]]
smtp = "userb@example.test"
name = "User B"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
)";

class SpecialContents : public StoreConversation {
 protected:
  SimulatorOptions options() const override { return {.config = std::string(kConfig), .environment = {}}; }

  std::string message(const std::string& subject, const std::string& folder = "inbox") {
    return made("<t:Message><t:Subject>" + subject + "</t:Subject></t:Message>", folder);
  }
  std::string found(const std::string& folder, const std::string& traversal) {
    return ask("<m:FindItem Traversal=\"" + traversal +
               "\"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ParentFolderIds>" +
               folder_element(folder) + "</m:ParentFolderIds></m:FindItem>");
  }
  std::string exported(const std::string& id) {
    return ask("<m:ExportItems><m:ItemIds>" + item_element(id) + "</m:ItemIds></m:ExportItems>");
  }
  std::string upload(const std::string& data, const std::string& folder_id, const std::string& action = "CreateNew",
                     const std::string& id = "") {
    return ask("<m:UploadItems><m:Items><t:Item CreateAction=\"" + action + "\"><t:ParentFolderId Id=\"" + folder_id +
               "\"/>" + (id.empty() ? "" : item_element(id)) + "<t:Data>" + data +
               "</t:Data></t:Item></m:Items></m:UploadItems>");
  }
  std::string convert(const std::string& id, const std::string& from, const std::string& to) {
    return ask("<m:ConvertId DestinationFormat=\"" + to + "\"><m:SourceIds><t:AlternateId Format=\"" + from +
               "\" Id=\"" + id + "\" Mailbox=\"usera@example.test\"/></m:SourceIds></m:ConvertId>");
  }
};

TEST_F(SpecialContents, conversations_are_counted_in_the_folder_and_in_the_whole_mailbox) {
  message("Trip");
  message("RE: Trip");
  message("AW: Trip", "drafts");
  const std::string answer =
      ask("<m:FindConversation><m:IndexedPageItemView MaxEntriesReturned=\"1\" Offset=\"0\" BasePoint=\"Beginning\"/>"
          "<m:ParentFolderId><t:DistinguishedFolderId Id=\"inbox\"/></m:ParentFolderId></m:FindConversation>");
  EXPECT_EQ(element_text(answer, "ConversationTopic"), "Trip") << answer;
  EXPECT_EQ(texts(answer, "Conversation").size(), 1U);
  EXPECT_EQ(element_text(answer, "MessageCount"), "2");
  EXPECT_EQ(element_text(answer, "GlobalMessageCount"), "3");
  EXPECT_EQ(element_text(answer, "TotalConversationsInView"), "7");
}

TEST_F(SpecialContents, junk_moves_and_so_does_what_its_sender_sends_until_he_is_trusted_again) {
  const auto send = [&](const std::string& subject) {
    ask("<m:CreateItem MessageDisposition=\"SendOnly\"><m:Items><t:Message><t:Subject>" + subject +
            "</t:Subject><t:ToRecipients><t:Mailbox><t:EmailAddress>usera@example.test</t:EmailAddress></t:Mailbox>"
            "</t:ToRecipients></t:Message></m:Items></m:CreateItem>",
        "userb@example.test");
  };
  const auto mark = [&](const std::string& id, const std::string& junk) {
    return ask("<m:MarkAsJunk IsJunk=\"" + junk + "\" MoveItem=\"true\"><m:ItemIds>" + item_element(id) +
               "</m:ItemIds></m:MarkAsJunk>");
  };
  send("buy");
  const std::string id = attribute_of(find("inbox"), "ItemId", "Id");
  const std::string moved = attribute_of(mark(id, "true"), "MovedItemId", "Id");
  EXPECT_EQ(total(find("junkemail")), "1");
  EXPECT_EQ(element_text(mark(id, "true"), "ResponseCode"), "ErrorItemNotFound");
  send("buy more");
  EXPECT_EQ(total(find("junkemail")), "2");
  mark(moved, "false");
  send("sorry");
  EXPECT_EQ(total(find("junkemail")), "1");
  EXPECT_EQ(total(find("inbox")), "8");
}

TEST_F(SpecialContents, items_go_into_the_archive_by_the_path_of_their_folder) {
  const std::string folder = make_folder("Old", "inbox");
  const std::string id = message("old", folder);
  const auto archive = [](const std::string& source, const std::string& item) {
    return "<m:ArchiveItem><m:ArchiveSourceFolderId>" + folder_element(source) +
           "</m:ArchiveSourceFolderId><m:ItemIds>" + item_element(item) + "</m:ItemIds></m:ArchiveItem>";
  };
  const std::string archived = ask(archive(folder, id));
  EXPECT_EQ(element_text(archived, "ResponseCode"), "NoError");
  EXPECT_EQ(total(find(folder)), "0");
  const std::string folders =
      ask("<m:FindFolder Traversal=\"Deep\"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
          "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"archivemsgfolderroot\"/></m:ParentFolderIds>"
          "</m:FindFolder>");
  const auto names = texts(folders, "DisplayName");
  EXPECT_NE(std::find(names.begin(), names.end(), "Old"), names.end());
  EXPECT_EQ(element_text(get(attribute_of(archived, "ItemId", "Id")), "Subject"), "old");
  const std::string other =
      attribute_of(ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
                       "<m:ParentFolderIds>" +
                           folder_element("inbox") + "</m:ParentFolderIds></m:FindItem>",
                       "userb@example.test"),
                   "ItemId", "Id");
  EXPECT_EQ(code(archive("inbox", other), "userb@example.test"), "ErrorInvalidOperation") << "no archive";
}

TEST_F(SpecialContents, what_was_soft_deleted_is_found_from_the_folder_in_which_it_stood) {
  const std::string folder = make_folder("Work");
  remove(message("gone", folder), "SoftDelete");
  remove(message("lost", folder), "HardDelete");
  remove(message("elsewhere", "drafts"), "SoftDelete");
  const std::string seen = found(folder, "SoftDeleted");
  EXPECT_EQ(total(seen), "1");
  EXPECT_EQ(element_text(seen, "Subject"), "gone");
  EXPECT_EQ(total(found(folder, "Shallow")), "0");
}

TEST_F(SpecialContents, a_search_folder_finds_what_is_there_at_the_moment_when_one_looks) {
  const std::string answer = ask(
      "<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id=\"searchfolders\"/></m:ParentFolderId><m:Folders>"
      "<t:SearchFolder><t:DisplayName>Invoices</t:DisplayName><t:SearchParameters Traversal=\"Deep\"><t:Restriction>"
      "<t:Contains ContainmentMode=\"Substring\" ContainmentComparison=\"IgnoreCase\">"
      "<t:FieldURI FieldURI=\"item:Subject\"/><t:Constant Value=\"bill\"/></t:Contains></t:Restriction>"
      "<t:BaseFolderIds><t:DistinguishedFolderId Id=\"inbox\"/></t:BaseFolderIds></t:SearchParameters>"
      "</t:SearchFolder></m:Folders></m:CreateFolder>");
  const std::string search = attribute_of(answer, "FolderId", "Id");
  EXPECT_EQ(total(found(search, "Shallow")), "0");
  const std::string below = make_folder("Below", "inbox");
  message("The Bill", below);
  message("bill 2");
  message("bill 3", "drafts");
  message("no");
  EXPECT_EQ(total(found(search, "Shallow")), "2");
  const std::string folder =
      ask("<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>" +
          folder_element(search) + "</m:FolderIds></m:GetFolder>");
  EXPECT_EQ(element_text(folder, "TotalCount"), "2");
  const std::string parameters =
      ask("<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape><m:FolderIds>" +
          folder_element(search) + "</m:FolderIds></m:GetFolder>");
  EXPECT_EQ(parameters.find("DistinguishedFolderId Id="), std::string::npos) << "kept by their ids";
  const std::string inbox =
      attribute_of(ask("<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
                       "<t:DistinguishedFolderId Id=\"inbox\"/></m:FolderIds></m:GetFolder>"),
                   "FolderId", "Id");
  EXPECT_NE(parameters.find("<t:BaseFolderIds><t:FolderId Id=\"" + inbox + "\""), std::string::npos) << parameters;
  EXPECT_EQ(fault("<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id=\"searchfolders\"/></m:ParentFolderId>"
                  "<m:Folders><t:SearchFolder><t:DisplayName>x</t:DisplayName><t:SearchParameters><t:Restriction>"
                  "<t:Holds/></t:Restriction><t:BaseFolderIds><t:DistinguishedFolderId Id=\"inbox\"/>"
                  "</t:BaseFolderIds></t:SearchParameters></t:SearchFolder></m:Folders></m:CreateFolder>"),
            "ErrorSchemaValidation");
}

TEST_F(SpecialContents, an_export_comes_back_as_it_was_and_is_refused_when_a_byte_is_wrong) {
  const std::string id = made(
      "<t:Message><t:Subject>Sübject &amp; more</t:Subject><t:Sensitivity>Private</t:Sensitivity>"
      "<t:Body BodyType=\"HTML\">&lt;p&gt;hi&lt;/p&gt;</t:Body><t:Attachments><t:FileAttachment><t:Name>a.bin</t:Name>"
      "<t:Content>AAECAw==</t:Content></t:FileAttachment><t:ItemAttachment><t:Name>inner</t:Name><t:Message>"
      "<t:Subject>inner</t:Subject></t:Message></t:ItemAttachment></t:Attachments><t:Categories><t:String>Red"
      "</t:String></t:Categories><t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="
      "\"c11ff724-aa03-4555-9952-8fa248a11c3e\" PropertyName=\"mark\" PropertyType=\"String\"/><t:Value>7</t:Value>"
      "</t:ExtendedProperty></t:Message>");
  const std::string data = element_text(exported(id), "Data");
  const std::string folder = make_folder("Restored");
  const std::string back = attribute_of(upload(data, folder), "ItemId", "Id");
  EXPECT_NE(back, id);
  const std::string mark =
      "<t:AdditionalProperties><t:ExtendedFieldURI PropertySetId=\"c11ff724-aa03-4555-9952-8fa248a11c3e\" "
      "PropertyName=\"mark\" PropertyType=\"String\"/></t:AdditionalProperties>";
  const std::string before = get(id, "AllProperties", mark);
  const std::string after = get(back, "AllProperties", mark);
  for (const std::string_view field : {"Subject", "Sensitivity", "String", "DateTimeCreated", "LastModifiedTime",
                                       "InternetMessageId", "Size", "Value", "IsDraft"}) {
    EXPECT_EQ(element_text(after, field), element_text(before, field)) << field;
  }
  EXPECT_EQ(item_body(after), item_body(before));
  EXPECT_EQ(texts(after, "Name"), texts(before, "Name"));
  set_field(back, "<t:FieldURI FieldURI=\"item:Subject\"/>", "<t:Subject>changed</t:Subject>");
  EXPECT_EQ(attribute_of(upload(data, folder, "Update", back), "ItemId", "Id"), back);
  EXPECT_EQ(element_text(get(back), "Subject"), "Sübject & more");
  const std::string inbox = attribute_of(ask(get_folder_call()), "FolderId", "Id");
  EXPECT_EQ(element_text(upload(data, inbox, "Update", back), "ResponseCode"), "ErrorItemNotFound");
  EXPECT_EQ(element_text(upload(data, inbox, "UpdateOrCreate", back), "ResponseCode"), "NoError");

  Bytes bytes = from_base64(data).value();
  for (const std::size_t at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
    Bytes damaged = bytes;
    damaged[at] ^= 1;
    EXPECT_EQ(element_text(upload(to_base64(damaged), folder), "ResponseCode"), "ErrorCorruptData") << at;
  }
  bytes.resize(bytes.size() - 20);
  EXPECT_EQ(element_text(upload(to_base64(bytes), folder), "ResponseCode"), "ErrorCorruptData");
  EXPECT_EQ(element_text(exported(folder), "ResponseCode"), "ErrorCannotUseFolderIdForItemId");
}

TEST_F(SpecialContents, ids_are_converted_into_every_form_and_back) {
  const std::string id = message("x");
  for (const std::string& form : {"EwsLegacyId", "EntryId", "HexEntryId", "StoreId", "OwaId"}) {
    const std::string other = attribute_of(convert(id, "EwsId", form), "AlternateId", "Id");
    EXPECT_NE(other, id) << form;
    EXPECT_EQ(attribute_of(convert(other, form, "EwsId"), "AlternateId", "Id"), id) << form;
    EXPECT_EQ(attribute_of(convert(id, "EwsId", form), "AlternateId", "Mailbox"), "usera@example.test");
  }
  const std::string hex = attribute_of(convert(id, "EwsId", "HexEntryId"), "AlternateId", "Id");
  EXPECT_EQ(hex.size(), 140U);
  EXPECT_EQ(element_text(convert("nonsense", "HexEntryId", "EwsId"), "ResponseCode"), "ErrorInvalidIdMalformed");
  EXPECT_EQ(element_text(convert("AAAA", "OwaId", "EwsId"), "ResponseCode"), "ErrorInvalidIdMalformed");
}

}  // namespace
}  // namespace mailward::testing
