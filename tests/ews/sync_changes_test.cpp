// What a sync tells, read as what it is: nothing is taken for a deletion that does not say so.
#include <gtest/gtest.h>

#include "ews/operations/sync_folder_hierarchy.h"
#include "ews/operations/sync_folder_items.h"
#include "ews/soap.h"

namespace mailward::ews {
namespace {

template <class Operation>
auto kinds_in(const std::string& changes) {
  const std::string name(Operation::kName);
  HttpAnswer answer{
      .body = R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:)" + name +
              R"(Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" )"
              R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages><m:)" +
              name + R"(ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>)" +
              "<m:SyncState>S</m:SyncState><m:Changes>" + changes + "</m:Changes></m:" + name +
              "ResponseMessage></m:ResponseMessages></m:" + name + "Response></s:Body></s:Envelope>"};
  answer.evidence.status = 200;
  std::vector<std::pair<typename Operation::Change::Kind, std::string>> found;
  const auto read = read_answer(answer, Operation::kName);
  EXPECT_TRUE(read);
  if (!read) return found;
  const auto response = Operation::read(read->payload);
  EXPECT_TRUE(response);
  if (!response) return found;
  for (const auto& change : response->messages.front().value.changes) {
    if constexpr (requires { change.item; }) {
      found.emplace_back(change.kind, change.item.id.id);
    } else {
      found.emplace_back(change.kind, change.folder.id.id);
    }
  }
  return found;
}

TEST(SyncChanges, an_unknown_kind_of_an_item_is_no_deletion) {
  using Kind = SyncFolderItems::Change::Kind;
  const auto found = kinds_in<SyncFolderItems>(
      "<t:Create><t:Message><t:ItemId Id='1'/></t:Message></t:Create><t:Update><t:Message><t:ItemId Id='2'/>"
      "</t:Message></t:Update><t:Delete><t:ItemId Id='3'/></t:Delete><t:ReadFlagChange><t:ItemId Id='4'/>"
      "<t:IsRead>true</t:IsRead></t:ReadFlagChange><t:Archive><t:ItemId Id='5'/></t:Archive>");
  EXPECT_EQ(found, (decltype(found){{Kind::created, "1"},
                                    {Kind::updated, "2"},
                                    {Kind::deleted, "3"},
                                    {Kind::read_flag, "4"},
                                    {Kind::unknown, "5"}}));
}

TEST(SyncChanges, an_unknown_kind_of_a_folder_is_no_deletion) {
  using Kind = SyncFolderHierarchy::Change::Kind;
  const auto found = kinds_in<SyncFolderHierarchy>(
      "<t:Create><t:Folder><t:FolderId Id='1'/></t:Folder></t:Create><t:Update><t:Folder><t:FolderId Id='2'/>"
      "</t:Folder></t:Update><t:Delete><t:FolderId Id='3'/></t:Delete><t:Share/>");
  EXPECT_EQ(found,
            (decltype(found){{Kind::created, "1"}, {Kind::updated, "2"}, {Kind::deleted, "3"}, {Kind::unknown, ""}}));
}

}  // namespace
}  // namespace mailward::ews
