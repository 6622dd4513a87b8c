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
[[account]]
name = 'EXAMPLE\nobox'
password = "Sample-Nobox-1!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
[public_folders]
mailbox = "pf-hierarchy@example.test"
[[public_folder]]
path = "Sales/Leads"
items = 3
[[public_folder]]
path = "Calendars"
class = "IPF.Appointment"
[[public_folder]]
path = "Board"
owners = ["userb@example.test"]
items = 1
[[public_folder]]
path = "Board/Closed"
owners = ["userb@example.test"]
closed = true
[[mailbox]]
smtp = "userb@example.test"
name = "User B"
[[public_folder]]
path = "Archive"
mailbox = "pf-contents@example.test"
items = 2
[[mailbox]]
smtp = "pf2@example.test"
aliases = ["second@example.test"]
[[public_folder]]
path = "Second"
mailbox = "second@example.test"
items = 4
)";

class PublicFolders : public StoreConversation {
 protected:
  SimulatorOptions options() const override { return {.config = std::string(kConfig), .environment = {}}; }

  std::string folders(const std::string& below, const std::string& traversal = "Shallow") {
    return ask("<m:FindFolder Traversal=\"" + traversal +
               "\"><m:FolderShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties><t:ExtendedFieldURI "
               "PropertyTag=\"26264\" PropertyType=\"Binary\"/></t:AdditionalProperties></m:FolderShape>"
               "<m:ParentFolderIds>" +
               folder_element(below) + "</m:ParentFolderIds></m:FindFolder>");
  }
  std::string id_of(const std::string& name, const std::string& below = "publicfoldersroot") {
    const std::string found = folders(below);
    const auto names = texts(found, "DisplayName");
    const auto at = std::find(names.begin(), names.end(), name);
    return at == names.end() ? "" : attributes(found, "FolderId", "Id")[static_cast<std::size_t>(at - names.begin())];
  }
  static std::string find_in(const std::string& folder) {
    return "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
           "<m:ParentFolderIds>" +
           folder_element(folder) + "</m:ParentFolderIds></m:FindItem>";
  }
  /// With the header that routes it.
  std::string routed(const std::string& body, const std::string& to) {
    http::Client client = client_of(sim());
    http::Headers headers;
    headers.add("X-AnchorMailbox", to);
    headers.add("X-PublicFolderMailbox", to);
    const auto answer =
        post(client, sim().url(), envelope({.body = body}), basic(kServiceAccount, kServicePassword), headers);
    EXPECT_TRUE(answer);
    return answer ? answer->body : "";
  }
};

TEST_F(PublicFolders, they_are_found_one_level_at_a_time_and_not_synced) {
  EXPECT_EQ(texts(folders("publicfoldersroot"), "DisplayName"),
            (std::vector<std::string>{"Sales", "Calendars", "Board", "Archive", "Second"}));
  EXPECT_EQ(texts(folders("publicfoldersroot"), "CalendarFolder").size(), 1U);
  const std::string leads = id_of("Leads", id_of("Sales"));
  EXPECT_EQ(total(ask(find_in(leads))), "3");
  EXPECT_EQ(texts(ask(find_in(leads)), "PostItem").size(), 3U);
  EXPECT_EQ(element_text(folders("publicfoldersroot", "Deep"), "ResponseCode"), "ErrorInvalidFolderTypeForOperation");
  EXPECT_EQ(
      code("<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:SyncFolderId>"
           "<t:DistinguishedFolderId Id=\"publicfoldersroot\"/></m:SyncFolderId></m:SyncFolderHierarchy>"),
      "ErrorInvalidFolderTypeForOperation");
  EXPECT_EQ(total(find("inbox")), "3") << "beside them one's own mailbox";
}

TEST_F(PublicFolders, items_are_made_changed_and_deleted_in_them) {
  const std::string leads = id_of("Leads", id_of("Sales"));
  const std::string made_there = made("<t:PostItem><t:Subject>new</t:Subject></t:PostItem>", leads);
  EXPECT_EQ(total(ask(find_in(leads))), "4");
  set_field(made_there, "<t:FieldURI FieldURI=\"item:Subject\"/>", "<t:Subject>newer</t:Subject>", "PostItem");
  EXPECT_EQ(element_text(get(made_there), "Subject"), "newer");
  EXPECT_EQ(element_text(remove(made_there, "MoveToDeletedItems"), "ResponseCode"), "NoError");
  EXPECT_EQ(total(ask(find_in(leads))), "3");
  EXPECT_EQ(total(find("deleteditems")), "0");
  make_folder("More", leads);
  EXPECT_NE(id_of("More", leads), "");
}

TEST_F(PublicFolders, contents_are_had_from_the_mailbox_that_holds_them) {
  const std::string archive = id_of("Archive");
  EXPECT_EQ(code(find_in(archive)), "ErrorNoPublicFolderReplicaAvailable");
  EXPECT_EQ(element_text(routed(find_in(archive), "usera@example.test"), "ResponseCode"),
            "ErrorNoPublicFolderReplicaAvailable");
  EXPECT_EQ(total(routed(find_in(id_of("Leads", id_of("Sales"))), "usera@example.test")), "3");
  const std::string routed_right = routed(find_in(archive), "pf-contents@example.test");
  EXPECT_EQ(total(routed_right), "2");
  const std::string item = attribute_of(routed_right, "ItemId", "Id");
  EXPECT_EQ(element_text(get(item), "ResponseCode"), "ErrorNoPublicFolderReplicaAvailable");
  // By what PidTagReplicaList says, as Autodiscover is asked for it.
  const auto replicas = texts(folders("publicfoldersroot"), "Value");
  ASSERT_EQ(replicas.size(), 5U);
  std::string guid(as_text(from_base64(replicas[3]).value()));
  EXPECT_EQ(guid.size(), 37U);
  guid.pop_back();
  EXPECT_EQ(total(routed(find_in(archive), guid + "@example.test")), "2");
  EXPECT_EQ(
      element_text(ask("<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>" +
                       folder_element(archive) + "</m:FolderIds></m:GetFolder>"),
                   "DisplayName"),
      "Archive")
      << "the hierarchy knows the folder without that";
}

TEST_F(PublicFolders, contents_of_a_mailbox_in_the_organisation_are_had_by_its_address) {
  const std::string second = id_of("Second");
  EXPECT_EQ(code(find_in(second)), "ErrorNoPublicFolderReplicaAvailable");
  EXPECT_EQ(total(routed(find_in(second), "PF2@example.test")), "4");
  EXPECT_EQ(element_text(routed(find_in(second), "pf-contents@example.test"), "ResponseCode"),
            "ErrorNoPublicFolderReplicaAvailable");
}

TEST_F(PublicFolders, autodiscover_leads_to_the_hierarchy_and_from_a_guid_to_an_address) {
  const auto autodiscover = [&](const std::string& address) {
    http::Client client = client_of(sim());
    const std::string url = sim().url().substr(0, sim().url().find('/', 8)) + "/autodiscover/autodiscover.xml";
    const std::string schemas = "http://schemas.microsoft.com/exchange/autodiscover/outlook/";
    const auto answer = post(client, url,
                             "<Autodiscover xmlns=\"" + schemas + "requestschema/2006\"><Request><EMailAddress>" +
                                 address + "</EMailAddress><AcceptableResponseSchema>" + schemas +
                                 "responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>",
                             basic(kServiceAccount, kServicePassword));
    EXPECT_TRUE(answer);
    return answer ? answer->body : "";
  };
  const std::string user = autodiscover("usera@example.test");
  const std::size_t information = user.find("<PublicFolderInformation>");
  ASSERT_NE(information, std::string::npos) << user;
  EXPECT_EQ(element_text(user.substr(information), "SmtpAddress"), "pf-hierarchy@example.test");
  for (const auto& [folder, address] :
       {std::pair("Archive", "pf-contents@example.test"), std::pair("Second", "pf2@example.test"),
        std::pair("Board", "pf-hierarchy@example.test")}) {
    const auto found = folders("publicfoldersroot");
    const auto names = texts(found, "DisplayName");
    const auto at = std::ranges::find(names, folder) - names.begin();
    std::string guid(as_text(from_base64(texts(found, "Value")[static_cast<std::size_t>(at)]).value()));
    guid.pop_back();
    EXPECT_EQ(element_text(autodiscover(guid + "@example.test"), "AutoDiscoverSMTPAddress"), address) << folder;
    EXPECT_NE(total(routed(find_in(id_of(folder)), address)), "") << folder;
  }
  EXPECT_EQ(element_text(autodiscover("00000000-0000-4000-8000-000000000000@example.test"), "ErrorCode"), "500");
}

TEST_F(PublicFolders, where_there_are_owners_others_read_and_add_and_of_what_is_closed_they_know_nothing) {
  const std::string board = id_of("Board");
  const std::string post = attribute_of(ask(find_in(board)), "ItemId", "Id");
  EXPECT_EQ(element_text(get(post), "ResponseCode"), "NoError");
  made("<t:PostItem><t:Subject>mine</t:Subject></t:PostItem>", board);
  EXPECT_EQ(element_text(remove(post), "ResponseCode"), "ErrorAccessDenied");
  EXPECT_EQ(code("<m:DeleteFolder DeleteType=\"HardDelete\"><m:FolderIds>" + folder_element(board) +
                 "</m:FolderIds></m:DeleteFolder>"),
            "ErrorAccessDenied");
  const std::string below =
      "<m:FindFolder Traversal=\"Shallow\"><m:FolderShape><t:BaseShape>Default</t:BaseShape>"
      "</m:FolderShape><m:ParentFolderIds>" +
      folder_element(board) + "</m:ParentFolderIds></m:FindFolder>";
  EXPECT_TRUE(texts(ask(below), "FolderId").empty());
  const std::string closed = attribute_of(ask(below, "userb@example.test"), "FolderId", "Id");
  EXPECT_EQ(code(find_in(closed)), "ErrorItemNotFound");
  EXPECT_EQ(code(find_in(closed), "userb@example.test"), "NoError");
  EXPECT_EQ(
      code("<m:DeleteItem DeleteType=\"HardDelete\"><m:ItemIds>" + item_element(post) + "</m:ItemIds></m:DeleteItem>",
           "userb@example.test"),
      "NoError");
}

TEST_F(PublicFolders, who_has_no_mailbox_sees_none_of_them) {
  http::Client client = client_of(sim());
  const auto answer =
      post(client, sim().url(), envelope({.body = get_folder_call("publicfoldersroot"), .impersonate = ""}),
           basic("EXAMPLE\\nobox", "Sample-Nobox-1!"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(element_text(answer->body, "ResponseCode"), "ErrorMissingEmailAddress");
}

}  // namespace
}  // namespace mailward::testing
