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
  /// A view as mail clients keep it with a folder (MS-OXOCFG: PidTagViewDescriptorName, 0x7006).
  static std::string view(const std::string& associated = "true") {
    return "<t:Message><t:ItemClass>IPM.Microsoft.FolderDesign.NamedView</t:ItemClass><t:Subject>By size</t:Subject>"
           "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x7006\" PropertyType=\"String\"/><t:Value>By size"
           "</t:Value></t:ExtendedProperty><t:IsAssociated>" +
           associated +
           "</t:IsAssociated><t:ToRecipients><t:Mailbox><t:EmailAddress>userb@example.test</t:EmailAddress>"
           "</t:Mailbox></t:ToRecipients><t:IsRead>false</t:IsRead></t:Message>";
  }

  const std::vector<std::string> views_{"IPM.Microsoft.FolderDesign.NamedView"};
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

TEST_F(AssociatedItems, are_made_by_whoever_says_so_and_are_no_part_of_what_is_in_the_folder) {
  const std::string before = counts();
  const std::string normal = state_of(sync("NormalItems"));
  const std::string both = state_of(sync("NormalAndAssociatedItems"));
  const std::string id = made(view(), "inbox");
  EXPECT_EQ(found("Associated"), views_);
  EXPECT_TRUE(found("Shallow").empty());
  EXPECT_EQ(counts(), before) << "nor unread";
  EXPECT_EQ(created(sync("NormalItems", normal)), 0U);
  EXPECT_EQ(texts(sync("NormalAndAssociatedItems", both), "ItemClass"), views_);
  const std::string whole = get(id, "AllProperties",
                                "<t:AdditionalProperties><t:ExtendedFieldURI PropertyTag=\"0x7006\" "
                                "PropertyType=\"String\"/></t:AdditionalProperties>");
  EXPECT_EQ(element_text(whole, "IsAssociated"), "true");
  EXPECT_EQ(element_text(whole, "Value"), "By size");
  const std::string other = made(view("false"), "inbox");
  EXPECT_EQ(element_text(get(other), "IsAssociated"), "false");
  EXPECT_EQ(found("Shallow"), views_) << "the class alone makes none";
  EXPECT_EQ(element_text(ask(get_folder_call()), "TotalCount"), "13");
}

TEST_F(AssociatedItems, stay_so_wherever_they_go) {
  const std::string id = made(view(), "inbox");
  EXPECT_EQ(element_text(
                set_field(id, "<t:FieldURI FieldURI=\"item:IsAssociated\"/>", "<t:IsAssociated>false</t:IsAssociated>"),
                "ResponseCode"),
            "ErrorInvalidPropertySet");
  const std::string drafts = counts("drafts");
  const std::string moved = attribute_of(move(id, "drafts"), "ItemId", "Id");
  EXPECT_TRUE(found("Associated").empty());
  EXPECT_EQ(found("Associated", "drafts"), views_);
  EXPECT_EQ(element_text(set_field(moved, "<t:FieldURI FieldURI=\"message:IsRead\"/>", "<t:IsRead>true</t:IsRead>"),
                         "ResponseCode"),
            "NoError");
  EXPECT_EQ(counts("drafts"), drafts);
  EXPECT_EQ(element_text(remove(moved), "ResponseCode"), "NoError");
  EXPECT_TRUE(found("Associated", "drafts").empty());
  EXPECT_EQ(counts("drafts"), drafts);
}

TEST_F(AssociatedItems, are_never_sent) {
  EXPECT_EQ(element_text(create(view(), "", "MessageDisposition=\"SendAndSaveCopy\""), "ResponseCode"),
            "ErrorInvalidOperation");
  const std::string saved = create(view(), "drafts");
  EXPECT_EQ(code("<m:SendItem SaveItemToFolder=\"true\"><m:ItemIds>" +
                 item_element(attribute_of(saved, "ItemId", "Id"), attribute_of(saved, "ItemId", "ChangeKey")) +
                 "</m:ItemIds></m:SendItem>"),
            "ErrorInvalidOperation");
  EXPECT_EQ(found("Associated", "drafts"), views_);
}

}  // namespace
}  // namespace mailward::testing
