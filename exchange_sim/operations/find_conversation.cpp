#include <algorithm>
#include <map>

#include "exchange_sim/access.h"
#include "exchange_sim/people.h"
#include "exchange_sim/query_string.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// What is said of a conversation twice: of its items in the folder, and of all in the mailbox.
struct Share {
  std::vector<const Item*> items;

  std::vector<std::string> names(std::string_view uri, bool unread_only) const {
    std::vector<std::string> found;
    for (const Item* item : items) {
      if (unread_only && item->read) continue;
      for (const Address& each : people_in(item->find(field_id(uri)))) {
        const std::string name = each.name.empty() ? each.smtp : each.name;
        if (std::ranges::find(found, name) == found.end()) found.push_back(name);
      }
    }
    return found;
  }
  Timestamp delivered() const {
    Timestamp latest{};
    for (const Item* item : items) latest = std::max(latest, item->received);
    return latest;
  }
  std::size_t unread() const {
    return static_cast<std::size_t>(std::ranges::count_if(items, [](const Item* each) { return !each->read; }));
  }
};

struct Conversation {
  std::string id;
  std::string topic;
  Share here;
  Share everywhere;
};

std::string conversation_of(const ItemView& view) {
  const auto value = field_value(view, field_id("item:ConversationId"));
  if (!value) return {};
  constexpr std::string_view kId = " Id=\"";
  const auto at = value->attributes.find(kId);
  return value->attributes.substr(at + kId.size(), value->attributes.find('"', at + kId.size()) - at - kId.size());
}

std::vector<Conversation> conversations_in(const OperationContext& context, const FolderRef& ref,
                                           const QueryString& query) {
  std::map<std::string, Conversation> found;
  for (const auto& [arrival, item] : ref.folder->items) {
    const ItemView view{.mailbox = *ref.mailbox, .item = *item};
    if (item->associated || !is_message(item->kind) || !query.holds(view)) continue;
    if (!may_see(context, *ref.mailbox, *item)) continue;
    const std::string id = conversation_of(view);
    Conversation& conversation = found[id];
    conversation.id = id;
    conversation.topic = conversation_topic(*item);
    conversation.here.items.push_back(item);
  }
  const Folder* top = ref.mailbox->find_distinguished("msgfolderroot");
  for (const Folder* folder : Mailbox::descendants(*top)) {
    if (refusal_of_use(context, *ref.mailbox, *folder, FolderUse::read)) continue;
    for (const auto& [arrival, item] : folder->items) {
      if (item->associated || !is_message(item->kind) || !may_see(context, *ref.mailbox, *item)) continue;
      const auto known = found.find(conversation_of({.mailbox = *ref.mailbox, .item = *item}));
      if (known != found.end()) known->second.everywhere.items.push_back(item);
    }
  }
  std::vector<Conversation> all;
  for (auto& [id, conversation] : found) all.push_back(std::move(conversation));
  std::ranges::sort(all, std::ranges::greater{}, [](const Conversation& each) { return each.here.delivered(); });
  return all;
}

class ConversationWriter {
 public:
  ConversationWriter(XmlWriter& xml, const Mailbox& mailbox, const Conversation& conversation)
      : xml_(xml), mailbox_(mailbox), conversation_(conversation) {}

  void write(BaseShape shape) {
    xml_.open("t:Conversation");
    xml_.empty("t:ConversationId", {{"Id", conversation_.id}});
    if (shape != BaseShape::id_only) write_rest();
    xml_.close("t:Conversation");
  }

 private:
  /// An element of the folder's share, and with "Global" before its name that of the mailbox's.
  template <typename F>
  void twice(const std::string& name, F write) {
    write("t:" + name, conversation_.here);
    write("t:Global" + name, conversation_.everywhere);
  }

  void write_texts(const std::string& element, std::string_view one, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    xml_.open(element);
    for (const std::string& each : texts) xml_.text(one, each);
    xml_.close(element);
  }

  void write_rest() {
    xml_.text("t:ConversationTopic", conversation_.topic);
    twice("UniqueRecipients", [&](const std::string& name, const Share& share) {
      write_texts(name, "t:String", share.names("message:ToRecipients", false));
    });
    twice("UniqueUnreadSenders", [&](const std::string& name, const Share& share) {
      write_texts(name, "t:String", share.names("message:From", true));
    });
    twice("UniqueSenders", [&](const std::string& name, const Share& share) {
      write_texts(name, "t:String", share.names("message:From", false));
    });
    twice("LastDeliveryTime",
          [&](const std::string& name, const Share& share) { xml_.text(name, ews_time(share.delivered())); });
    twice("HasAttachments", [&](const std::string& name, const Share& share) {
      xml_.boolean(name, std::ranges::any_of(share.items, [](const Item* each) { return !each->attachments.empty(); }));
    });
    twice("MessageCount", [&](const std::string& name, const Share& share) {
      xml_.number(name, static_cast<long long>(share.items.size()));
    });
    twice("UnreadCount", [&](const std::string& name, const Share& share) {
      xml_.number(name, static_cast<long long>(share.unread()));
    });
    twice("Size", [&](const std::string& name, const Share& share) {
      std::uint64_t size = 0;
      for (const Item* each : share.items) size += size_of({.mailbox = mailbox_, .item = *each});
      xml_.number(name, static_cast<long long>(size));
    });
    twice("ItemClasses", [&](const std::string& name, const Share& share) {
      std::vector<std::string> classes;
      for (const Item* each : share.items) {
        if (std::ranges::find(classes, each->item_class) == classes.end()) classes.push_back(each->item_class);
      }
      write_texts(name, "t:ItemClass", classes);
    });
    twice("ItemIds", [&](const std::string& name, const Share& share) {
      xml_.open(name);
      for (const Item* each : share.items) write_item_id(xml_, mailbox_, *each);
      xml_.close(name);
    });
  }

  XmlWriter& xml_;
  const Mailbox& mailbox_;
  const Conversation& conversation_;
};

}  // namespace

/// MS-OXWSCONV 3.1.4.2. Shape: Microsoft's documentation of the operation.
OperationResult find_conversation(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body,
                                  {"IndexedPageItemView|SeekToConditionPageItemView?", "SortOrder?", "ParentFolderId",
                                   "MailboxScope?", "QueryString?", "ConversationShape?"})) {
    return std::unexpected(*std::move(fault));
  }
  Shape shape{.base = BaseShape::standard};
  if (const auto node = child(request.body, kMessagesNs, "ConversationShape")) {
    auto read = read_shape(request, node);
    if (!read) return std::unexpected(std::move(read).error());
    shape = *std::move(read);
  }
  const auto folder =
      read_target_folder(context, request, child(request.body, kMessagesNs, "ParentFolderId"), FolderUse::read);
  if (!folder) return std::unexpected(folder.error());
  if (!*folder) return sole_error(context, folder->error());
  const auto view = child(request.body, kMessagesNs, "IndexedPageItemView");
  if (const auto refused = refusal_of_page(view)) return sole_error(context, *refused);
  if (shape.refusal) return sole_error(context, *shape.refusal);
  const auto query =
      QueryString::parse(text_of(child(request.body, kMessagesNs, "QueryString")), context.organisation.clock().now());
  context.note = query.not_understood();
  if (const auto refused = query.refusal()) return sole_error(context, *refused);
  const auto found = conversations_in(context, **folder, query);
  auto page = read_page(request, view, found.size());
  if (!page) return std::unexpected(std::move(page).error());
  XmlWriter xml;
  xml.open("m:Conversations");
  for (std::size_t i = page->first; i < page->first + page->count; ++i) {
    ConversationWriter(xml, *(*folder)->mailbox, found[i]).write(shape.base);
  }
  xml.close("m:Conversations");
  xml.number("m:TotalConversationsInView", static_cast<long long>(found.size()));
  xml.number("m:IndexedOffset", static_cast<long long>(page->next));
  return sole_success(context, xml.str());
}

}  // namespace mailward::exchange_sim
