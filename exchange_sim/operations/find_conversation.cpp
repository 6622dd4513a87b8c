#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "exchange_sim/access.h"
#include "exchange_sim/people.h"
#include "exchange_sim/query_string.h"
#include "exchange_sim/shapes.h"
#include "exchange_sim/sort_order.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kScopes{"PrimaryOnly", "ArchiveOnly", "All"};
constexpr std::array<std::string_view, 2> kTraversals{"Shallow", "Deep"};
constexpr std::array<std::string_view, 10> kFilters{"All",       "Flagged",    "HasAttachment", "ToOrCcMe",
                                                    "Unread",    "TaskActive", "TaskOverdue",   "TaskCompleted",
                                                    "NoClutter", "Clutter"};

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
  std::string_view scope;
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

/// The folders in which conversations are looked for, and the root of all that is counted beside these.
struct Part {
  std::string_view scope;  ///< t:MailboxScope of what is found; empty where none was asked for
  std::vector<const Folder*> here;
  const Folder* top = nullptr;
};

/// The request, without its folder and page.
struct Wish {
  Shape shape{.base = BaseShape::standard};
  bool oldest_first = false;
  std::optional<ResponseError> unsorted{};  ///< why it cannot be put in the order that it names
  std::string_view scope;
  QueryString query;
};

const Folder* root_of(const Mailbox& mailbox, const Folder& folder) {
  const Folder* archive = mailbox.find_distinguished("archivemsgfolderroot");
  return archive != nullptr && folder.within(*archive) ? archive : mailbox.find_distinguished("msgfolderroot");
}

/// The named folder for the primary mailbox; the whole archive for the archive, where no folder could be named
/// (likely). What is found in both is two conversations.
std::expected<std::vector<Part>, ResponseError> parts_of(const FolderRef& ref, std::string_view scope) {
  const Mailbox& mailbox = *ref.mailbox;
  const Part named{
      .scope = scope.empty() ? "" : kScopes[0], .here = {ref.folder}, .top = root_of(mailbox, *ref.folder)};
  if (scope.empty() || scope == kScopes[0]) return std::vector{named};
  const Folder* archive = mailbox.find_distinguished("archivemsgfolderroot");
  if (archive == nullptr) {
    return std::unexpected(ResponseError{.code = "ErrorArchiveMailboxNotEnabled",
                                         .text = "The archive mailbox is not enabled for this user.",
                                         .values = {}});
  }
  Part whole{.scope = kScopes[1], .here = {archive}, .top = archive};
  for (const Folder* below : Mailbox::descendants(*archive)) whole.here.push_back(below);
  if (scope == kScopes[1]) return std::vector{std::move(whole)};
  return std::vector{named, std::move(whole)};
}

std::vector<const Item*> messages_in(const OperationContext& context, const Mailbox& mailbox, const Folder& folder) {
  std::vector<const Item*> found;
  if (refusal_of_use(context, mailbox, folder, FolderUse::read)) return found;
  for (const auto& [arrival, item] : folder.items) {
    if (!item->associated && is_message(item->kind) && may_see(context, mailbox, *item)) found.push_back(item);
  }
  return found;
}

std::vector<Conversation> conversations_in(const OperationContext& context, const Mailbox& mailbox, const Part& part,
                                           const QueryString& query) {
  std::map<std::string, Conversation> found;
  for (const Folder* folder : part.here) {
    for (const Item* item : messages_in(context, mailbox, *folder)) {
      const ItemView view{.mailbox = mailbox, .item = *item};
      if (!query.holds(view)) continue;
      const std::string id = conversation_of(view);
      Conversation& conversation = found[id];
      conversation.id = id;
      conversation.topic = conversation_topic(*item);
      conversation.scope = part.scope;
      conversation.here.items.push_back(item);
    }
  }
  for (const Folder* folder : Mailbox::descendants(*part.top)) {
    for (const Item* item : messages_in(context, mailbox, *folder)) {
      const auto known = found.find(conversation_of({.mailbox = mailbox, .item = *item}));
      if (known != found.end()) known->second.everywhere.items.push_back(item);
    }
  }
  std::vector<Conversation> all;
  for (auto& [id, conversation] : found) all.push_back(std::move(conversation));
  return all;
}

void sort(std::vector<Conversation>& found, const Wish& wish) {
  std::ranges::sort(found, [&](const Conversation& a, const Conversation& b) {
    const Timestamp mine = a.here.delivered();
    const Timestamp others = b.here.delivered();
    if (mine == others) return std::tie(a.id, a.scope) < std::tie(b.id, b.scope);
    return wish.oldest_first ? mine < others : mine > others;
  });
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
    if (!conversation_.scope.empty()) xml_.text("t:MailboxScope", conversation_.scope);
  }

  XmlWriter& xml_;
  const Mailbox& mailbox_;
  const Conversation& conversation_;
};

/// Attributes that need not be there.
std::optional<SoapFault> check_choices(const SoapRequest& request) {
  if (request.body.attribute("Traversal")) {
    if (auto fault =
            check_attribute(request, request.body, "Traversal", "ConversationQueryTraversalType", kTraversals)) {
      return fault;
    }
  }
  if (!request.body.attribute("ViewFilter")) return std::nullopt;
  return check_attribute(request, request.body, "ViewFilter", "ViewFilterType", kFilters);
}

std::expected<Wish, SoapFault> read_wish(const OperationContext& context, const SoapRequest& request) {
  Wish wish;
  if (const auto node = child(request.body, kMessagesNs, "ConversationShape")) {
    auto read = read_shape(request, node);
    if (!read) return std::unexpected(std::move(read).error());
    wish.shape = *std::move(read);
  }
  const auto order = read_sort_order(request, child(request.body, kMessagesNs, "SortOrder"));
  if (!order) return std::unexpected(order.error());
  for (const SortKey& key : *order) {
    // By nothing else, as Microsoft's documentation of the request says.
    if (key.path.uri == "conversation:LastDeliveryTime") {
      wish.oldest_first = !key.descending;
    } else {
      wish.unsorted = ResponseError{.code = "ErrorUnsupportedPathForSortGroup",
                                    .text = "The property can not be used for sorting or grouping.",
                                    .values = {},
                                    .path = key.path.uri};
    }
  }
  if (const auto scope = child(request.body, kMessagesNs, "MailboxScope")) {
    wish.scope = text_of(scope);
    if (std::ranges::find(kScopes, wish.scope) == kScopes.end()) {
      return std::unexpected(invalid_choice(request, scope, "MailboxSearchLocationType"));
    }
  }
  wish.query =
      QueryString::parse(text_of(child(request.body, kMessagesNs, "QueryString")), context.organisation.clock().now());
  return wish;
}

std::optional<ResponseError> refusal_of(const Wish& wish) {
  if (wish.shape.refusal) return wish.shape.refusal;
  if (wish.unsorted) return wish.unsorted;
  if (!wish.scope.empty() && wish.query.empty()) {
    return ResponseError{.code = "ErrorMailboxScopeNotAllowedWithoutQueryString",
                         .text = "Mailbox scope not allowed without a query string.",
                         .values = {}};
  }
  return wish.query.refusal();
}

/// For the request log; empty where all is played.
std::string unplayed(const SoapRequest& request, const Wish& wish) {
  if (!wish.query.not_understood().empty()) return wish.query.not_understood();
  const std::string_view filter = request.body.attribute("ViewFilter").value();
  if (!filter.empty() && filter != kFilters[0]) return "FindConversation's ViewFilter";
  if (std::string_view(request.body.attribute("Traversal").value()) == kTraversals[1]) {
    return "FindConversation's Traversal=\"Deep\"";
  }
  if (child(request.body, kMessagesNs, "SeekToConditionPageItemView")) {
    return "FindConversation's SeekToConditionPageItemView";
  }
  return {};
}

}  // namespace

/// MS-OXWSCONV 3.1.4.2. Shape: Microsoft's documentation of the operation. Refusals of the scope: its list of response
/// codes.
OperationResult find_conversation(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body,
                                  {"IndexedPageItemView|SeekToConditionPageItemView?", "SortOrder?", "ParentFolderId",
                                   "MailboxScope?", "QueryString?", "ConversationShape?"})) {
    return std::unexpected(*std::move(fault));
  }
  if (auto fault = check_choices(request)) return std::unexpected(*std::move(fault));
  const auto wish = read_wish(context, request);
  if (!wish) return std::unexpected(wish.error());
  const auto folder =
      read_target_folder(context, request, child(request.body, kMessagesNs, "ParentFolderId"), FolderUse::read);
  if (!folder) return std::unexpected(folder.error());
  if (!*folder) return sole_error(context, folder->error());
  const auto view = child(request.body, kMessagesNs, "IndexedPageItemView");
  if (const auto refused = refusal_of_page(view)) return sole_error(context, *refused);
  context.note = unplayed(request, *wish);
  if (const auto refused = refusal_of(*wish)) return sole_error(context, *refused);
  const auto parts = parts_of(**folder, wish->scope);
  if (!parts) return sole_error(context, parts.error());
  const Mailbox& mailbox = *(*folder)->mailbox;
  std::vector<Conversation> found;
  for (const Part& part : *parts) {
    for (Conversation& each : conversations_in(context, mailbox, part, wish->query)) found.push_back(std::move(each));
  }
  sort(found, *wish);
  auto page = read_page(request, view, found.size());
  if (!page) return std::unexpected(std::move(page).error());
  XmlWriter xml;
  xml.open("m:Conversations");
  for (std::size_t i = page->first; i < page->first + page->count; ++i) {
    ConversationWriter(xml, mailbox, found[i]).write(wish->shape.base);
  }
  xml.close("m:Conversations");
  xml.number("m:TotalConversationsInView", static_cast<long long>(found.size()));
  xml.number("m:IndexedOffset", static_cast<long long>(page->next));
  return sole_success(context, xml.str());
}

}  // namespace mailward::exchange_sim
