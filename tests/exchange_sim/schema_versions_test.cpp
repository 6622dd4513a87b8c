// RequestServerVersion: what a request may name, and what its answer holds.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class SchemaVersions : public StoreConversation {
 protected:
  std::string as(const std::string& version, const std::string& body) {
    return call(sim(), {.body = body, .version = version}).body;
  }
  std::string code_as(const std::string& version, const std::string& body) {
    return element_text(as(version, body), "ResponseCode");
  }
  static std::string get_item(const std::string& id, const std::string& more = "") {
    return "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>" + more +
           "</m:ItemShape><m:ItemIds><t:ItemId Id=\"" + id + "\"/></m:ItemIds></m:GetItem>";
  }
  /// The id of an item that was attached to this one.
  std::string attached_to(const std::string& id) {
    const std::string answer =
        ask("<m:CreateAttachment><m:ParentItemId Id=\"" + id +
            "\"/><m:Attachments><t:ItemAttachment><t:Name>inner</t:Name><t:Message><t:Subject>Inner</t:Subject>"
            "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag></t:Message></t:ItemAttachment></m:Attachments>"
            "</m:CreateAttachment>");
    return attribute_of(answer, "AttachmentId", "Id");
  }
  static std::string asking_for(const std::string& uri) {
    return "<t:AdditionalProperties><t:FieldURI FieldURI=\"" + uri + "\"/></t:AdditionalProperties>";
  }
  static std::string setting(const std::string& id, const std::string& uri, const std::string& element,
                             const std::string& attributes = "") {
    return "<m:UpdateItem ConflictResolution=\"AlwaysOverwrite\" MessageDisposition=\"SaveOnly\"" + attributes +
           "><m:ItemChanges><t:ItemChange><t:ItemId Id=\"" + id +
           "\"/><t:Updates><t:SetItemField><t:FieldURI FieldURI=\"" + uri + "\"/><t:Message>" + element +
           "</t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>";
  }
};

TEST_F(SchemaVersions, an_answer_has_the_properties_of_the_version_that_was_asked_for) {
  const std::string id =
      made("<t:Message><t:Subject>Minutes</t:Subject><t:Body BodyType=\"Text\">x</t:Body></t:Message>");
  const auto properties = [&](const std::string& version) {
    const std::string answer = as(version, get_item(id));
    std::string there;
    for (const std::string name : {"Subject", "LastModifiedTime", "ConversationId", "Flag"}) {
      if (answer.find("<t:" + name + ">") != std::string::npos ||
          answer.find("<t:" + name + " ") != std::string::npos) {
        there += name + " ";
      }
    }
    return there;
  };
  EXPECT_EQ(properties("Exchange2007"), "Subject ");
  EXPECT_EQ(properties(""), "Subject ") << "without the header it is the first version's";
  EXPECT_EQ(properties("Exchange2007_SP1"), "Subject LastModifiedTime ");
  EXPECT_EQ(properties("Exchange2010_SP2"), "Subject LastModifiedTime ConversationId ");
  EXPECT_EQ(properties("Exchange2013"), "Subject LastModifiedTime ConversationId Flag ");
  EXPECT_EQ(properties("Exchange2016"), "Subject LastModifiedTime ConversationId Flag ");
  const auto named = [&](const std::string& version) {
    return element_text(as(version, get_folder_call("inbox", "AllProperties")), "DistinguishedFolderId");
  };
  EXPECT_EQ(named("Exchange2013"), "inbox");
  EXPECT_EQ(named("Exchange2010_SP2"), "");
}

TEST_F(SchemaVersions, items_that_are_shown_elsewhere_keep_to_it_too) {
  const std::string id = made("<t:Message><t:Subject>Outer</t:Subject></t:Message>");
  const std::string attached = attached_to(id);
  const std::string get =
      "<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id=\"" + attached + "\"/></m:AttachmentIds></m:GetAttachment>";
  EXPECT_EQ(as("Exchange2010_SP2", get).find("<t:Flag>"), std::string::npos);
  EXPECT_NE(as("Exchange2013", get).find("<t:Flag>"), std::string::npos);
  made(
      "<t:Contact><t:DisplayName>Zoe Tester</t:DisplayName><t:EmailAddresses><t:Entry "
      "Key=\"EmailAddress1\">zoe@example.test"
      "</t:Entry></t:EmailAddresses><t:Surname>Tester</t:Surname></t:Contact>",
      "contacts");
  const std::string resolve =
      "<m:ResolveNames ReturnFullContactData=\"true\"><m:UnresolvedEntry>zoe</m:UnresolvedEntry></m:ResolveNames>";
  const std::string old = as("Exchange2007_SP1", resolve);
  EXPECT_NE(old.find("<t:Surname>Tester</t:Surname>"), std::string::npos) << old;
  EXPECT_EQ(old.find("<t:HasPicture>"), std::string::npos) << old;
  EXPECT_NE(as("Exchange2010", resolve).find("<t:HasPicture>"), std::string::npos);
}

TEST_F(SchemaVersions, what_is_newer_than_the_request_is_refused) {
  const std::string id = made("<t:Message><t:Subject>Minutes</t:Subject></t:Message>");
  const std::string rules = "<m:GetInboxRules/>";
  EXPECT_EQ(code_as("Exchange2010", rules), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2010_SP1", rules), "NoError");
  const std::string flag = get_item(id, asking_for("item:Flag"));
  EXPECT_EQ(code_as("Exchange2010_SP2", flag), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2013", flag), "NoError");
  EXPECT_EQ(code_as("Exchange2010_SP2", get_folder_call("archiveinbox")), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2010", get_folder_call("recoverableitemsroot")), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2010_SP1", get_folder_call("recoverableitemsroot")), "NoError");
  const std::string flagged =
      "<m:CreateItem MessageDisposition=\"SaveOnly\"><m:Items><t:Message>"
      "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag></t:Message></m:Items></m:CreateItem>";
  EXPECT_EQ(code_as("Exchange2010_SP2", flagged), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2013", flagged), "NoError");
  const std::string subject = "<t:Subject>New</t:Subject>";
  EXPECT_EQ(code_as("Exchange2010_SP2", setting(id, "item:Subject", subject, " SuppressReadReceipts=\"true\"")),
            "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2010_SP2", setting(id, "item:Subject", subject)), "NoError");
  const std::string associated =
      "<m:FindItem Traversal=\"Associated\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
      "<m:ParentFolderIds>" +
      folder_element("inbox") + "</m:ParentFolderIds></m:FindItem>";
  EXPECT_EQ(code_as("Exchange2007_SP1", associated), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2010", associated), "NoError");
  const std::string streaming =
      "<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders=\"true\"><t:EventTypes>"
      "<t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>";
  EXPECT_EQ(code_as("Exchange2010", streaming), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2010_SP1", streaming), "NoError");
  const std::string empty = "<m:EmptyFolder DeleteType=\"HardDelete\" DeleteSubFolders=\"false\"><m:FolderIds>" +
                            folder_element("junkemail") + "</m:FolderIds></m:EmptyFolder>";
  EXPECT_EQ(code_as("Exchange2010", empty), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2010_SP1", empty), "NoError");
  EXPECT_EQ(code_as("Exchange2010_SP1", get_item(id, asking_for("contacts:Notes"))), "ErrorIncorrectSchemaVersion");
  EXPECT_EQ(code_as("Exchange2013_SP1", get_item(id, asking_for("item:Mentions"))), "ErrorIncorrectSchemaVersion");
  const std::string proposing =
      "<m:CreateItem MessageDisposition=\"SendOnly\"><m:Items><t:AcceptItem><t:ReferenceItemId Id=\"" + id +
      "\"/><t:ProposedStart>2026-01-01T10:00:00Z</t:ProposedStart></t:AcceptItem></m:Items></m:CreateItem>";
  EXPECT_EQ(code_as("Exchange2010_SP2", proposing), "ErrorIncorrectSchemaVersion");
}

TEST_F(SchemaVersions, what_no_schema_has_is_a_breach_whatever_else_is_newer) {
  const std::string odd = "<m:MarkAsJunk IsJunk=\"true\" MoveItem=\"true\" Colour=\"red\"/>";
  EXPECT_EQ(code_as("Exchange2010", odd), "ErrorSchemaValidation");
}

TEST_F(SchemaVersions, a_build_that_never_heard_of_it_finds_a_breach_of_its_schema) {
  sim().change_directory(R"({"build":"2010"})");
  const std::string answer = as("Exchange2010_SP2", get_folder_call("archiveinbox"));
  EXPECT_EQ(element_text(answer, "ResponseCode"), "ErrorSchemaValidation");
  EXPECT_NE(element_text(answer, "Violation").find("'archiveinbox' is invalid according to its datatype"),
            std::string::npos)
      << answer;
  const std::string junk = as("Exchange2010_SP2", "<m:MarkAsJunk IsJunk=\"true\" MoveItem=\"true\"/>");
  EXPECT_NE(element_text(junk, "Violation").find("Could not find schema information"), std::string::npos) << junk;
  EXPECT_EQ(code_as("Exchange2010_SP1", get_folder_call("archiveinbox")), "ErrorSchemaValidation");
  EXPECT_EQ(code_as("Exchange2010", "<m:GetInboxRules/>"), "ErrorIncorrectSchemaVersion");
}

}  // namespace
}  // namespace mailward::testing
