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
