#include "ews/operations/find_conversation.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

std::vector<ItemId> read_ids(XmlElement list) {
  std::vector<ItemId> ids;
  for (XmlElement at : list.children("ItemId")) ids.push_back(read_item_id(at));
  return ids;
}

FindConversation::Conversation read_conversation(XmlElement element) {
  FindConversation::Conversation conversation;
  conversation.id = element.child("ConversationId").attribute("Id");
  conversation.topic = element.child("ConversationTopic").text();
  if (XmlElement time = element.child("LastDeliveryTime")) conversation.last_delivered = time.text();
  conversation.messages = element.child("MessageCount").integer();
  conversation.all_messages = element.child("GlobalMessageCount").integer();
  conversation.unread = element.child("UnreadCount").integer();
  conversation.size = element.child("Size").integer();
  conversation.has_attachments = element.child("HasAttachments").boolean();
  for (XmlElement at : element.child("UniqueSenders").children("String")) conversation.senders.push_back(at.text());
  conversation.items = read_ids(element.child("ItemIds"));
  conversation.all_items = read_ids(element.child("GlobalItemIds"));
  return conversation;
}

}  // namespace

std::string FindConversation::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_page_view(writer, "m:IndexedPageItemView", max_entries, offset);
  write_target(writer, "m:ParentFolderId", folder);
  if (query) writer.element("m:QueryString", *query);
  writer.close();
  return writer.take();
}

/// The answer is its own response message.
Outcome<FindConversation::Response> FindConversation::read(XmlElement payload) {
  return read_single(payload, [](XmlElement message) {
    Conversations read;
    for (XmlElement at : message.child("Conversations").children("Conversation")) {
      read.found.push_back(read_conversation(at));
    }
    read.total = message.child("TotalConversationsInView").integer();
    return read;
  });
}

}  // namespace mailward::ews
