// Associated items: settings and views that stand in a folder and are no part of what one sees in it.
#include <algorithm>

#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class AssociatedItems : public StoreConversation {
 protected:
  /// Their classes, in order.
  std::vector<std::string> found(const std::string& traversal, const std::string& folder = "inbox") {
    auto classes =
        texts(ask("<m:FindItem Traversal=\"" + traversal +
                  "\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI "
                  "FieldURI=\"item:ItemClass\"/></t:AdditionalProperties></m:ItemShape><m:SortOrder><t:FieldOrder "
                  "Order=\"Ascending\"><t:FieldURI FieldURI=\"item:ItemClass\"/></t:FieldOrder></m:SortOrder>"
                  "<m:ParentFolderIds>" +
                  folder_element(folder) + "</m:ParentFolderIds></m:FindItem>"),
              "ItemClass");
    std::erase(classes, "IPM.Note");
    return classes;
  }
  std::string sync(const std::string& scope, const std::string& state = "", const std::string& folder = "inbox") {
    return ask(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI "
        "FieldURI=\"item:ItemClass\"/></t:AdditionalProperties></m:ItemShape><m:SyncFolderId>" +
        folder_element(folder) + "</m:SyncFolderId>" +
        (state.empty() ? "" : "<m:SyncState>" + state + "</m:SyncState>") +
        "<m:MaxChangesReturned>512</m:MaxChangesReturned>" +
        (scope.empty() ? "" : "<m:SyncScope>" + scope + "</m:SyncScope>") + "</m:SyncFolderItems>");
  }
  static std::string state_of(const std::string& answer) { return element_text(answer, "SyncState"); }
  static std::size_t created(const std::string& answer) { return texts(answer, "Create").size(); }
  static std::size_t deleted(const std::string& answer) { return texts(answer, "Delete").size(); }
  /// "12 of which 1 unread": what the folder says of itself.
  std::string counts(const std::string& folder = "inbox") {
    const std::string answer = ask(get_folder_call(folder));
    return element_text(answer, "TotalCount") + " of which " + element_text(answer, "UnreadCount") + " unread";
  }
  void make_settings() {
    EXPECT_EQ(code("<m:CreateUserConfiguration><m:UserConfiguration><t:UserConfigurationName Name=\"Setting\">"
                   "<t:DistinguishedFolderId Id=\"inbox\"/></t:UserConfigurationName><t:XmlData>PGEvPg==</t:XmlData>"
                   "</m:UserConfiguration></m:CreateUserConfiguration>"),
              "NoError");
    EXPECT_EQ(code("<m:UpdateInboxRules><m:RemoveOutlookRuleBlob>false</m:RemoveOutlookRuleBlob><m:Operations>"
                   "<t:CreateRuleOperation><t:Rule><t:DisplayName>Rule</t:DisplayName><t:Priority>1</t:Priority>"
                   "<t:IsEnabled>true</t:IsEnabled><t:Conditions><t:ContainsSubjectStrings><t:String>b</t:String>"
                   "</t:ContainsSubjectStrings></t:Conditions><t:Actions><t:MarkAsRead>true</t:MarkAsRead></t:Actions>"
                   "</t:Rule></t:CreateRuleOperation></m:Operations></m:UpdateInboxRules>"),
              "NoError");
    ask("<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>usera@example.test</t:Address></t:Mailbox>"
        "<t:UserOofSettings><t:OofState>Enabled</t:OofState><t:ExternalAudience>None</t:ExternalAudience>"
        "<t:InternalReply><t:Message>away</t:Message></t:InternalReply><t:ExternalReply><t:Message/>"
        "</t:ExternalReply></t:UserOofSettings></m:SetUserOofSettingsRequest>");
  }
  const std::vector<std::string> settings_{"IPM.Configuration.Setting", "IPM.Microsoft.OOF.UserOofSettings",
                                           "IPM.Rule.Version2.Message"};
};

TEST_F(AssociatedItems, are_found_by_the_associated_traversal_alone) {
  EXPECT_TRUE(found("Associated").empty());
  const std::string before = counts();
  make_settings();
  EXPECT_EQ(found("Associated"), settings_);
  EXPECT_TRUE(found("Shallow").empty());
  EXPECT_TRUE(found("Associated", "drafts").empty()) << "another folder's";
  EXPECT_EQ(total(find("inbox")), "12") << "normal items alone";
  EXPECT_EQ(counts(), before) << "they are not counted";
}

TEST_F(AssociatedItems, are_synchronised_where_the_scope_says_so) {
  const std::string normal = state_of(sync("NormalItems"));
  const std::string both = state_of(sync("NormalAndAssociatedItems"));
  make_settings();
  EXPECT_EQ(created(sync("NormalItems", normal)), 0U);
  EXPECT_EQ(created(sync("", normal)), 0U) << "the scope is that of normal items unless it is said";
  const std::string came = sync("NormalAndAssociatedItems", both);
  EXPECT_EQ(created(came), 3U);
  auto classes = texts(came, "ItemClass");
  std::ranges::sort(classes);
  EXPECT_EQ(classes, settings_);
  EXPECT_EQ(created(sync("NormalAndAssociatedItems")), 15U);
  EXPECT_EQ(created(sync("NormalItems")), 12U);
  EXPECT_EQ(code("<m:DeleteUserConfiguration><m:UserConfigurationName Name=\"Setting\"><t:DistinguishedFolderId "
                 "Id=\"inbox\"/></m:UserConfigurationName></m:DeleteUserConfiguration>"),
            "NoError");
  EXPECT_EQ(deleted(sync("NormalAndAssociatedItems", state_of(came))), 1U);
  EXPECT_EQ(deleted(sync("NormalItems", state_of(came))), 0U);
}

}  // namespace
}  // namespace mailward::testing
