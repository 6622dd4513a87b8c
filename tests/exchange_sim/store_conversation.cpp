#include "tests/exchange_sim/store_conversation.h"

#include <pugixml.hpp>

#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

std::string_view local(const pugi::xml_node& node) {
  const std::string_view full = node.name();
  const auto colon = full.find(':');
  return colon == std::string_view::npos ? full : full.substr(colon + 1);
}

void collect(const pugi::xml_node& node, std::string_view element, std::vector<pugi::xml_node>& found) {
  if (local(node) == element) found.push_back(node);
  for (const auto inside : node.children()) collect(inside, element, found);
}

std::vector<pugi::xml_node> all(const pugi::xml_document& document, std::string_view element) {
  std::vector<pugi::xml_node> found;
  collect(document, element, found);
  return found;
}

std::string list_of(const std::string& name, const std::string& content) {
  return "<m:" + name + ">" + content + "</m:" + name + ">";
}

}  // namespace

std::string folder_element(const std::string& folder) {
  const bool id = folder.size() > 60;
  return id ? "<t:FolderId Id=\"" + folder + "\"/>" : "<t:DistinguishedFolderId Id=\"" + folder + "\"/>";
}

std::string item_element(const std::string& id, const std::string& change_key) {
  return "<t:ItemId Id=\"" + id + "\"" + (change_key.empty() ? "" : " ChangeKey=\"" + change_key + "\"") + "/>";
}

std::vector<std::string> texts(const std::string& xml, std::string_view element) {
  pugi::xml_document document;
  document.load_string(xml.c_str());
  std::vector<std::string> found;
  for (const auto& node : all(document, element)) found.emplace_back(node.text().get());
  return found;
}

std::vector<std::string> attributes(const std::string& xml, std::string_view element, const std::string& attribute) {
  pugi::xml_document document;
  document.load_string(xml.c_str());
  std::vector<std::string> found;
  for (const auto& node : all(document, element)) found.emplace_back(node.attribute(attribute.c_str()).value());
  return found;
}

std::string item_body(const std::string& answer) {
  return texts(answer, "Body").back();
}

std::string item_body_type(const std::string& answer) {
  return attributes(answer, "Body", "BodyType").back();
}

void StoreConversation::TearDown() {
  if (!shared_dir() || seen_.empty()) return;
  EXPECT_EQ(schema_errors(seen_), "") << ::testing::PrintToString(seen_);
}

std::string StoreConversation::ask(const std::string& body, const std::string& mailbox) {
  const SoapCall soap{.body = body, .impersonate = mailbox};
  const auto answer = call(*simulator_, soap);
  EXPECT_EQ(answer.status, 200) << answer.body;
  seen_.push_back(envelope(soap));
  if (answer.status == 200) seen_.push_back(answer.body);
  return answer.body;
}

std::string StoreConversation::fault(const std::string& body) {
  const auto answer = call(*simulator_, {.body = body});
  EXPECT_EQ(answer.status, 500) << answer.body;
  return element_text(answer.body, "ResponseCode");
}

std::string StoreConversation::code(const std::string& body, const std::string& mailbox) {
  return element_text(ask(body, mailbox), "ResponseCode");
}

std::string StoreConversation::create(const std::string& item, const std::string& folder,
                                      const std::string& attributes_of_request) {
  const std::string wish = attributes_of_request.empty()
                               ? "MessageDisposition=\"SaveOnly\" SendMeetingInvitations=\"SendToNone\""
                               : attributes_of_request;
  return ask("<m:CreateItem " + wish + ">" +
             (folder.empty() ? "" : list_of("SavedItemFolderId", folder_element(folder))) + list_of("Items", item) +
             "</m:CreateItem>");
}

std::string StoreConversation::made(const std::string& item, const std::string& folder,
                                    const std::string& attributes_of_request) {
  const std::string answer = create(item, folder, attributes_of_request);
  EXPECT_EQ(element_text(answer, "ResponseCode"), "NoError") << answer;
  return attribute_of(answer, "ItemId", "Id");
}

std::string StoreConversation::get(const std::string& id, const std::string& shape, const std::string& more) {
  return ask("<m:GetItem><m:ItemShape><t:BaseShape>" + shape + "</t:BaseShape>" + more + "</m:ItemShape>" +
             list_of("ItemIds", item_element(id)) + "</m:GetItem>");
}

std::string StoreConversation::update(const std::string& id, const std::string& updates,
                                      const std::string& attributes_of_request, const std::string& change_key) {
  const std::string wish = attributes_of_request.empty() ? "ConflictResolution=\"AlwaysOverwrite\" "
                                                           "MessageDisposition=\"SaveOnly\" "
                                                           "SendMeetingInvitationsOrCancellations=\"SendToNone\""
                                                         : attributes_of_request;
  return ask("<m:UpdateItem " + wish + "><m:ItemChanges><t:ItemChange>" + item_element(id, change_key) + "<t:Updates>" +
             updates + "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>");
}

std::string StoreConversation::set_field(const std::string& id, const std::string& path, const std::string& element,
                                         const std::string& kind) {
  return update(id, "<t:SetItemField>" + path + "<t:" + kind + ">" + element + "</t:" + kind + "></t:SetItemField>");
}

std::string StoreConversation::remove(const std::string& id, const std::string& how, const std::string& more) {
  return ask("<m:DeleteItem DeleteType=\"" + how + "\" " + more + ">" + list_of("ItemIds", item_element(id)) +
             "</m:DeleteItem>");
}

std::string StoreConversation::move(const std::string& id, const std::string& folder, const std::string& operation) {
  return ask(list_of(operation, list_of("ToFolderId", folder_element(folder)) + list_of("ItemIds", item_element(id))));
}

std::string StoreConversation::make_folder(const std::string& name, const std::string& parent,
                                           const std::string& element) {
  const std::string answer =
      ask("<m:CreateFolder>" + list_of("ParentFolderId", folder_element(parent)) + "<m:Folders><t:" + element +
          "><t:DisplayName>" + name + "</t:DisplayName></t:" + element + "></m:Folders></m:CreateFolder>");
  EXPECT_EQ(element_text(answer, "ResponseCode"), "NoError") << answer;
  return attribute_of(answer, "FolderId", "Id");
}

std::string StoreConversation::find(const std::string& folder, const std::string& rest, const std::string& view,
                                    const std::string& shape) {
  const auto query = rest.find("<m:QueryString>");
  const std::string before = rest.substr(0, query);
  const std::string behind = query == std::string::npos ? "" : rest.substr(query);
  return ask("<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>" + shape + "</t:BaseShape></m:ItemShape>" +
             view + before + list_of("ParentFolderIds", folder_element(folder)) + behind + "</m:FindItem>");
}

}  // namespace mailward::testing
