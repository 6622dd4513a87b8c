#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "exchange_sim/mailbox.h"

/// What somebody meets who looks into a folder. The mailbox is held by the caller.
namespace mailward::exchange_sim {

enum class ItemTraversal { shallow, soft_deleted, associated };

/// The folder's own items; of a search folder those that its search finds; or what was soft-deleted from the folder and
/// can still be recovered.
std::vector<const Item*> folder_contents(const Mailbox& mailbox, const Folder& folder, ItemTraversal traversal);

/// Of a search folder what it finds, of others what is in it.
struct FolderCounts {
  std::size_t total = 0;
  std::size_t unread = 0;
};
FolderCounts folder_counts(const Mailbox& mailbox, const Folder& folder);

/// An item in a view, with what keeps it alive where it is an occurrence that was made for it.
struct Seen {
  const Item* item = nullptr;
  std::shared_ptr<const Item> made{};
};
/// Appointments that overlap with the time, series by their occurrences, by their start.
std::vector<Seen> calendar_view(const Mailbox& mailbox, const Folder& folder, Timestamp from, Timestamp until);

}  // namespace mailward::exchange_sim
