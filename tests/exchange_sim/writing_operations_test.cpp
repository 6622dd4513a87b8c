// Making, moving and deleting in the simulator's mailboxes.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/exchange_sim/conversation.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

class WritingOperations : public ::testing::Test {
 protected:
  /// Calls, and holds request and answer against the schemas.
  std::string ask(const std::string& body) {
    const SoapCall soap{.body = body};
    const auto answer = call(simulator_, soap);
    EXPECT_EQ(answer.status, 200) << answer.body;
    if (shared_dir()) {
      EXPECT_EQ(schema_errors({envelope(soap), answer.body}), "") << answer.body;
    }
    return answer.body;
  }
  std::string make_folder(const std::string& name, const std::string& more = "") {
    return ask(
        "<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id=\"root\"/></m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>" +
        name + "</t:DisplayName>" + more + "</t:Folder></m:Folders></m:CreateFolder>");
  }
  std::string make_item(const std::string& folder, const std::string& disposition = "SaveOnly") {
    return ask("<m:CreateItem MessageDisposition=\"" + disposition + "\"><m:SavedItemFolderId><t:FolderId Id=\"" +
               folder +
               "\"/></m:SavedItemFolderId><m:Items><t:Message><t:Subject>One &lt;item&gt;</t:Subject>"
               "<t:Body BodyType=\"Text\">text</t:Body></t:Message></m:Items></m:CreateItem>");
  }
  std::string remove_item(const std::string& ids, const std::string& how) {
    return ask("<m:DeleteItem DeleteType=\"" + how + "\"><m:ItemIds>" + ids + "</m:ItemIds></m:DeleteItem>");
  }
  std::string remove_folder(const std::string& ids, const std::string& how) {
    return ask("<m:DeleteFolder DeleteType=\"" + how + "\"><m:FolderIds>" + ids + "</m:FolderIds></m:DeleteFolder>");
  }
  std::string move_item(const std::string& id, const std::string& folder) {
    return ask("<m:MoveItem><m:ToFolderId><t:FolderId Id=\"" + folder + "\"/></m:ToFolderId><m:ItemIds>" + item(id) +
               "</m:ItemIds></m:MoveItem>");
  }
  static std::string item(const std::string& id) { return "<t:ItemId Id=\"" + id + "\"/>"; }
  static std::string folder(const std::string& id) { return "<t:FolderId Id=\"" + id + "\"/>"; }
  static std::string code(const std::string& answer) { return element_text(answer, "ResponseCode"); }
  /// The folder of that name as the control API shows it, or null.
  nlohmann::json held(std::string_view name) {
    const auto all = nlohmann::json::parse(simulator_.control("GET", "/control/mailboxes/usera@example.test/folders"));
    for (const auto& one : all) {
      if (one.at("name") == name) return one;
    }
    return nullptr;
  }

  ExchangeSimulator simulator_;
};

constexpr const char* kHidden =
    "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x10F4\" PropertyType=\"Boolean\"/><t:Value>true</t:Value>"
    "</t:ExtendedProperty>";

TEST_F(WritingOperations, a_folder_is_made_found_and_deleted) {
  const std::string made = make_folder("Made", kHidden);
  EXPECT_EQ(code(made), "NoError");
  const std::string id = attribute_of(made, "FolderId", "Id");
  EXPECT_EQ(held("Made").at("hidden"), true);
  EXPECT_EQ(held("Made").at("parent"), "root");
  EXPECT_EQ(code(make_folder("made")), "ErrorFolderExists");
  EXPECT_EQ(code(make_folder("Shown")), "NoError");
  EXPECT_EQ(held("Shown").at("hidden"), false);

  const std::string found = ask(
      "<m:FindFolder Traversal=\"Shallow\"><m:FolderShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>"
      "<t:ExtendedFieldURI PropertyTag=\"4340\" PropertyType=\"Boolean\"/></t:AdditionalProperties></m:FolderShape>"
      "<m:Restriction><t:Contains ContainmentMode=\"Prefixed\" ContainmentComparison=\"IgnoreCase\">"
      "<t:FieldURI FieldURI=\"folder:DisplayName\"/><t:Constant Value=\"MA\"/></t:Contains></m:Restriction>"
      "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"root\"/></m:ParentFolderIds></m:FindFolder>");
  EXPECT_EQ(attribute_of(found, "RootFolder", "TotalItemsInView"), "1");
  EXPECT_EQ(attribute_of(found, "ExtendedFieldURI", "PropertyTag"), "0x10f4");
  EXPECT_EQ(element_text(found, "Value"), "true");

  EXPECT_EQ(code(remove_folder(folder(id), "HardDelete")), "NoError");
  EXPECT_TRUE(held("Made").is_null());
  EXPECT_EQ(code(remove_folder(folder(id), "HardDelete")), "ErrorItemNotFound");
  EXPECT_EQ(code(remove_folder("<t:DistinguishedFolderId Id=\"inbox\"/>", "SoftDelete")),
            "ErrorDeleteDistinguishedFolder");
}

TEST_F(WritingOperations, a_deleted_folder_takes_with_it_what_is_in_it_or_goes_to_the_deleted_items) {
  const std::string outer = attribute_of(make_folder("Outer"), "FolderId", "Id");
  const std::string inner =
      attribute_of(ask("<m:CreateFolder><m:ParentFolderId>" + folder(outer) +
                       "</m:ParentFolderId><m:Folders><t:Folder>"
                       "<t:DisplayName>Inner</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"),
                   "FolderId", "Id");
  EXPECT_EQ(code(remove_folder(folder(outer), "MoveToDeletedItems")), "NoError");
  EXPECT_EQ(held("Outer").at("parent"), "deleteditems");
  EXPECT_EQ(held("Inner").at("parent"), "Outer");
  // The second went with the first.
  const std::string both = remove_folder(folder(outer) + folder(inner), "HardDelete");
  EXPECT_NE(both.find("NoError"), std::string::npos);
  EXPECT_NE(both.find("ErrorItemNotFound"), std::string::npos);
  EXPECT_TRUE(held("Inner").is_null());
}

TEST_F(WritingOperations, an_item_is_saved_moved_under_a_new_id_and_deleted) {
  const std::string one = attribute_of(make_folder("One"), "FolderId", "Id");
  const std::string two = attribute_of(make_folder("Two"), "FolderId", "Id");
  const std::string made = make_item(one);
  EXPECT_EQ(code(made), "NoError");
  const std::string id = attribute_of(made, "ItemId", "Id");
  EXPECT_EQ(held("One").at("items"), nlohmann::json({"One <item>"}));
  const std::string moved = move_item(id, two);
  EXPECT_EQ(code(moved), "NoError");
  const std::string there = attribute_of(moved, "ItemId", "Id");
  EXPECT_NE(there, id);
  EXPECT_TRUE(held("One").at("items").empty());
  EXPECT_EQ(code(move_item(id, one)), "ErrorItemNotFound") << "the old id is void";
  const std::string read =
      ask("<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>" + item(there) +
          "</m:ItemIds></m:GetItem>");
  EXPECT_EQ(element_text(read, "IsDraft"), "true");
  EXPECT_EQ(attribute_of(read, "ParentFolderId", "Id"), two);
  EXPECT_EQ(code(remove_item(item(there), "MoveToDeletedItems")), "NoError");
  EXPECT_EQ(held("Deleted Items").at("items"), nlohmann::json({"One <item>"}));
  const std::string again = attribute_of(make_item(one), "ItemId", "Id");
  const std::string twice = remove_item(item(again) + item(again), "HardDelete");
  EXPECT_NE(twice.find("NoError"), std::string::npos);
  EXPECT_NE(twice.find("ErrorItemNotFound"), std::string::npos);
  EXPECT_TRUE(held("One").at("items").empty());
}

TEST_F(WritingOperations, nothing_is_sent_to_nobody_and_nothing_is_made_where_it_may_not_be) {
  const std::string id = attribute_of(make_folder("One"), "FolderId", "Id");
  EXPECT_EQ(code(make_item(id, "SendOnly")), "ErrorInvalidRecipients");
  EXPECT_EQ(code(make_item(id, "SendAndSaveCopy")), "ErrorInvalidRecipients");
  EXPECT_TRUE(held("One").at("items").empty());
  const auto others = call(simulator_, {.body = "<m:DeleteFolder DeleteType=\"HardDelete\"><m:FolderIds>" + folder(id) +
                                                "</m:FolderIds></m:DeleteFolder>",
                                        .impersonate = "userb@example.test"});
  EXPECT_EQ(element_text(others.body, "ResponseCode"), "ErrorItemNotFound");
  EXPECT_FALSE(held("One").is_null());
  const std::string into_two_folders =
      R"(<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="inbox"/><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>)"
      R"(<m:ItemIds><t:ItemId Id="x"/></m:ItemIds></m:MoveItem>)";
  const std::vector<std::string> bodies{
      "<m:CreateFolder><m:Folders/></m:CreateFolder>",
      R"(<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="root"/></m:ParentFolderId><m:Folders/></m:CreateFolder>)",
      "<m:CreateItem MessageDisposition=\"Keep\"><m:Items><t:Message/></m:Items></m:CreateItem>",
      "<m:DeleteFolder><m:FolderIds><t:DistinguishedFolderId Id=\"inbox\"/></m:FolderIds></m:DeleteFolder>",
      "<m:DeleteItem DeleteType=\"Burn\"><m:ItemIds><t:ItemId Id=\"x\"/></m:ItemIds></m:DeleteItem>",
      "<m:MoveItem><m:ItemIds><t:ItemId Id=\"x\"/></m:ItemIds></m:MoveItem>",
      into_two_folders};
  for (const std::string& body : bodies) {
    const auto answer = call(simulator_, {.body = body});
    EXPECT_EQ(answer.status, 500) << body;
    EXPECT_EQ(element_text(answer.body, "ResponseCode"), "ErrorSchemaValidation") << body;
  }
}

}  // namespace
}  // namespace mailward::testing
