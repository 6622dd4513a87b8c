// Folders: made, renamed, moved, copied, emptied, deleted; archive and Recoverable Items.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class Folders : public StoreConversation {
 protected:
  SimulatorOptions options() const override {
    return {.config = R"(
[exchange]
schemes = ["Basic"]
[listen]
balancer = "{ADDRESS}:443"
[[account]]
name = 'EXAMPLE\svc-mailward'
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
messages = 3
archive = true
[[mailbox]]
smtp = "userb@example.test"
name = "User B"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
)",
            .environment = {}};
  }
  std::string read(const std::string& folder, const std::string& more = "") {
    return ask("<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape>" + more +
               "</m:FolderShape><m:FolderIds>" + folder_element(folder) + "</m:FolderIds></m:GetFolder>");
  }
  std::string transfer(const std::string& operation, const std::string& folder, const std::string& to) {
    return ask("<m:" + operation + "><m:ToFolderId>" + folder_element(to) + "</m:ToFolderId><m:FolderIds>" +
               folder_element(folder) + "</m:FolderIds></m:" + operation + ">");
  }
  std::string change(const std::string& folder, const std::string& update) {
    return ask("<m:UpdateFolder><m:FolderChanges><t:FolderChange>" + folder_element(folder) + "<t:Updates>" + update +
               "</t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>");
  }
  static std::string rename(const std::string& name) {
    return "<t:SetFolderField><t:FieldURI FieldURI=\"folder:DisplayName\"/><t:Folder><t:DisplayName>" + name +
           "</t:DisplayName></t:Folder></t:SetFolderField>";
  }
};

TEST_F(Folders, a_plain_folder_is_of_the_kind_that_its_class_names) {
  const std::string made = ask(
      "<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id=\"msgfolderroot\"/></m:ParentFolderId><m:Folders>"
      "<t:Folder><t:FolderClass>IPF.Appointment</t:FolderClass><t:DisplayName>Plans</t:DisplayName></t:Folder>"
      "</m:Folders></m:CreateFolder>");
  const std::string read_back = read(attribute_of(made, "FolderId", "Id"));
  EXPECT_NE(read_back.find("<t:CalendarFolder>"), std::string::npos) << read_back;
}

TEST_F(Folders, default_folders_stand_there_or_are_made_when_asked_for) {
  for (const std::string name :
       {"recoverableitemsroot", "recoverableitemsdeletions", "recoverableitemsversions", "recoverableitemspurges",
        "recoverableitemsdiscoveryholds", "archiveroot", "archivemsgfolderroot", "archivedeleteditems", "archiveinbox",
        "archiverecoverableitemsroot", "archiverecoverableitemspurges", "conflicts", "recipientcache", "quickcontacts",
        "todosearch", "voicemail"}) {
    EXPECT_EQ(element_text(read(name), "ResponseCode"), "NoError") << name;
  }
  EXPECT_EQ(attribute_of(read("conflicts"), "ParentFolderId", "Id"),
            attribute_of(read("syncissues"), "FolderId", "Id"));
  EXPECT_EQ(element_text(read("publicfoldersroot"), "ResponseCode"), "ErrorFolderNotFound");
}

TEST_F(Folders, a_folder_is_renamed_moved_and_copied_with_all_that_is_in_it) {
  const std::string outer = make_folder("Outer");
  const std::string inner = make_folder("Inner", outer);
  made("<t:Message><t:Subject>x</t:Subject></t:Message>", inner);
  const std::string key = attribute_of(read(outer), "FolderId", "ChangeKey");
  EXPECT_EQ(element_text(change(outer, rename("N\xC3\xA9w / name")), "ResponseCode"), "NoError");
  EXPECT_EQ(element_text(read(outer), "DisplayName"), "N\xC3\xA9w / name");
  EXPECT_NE(attribute_of(read(outer), "FolderId", "ChangeKey"), key);
  make_folder("Taken");
  EXPECT_EQ(element_text(change(outer, rename("taken")), "ResponseCode"), "ErrorFolderExists");
  EXPECT_EQ(element_text(change("inbox", rename("Mine")), "ResponseCode"), "ErrorFolderSave");

  EXPECT_EQ(element_text(transfer("MoveFolder", outer, "inbox"), "ResponseCode"), "NoError");
  EXPECT_EQ(attribute_of(read(outer), "ParentFolderId", "Id"), attribute_of(read("inbox"), "FolderId", "Id"));
  EXPECT_EQ(element_text(transfer("MoveFolder", outer, inner), "ResponseCode"), "ErrorMoveCopyFailed");
  EXPECT_EQ(element_text(transfer("MoveFolder", "inbox", outer), "ResponseCode"), "ErrorMoveDistinguishedFolder");
  const std::string copied = transfer("CopyFolder", outer, "msgfolderroot");
  const std::string copy = attribute_of(copied, "FolderId", "Id");
  EXPECT_NE(copy, outer);
  const std::string below =
      ask("<m:FindFolder Traversal=\"Shallow\"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
          "<m:ParentFolderIds>" +
          folder_element(copy) + "</m:ParentFolderIds></m:FindFolder>");
  EXPECT_EQ(element_text(below, "DisplayName"), "Inner");
  EXPECT_EQ(element_text(below, "TotalCount"), "1");
  EXPECT_EQ(element_text(transfer("CopyFolder", outer, "msgfolderroot"), "ResponseCode"), "ErrorFolderExists");
}

TEST_F(Folders, extended_properties_and_commit_counts_of_folders) {
  const std::string id = make_folder("Marked");
  const std::string name =
      "<t:ExtendedFieldURI PropertySetId=\"C11FF724-AA03-4555-9952-8FA248A11C3E\" PropertyName=\"mark\" "
      "PropertyType=\"String\"/>";
  change(id, "<t:SetFolderField>" + name + "<t:Folder><t:ExtendedProperty>" + name +
                 "<t:Value>seen</t:Value></t:ExtendedProperty></t:Folder></t:SetFolderField>");
  const std::string deleted = "<t:ExtendedFieldURI PropertyTag=\"0x670b\" PropertyType=\"Integer\"/>";
  const auto paths = [](const std::string& inside) {
    return "<t:AdditionalProperties>" + inside + "</t:AdditionalProperties>";
  };
  EXPECT_EQ(element_text(read(id, paths(name)), "Value"), "seen");
  EXPECT_EQ(element_text(read(id, paths(deleted)), "Value"), "0");
  remove(made("<t:Message/>", id));
  EXPECT_EQ(element_text(read(id, paths(deleted)), "Value"), "1");
  change(id, "<t:DeleteFolderField>" + name + "</t:DeleteFolderField>");
  EXPECT_TRUE(texts(read(id, paths(name)), "Value").empty());
}

TEST_F(Folders, emptying_leaves_the_folder_and_takes_what_is_below_where_asked) {
  const std::string outer = make_folder("Outer");
  made("<t:Message/>", make_folder("Inner", outer));
  made("<t:Message/>", outer);
  const auto empty = [&](const std::string& below) {
    return code("<m:EmptyFolder DeleteType=\"HardDelete\" DeleteSubFolders=\"" + below + "\"><m:FolderIds>" +
                folder_element(outer) + "</m:FolderIds></m:EmptyFolder>");
  };
  EXPECT_EQ(empty("false"), "NoError");
  EXPECT_EQ(element_text(read(outer), "TotalCount"), "0");
  EXPECT_EQ(element_text(read(outer), "ChildFolderCount"), "1");
  EXPECT_EQ(empty("true"), "NoError");
  EXPECT_EQ(element_text(read(outer), "ChildFolderCount"), "0");
}

TEST_F(Folders, what_is_soft_deleted_can_be_recovered_and_a_hold_keeps_the_rest) {
  const auto count = [&](const std::string& folder) { return element_text(read(folder), "TotalCount"); };
  const std::string first = made("<t:Message><t:Subject>soft</t:Subject></t:Message>", "inbox");
  remove(first, "SoftDelete");
  EXPECT_EQ(count("recoverableitemsdeletions"), "1");
  const std::string there = attribute_of(find("recoverableitemsdeletions"), "ItemId", "Id");
  EXPECT_EQ(element_text(get(there), "Subject"), "soft");
  EXPECT_EQ(element_text(move(there, "inbox"), "ResponseCode"), "NoError");
  EXPECT_EQ(count("recoverableitemsdeletions"), "0");
  remove(made("<t:Message/>"), "HardDelete");
  EXPECT_EQ(count("recoverableitemspurges"), "0") << "without a hold it is gone";

  sim().change_mailbox("usera@example.test", R"({"hold":true})");
  const auto no_draft = [&](const std::string& subject) {
    return made("<t:Message><t:Subject>" + subject +
                    "</t:Subject><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x0E07\" "
                    "PropertyType=\"Integer\"/><t:Value>1</t:Value></t:ExtendedProperty></t:Message>",
                "inbox");
  };
  const std::string held = no_draft("v1");
  set_field(held, "<t:FieldURI FieldURI=\"item:Subject\"/>", "<t:Subject>v2</t:Subject>");
  EXPECT_EQ(element_text(find("recoverableitemsversions"), "Subject"), "v1");
  remove(held, "HardDelete");
  const std::string purged = find("recoverableitemspurges");
  EXPECT_EQ(element_text(purged, "Subject"), "v2");
  remove(attribute_of(purged, "ItemId", "Id"), "HardDelete");
  EXPECT_EQ(count("recoverableitemspurges"), "1") << "nothing leaves the purges under a hold";

  const std::string exported =
      ask("<m:ExportItems><m:ItemIds>" + item_element(made("<t:Message><t:Subject>from afar</t:Subject></t:Message>")) +
          "</m:ItemIds></m:ExportItems>");
  const std::string replaced = no_draft("before");
  EXPECT_EQ(code("<m:UploadItems><m:Items><t:Item CreateAction=\"Update\"><t:ParentFolderId Id=\"" +
                 attribute_of(read("inbox"), "FolderId", "Id") + "\"/>" + item_element(replaced) + "<t:Data>" +
                 element_text(exported, "Data") + "</t:Data></t:Item></m:Items></m:UploadItems>"),
            "NoError");
  EXPECT_EQ(element_text(get(replaced), "Subject"), "from afar");
  EXPECT_EQ(texts(find("recoverableitemsversions"), "Subject"), (std::vector<std::string>{"before", "v1"}));
}

TEST_F(Folders, what_is_deleted_in_the_archive_stays_in_the_archive) {
  const std::string id = made("<t:Message><t:Subject>old</t:Subject></t:Message>", "archiveinbox");
  remove(id, "MoveToDeletedItems");
  EXPECT_EQ(element_text(find("archivedeleteditems"), "Subject"), "old");
  remove(attribute_of(find("archivedeleteditems"), "ItemId", "Id"), "SoftDelete");
  EXPECT_EQ(element_text(find("archiverecoverableitemsdeletions"), "Subject"), "old");
}

// Microsoft's list of response codes.
TEST_F(Folders, keep_the_kind_that_their_class_says) {
  const auto create = [&](const std::string& element, const std::string& folder_class) {
    return code("<m:CreateFolder><m:ParentFolderId>" + folder_element("msgfolderroot") +
                "</m:ParentFolderId><m:Folders><t:" + element + "><t:FolderClass>" + folder_class +
                "</t:FolderClass><t:DisplayName>" + element + folder_class + "</t:DisplayName></t:" + element +
                "></m:Folders></m:CreateFolder>");
  };
  EXPECT_EQ(create("CalendarFolder", "IPF.Note"), "ErrorNoFolderClassOverride");
  EXPECT_EQ(create("Folder", "IPF.Appointment"), "NoError");
  const auto update = [&](const std::string& folder, const std::string& folder_class) {
    return code("<m:UpdateFolder><m:FolderChanges><t:FolderChange>" + folder_element(folder) +
                "<t:Updates><t:SetFolderField><t:FieldURI FieldURI=\"folder:FolderClass\"/><t:Folder><t:FolderClass>" +
                folder_class +
                "</t:FolderClass></t:Folder></t:SetFolderField></t:Updates></t:FolderChange>"
                "</m:FolderChanges></m:UpdateFolder>");
  };
  EXPECT_EQ(update("inbox", "IPF.Appointment"), "ErrorObjectTypeChanged");
  EXPECT_EQ(update("calendar", "IPF.Note"), "ErrorObjectTypeChanged");
  EXPECT_EQ(update(make_folder("Plain"), "IPF.Note.Own"), "NoError");
}

}  // namespace
}  // namespace mailward::testing
