#include <algorithm>
#include <array>

#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kTraversals{"Shallow", "SoftDeleted", "Associated"};
/// EWSFindCountLimit: with a restriction, and without (exchange.md, "Limits and policies of the server").
constexpr std::size_t kMostRestricted = 250;
constexpr std::size_t kMost = 1000;

/// By the caller's order; what that leaves open, newest first, as the store's default view has it.
void sort(std::vector<const Item*>& items, pugi::xml_node order) {
  const auto keys = elements(order);
  std::ranges::sort(items, [&](const Item* a, const Item* b) {
    for (const auto key : keys) {
      const std::string_view field = child(key, kTypesNs, "FieldURI").attribute("FieldURI").value();
      const bool descending = std::string_view(key.attribute("Order").value()) == "Descending";
      const int by_field = item_field(*a, field).compare(item_field(*b, field));
      if (by_field != 0) return descending ? by_field > 0 : by_field < 0;
    }
    return a->received != b->received ? a->received > b->received : a->id < b->id;
  });
}

std::vector<const Item*> candidates(const FolderRef& ref, const SoapRequest& request) {
  std::vector<const Item*> found;
  const std::string_view traversal = request.body.attribute("Traversal").value();
  if (traversal != "Shallow") return found;
  const auto restriction = child(request.body, kMessagesNs, "Restriction");
  for (const Item& item : ref.folder->items) {
    if (matches(restriction, [&](std::string_view field) { return item_field(item, field); })) found.push_back(&item);
  }
  sort(found, child(request.body, kMessagesNs, "SortOrder"));
  return found;
}

}  // namespace

/// MS-OXWSSRCH 3.1.4.1 (FindItem). Recorded: garethp-php-ews 15.2.1748 and 15.20.3370 (paging).
OperationResult find_item(const OperationContext& context, const SoapRequest& request) {
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
  const auto shape = read_shape(request, child(request.body, kMessagesNs, "ItemShape"));
  if (!shape) return std::unexpected(shape.error());
  const auto parents = read_folder_ids(context, request, child(request.body, kMessagesNs, "ParentFolderIds"));
  if (!parents) return std::unexpected(parents.error());
  const auto view = child(request.body, kMessagesNs, "IndexedPageItemView");
  const std::size_t most = child(request.body, kMessagesNs, "Restriction") ? kMostRestricted : kMost;

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto& ref : *parents) {
    if (!ref) {
      write_error(xml, "FindItem", ref.error());
      continue;
    }
    const auto found = candidates(*ref, request);
    auto page = read_page(request, view, found.size());
    if (!page) return std::unexpected(page.error());
    if (page->count > most) {
      page->next -= page->count - most;
      page->count = most;
      page->last = false;
    }
    XmlWriter content;
    const std::string next = std::to_string(page->next);
    const std::string total = std::to_string(found.size());
    const std::string_view last = page->last ? "true" : "false";
    if (view) {
      content.open("m:RootFolder",
                   {{"IndexedPagingOffset", next}, {"TotalItemsInView", total}, {"IncludesLastItemInRange", last}});
    } else {
      content.open("m:RootFolder", {{"TotalItemsInView", total}, {"IncludesLastItemInRange", last}});
    }
    content.open("t:Items");
    for (std::size_t i = 0; i < page->count; ++i) {
      write_item(content, *ref->mailbox, *found[page->first + i], *shape, ItemDetail::found);
    }
    content.close("t:Items");
    content.close("m:RootFolder");
    write_success(xml, "FindItem", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
