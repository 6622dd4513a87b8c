#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <unordered_map>

#include "exchange_sim/access.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/folder_contents.h"
#include "exchange_sim/query_checks.h"
#include "exchange_sim/query_string.h"
#include "exchange_sim/restriction.h"
#include "exchange_sim/shapes.h"
#include "exchange_sim/sort_order.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kTraversals{"Shallow", "SoftDeleted", "Associated"};
/// EWSFindCountLimit: with a restriction, and without (exchange.md, "Limits and policies of the server").
constexpr std::size_t kMostRestricted = 250;
constexpr std::size_t kMost = 1000;

/// A request's question, read once for all its folders.
struct Question {
  Shape shape;
  Restriction restriction;
  QueryString query;
  std::vector<SortKey> order;
  std::string_view traversal;
  pugi::xml_node view;
  pugi::xml_node grouping;
  std::optional<SortKey> group_by;
  std::optional<PropertyPath> aggregate;
  bool aggregate_most = true;
};

struct Found {
  const Item* item = nullptr;
  std::vector<std::string> keys;
  std::shared_ptr<const Item> made{};  ///< of an occurrence: the item itself
  std::string group{};                 ///< its t:GroupIndex, where they are grouped
};

std::optional<SoapFault> read_grouping(const SoapRequest& request, pugi::xml_node node, Question& question) {
  question.grouping = node;
  if (!node) return std::nullopt;
  if (auto fault = check_attribute(request, node, "Order", "SortDirectionType", kSortDirections)) return fault;
  const bool descending = std::string_view(node.attribute("Order").value()) == "Descending";
  if (local_name(node) == "DistinguishedGroupBy") {
    // The only one that the schema has.
    const auto standard = child(node, kTypesNs, "StandardGroupBy");
    if (!standard) return incomplete(request, node);
    if (text_of(standard) != "ConversationTopic") return invalid_choice(request, standard, "StandardGroupByType");
    const auto field_path = [](std::string_view uri) {
      return PropertyPath{.kind = PathKind::field,
                          .field = field_id(uri),
                          .uri = std::string(uri),
                          .key = {},
                          .part = {},
                          .extended = {}};
    };
    question.group_by = SortKey{.path = field_path("message:ConversationTopic"), .descending = descending};
    question.aggregate = field_path("item:DateTimeReceived");
    return std::nullopt;
  }
  auto path = read_path(request, path_in(node));
  if (!path) return std::move(path).error();
  question.group_by = SortKey{.path = *std::move(path), .descending = descending};
  const auto aggregate = child(node, kTypesNs, "AggregateOn");
  auto on = read_path(request, path_in(aggregate));
  if (!on) return std::move(on).error();
  question.aggregate = *std::move(on);
  question.aggregate_most = std::string_view(aggregate.attribute("Aggregate").value()) == "Maximum";
  return std::nullopt;
}

std::expected<Question, SoapFault> read_question(const OperationContext& context, const SoapRequest& request) {
  Question question;
  auto shape = read_shape(request, child(request.body, kMessagesNs, "ItemShape"));
  if (!shape) return std::unexpected(std::move(shape).error());
  question.shape = *std::move(shape);
  auto restriction = Restriction::read(request, child(request.body, kMessagesNs, "Restriction"));
  if (!restriction) return std::unexpected(std::move(restriction).error());
  question.restriction = *std::move(restriction);
  auto order = read_sort_order(request, child(request.body, kMessagesNs, "SortOrder"));
  if (!order) return std::unexpected(std::move(order).error());
  question.order = *std::move(order);
  question.query =
      QueryString::parse(text_of(child(request.body, kMessagesNs, "QueryString")), context.organisation.clock().now());
  question.traversal = request.body.attribute("Traversal").value();
  for (const auto node : elements(request.body)) {
    const std::string_view name = local_name(node);
    if (name.ends_with("View")) question.view = node;
    if (name.ends_with("GroupBy")) {
      if (auto fault = read_grouping(request, node, question)) return std::unexpected(*std::move(fault));
    }
  }
  return question;
}

std::vector<std::string> keys_of(const ItemView& view, const Question& question) {
  std::vector<std::string> keys;
  for (const SortKey& key : question.order) {
    auto texts = texts_of(view, key.path);
    keys.push_back(texts.empty() ? std::string() : std::move(texts.front()));
  }
  return keys;
}

/// By the caller's order; what that leaves open, newest first, as the store's default view has it.
void sort(std::vector<Found>& found, const Question& question) {
  std::ranges::sort(found, [&](const Found& a, const Found& b) {
    for (std::size_t i = 0; i < question.order.size(); ++i) {
      const SortKey& key = question.order[i];
      const int sign = compare_texts(a.keys[i], b.keys[i], type_of(key.path));
      if (sign != 0) return key.descending ? sign > 0 : sign < 0;
    }
    return a.item->received != b.item->received ? a.item->received > b.item->received
                                                : a.item->arrived > b.item->arrived;
  });
}

std::string first_text(const ItemView& view, std::string_view uri) {
  const PropertyPath path{
      .kind = PathKind::field, .field = field_id(uri), .uri = std::string(uri), .key = {}, .part = {}, .extended = {}};
  auto texts = texts_of(view, path);
  return texts.empty() ? std::string() : std::move(texts.front());
}

/// m:ContactsView chooses before anything else does.
bool in_view(const ItemView& view, pugi::xml_node node) {
  if (local_name(node) != "ContactsView") return true;
  const std::string shown = first_text(view, "contacts:DisplayName");
  const auto first = node.attribute("InitialName");
  const auto last = node.attribute("FinalName");
  return (!first || compare_texts(shown, first.value(), ValueType::text) >= 0) &&
         (!last || compare_texts(shown, last.value(), ValueType::text) <= 0);
}

bool is_calendar_view(const Question& question) {
  return local_name(question.view) == "CalendarView";
}

std::optional<SoapFault> check_calendar_view(const SoapRequest& request, pugi::xml_node view) {
  if (local_name(view) != "CalendarView") return std::nullopt;
  for (const char* name : {"StartDate", "EndDate"}) {
    if (auto fault = check_attribute(request, view, name, "dateTime", {})) return fault;
    const std::string text = view.attribute(name).value();
    if (parse_ews_time(text)) continue;
    return invalid_attribute(request, view, name, "http://www.w3.org/2001/XMLSchema:dateTime",
                             "The string '" + text + "' is not a valid AllXsd value.");
  }
  return std::nullopt;
}

/// As wide as Exchange lets a view be.
constexpr std::chrono::days kWidestView{732};

std::optional<ResponseError> refusal_of_view(const Question& question) {
  if (auto refusal = refusal_of_page(question.view)) return refusal;
  if (!is_calendar_view(question)) return std::nullopt;
  const auto from = parse_ews_time(question.view.attribute("StartDate").value());
  const auto until = parse_ews_time(question.view.attribute("EndDate").value());
  if (!from || !until || *until < *from) {
    return ResponseError{.code = "ErrorCalendarEndDateIsEarlierThanStartDate",
                         .text = "EndDate is earlier than StartDate.",
                         .values = {}};
  }
  if (*until - *from <= kWidestView) return std::nullopt;
  return ResponseError{.code = "ErrorCalendarViewRangeTooBig",
                       .text = "The specified view range exceeds the maximum range of two years.",
                       .values = {}};
}

std::optional<ResponseError> refusal_of_paths(const Question& question) {
  if (question.shape.refusal) return question.shape.refusal;
  for (const SortKey& key : question.order) {
    if (auto refusal = refusal_of_ordering(key.path)) return refusal;
  }
  if (!question.group_by) return std::nullopt;
  if (auto refusal = refusal_of_ordering(question.group_by->path)) return refusal;
  return refusal_of_ordering(*question.aggregate);
}

std::vector<Seen> seen_in(const FolderRef& ref, const Question& question) {
  if (is_calendar_view(question)) {
    const auto from = parse_ews_time(question.view.attribute("StartDate").value());
    const auto until = parse_ews_time(question.view.attribute("EndDate").value());
    return calendar_view(*ref.mailbox, *ref.folder, from.value_or(Timestamp{}), until.value_or(Timestamp{}));
  }
  const ItemTraversal traversal = question.traversal == "SoftDeleted"  ? ItemTraversal::soft_deleted
                                  : question.traversal == "Associated" ? ItemTraversal::associated
                                                                       : ItemTraversal::shallow;
  std::vector<Seen> found;
  for (const Item* item : folder_contents(*ref.mailbox, *ref.folder, traversal)) found.push_back({.item = item});
  return found;
}

std::vector<Found> candidates(const OperationContext& context, const FolderRef& ref, const Question& question) {
  std::vector<Found> found;
  for (const Seen& seen : seen_in(ref, question)) {
    if (!may_see(context, *ref.mailbox, *seen.item)) continue;
    const ItemView view{.mailbox = *ref.mailbox, .item = *seen.item};
    const TextReader reader = [&](const PropertyPath& path) { return texts_of(view, path); };
    if (!in_view(view, question.view) || !question.restriction.holds(reader) || !question.query.holds(view)) continue;
    found.push_back({.item = seen.item, .keys = keys_of(view, question), .made = seen.made});
  }
  // A calendar view has its own order.
  if (!is_calendar_view(question)) sort(found, question);
  return found;
}

/// t:SeekToConditionPageViewType: the page begins at the first item for which the condition holds.
std::expected<std::size_t, SoapFault> seek(const SoapRequest& request, const FolderRef& ref, pugi::xml_node view,
                                           const std::vector<Found>& found) {
  const auto condition = Restriction::read(request, child(view, kTypesNs, "Condition"));
  if (!condition) return std::unexpected(condition.error());
  const auto at = std::ranges::find_if(found, [&](const Found& each) {
    const ItemView item{.mailbox = *ref.mailbox, .item = *each.item};
    return condition->holds([&](const PropertyPath& path) { return texts_of(item, path); });
  });
  return static_cast<std::size_t>(at - found.begin());
}

struct Group {
  std::string index;
  std::string aggregate;
  std::vector<Found> items;
};

/// Group after group, within each as they were. A page is of what is grouped: a group may go on with the next.
std::vector<Found> in_groups(const FolderRef& ref, std::vector<Found> found, const Question& question) {
  std::vector<Group> groups;
  std::unordered_map<std::string, std::size_t> places;
  const ValueType type = type_of(*question.aggregate);
  for (Found& each : found) {
    const ItemView view{.mailbox = *ref.mailbox, .item = *each.item};
    auto texts = texts_of(view, question.group_by->path);
    if (!texts.empty()) each.group = texts.front();
    texts = texts_of(view, *question.aggregate);
    const std::string value = texts.empty() ? std::string() : texts.front();
    const auto [place, is_new] = places.try_emplace(each.group, groups.size());
    if (is_new) groups.push_back({.index = each.group, .aggregate = value, .items = {}});
    Group& group = groups[place->second];
    const int sign = compare_texts(value, group.aggregate, type);
    if (question.aggregate_most ? sign > 0 : sign < 0) group.aggregate = value;
    group.items.push_back(std::move(each));
  }
  std::ranges::sort(groups, [&](const Group& a, const Group& b) {
    const int sign = compare_texts(a.aggregate, b.aggregate, type);
    if (sign == 0) return a.index < b.index;
    return question.group_by->descending ? sign > 0 : sign < 0;
  });
  found.clear();
  for (Group& group : groups) std::ranges::move(group.items, std::back_inserter(found));
  return found;
}

void write_items(XmlWriter& xml, const OperationContext& context, const FolderRef& ref, std::span<const Found> items,
                 const Question& question) {
  xml.open("t:Items");
  for (const Found& each : items) {
    write_item(xml, view_of(context, *ref.mailbox, *each.item), question.shape, ItemDetail::found);
  }
  xml.close("t:Items");
}

void write_groups(XmlWriter& xml, const OperationContext& context, const FolderRef& ref, std::span<const Found> page,
                  const Question& question) {
  xml.open("t:Groups");
  while (!page.empty()) {
    const std::string& index = page.front().group;
    const auto end = std::ranges::find_if(page, [&](const Found& each) { return each.group != index; });
    const auto count = static_cast<std::size_t>(end - page.begin());
    xml.open("t:GroupedItems");
    xml.text("t:GroupIndex", index);
    write_items(xml, context, ref, page.first(count), question);
    xml.close("t:GroupedItems");
    page = page.subspan(count);
  }
  xml.close("t:Groups");
}

std::expected<std::string, SoapFault> answer(const OperationContext& context, const SoapRequest& request,
                                             const FolderRef& ref, const Question& question) {
  std::vector<Found> found = candidates(context, ref, question);
  if (question.group_by) found = in_groups(ref, std::move(found), question);
  auto page = read_page(request, question.view, found.size());
  if (!page) return std::unexpected(std::move(page).error());
  if (local_name(question.view) == "SeekToConditionPageItemView") {
    const auto at = seek(request, ref, question.view, found);
    if (!at) return std::unexpected(at.error());
    page->first = *at;
    page->count = std::min(page->count, found.size() - *at);
    page->next = page->first + page->count;
    page->last = page->next == found.size();
    page->paged = true;
  }
  const bool restricted = !question.restriction.empty() || !question.query.empty();
  shorten(*page, restricted ? kMostRestricted : kMost);
  const auto shown = std::span<const Found>(found).subspan(page->first, page->count);
  XmlWriter content;
  open_root_folder(content, *page, found.size());
  if (question.group_by) {
    write_groups(content, context, ref, shown, question);
  } else {
    write_items(content, context, ref, shown, question);
  }
  content.close("m:RootFolder");
  return content.take();
}

}  // namespace

/// MS-OXWSSRCH 3.1.4.1 (FindItem). Recorded: garethp-php-ews 15.2.1748 and 15.20.3370 (paging).
OperationResult find_item(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_attribute(request, request.body, "Traversal", "ItemQueryTraversalType", kTraversals)) {
    return std::unexpected(*fault);
  }
  if (auto fault = check_sequence(
          request, request.body,
          {"ItemShape",
           "IndexedPageItemView|FractionalPageItemView|SeekToConditionPageItemView|CalendarView|ContactsView?",
           "GroupBy|DistinguishedGroupBy?", "Restriction?", "SortOrder?", "ParentFolderIds", "QueryString?"})) {
    return std::unexpected(*fault);
  }
  const auto question = read_question(context, request);
  if (!question) return std::unexpected(question.error());
  if (auto fault = check_calendar_view(request, question->view)) return std::unexpected(*std::move(fault));
  context.note = question->query.not_understood();
  const auto parents =
      read_folder_ids(context, request, child(request.body, kMessagesNs, "ParentFolderIds"), FolderUse::read);
  if (!parents) return std::unexpected(parents.error());

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  auto refused = refusal_of_view(*question);
  if (!refused) refused = refusal_of_paths(*question);
  if (!refused) refused = question->restriction.refusal();
  if (!refused) refused = question->query.refusal();
  if (!refused && local_name(question->view) == "SeekToConditionPageItemView") {
    const auto condition = Restriction::read(request, child(question->view, kTypesNs, "Condition"));
    if (!condition) return std::unexpected(condition.error());
    refused = condition->refusal();
  }
  for (const auto& ref : *parents) {
    if (!ref || refused) {
      write_error(xml, "FindItem", ref ? *refused : ref.error());
      continue;
    }
    if (is_calendar_view(*question) && ref->folder->kind != FolderKind::calendar) {
      write_error(xml, "FindItem",
                  {.code = "ErrorCalendarFolderIsInvalidForCalendarView",
                   .text = "CalendarView can not be used with a folder that is no calendar folder.",
                   .values = {}});
      continue;
    }
    const auto content = answer(context, request, *ref, *question);
    if (!content) return std::unexpected(content.error());
    write_success(xml, "FindItem", *content);
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
