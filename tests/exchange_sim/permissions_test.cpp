#include "tests/exchange_sim/shared_mailbox.h"

namespace mailward::testing {
namespace {

constexpr std::string_view kDenied = "ErrorAccessDenied";
constexpr std::string_view kNoItem = "ErrorItemNotFound";
constexpr std::string_view kFine = "NoError";

const std::string kDraft = "<t:Message><t:Subject>made</t:Subject></t:Message>";

class Permissions : public SharedMailbox {
 protected:
  /// The oldest of the owner's own.
  std::string first_item() { return attributes(ask(find_items(owners("inbox"))), "ItemId", "Id").back(); }
  std::string create_folder_in(const std::string& folder) {
    return code("<m:CreateFolder><m:ParentFolderId>" + folder +
                    "</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>below</t:DisplayName></t:Folder>"
                    "</m:Folders></m:CreateFolder>",
                std::string(kOther));
  }
};

/// What User B gets with a level in User A's inbox.
struct Meets {
  std::string_view level;
  std::string_view folder;       ///< GetFolder
  std::string_view list;         ///< FindItem
  std::string_view item;         ///< GetItem
  std::string_view creates;      ///< CreateItem
  std::string_view changes;      ///< UpdateItem of another's
  std::string_view changes_own;  ///< UpdateItem of what he made
  std::string_view deletes;
  std::string_view deletes_own;
  std::string_view creates_folder;
  std::string_view rights;  ///< CreateAssociated, CreateContents, CreateHierarchy, Delete, Modify, Read
};

constexpr auto kLevels = std::to_array<Meets>({
    {"None", "ErrorFolderNotFound", "ErrorFolderNotFound", kNoItem, "ErrorFolderNotFound", kNoItem, "", kNoItem, "",
     "ErrorFolderNotFound", ""},
    {"Contributor", kFine, kDenied, kNoItem, kFine, kNoItem, kNoItem, kNoItem, kNoItem, kDenied, "010000"},
    {"Reviewer", kFine, kFine, kFine, kDenied, kDenied, "", kDenied, "", kDenied, "000001"},
    {"NoneditingAuthor", kFine, kFine, kFine, kFine, kDenied, kDenied, kDenied, kFine, kDenied, "010001"},
    {"Author", kFine, kFine, kFine, kFine, kDenied, kFine, kDenied, kFine, kDenied, "010001"},
    {"PublishingAuthor", kFine, kFine, kFine, kFine, kDenied, kFine, kDenied, kFine, kFine, "011001"},
    {"Editor", kFine, kFine, kFine, kFine, kFine, kFine, kFine, kFine, kDenied, "010001"},
    {"PublishingEditor", kFine, kFine, kFine, kFine, kFine, kFine, kFine, kFine, kFine, "011001"},
    {"Owner", kFine, kFine, kFine, kFine, kFine, kFine, kFine, kFine, kFine, "111111"},
});

std::string bits(const std::string& answer) {
  std::string found;
  for (const std::string_view right :
       {"CreateAssociated", "CreateContents", "CreateHierarchy", "Delete", "Modify", "Read"}) {
    const std::string value = element_text(answer, right);
    if (!value.empty()) found += value == "true" ? '1' : '0';
  }
  return found;
}

TEST_F(Permissions, each_level_grants_what_it_says_and_no_more) {
  const std::string inbox = owners("inbox");
  for (const Meets& meets : kLevels) {
    SCOPED_TRACE(meets.level);
    EXPECT_EQ(share("inbox", permission(std::string(kOther), std::string(meets.level))), kFine);
    const std::string shown = get_folder(inbox);
    EXPECT_EQ(code_of(shown), meets.folder);
    EXPECT_EQ(bits(shown), meets.rights);
    EXPECT_EQ(code(find_items(inbox), std::string(kOther)), meets.list);
    const std::string others = first_item();
    EXPECT_EQ(code_of(get_item(others)), meets.item);
    EXPECT_EQ(change_subject(others), meets.changes);
    const std::string made = create_in(inbox, kDraft, std::string(kOther));
    EXPECT_EQ(code_of(made), meets.creates);
    if (meets.creates == kFine) {
      const std::string own = attribute_of(made, "ItemId", "Id");
      EXPECT_EQ(change_subject(own), meets.changes_own);
      EXPECT_EQ(delete_item(own), meets.deletes_own);
    }
    EXPECT_EQ(delete_item(others), meets.deletes);
    EXPECT_EQ(create_folder_in(inbox), meets.creates_folder);
    if (meets.creates_folder == kFine) {
      // Whoever makes a folder owns it.
      const std::string below = attribute_of(ask("<m:FindFolder Traversal=\"Shallow\"><m:FolderShape><t:BaseShape>"
                                                 "IdOnly</t:BaseShape></m:FolderShape><m:ParentFolderIds>" +
                                                     inbox + "</m:ParentFolderIds></m:FindFolder>",
                                                 std::string(kOther)),
                                             "FolderId", "Id");
      EXPECT_EQ(code("<m:DeleteFolder DeleteType=\"HardDelete\"><m:FolderIds>" + folder_element(below) +
                         "</m:FolderIds></m:DeleteFolder>",
                     std::string(kOther)),
                kFine);
    }
  }
}

TEST_F(Permissions, an_items_rights_are_the_callers_own) {
  share("inbox", permission(std::string(kOther), "Author"));
  const std::string others = get_item(first_item());
  EXPECT_EQ(bits(others), "000001");
  EXPECT_EQ(element_text(others, "ViewPrivateItems"), "false");
  const std::string own = attribute_of(create_in(owners("inbox"), kDraft, std::string(kOther)), "ItemId", "Id");
  EXPECT_EQ(bits(get_item(own)), "000111");
  EXPECT_EQ(bits(get_item(own, std::string(kOwner))), "000111");
  EXPECT_EQ(element_text(get_item(own), "LastModifiedName"), "User B");
}

TEST_F(Permissions, a_list_grants_to_its_members_and_ones_own_entry_counts_before_it) {
  const auto reads = [&] { return code(find_items(owners("inbox")), std::string(kOther)); };
  share("inbox", permission("office@example.test", "Reviewer"));
  EXPECT_EQ(reads(), kFine) << "through a list in a list";
  EXPECT_EQ(code(find_items(owners("inbox")), "userc@example.test"), "ErrorFolderNotFound");
  share("inbox", permission("office@example.test", "Reviewer") + permission(std::string(kOther), "None"));
  EXPECT_EQ(reads(), "ErrorFolderNotFound");
  share("inbox", permission("Default", "Reviewer"));
  EXPECT_EQ(code(find_items(owners("inbox")), "userc@example.test"), kFine);
  share("inbox", permission("Default", "Reviewer") + permission("office@example.test", "Contributor"));
  EXPECT_EQ(reads(), kDenied) << "who is in a list is no longer everyone";
}

TEST_F(Permissions, invisible_folders_are_left_out_of_every_list_of_folders) {
  const std::string shown = make_folder("Shown", "inbox");
  const std::string hidden = make_folder("Hidden", "inbox");
  share("inbox", permission(std::string(kOther), "Reviewer"));
  share(shown, permission(std::string(kOther), "Custom", "<t:IsFolderVisible>true</t:IsFolderVisible>"));
  const std::string found =
      ask("<m:FindFolder Traversal=\"Deep\"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
          "<m:ParentFolderIds>" +
              owners("inbox") + "</m:ParentFolderIds></m:FindFolder>",
          std::string(kOther));
  EXPECT_EQ(texts(found, "DisplayName"), (std::vector<std::string>{"Shown"}));
  const std::string synced =
      ask("<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:SyncFolderId>" +
              owners("inbox") + "</m:SyncFolderId></m:SyncFolderHierarchy>",
          std::string(kOther));
  EXPECT_EQ(texts(synced, "DisplayName"), (std::vector<std::string>{"Shown"}));
  EXPECT_EQ(code_of(get_folder(folder_element(hidden))), kNoItem);
  EXPECT_EQ(code(find_items(folder_element(shown)), std::string(kOther)), kDenied);
  EXPECT_EQ(code_of(get_folder(owners("msgfolderroot"))), "ErrorFolderNotFound");
}

TEST_F(Permissions, permissions_are_shown_to_readers_and_changed_by_owners_alone) {
  share("inbox", permission(std::string(kOther), "Contributor"));
  EXPECT_EQ(code_of(get_folder(owners("inbox"), "PermissionSet")), kDenied);
  share("inbox", permission(std::string(kOther), "Editor"));
  const auto open_up = [&] {
    return code("<m:UpdateFolder><m:FolderChanges><t:FolderChange>" + owners("inbox") +
                    "<t:Updates><t:SetFolderField><t:FieldURI FieldURI=\"folder:PermissionSet\"/><t:Folder>"
                    "<t:PermissionSet><t:Permissions>" +
                    permission("Default", "Owner") +
                    "</t:Permissions></t:PermissionSet></t:Folder></t:SetFolderField></t:Updates></t:FolderChange>"
                    "</m:FolderChanges></m:UpdateFolder>",
                std::string(kOther));
  };
  EXPECT_EQ(open_up(), kDenied);
  EXPECT_EQ(texts(get_folder(owners("inbox"), "PermissionSet"), "PermissionLevel").back(), "Editor");
  share("inbox", permission(std::string(kOther), "Owner"));
  const std::string set = get_folder(owners("inbox"), "PermissionSet");
  EXPECT_EQ(texts(set, "PermissionLevel"), (std::vector<std::string>{"None", "None", "Owner"}));
  EXPECT_EQ(texts(set, "DistinguishedUser"), (std::vector<std::string>{"Default", "Anonymous"}));
  EXPECT_EQ(texts(set, "PrimarySmtpAddress"), (std::vector<std::string>{std::string(kOther)}));
  EXPECT_EQ(texts(set, "IsFolderContact").back(), "true");
  EXPECT_EQ(open_up(), kFine);
}

TEST_F(Permissions, single_rights_are_custom_and_a_set_that_contradicts_itself_is_refused) {
  const std::string single =
      "<t:CanCreateItems>true</t:CanCreateItems><t:IsFolderVisible>true</t:IsFolderVisible>"
      "<t:EditItems>Owned</t:EditItems><t:ReadItems>FullDetails</t:ReadItems>";
  EXPECT_EQ(share("inbox", permission(std::string(kOther), "Custom", single)), kFine);
  EXPECT_EQ(bits(get_folder(owners("inbox"))), "010001");
  const std::string own = attribute_of(create_in(owners("inbox"), kDraft, std::string(kOther)), "ItemId", "Id");
  EXPECT_EQ(change_subject(own), kFine);
  EXPECT_EQ(delete_item(own), kDenied);
  EXPECT_EQ(share("inbox", permission(std::string(kOther), "Reviewer", "<t:CanCreateItems>true</t:CanCreateItems>")),
            "ErrorInvalidPermissionSettings");
  EXPECT_EQ(share("inbox", permission(std::string(kOther), "Reviewer") + permission("USERB@example.test", "None")),
            "ErrorDuplicateUserIdsSpecified");
  EXPECT_EQ(share("inbox", permission("nobody@example.test", "Reviewer")), "ErrorInvalidUserInfo");
  EXPECT_EQ(share("calendar", permission(std::string(kOther), "Reviewer")),
            "ErrorCannotSetNonCalendarPermissionOnCalendarFolder");
  EXPECT_EQ(share("inbox", calendar_permission(std::string(kOther), "Reviewer")),
            "ErrorCannotSetCalendarPermissionOnNonCalendarFolder");
  EXPECT_EQ(bits(get_folder(owners("inbox"))), "010001") << "what is refused changes nothing";
}

TEST_F(Permissions, a_set_that_breaks_the_schema_is_a_fault) {
  const auto update = [](const std::string& list) {
    return "<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:DistinguishedFolderId Id=\"inbox\"/><t:Updates>"
           "<t:SetFolderField><t:FieldURI FieldURI=\"folder:PermissionSet\"/><t:Folder><t:PermissionSet>" +
           list +
           "</t:PermissionSet></t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges>"
           "</m:UpdateFolder>";
  };
  const std::string user = std::string(kOther);
  for (const std::string& list :
       {std::string(), "<t:PermissionSet/>" + permission(user, "Reviewer"),
        "<t:Permissions>" + permission(user, "Reader") + "</t:Permissions>",
        "<t:Permissions>" + permission(user, "FreeBusyTimeOnly") + "</t:Permissions>",
        "<t:Permissions>" + calendar_permission(user, "Reviewer") + "</t:Permissions>",
        "<t:Permissions>" + permission(user, "Custom", "<t:ReadItems>TimeOnly</t:ReadItems>") + "</t:Permissions>",
        "<t:Permissions>" + permission(user, "Custom", "<t:EditItems>Some</t:EditItems>") + "</t:Permissions>"}) {
    EXPECT_EQ(fault(update(list)), "ErrorSchemaValidation") << list;
  }
}

TEST_F(Permissions, a_new_folder_has_those_of_the_folder_above) {
  share("inbox", permission(std::string(kOther), "Reviewer"));
  EXPECT_EQ(bits(get_folder(folder_element(make_folder("Below", "inbox")))), "000001");
}

TEST_F(Permissions, one_request_may_name_folders_and_items_of_several_mailboxes) {
  share("inbox", permission(std::string(kOther), "Reviewer"));
  const std::string own =
      attribute_of(ask(find_items("<t:DistinguishedFolderId Id=\"inbox\"/>"), std::string(kOther)), "ItemId", "Id");
  const std::string both = ask("<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ItemIds>" +
                                   item_element(own) + item_element(first_item()) + "</m:ItemIds></m:GetItem>",
                               std::string(kOther));
  EXPECT_EQ(texts(both, "ResponseCode"), (std::vector<std::string>{"NoError", "NoError"}));
}

TEST_F(Permissions, whoever_may_read_a_folder_may_sync_it_and_be_told_of_it) {
  const auto sync = [&] {
    return code("<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>" +
                    owners("inbox") +
                    "</m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>",
                std::string(kOther));
  };
  const auto subscribe = [&] {
    return ask("<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>" + owners("inbox") +
                   "</t:FolderIds><t:EventTypes><t:EventType>CreatedEvent</t:EventType></t:EventTypes>"
                   "<t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>",
               std::string(kOther));
  };
  share("inbox", permission(std::string(kOther), "Contributor"));
  EXPECT_EQ(sync(), kDenied);
  EXPECT_EQ(code_of(subscribe()), kDenied);
  share("inbox", permission(std::string(kOther), "Reviewer"));
  EXPECT_EQ(sync(), kFine);
  const std::string subscription = subscribe();
  create_in(owners("inbox"), kDraft, std::string(kOwner));
  const std::string events = "<m:GetEvents><m:SubscriptionId>" + element_text(subscription, "SubscriptionId") +
                             "</m:SubscriptionId><m:Watermark>" + element_text(subscription, "Watermark") +
                             "</m:Watermark></m:GetEvents>";
  EXPECT_EQ(texts(ask(events, std::string(kOther)), "CreatedEvent").size(), 1U);
  EXPECT_EQ(code(events, std::string(kOwner)), "ErrorSubscriptionAccessDenied");
}

}  // namespace
}  // namespace mailward::testing
