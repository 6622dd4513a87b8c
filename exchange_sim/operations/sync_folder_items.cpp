#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "exchange_sim/access.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/shapes.h"
#include "exchange_sim/sync_states.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostChanges = 512;
constexpr std::array<std::string_view, 2> kScopes{"NormalItems", "NormalAndAssociatedItems"};

enum class SyncChange { create, update, remove, read_flag };

struct Entry {
  std::uint64_t at = 0;  ///< the change up to which a state knows once this was told
  SyncChange kind = SyncChange::create;
  const Item* item = nullptr;
  const Tombstone* gone = nullptr;
};

struct SyncRequest {
  Shape shape;
  std::set<std::string, std::less<>> ignored;
  std::size_t most = 0;
  bool associated = false;
  std::string_view state;
};

std::expected<SyncRequest, SoapFault> read_request(const SoapRequest& request) {
  SyncRequest read;
  auto shape = read_shape(request, child(request.body, kMessagesNs, "ItemShape"));
  if (!shape) return std::unexpected(std::move(shape).error());
  read.shape = *std::move(shape);
  read.state = text_of(child(request.body, kMessagesNs, "SyncState"));
  for (const auto id : elements(child(request.body, kMessagesNs, "Ignore")))
    read.ignored.insert(id.attribute("Id").value());
  const auto most = child(request.body, kMessagesNs, "MaxChangesReturned");
  const auto number = read_int(text_of(most));
  read.most = number && *number > 0 ? static_cast<std::size_t>(*number) : 0;
  if (read.most < 1 || read.most > kMostChanges) {
    const std::string why = !number ? "The string '" + std::string(text_of(most)) + "' is not a valid Int32 value."
                            : *number < 1 ? "The MinInclusive constraint failed."
                                          : "The MaxInclusive constraint failed.";
    return std::unexpected(invalid_value(request, most, std::string(kTypesNs) + ":MaxSyncChangesReturnedType", why));
  }
  if (const auto scope = child(request.body, kMessagesNs, "SyncScope")) {
    if (std::ranges::find(kScopes, text_of(scope)) == kScopes.end()) {
      return std::unexpected(schema_violation(
          request.xml, scope,
          "The '" + std::string(kMessagesNs) + ":SyncScope' element is invalid - The value '" +
              std::string(text_of(scope)) + "' is invalid according to its datatype '" + std::string(kTypesNs) +
              ":SyncFolderItemsScopeType' - The Enumeration constraint failed."));
    }
    read.associated = text_of(scope) == kScopes[1];
  }
  return read;
}

/// What became after `known` and until `last`, newest first (Microsoft: Mailbox synchronization and EWS in Exchange).
/// An item that came since is new at its arrival, whatever became of it; what came and went since was never there,
/// unless a client was in the midst of its portions.
std::vector<Entry> entries_between(const OperationContext& context, const FolderRef& ref, std::uint64_t known,
                                   std::uint64_t last, const SyncRequest& request) {
  const Folder& folder = *ref.folder;
  std::vector<Entry> found;
  if (folder.items_changed <= known) return found;
  for (const auto& [arrival, item] : folder.items) {
    if ((item->associated && !request.associated) || item->last_change() <= known) continue;
    if (request.ignored.contains(item->id) || !may_see(context, *ref.mailbox, *item)) continue;
    if (arrival > known) {
      found.push_back({.at = arrival, .kind = SyncChange::create, .item = item});
    } else {
      const SyncChange kind = item->changed > known ? SyncChange::update : SyncChange::read_flag;
      found.push_back({.at = item->last_change(), .kind = kind, .item = item});
    }
  }
  const auto first = std::ranges::upper_bound(folder.gone, known, {}, &Tombstone::left);
  for (auto gone = first; gone != folder.gone.end(); ++gone) {
    if (gone->arrived > known || (gone->associated && !request.associated) || request.ignored.contains(gone->id))
      continue;
    found.push_back({.at = gone->left, .kind = SyncChange::remove, .gone = &*gone});
  }
  std::erase_if(found, [&](const Entry& each) { return each.at > last; });
  std::ranges::sort(found, std::ranges::greater(), &Entry::at);
  return found;
}

/// At most as many as were asked for; the state goes on to what is known with them. What became while a client read its
/// portions follows behind the last of these.
std::vector<Entry> advance(const OperationContext& context, const FolderRef& ref, const SyncRequest& request,
                           SyncState& state) {
  std::vector<Entry> told;
  const std::uint64_t now = ref.mailbox->changes();
  while (state.change < now) {
    if (state.until == 0) state.from = state.until = now;
    const auto left = entries_between(context, ref, state.change, state.from, request);
    const std::size_t count = std::min(left.size(), request.most - told.size());
    told.insert(told.end(), left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count));
    if (count < left.size()) {
      if (count > 0) state.from = left[count - 1].at - 1;
      break;
    }
    state.change = std::exchange(state.until, 0);
    state.from = 0;
  }
  return told;
}

void write_entry(XmlWriter& xml, const OperationContext& context, const Mailbox& mailbox, const Entry& entry,
                 const Shape& shape) {
  switch (entry.kind) {
    case SyncChange::create:
    case SyncChange::update: {
      const std::string_view name = entry.kind == SyncChange::create ? "t:Create" : "t:Update";
      xml.open(name);
      write_item(xml, view_of(context, mailbox, *entry.item), shape, ItemDetail::found);
      xml.close(name);
      return;
    }
    case SyncChange::remove:
      xml.open("t:Delete");
      xml.empty("t:ItemId", {{"Id", entry.gone->id}, {"ChangeKey", bare_change_key(entry.gone->kind)}});
      xml.close("t:Delete");
      return;
    case SyncChange::read_flag:
      xml.open("t:ReadFlagChange");
      write_item_id(xml, mailbox, *entry.item);
      xml.boolean("t:IsRead", entry.item->read);
      xml.close("t:ReadFlagChange");
      return;
  }
}

std::expected<std::string, ResponseError> answer(const OperationContext& context, const FolderRef& ref,
                                                 const SyncRequest& request) {
  if (request.shape.refusal) return std::unexpected(*request.shape.refusal);
  const Folder& folder = *ref.folder;
  SyncState state{.kind = SyncKind::items, .folder_id = folder.id};
  if (!request.state.empty()) {
    const auto read = read_sync_state(request.state, SyncKind::items, folder.id);
    const std::uint64_t now = ref.mailbox->changes();
    if (!read || read->change < folder.forgotten || read->change > now || read->until > now) {
      return std::unexpected(
          ResponseError{.code = "ErrorInvalidSyncStateData", .text = "The sync state data is invalid.", .values = {}});
    }
    state = *read;
  }
  const std::vector<Entry> entries = advance(context, ref, request, state);
  XmlWriter xml;
  xml.text("m:SyncState", write_sync_state(state));
  xml.boolean("m:IncludesLastItemInRange", state.change == ref.mailbox->changes());
  xml.open("m:Changes");
  for (const Entry& entry : entries) write_entry(xml, context, *ref.mailbox, entry, request.shape);
  xml.close("m:Changes");
  return xml.take();
}

}  // namespace

/// MS-OXWSSYNC 3.1.4.2. Recorded: garethp-php-ews 14.3.195.
OperationResult sync_folder_items(OperationContext& context, const SoapRequest& request) {
  if (auto fault =
          check_sequence(request, request.body,
                         {"ItemShape", "SyncFolderId", "SyncState?", "Ignore?", "MaxChangesReturned", "SyncScope?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto read = read_request(request);
  if (!read) return std::unexpected(read.error());
  const auto folder =
      read_target_folder(context, request, child(request.body, kMessagesNs, "SyncFolderId"), FolderUse::read);
  if (!folder) return std::unexpected(folder.error());
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  const auto content = *folder ? answer(context, **folder, *read) : std::unexpected(folder->error());
  if (content) {
    write_success(xml, "SyncFolderItems", *content);
  } else {
    write_error(xml, "SyncFolderItems", content.error());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
