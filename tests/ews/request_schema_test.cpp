// Every request that the client can write is valid by Exchange's own schema.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "ews/operations/create_folder.h"
#include "ews/operations/create_item.h"
#include "ews/operations/delete_folder.h"
#include "ews/operations/delete_item.h"
#include "ews/operations/find_folder.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_item.h"
#include "ews/operations/get_server_time_zones.h"
#include "ews/operations/move_item.h"
#include "ews/operations/resolve_names.h"
#include "tests/support/paths.h"

namespace mailward::ews {
namespace {

class RequestSchema : public ::testing::Test {
 protected:
  void SetUp() override {
    shared_ = testing::shared_dir();
    if (!shared_) GTEST_SKIP() << "no ../shared: requests are not held to the schema";
  }

  bool valid(const std::string& body) {
    auto file = folder_.path() / "body.xml";
    std::ofstream(file, std::ios::binary) << body;
    std::string command = "xmllint --noout --nonet --schema '" + (*shared_ / "ews-schema" / "messages.xsd").string() +
                          "' '" + file.string() + "' >'" + (folder_.path() / "said").string() + "' 2>&1";
    return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
  }

  testing::TemporaryFolder folder_;
  std::optional<std::filesystem::path> shared_;
  const DistinguishedFolder inbox_{.name = "inbox", .mailbox = ""};
  const DistinguishedFolder others_{.name = "inbox", .mailbox = "user\"<&>@example.test"};
  const FolderId by_id_{.id = "AAMk&<\"=", .change_key = "AQAA"};
};

TEST_F(RequestSchema, the_check_itself_can_fail) {
  EXPECT_FALSE(valid(R"(<m:GetFolder xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"/>)"));
}

TEST_F(RequestSchema, get_folder) {
  for (BaseShape shape : {BaseShape::id_only, BaseShape::default_properties, BaseShape::all_properties}) {
    EXPECT_TRUE(valid(
        GetFolder{.shape = shape, .additional = {"folder:FolderClass"}, .folders = {inbox_, others_, by_id_}}.body()));
  }
  EXPECT_TRUE(valid(GetFolder{.additional = {}, .folders = {inbox_}}.body()));
}

TEST_F(RequestSchema, find_folder) {
  for (auto traversal :
       {FindFolder::Traversal::shallow, FindFolder::Traversal::deep, FindFolder::Traversal::soft_deleted}) {
    EXPECT_TRUE(valid(FindFolder{
        .traversal = traversal, .additional = {"folder:DisplayName"}, .offset = 10, .parents = {inbox_, by_id_}}
                          .body()));
  }
  EXPECT_TRUE(valid(FindFolder{.additional = {"folder:DisplayName"},
                               .extended = {kAttributeHidden},
                               .name_begins = "a \"name\" <&>",
                               .parents = {inbox_}}
                        .body()));
}

TEST_F(RequestSchema, what_makes_moves_and_deletes) {
  EXPECT_TRUE(valid(CreateFolder{.parent = others_,
                                 .folders = {{.display_name = "a \"name\" <&>", .hidden = true},
                                             {.display_name = "two", .folder_class = "IPF.Appointment"}}}
                        .body()));
  EXPECT_TRUE(valid(CreateItem{.folder = by_id_, .messages = {{.subject = "a < b", .text = "one\r\ntwo"}, {}}}.body()));
  EXPECT_TRUE(valid(MoveItem{.to = by_id_, .items = {{.id = "AAMk&<", .change_key = ""}, {.id = "2"}}}.body()));
  for (Disposal disposal : {Disposal::hard_delete, Disposal::soft_delete, Disposal::move_to_deleted_items}) {
    EXPECT_TRUE(valid(DeleteItem{.disposal = disposal, .items = {{.id = "AAMk&<", .change_key = "CQAA"}}}.body()));
    EXPECT_TRUE(valid(DeleteFolder{.disposal = disposal, .folders = {by_id_, others_}}.body()));
  }
}

TEST_F(RequestSchema, find_item) {
  for (auto traversal :
       {FindItem::Traversal::shallow, FindItem::Traversal::soft_deleted, FindItem::Traversal::associated}) {
    EXPECT_TRUE(valid(FindItem{.traversal = traversal,
                               .additional = {"item:Subject"},
                               .restriction = Restriction::equal("message:InternetMessageId", "<a&b@example.test>"),
                               .order = {{"item:DateTimeReceived", true}, {kAttributeHidden}},
                               .parents = {inbox_}}
                          .body()));
  }
  EXPECT_TRUE(
      valid(FindItem{.additional = {}, .restriction = std::nullopt, .parents = {others_}, .query = "subject:\"a & b\""}
                .body()));
}

TEST_F(RequestSchema, get_item) {
  EXPECT_TRUE(valid(GetItem{.mime_content = true,
                            .additional = {"item:Body"},
                            .extended_tags = {0x7d, 0x300b},
                            .items = {{.id = "AAMk&<", .change_key = ""}, {.id = "AAMk2", .change_key = "CQAA"}}}
                        .body()));
}

TEST_F(RequestSchema, resolve_names) {
  for (auto scope : {ResolveNames::Scope::active_directory, ResolveNames::Scope::active_directory_contacts,
                     ResolveNames::Scope::contacts, ResolveNames::Scope::contacts_active_directory}) {
    EXPECT_TRUE(
        valid(ResolveNames{.scope = scope, .full_contact_data = true, .name = "smtp:user<a>&b@example.test"}.body()));
  }
}

TEST_F(RequestSchema, get_server_time_zones) {
  EXPECT_TRUE(valid(GetServerTimeZones{.full_data = true, .ids = {"UTC", "W. Europe Standard Time"}}.body()));
  EXPECT_TRUE(valid(GetServerTimeZones{.ids = {}}.body()));
}

}  // namespace
}  // namespace mailward::ews
