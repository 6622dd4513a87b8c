// SyncFolderHierarchy and SyncFolderItems.
#include "tests/exchange_sim/store_conversation.h"

namespace mailward::testing {
namespace {

class Sync : public StoreConversation {
 protected:
  std::string items(const std::string& folder, const std::string& state, int most = 512, const std::string& ignore = "",
                    const std::string& shape = "IdOnly") {
    return ask("<m:SyncFolderItems><m:ItemShape><t:BaseShape>" + shape +
               "</t:BaseShape></m:ItemShape><m:SyncFolderId>" + folder_element(folder) + "</m:SyncFolderId>" +
               (state.empty() ? "" : "<m:SyncState>" + state + "</m:SyncState>") + ignore + "<m:MaxChangesReturned>" +
               std::to_string(most) + "</m:MaxChangesReturned></m:SyncFolderItems>");
  }
  std::string hierarchy(const std::string& state, const std::string& folder = "msgfolderroot") {
    return ask(
        "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        "<m:SyncFolderId>" +
        folder_element(folder) + "</m:SyncFolderId>" +
        (state.empty() ? "" : "<m:SyncState>" + state + "</m:SyncState>") + "</m:SyncFolderHierarchy>");
  }
  static std::string state_of(const std::string& answer) { return element_text(answer, "SyncState"); }
  static std::string changes(const std::string& answer) {
    std::string out;
    for (const std::string name : {"Create", "Update", "Delete", "ReadFlagChange"}) {
      const auto count = texts(answer, name).size();
      if (count > 0) out += (out.empty() ? "" : " ") + std::to_string(count) + " " + name;
    }
    return out;
  }
  std::string message(const std::string& folder) {
    return made("<t:Message><t:Subject>x</t:Subject></t:Message>", folder);
  }
};

TEST_F(Sync, a_state_tells_what_came_changed_and_went_since) {
  const std::string first = items("inbox", "");
  EXPECT_EQ(changes(first), "12 Create");
  EXPECT_EQ(element_text(first, "IncludesLastItemInRange"), "true");
  const auto ids = attributes(first, "ItemId", "Id");
  std::string state = state_of(first);
  EXPECT_EQ(changes(items("inbox", state)), "");
  EXPECT_EQ(state_of(items("inbox", state)).empty(), false);

  const std::string& unread = ids.back();  // the first sample message is unread
  set_field(unread, "<t:FieldURI FieldURI=\"message:IsRead\"/>", "<t:IsRead>true</t:IsRead>");
  const std::string read = items("inbox", state);
  EXPECT_EQ(changes(read), "1 ReadFlagChange");
  EXPECT_EQ(element_text(read, "IsRead"), "true");
  EXPECT_EQ(attribute_of(read, "ItemId", "Id"), unread);
  state = state_of(read);

  set_field(ids[1], "<t:FieldURI FieldURI=\"item:Subject\"/>", "<t:Subject>y</t:Subject>");
  remove(ids[2]);
  move(ids[3], "drafts");
  const std::string fleeting = message("inbox");
  remove(fleeting);
  const std::string fresh = message("inbox");
  const std::string next = items("inbox", state);
  EXPECT_EQ(changes(next), "1 Create 1 Update 2 Delete") << next;
  EXPECT_EQ(next.find(fleeting), std::string::npos) << "it came and went between";
  EXPECT_NE(next.find(fresh), std::string::npos);
  EXPECT_EQ(changes(items("inbox", state_of(next))), "");
  EXPECT_EQ(changes(items("drafts", "")), "1 Create") << "under its new id";
  // An old state tells the same again.
  EXPECT_EQ(changes(items("inbox", state)), "1 Create 1 Update 2 Delete");
}

TEST_F(Sync, changes_come_in_portions_and_none_is_lost_between) {
  std::string state;
  std::size_t seen = 0;
  for (int i = 0; i < 3; ++i) {
    const std::string page = items("inbox", state, 5);
    seen += texts(page, "Create").size();
    EXPECT_EQ(element_text(page, "IncludesLastItemInRange"), i == 2 ? "true" : "false");
    state = state_of(page);
    if (i == 0) message("inbox");
  }
  EXPECT_EQ(seen, 13U);
  EXPECT_EQ(changes(items("inbox", state)), "");
}

// Microsoft: Mailbox synchronization and EWS in Exchange.
TEST_F(Sync, the_newest_change_is_told_first) {
  const std::string before = state_of(items("inbox", ""));
  const std::string one = message("inbox");
  const std::string two = message("inbox");
  const std::string three = message("inbox");
  const std::vector<std::string> newest_first{three, two, one};
  EXPECT_EQ(attributes(items("inbox", before), "ItemId", "Id"), newest_first);
  auto all = attributes(items("inbox", ""), "ItemId", "Id");
  ASSERT_EQ(all.size(), 15U);
  all.resize(3);
  EXPECT_EQ(all, newest_first);
}

TEST_F(Sync, what_changes_while_a_client_reads_portions_is_told_once_and_last) {
  const auto all = attributes(items("inbox", ""), "ItemId", "Id");
  ASSERT_EQ(all.size(), 12U);
  std::string page = items("inbox", "", 4);
  EXPECT_EQ(changes(page), "4 Create");
  remove(all[0]);   // told
  remove(all[10]);  // not told yet
  set_field(all[1], "<t:FieldURI FieldURI=\"item:Subject\"/>", "<t:Subject>told</t:Subject>");
  set_field(all[9], "<t:FieldURI FieldURI=\"item:Subject\"/>", "<t:Subject>not told yet</t:Subject>");
  const std::string fresh = message("inbox");
  page = items("inbox", state_of(page), 4);
  EXPECT_EQ(attributes(page, "ItemId", "Id"), (std::vector<std::string>{all[4], all[5], all[6], all[7]}));
  page = items("inbox", state_of(page), 4);
  // What is left of the first look, then what became since.
  EXPECT_EQ(attributes(page, "ItemId", "Id"), (std::vector<std::string>{all[8], all[9], all[11], fresh}));
  EXPECT_EQ(changes(page), "4 Create");
  EXPECT_EQ(element_text(page, "IncludesLastItemInRange"), "false");
  page = items("inbox", state_of(page), 4);
  EXPECT_EQ(changes(page), "2 Update 2 Delete") << "all[9] again: it changed after the look";
  EXPECT_EQ(element_text(page, "IncludesLastItemInRange"), "true");
  EXPECT_EQ(changes(items("inbox", state_of(page))), "");
}

TEST_F(Sync, ignored_ids_are_left_out) {
  const std::string id = attributes(items("inbox", ""), "ItemId", "Id").front();
  EXPECT_EQ(changes(items("inbox", "", 512, "<m:Ignore>" + item_element(id) + "</m:Ignore>")), "11 Create");
  const std::string whole = items("inbox", "", 2, "", "AllProperties");
  EXPECT_EQ(texts(whole, "Subject").size(), 2U);
  EXPECT_EQ(texts(whole, "Body").size(), 1U) << "the envelope's alone";
}

TEST_F(Sync, states_of_another_folder_kind_or_time_and_such_that_are_none_are_refused) {
  const std::string state = state_of(items("inbox", ""));
  const auto refused = [&](const std::string& folder, const std::string& text) {
    const std::string answer = items(folder, text);
    EXPECT_NE(answer.find("<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"),
              std::string::npos)
        << answer;
    return element_text(answer, "ResponseCode");
  };
  EXPECT_EQ(refused("drafts", state), "ErrorInvalidSyncStateData");
  EXPECT_EQ(refused("inbox", state_of(hierarchy(""))), "ErrorInvalidSyncStateData");
  EXPECT_EQ(refused("inbox", "H4sIAAAAAAAEAO29B2Ac"), "ErrorInvalidSyncStateData");
  std::string bent = state;
  bent[20] = bent[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(refused("inbox", bent), "ErrorInvalidSyncStateData");
  EXPECT_EQ(element_text(items("inbox", state), "ResponseCode"), "NoError");
  sim().control("POST", "/control/mailboxes/usera@example.test/forget-changes");
  EXPECT_EQ(refused("inbox", state), "ErrorInvalidSyncStateData") << "as after weeks";
  EXPECT_EQ(element_text(items("inbox", state_of(items("inbox", ""))), "ResponseCode"), "NoError");
  EXPECT_EQ(fault("<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>" +
                  folder_element("inbox") +
                  "</m:SyncFolderId><m:MaxChangesReturned>513</m:MaxChangesReturned></m:SyncFolderItems>"),
            "ErrorSchemaValidation");
}

TEST_F(Sync, the_hierarchy_tells_what_was_made_renamed_moved_and_deleted) {
  const std::string first = hierarchy("");
  EXPECT_EQ(changes(first), "16 Create");
  EXPECT_EQ(element_text(first, "IncludesLastFolderInRange"), "true");
  std::string state = state_of(first);
  EXPECT_EQ(changes(hierarchy(state)), "");
  message("inbox");
  EXPECT_EQ(changes(hierarchy(state)), "") << "what is in a folder is no change of it";

  const std::string one = make_folder("One");
  const std::string two = make_folder("Two", one);
  EXPECT_EQ(changes(hierarchy(state)), "2 Create");
  state = state_of(hierarchy(state));
  ask("<m:UpdateFolder><m:FolderChanges><t:FolderChange>" + folder_element(one) +
      "<t:Updates><t:SetFolderField><t:FieldURI FieldURI=\"folder:DisplayName\"/><t:Folder><t:DisplayName>Uno"
      "</t:DisplayName></t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>");
  const std::string renamed = hierarchy(state);
  EXPECT_EQ(changes(renamed), "1 Update");
  EXPECT_EQ(element_text(renamed, "DisplayName"), "Uno");
  state = state_of(renamed);
  const auto to = [&](const std::string& folder, const std::string& target) {
    ask("<m:MoveFolder><m:ToFolderId>" + folder_element(target) + "</m:ToFolderId><m:FolderIds>" +
        folder_element(folder) + "</m:FolderIds></m:MoveFolder>");
  };
  to(one, "inbox");
  EXPECT_EQ(changes(hierarchy(state)), "1 Update");
  to(one, "root");
  const std::string left = hierarchy(state);
  EXPECT_EQ(changes(left), "2 Delete") << "out of this hierarchy, with what is below it";
  EXPECT_NE(left.find(two), std::string::npos);
  const std::string whole = state_of(hierarchy("", "root"));
  ask("<m:DeleteFolder DeleteType=\"HardDelete\"><m:FolderIds>" + folder_element(one) +
      "</m:FolderIds></m:DeleteFolder>");
  EXPECT_EQ(changes(hierarchy(whole, "root")), "2 Delete");
  EXPECT_EQ(element_text(hierarchy(whole), "ResponseCode"), "ErrorInvalidSyncStateData");
}

}  // namespace
}  // namespace mailward::testing
