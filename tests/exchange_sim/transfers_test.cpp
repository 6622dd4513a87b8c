#include <algorithm>

#include "tests/exchange_sim/shared_mailbox.h"

namespace mailward::testing {
namespace {

constexpr std::string_view kFine = "NoError";
const std::string kInbox = "<t:DistinguishedFolderId Id=\"inbox\"/>";

/// Moving and copying between stores.
class Transfers : public SharedMailbox {
 protected:
  /// User C owns the Board.
  std::string public_folder(const std::string& name) {
    const std::string found = ask(
        "<m:FindFolder Traversal=\"Shallow\"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"publicfoldersroot\"/></m:ParentFolderIds></m:FindFolder>");
    const auto names = texts(found, "DisplayName");
    const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    return at == names.size() ? "" : folder_element(attributes(found, "FolderId", "Id")[at]);
  }
  static std::string transfer(const std::string& operation, const std::string& id, const std::string& to) {
    return "<m:" + operation + "><m:ToFolderId>" + to + "</m:ToFolderId><m:ItemIds>" + item_element(id) +
           "</m:ItemIds></m:" + operation + ">";
  }
  std::string first_in(const std::string& folder, const std::string& caller = std::string(kOther)) {
    return attribute_of(ask(find_items(folder), caller), "ItemId", "Id");
  }
  std::string count(const std::string& folder, const std::string& caller = std::string(kOther)) {
    return total(ask(find_items(folder), caller));
  }
  std::string search_key(const std::string& id, const std::string& caller = std::string(kOther)) {
    return element_text(ask("<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
                            "<t:ExtendedFieldURI PropertyTag=\"0x300b\" PropertyType=\"Binary\"/>"
                            "</t:AdditionalProperties></m:ItemShape><m:ItemIds>" +
                                item_element(id) + "</m:ItemIds></m:GetItem>",
                            caller),
                        "Value");
  }
};

TEST_F(Transfers, a_post_is_copied_out_of_a_public_folder_and_found_by_its_search_key) {
  const std::string board = public_folder("Board");
  const std::string post = first_in(board);
  const std::string answer = ask(transfer("CopyItem", post, kInbox), std::string(kOther));
  EXPECT_EQ(code_of(answer), kFine);
  EXPECT_TRUE(texts(answer, "ItemId").empty()) << "what is in another store is not told";
  EXPECT_EQ(count(kInbox), "4");
  EXPECT_EQ(count(board), "1");
  const std::string inbox = ask(find_items(kInbox), std::string(kOther));
  std::string found;
  for (const std::string& id : attributes(inbox, "ItemId", "Id")) {
    if (search_key(id) == search_key(post)) found = id;
  }
  EXPECT_NE(found, "");
  EXPECT_NE(found, post);
  EXPECT_EQ(element_text(get_item(found), "Subject"), "Post 1 in Board");
}

TEST_F(Transfers, a_message_is_moved_into_a_public_folder_by_whoever_may_add_to_it) {
  const std::string board = public_folder("Board");
  const std::string message = first_in(kInbox);
  EXPECT_EQ(code(transfer("MoveItem", message, board), std::string(kOther)), kFine);
  EXPECT_EQ(count(board), "2");
  EXPECT_EQ(count(kInbox), "2");
  EXPECT_EQ(code_of(get_item(message)), "ErrorItemNotFound");
}

TEST_F(Transfers, what_another_posted_is_moved_away_by_owners_alone) {
  const std::string board = public_folder("Board");
  const std::string post = first_in(board);
  EXPECT_EQ(code(transfer("MoveItem", post, kInbox), std::string(kOther)), "ErrorAccessDenied");
  EXPECT_EQ(code(transfer("MoveItem", post, kInbox), "userc@example.test"), kFine);
  EXPECT_EQ(count(board), "0");
  EXPECT_EQ(count(kInbox, "userc@example.test"), "4");
}

TEST_F(Transfers, contents_elsewhere_are_not_reached_by_a_move_either) {
  EXPECT_EQ(code(transfer("CopyItem", first_in(kInbox), public_folder("Archive")), std::string(kOther)),
            "ErrorNoPublicFolderReplicaAvailable");
}

TEST_F(Transfers, items_go_from_one_mailbox_to_another_by_both_owners_leave) {
  const std::string inbox = owners("inbox");
  const std::string theirs = first_in(inbox, std::string(kOwner));
  share("inbox", permission(std::string(kOther), "Reviewer"));
  EXPECT_EQ(code(transfer("MoveItem", theirs, kInbox), std::string(kOther)), "ErrorAccessDenied");
  EXPECT_EQ(code(transfer("CopyItem", theirs, kInbox), std::string(kOther)), kFine);
  EXPECT_EQ(code(transfer("CopyItem", first_in(kInbox), inbox), std::string(kOther)), "ErrorAccessDenied");
  share("inbox", permission(std::string(kOther), "Editor"));
  EXPECT_EQ(code(transfer("MoveItem", theirs, kInbox), std::string(kOther)), kFine);
  EXPECT_EQ(count(kInbox), "5");
  EXPECT_EQ(count(inbox), "2");
}

TEST_F(Transfers, a_folder_stays_in_its_store) {
  const std::string folder = attribute_of(
      ask("<m:CreateFolder><m:ParentFolderId>" + kInbox +
              "</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>mine</t:DisplayName></t:Folder></m:Folders>"
              "</m:CreateFolder>",
          std::string(kOther)),
      "FolderId", "Id");
  const std::string root = "<t:DistinguishedFolderId Id=\"publicfoldersroot\"/>";
  for (const std::string operation : {"MoveFolder", "CopyFolder"}) {
    EXPECT_EQ(code("<m:" + operation + "><m:ToFolderId>" + root + "</m:ToFolderId><m:FolderIds>" +
                       folder_element(folder) + "</m:FolderIds></m:" + operation + ">",
                   std::string(kOther)),
              "ErrorCrossMailboxMoveCopy");
  }
}

}  // namespace
}  // namespace mailward::testing
