#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "exchange_sim/operations.h"
#include "tests/exchange_sim/conversation.h"
#include "tests/support/operations_table.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

class Operations : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { simulator_ = new ExchangeSimulator(); }
  static void TearDownTestSuite() {
    delete simulator_;
    simulator_ = nullptr;
  }
  void SetUp() override { simulator_->reset(); }
  static ExchangeSimulator& sim() { return *simulator_; }
  /// Calls, and holds request and answer against the schemas.
  static std::string ask(const std::string& body, const std::string& mailbox = "usera@example.test") {
    const SoapCall soap{.body = body, .impersonate = mailbox};
    const auto answer = call(sim(), soap);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.headers.get("Content-Type"), "text/xml; charset=utf-8");
    if (shared_dir()) {
      EXPECT_EQ(schema_errors({envelope(soap), answer.body}), "") << answer.body;
    }
    return answer.body;
  }
  static std::string fault_code(const SoapCall& soap) {
    const auto answer = call(sim(), soap);
    EXPECT_EQ(answer.status, 500) << answer.body;
    EXPECT_EQ(answer.body.find("Header"), std::string::npos) << "a fault has no soap:Header";
    return element_text(answer.body, "ResponseCode");
  }

 private:
  static ExchangeSimulator* simulator_;
};
ExchangeSimulator* Operations::simulator_ = nullptr;

std::string shape(std::string_view kind, std::string_view base) {
  return "<m:" + std::string(kind) + "Shape><t:BaseShape>" + std::string(base) +
         "</t:BaseShape></m:" + std::string(kind) + "Shape>";
}
const std::string kInbox = "<t:DistinguishedFolderId Id=\"inbox\"/>";

TEST_F(Operations, the_schemas_are_at_hand) {
  if (!shared_dir()) GTEST_SKIP() << "../shared is absent: answers are not validated";
}

TEST_F(Operations, what_exchange_has_and_this_has_not_is_refused_by_name_and_what_is_no_operation_by_the_schema) {
  EXPECT_EQ(fault_code({.body = "<m:GetUserPhoto><m:Email>usera@example.test</m:Email>"
                                "<m:SizeRequested>HR48x48</m:SizeRequested></m:GetUserPhoto>"}),
            "ErrorInvalidRequest");
  EXPECT_EQ(fault_code({.body = "<m:FindMessageTrackingReport/>"}), "ErrorInvalidRequest");
  EXPECT_EQ(fault_code({.body = "<m:GetUserPhotos/>"}), "ErrorSchemaValidation");
  EXPECT_EQ(fault_code({.body = "<t:GetUserPhoto/>"}), "ErrorSchemaValidation");
}

TEST_F(Operations, get_folder_answers_in_every_shape_for_every_folder_that_there_is) {
  for (const std::string_view base : {"IdOnly", "Default", "AllProperties"}) {
    for (const std::string_view folder : {"root", "inbox", "calendar"}) {
      const std::string answer = ask(get_folder_call(folder, base));
      EXPECT_EQ(attribute_of(answer, "GetFolderResponseMessage", "ResponseClass"), "Success");
    }
  }
  const std::string inbox = ask(get_folder_call());
  EXPECT_EQ(element_text(inbox, "TotalCount"), "12");
  EXPECT_EQ(element_text(inbox, "UnreadCount"), "4");
  EXPECT_EQ(attribute_of(inbox, "ServerVersionInfo", "MajorBuildNumber"), "1748");
}

TEST_F(Operations, a_folder_that_is_not_there_is_an_error_within_a_200) {
  const std::string answer = ask(get_folder_call("archiveroot"));
  EXPECT_EQ(element_text(answer, "ResponseCode"), "ErrorFolderNotFound");
  EXPECT_NE(answer.find("<m:Folders/>"), std::string::npos);
}

TEST_F(Operations, a_folder_is_found_again_by_its_id_and_only_by_its_owner) {
  const std::string id = attribute_of(ask(get_folder_call()), "FolderId", "Id");
  const std::string by_id = "<m:GetFolder>" + shape("Folder", "Default") + "<m:FolderIds><t:FolderId Id=\"" + id +
                            "\"/></m:FolderIds></m:GetFolder>";
  EXPECT_EQ(element_text(ask(by_id), "DisplayName"), "Inbox");
  EXPECT_EQ(element_text(ask(by_id, "userb@example.test"), "ResponseCode"), "ErrorItemNotFound");
}

TEST_F(Operations, find_folder_walks_shallow_and_deep_and_in_pages) {
  const auto find = [&](std::string_view traversal, const std::string& view, const std::string& restriction) {
    return ask("<m:FindFolder Traversal=\"" + std::string(traversal) + "\">" + shape("Folder", "AllProperties") + view +
               restriction + "<m:ParentFolderIds><t:DistinguishedFolderId Id=\"msgfolderroot\"/></m:ParentFolderIds>" +
               "</m:FindFolder>");
  };
  EXPECT_EQ(attribute_of(find("Shallow", "", ""), "RootFolder", "TotalItemsInView"), "13");
  EXPECT_EQ(attribute_of(find("Deep", "", ""), "RootFolder", "TotalItemsInView"), "16");
  const std::string page =
      find("Deep", "<m:IndexedPageFolderView MaxEntriesReturned=\"5\" Offset=\"10\" BasePoint=\"Beginning\"/>", "");
  EXPECT_EQ(attribute_of(page, "RootFolder", "IndexedPagingOffset"), "15");
  EXPECT_EQ(attribute_of(page, "RootFolder", "IncludesLastItemInRange"), "false");
  const std::string one =
      find("Deep", "",
           "<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI=\"folder:DisplayName\"/><t:FieldURIOrConstant>"
           "<t:Constant Value=\"harbour bridge\"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>");
  EXPECT_EQ(attribute_of(one, "RootFolder", "TotalItemsInView"), "1");
}

TEST_F(Operations, find_item_and_get_item_read_a_message) {
  const std::string found = ask(
      "<m:FindItem Traversal=\"Shallow\">" + shape("Item", "AllProperties") +
      "<m:IndexedPageItemView MaxEntriesReturned=\"2\" Offset=\"0\" BasePoint=\"Beginning\"/><m:SortOrder>"
      "<t:FieldOrder Order=\"Ascending\"><t:FieldURI FieldURI=\"item:DateTimeReceived\"/></t:FieldOrder></m:SortOrder>"
      "<m:ParentFolderIds>" +
      kInbox + "</m:ParentFolderIds></m:FindItem>");
  EXPECT_EQ(attribute_of(found, "RootFolder", "TotalItemsInView"), "12");
  EXPECT_EQ(element_text(found, "Subject"), "Minutes of Monday's meeting");
  EXPECT_EQ(found.find("t:Body"), std::string::npos) << "FindItem gives no bodies";
  const std::string id = attribute_of(found, "ItemId", "Id");
  for (const std::string_view base : {"IdOnly", "Default", "AllProperties"}) {
    const std::string item =
        ask("<m:GetItem><m:ItemShape><t:BaseShape>" + std::string(base) +
            "</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent><t:BodyType>Text</t:BodyType></m:ItemShape>"
            "<m:ItemIds><t:ItemId Id=\"" +
            id + "\"/></m:ItemIds></m:GetItem>");
    EXPECT_EQ(attribute_of(item, "ItemId", "Id"), id);
    EXPECT_NE(std::string(as_text(from_base64(element_text(item, "MimeContent")).value())).find("Subject: Minutes"),
              std::string::npos);
  }
  EXPECT_EQ(element_text(ask("<m:GetItem>" + shape("Item", "IdOnly") +
                             "<m:ItemIds><t:ItemId Id=\"bm9uc2Vuc2U=\"/></m:ItemIds></m:GetItem>"),
                         "ResponseCode"),
            "ErrorInvalidIdMalformed");
}

TEST_F(Operations, resolve_names_finds_one_several_and_none) {
  const auto resolve = [&](std::string_view entry) {
    return ask("<m:ResolveNames ReturnFullContactData=\"true\"><m:UnresolvedEntry>" + std::string(entry) +
               "</m:UnresolvedEntry></m:ResolveNames>");
  };
  EXPECT_EQ(element_text(resolve("usera@example.test"), "EmailAddress"), "usera@example.test");
  const std::string several = resolve("user");
  EXPECT_EQ(element_text(several, "ResponseCode"), "ErrorNameResolutionMultipleResults");
  EXPECT_EQ(attribute_of(several, "ResolveNamesResponseMessage", "ResponseClass"), "Warning");
  EXPECT_EQ(element_text(resolve("nobody"), "ResponseCode"), "ErrorNameResolutionNoResults");
}

TEST_F(Operations, time_zones_come_whole_or_as_the_recorded_departure) {
  const std::string whole = ask("<m:GetServerTimeZones ReturnFullTimeZoneData=\"true\"/>");
  EXPECT_NE(whole.find("W. Europe Standard Time"), std::string::npos);
  const auto bare =
      call(sim(), {.body = "<m:GetServerTimeZones ReturnFullTimeZoneData=\"false\"><m:Ids><t:Id>UTC</t:Id>"
                           "</m:Ids></m:GetServerTimeZones>"});
  EXPECT_NE(bare.body.find("<t:Periods/><t:TransitionsGroups/></t:TimeZoneDefinition>"), std::string::npos);
  EXPECT_EQ(bare.body.find("Tokyo"), std::string::npos);
}

TEST_F(Operations, impersonation_obeys_grants_and_scopes) {
  EXPECT_EQ(fault_code({.body = get_folder_call(), .impersonate = "board@example.test"}), "ErrorImpersonateUserDenied");
  EXPECT_EQ(element_text(ask(get_folder_call(), "nobody@example.test"), "ResponseCode"), "ErrorNonExistentMailbox");
  const std::string moved = ask(get_folder_call(), "moved@example.test");
  EXPECT_EQ(element_text(moved, "ResponseCode"), "ErrorNonExistentMailbox");
  EXPECT_EQ(element_text(moved, "MessageText"), "No mailbox with such guid.");
  EXPECT_EQ(element_text(ask(get_folder_call(), ""), "ResponseCode"), "ErrorMissingEmailAddress")
      << "the service account has no mailbox of its own";
  sim().set_impersonation(kServiceAccount, {});
  EXPECT_EQ(fault_code({.body = get_folder_call()}), "ErrorImpersonateUserDenied");
  sim().set_impersonation(kServiceAccount, {"usera@example.test", "userb@example.test", "moved@example.test"});
  EXPECT_EQ(element_text(ask(get_folder_call()), "ResponseCode"), "NoError");
}

TEST(OperationsTable, names_what_the_simulator_answers) {
  std::set<std::string> known;
  for (const auto& each : exchange_sim::operations()) known.emplace(each.name);
  EXPECT_EQ(operations_column("simulator", known), "");
}

TEST_F(Operations, request_versions_are_judged_as_each_build_does) {
  const auto ok = [&](const std::string& version) {
    return call(sim(), {.body = get_folder_call(), .version = version}).status == 200;
  };
  for (const std::string build : {"2016", "2019", "SE"}) {
    sim().change_directory("{\"build\":\"" + build + "\"}");
    EXPECT_TRUE(ok("Exchange2016")) << build;
    EXPECT_TRUE(ok("Exchange2010_SP2")) << build;
    EXPECT_TRUE(ok("")) << build;
  }
  sim().change_directory(R"({"build":"2019"})");
  EXPECT_EQ(fault_code({.body = get_folder_call(), .version = "Exchange2019"}), "ErrorInvalidRequest");
  sim().change_directory(R"({"build":"2013"})");
  EXPECT_EQ(fault_code({.body = get_folder_call(), .version = "Exchange2016"}), "ErrorInvalidServerVersion");
}

TEST_F(Operations, what_breaks_the_schema_is_told_with_its_place) {
  const auto answer = call(sim(), {.body = get_folder_call("nosuchfolder")});
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(element_text(answer.body, "ResponseCode"), "ErrorSchemaValidation");
  EXPECT_EQ(element_text(answer.body, "LineNumber"), "2");
  EXPECT_NE(element_text(answer.body, "Violation").find("'nosuchfolder'"), std::string::npos);
  const std::vector<std::string> bodies{
      "<m:GetFolder/>",
      "<m:NoSuchThing/>",
      "<m:GetFolder>" + shape("Folder", "Some") + "</m:GetFolder>",
      "<m:GetFolder>" + shape("Folder", "IdOnly") + "<m:FolderIds/></m:GetFolder>",
      "<m:GetFolder>" + shape("Folder", "IdOnly") + "<m:FolderIds><t:FolderId/></m:FolderIds></m:GetFolder>",
      "<m:FindItem>" + shape("Item", "IdOnly") + "</m:FindItem>",
      "<m:ResolveNames/>"};
  for (const std::string& body : bodies) EXPECT_EQ(fault_code({.body = body}), "ErrorSchemaValidation") << body;
}

TEST_F(Operations, a_request_cut_off_at_any_byte_is_answered_by_a_fault) {
  const std::string whole = envelope({.body = get_folder_call()});
  http::Client client = client_of(sim());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto answer = post(client, sim().url(), whole.substr(0, size), basic(kServiceAccount, kServicePassword));
    ASSERT_TRUE(answer) << size << ": " << answer.error().describe();
    ASSERT_EQ(answer->status, 500) << size;
  }
}

TEST_F(Operations, dtds_deep_nesting_and_floods_of_attributes_are_refused) {
  http::Client client = client_of(sim());
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "<a>";
  std::string wide = "<a";
  for (int i = 0; i < 250'000; ++i) wide += " b=''";
  for (const std::string& body : {"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>" + std::string(), deep, wide + "/>"}) {
    const auto answer = post(client, sim().url(), body, basic(kServiceAccount, kServicePassword));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(element_text(answer->body, "ResponseCode"), "ErrorSchemaValidation");
  }
}

TEST_F(Operations, the_clients_request_id_comes_back_where_asked) {
  http::Client client = client_of(sim());
  const auto answer =
      post(client, sim().url(), envelope({.body = get_folder_call()}), basic(kServiceAccount, kServicePassword),
           {{"client-request-id", "9f1c"}, {"return-client-request-id", "true"}});
  EXPECT_EQ(answer->headers.get("client-request-id"), "9f1c");
  EXPECT_EQ(sim().requests().back().client_request_id, "9f1c");
}

}  // namespace
}  // namespace mailward::testing
