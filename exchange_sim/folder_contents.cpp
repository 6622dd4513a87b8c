#include "exchange_sim/folder_contents.h"

#include <algorithm>

#include "exchange_sim/associated_items.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/restriction.h"
#include "exchange_sim/series.h"
#include "exchange_sim/soap.h"

namespace mailward::exchange_sim {
namespace {

/// A series without an end has this many occurrences in one view at most.
constexpr std::size_t kMostOccurrences = 1000;

std::vector<const Folder*> searched_folders(const Mailbox& mailbox, pugi::xml_node parameters) {
  const bool deep = std::string_view(parameters.attribute("Traversal").value()) == "Deep";
  std::vector<const Folder*> found;
  for (const auto id : elements(child(parameters, kTypesNs, "BaseFolderIds"))) {
    const std::string_view name = id.attribute("Id").value();
    const Folder* base =
        local_name(id) == "DistinguishedFolderId" ? mailbox.find_distinguished(name) : mailbox.find_folder(name);
    if (base == nullptr) continue;
    found.push_back(base);
    if (!deep) continue;
    for (const Folder* below : Mailbox::descendants(*base)) found.push_back(below);
  }
  std::ranges::sort(found);
  const auto twice = std::ranges::unique(found);
  found.erase(twice.begin(), twice.end());
  return found;
}

std::vector<const Item*> found_by_search(const Mailbox& mailbox, const Folder& folder) {
  std::vector<const Item*> found;
  const pugi::xml_document document = parse_kept(folder.search_parameters);
  const auto parameters = child(document.document_element(), kTypesNs, "SearchParameters");
  const SoapRequest nothing{.xml = {}};
  const auto restriction = Restriction::read(nothing, child(parameters, kTypesNs, "Restriction"));
  if (!restriction) return found;
  for (const Folder* searched : searched_folders(mailbox, parameters)) {
    if (searched->kind == FolderKind::search) continue;
    for (const auto& [arrival, item] : searched->items) {
      const ItemView view{.mailbox = mailbox, .item = *item};
      if (!item->associated && restriction->holds([&](const PropertyPath& path) { return texts_of(view, path); })) {
        found.push_back(item);
      }
    }
  }
  return found;
}

std::vector<const Item*> soft_deleted_from(const Mailbox& mailbox, const Folder& folder) {
  std::vector<const Item*> found;
  for (const std::string_view name : {"recoverableitemsdeletions", "archiverecoverableitemsdeletions"}) {
    const Folder* deletions = mailbox.find_distinguished(name);
    if (deletions == nullptr) continue;
    for (const auto& [arrival, item] : deletions->items) {
      if (item->left_folder == folder.id) found.push_back(item);
    }
  }
  return found;
}

Timestamp time_of(const Item& item, FieldId field) {
  return parse_ews_time(plain_field(item, field)).value_or(Timestamp{});
}

}  // namespace

std::vector<const Item*> folder_contents(const Mailbox& mailbox, const Folder& folder, ItemTraversal traversal) {
  if (traversal == ItemTraversal::soft_deleted) return soft_deleted_from(mailbox, folder);
  if (traversal == ItemTraversal::shallow && folder.kind == FolderKind::search && !folder.search_parameters.empty()) {
    return found_by_search(mailbox, folder);
  }
  const bool associated = traversal == ItemTraversal::associated;
  std::vector<const Item*> found;
  for (const auto& [arrival, item] : folder.items) {
    if (item->associated == associated) found.push_back(item);
  }
  return found;
}

FolderCounts folder_counts(const Mailbox& mailbox, const Folder& folder) {
  if (folder.kind != FolderKind::search || folder.search_parameters.empty()) {
    return {.total = folder.total(), .unread = folder.unread};
  }
  const auto found = found_by_search(mailbox, folder);
  return {
      .total = found.size(),
      .unread = static_cast<std::size_t>(std::ranges::count_if(found, [](const Item* each) { return !each->read; }))};
}

std::vector<Seen> calendar_view(const Mailbox& mailbox, const Folder& folder, Timestamp from, Timestamp until) {
  static const FieldId kStart = field_id("calendar:Start");
  static const FieldId kEnd = field_id("calendar:End");
  std::vector<Seen> found;
  for (const Item* item : folder_contents(mailbox, folder, ItemTraversal::shallow)) {
    if (item->kind != ItemKind::calendar_item) continue;
    if (is_master(*item)) {
      for (auto& made : occurrences_within(*item, from, until, kMostOccurrences)) {
        const std::shared_ptr<const Item> kept = std::move(made);
        found.push_back({.item = kept.get(), .made = kept});
      }
    } else if (time_of(*item, kStart) < until && time_of(*item, kEnd) > from) {
      found.push_back({.item = item});
    }
  }
  std::ranges::sort(found, {},
                    [](const Seen& each) { return std::pair(time_of(*each.item, kStart), each.item->arrived); });
  return found;
}

}  // namespace mailward::exchange_sim
