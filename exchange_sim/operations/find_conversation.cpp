#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "exchange_sim/access.h"
#include "exchange_sim/conversations.h"
#include "exchange_sim/query_string.h"
#include "exchange_sim/restriction.h"
#include "exchange_sim/shapes.h"
#include "exchange_sim/sort_order.h"
#include "exchange_sim/view_filter.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kScopes{"PrimaryOnly", "ArchiveOnly", "All"};
constexpr std::array<std::string_view, 2> kTraversals{"Shallow", "Deep"};

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
  bool deep = false;                        ///< in the folders below, too
  std::string_view filter;                  ///< t:ViewFilterType
  std::string_view scope;
  QueryString query;
  Restriction condition{};  ///< at whose first conversation the page begins
  Timestamp now;
};

const Folder* root_of(const Mailbox& mailbox, const Folder& folder) {
  const Folder* archive = mailbox.find_distinguished("archivemsgfolderroot");
  return archive != nullptr && folder.within(*archive) ? archive : mailbox.find_distinguished("msgfolderroot");
}

/// The named folder for the primary mailbox; the whole archive for the archive, where no folder could be named
/// (likely). What is found in both is two conversations.
std::expected<std::vector<Part>, ResponseError> parts_of(const FolderRef& ref, std::string_view scope, bool deep) {
  const Mailbox& mailbox = *ref.mailbox;
  Part named{.scope = scope.empty() ? "" : kScopes[0], .here = {ref.folder}, .top = root_of(mailbox, *ref.folder)};
  if (deep) {
    for (const Folder* below : Mailbox::descendants(*ref.folder)) named.here.push_back(below);
  }
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
                                           const Wish& wish) {
  std::map<std::string, Conversation> found;
  for (const Folder* folder : part.here) {
    for (const Item* item : messages_in(context, mailbox, *folder)) {
      const ItemView view{.mailbox = mailbox, .item = *item};
      if (!wish.query.holds(view) || !shows(wish.filter, view, wish.now)) continue;
      const std::string id = conversation_of(view);
      Conversation& conversation = found[id];
      conversation.id = id;
      conversation.topic = conversation_topic(*item);
      conversation.scope = part.scope;
      conversation.here.push_back(item);
    }
  }
  for (const Folder* folder : Mailbox::descendants(*part.top)) {
    for (const Item* item : messages_in(context, mailbox, *folder)) {
      const auto known = found.find(conversation_of({.mailbox = mailbox, .item = *item}));
      if (known != found.end()) known->second.everywhere.push_back(item);
    }
  }
  std::vector<Conversation> all;
  for (auto& [id, conversation] : found) all.push_back(std::move(conversation));
  return all;
}

void sort(std::vector<Conversation>& found, const Wish& wish) {
  std::ranges::sort(found, [&](const Conversation& a, const Conversation& b) {
    const Timestamp mine = last_delivery(a.here);
    const Timestamp others = last_delivery(b.here);
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
  void write_texts(const std::string& name, std::span<const Item* const> items, const ConversationField& field) {
    const auto texts = field.texts(mailbox_, items);
    if (field.each.empty()) return xml_.text(name, texts.front());
    if (texts.empty()) return;
    xml_.open(name);
    for (const std::string& text : texts) xml_.text(field.each, text);
    xml_.close(name);
  }

  void write_ids(std::string_view name, std::span<const Item* const> items) {
    xml_.open(name);
    for (const Item* each : items) write_item_id(xml_, mailbox_, *each);
    xml_.close(name);
  }

  void write_rest() {
    xml_.text("t:ConversationTopic", conversation_.topic);
    for (const ConversationField& field : conversation_fields()) {
      write_texts("t:" + std::string(field.name), conversation_.here, field);
      write_texts("t:Global" + std::string(field.name), conversation_.everywhere, field);
    }
    write_ids("t:ItemIds", conversation_.here);
    write_ids("t:GlobalItemIds", conversation_.everywhere);
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
  return check_attribute(request, request.body, "ViewFilter", "ViewFilterType", kViewFilters);
}

std::expected<Wish, SoapFault> read_wish(const OperationContext& context, const SoapRequest& request) {
  Wish wish{.deep = std::string_view(request.body.attribute("Traversal").value()) == kTraversals[1],
            .filter = request.body.attribute("ViewFilter").value(),
            .now = context.organisation.clock().now()};
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
  wish.query = QueryString::parse(text_of(child(request.body, kMessagesNs, "QueryString")), wish.now);
  if (const auto seek = child(request.body, kMessagesNs, "SeekToConditionPageItemView")) {
    auto condition = Restriction::read(request, child(seek, kTypesNs, "Condition"));
    if (!condition) return std::unexpected(std::move(condition).error());
    wish.condition = *std::move(condition);
  }
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
  if (wish.condition.refusal()) return wish.condition.refusal();
  return wish.query.refusal();
}

/// A page from the first conversation for which the condition holds, whatever else the view says.
void seek(const Mailbox& mailbox, const Restriction& condition, const std::vector<Conversation>& found, Page& page) {
  const auto at = std::ranges::find_if(found, [&](const Conversation& each) {
    return condition.holds([&](const PropertyPath& path) { return texts_of(mailbox, each, path.uri); });
  });
  page.first = static_cast<std::size_t>(at - found.begin());
  page.count = std::min(page.count, found.size() - page.first);
  page.next = page.first + page.count;
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
  const auto seeking = child(request.body, kMessagesNs, "SeekToConditionPageItemView");
  const auto view = seeking ? seeking : child(request.body, kMessagesNs, "IndexedPageItemView");
  if (const auto refused = refusal_of_page(view)) return sole_error(context, *refused);
  context.note = wish->query.not_understood();
  if (const auto refused = refusal_of(*wish)) return sole_error(context, *refused);
  const auto parts = parts_of(**folder, wish->scope, wish->deep);
  if (!parts) return sole_error(context, parts.error());
  const Mailbox& mailbox = *(*folder)->mailbox;
  std::vector<Conversation> found;
  for (const Part& part : *parts) {
    for (Conversation& each : conversations_in(context, mailbox, part, *wish)) found.push_back(std::move(each));
  }
  sort(found, *wish);
  auto page = read_page(request, view, found.size());
  if (!page) return std::unexpected(std::move(page).error());
  if (!wish->condition.empty()) seek(mailbox, wish->condition, found, *page);
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
