#include "exchange_sim/mailbox.h"
#include "exchange_sim/store_ids.h"

/// What a mailbox tells of its changes, and how it forgets them.
namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostEvents = 20'000;

}  // namespace

Event& Mailbox::tell(EventKind kind) {
  static thread_local Event kUnheard;
  if (quiet_) {
    kUnheard = {};
    return kUnheard;
  }
  events_.push_back({.number = next_change(), .kind = kind, .at = now()});
  if (events_.size() > kMostEvents) {
    events_forgotten_ = events_.front().number;
    events_.pop_front();
  }
  return events_.back();
}

void Mailbox::tell_item(EventKind kind, const Item& item) {
  Event& event = tell(kind);
  event.id = item.id;
  event.change_key = bare_change_key(item.kind);
  event.parent_id = item.folder->id;
}

void Mailbox::tell_moved(EventKind kind, const Item& item, std::string old_id, const Folder& from) {
  Event& event = tell(kind);
  event.id = item.id;
  event.change_key = bare_change_key(item.kind);
  event.parent_id = item.folder->id;
  event.old_id = std::move(old_id);
  event.old_parent_id = from.id;
}

void Mailbox::tell_folder(EventKind kind, const Folder& folder) {
  Event& event = tell(kind);
  event.of_folder = true;
  event.id = folder.id;
  event.change_key = bare_folder_key();
  event.parent_id = folder.parent == nullptr ? folder.id : folder.parent->id;
}

void Mailbox::tell_counts(const Folder& folder) {
  Event& event = tell(EventKind::modified);
  event.of_folder = true;
  event.id = folder.id;
  event.change_key = bare_folder_key();
  event.parent_id = folder.parent == nullptr ? folder.id : folder.parent->id;
  event.unread = static_cast<std::int64_t>(folder.unread);
}

void Mailbox::forget_changes() {
  // One number that nobody was told: states of this very moment are too old afterwards as well.
  const std::uint64_t until = next_change();
  events_.clear();
  events_forgotten_ = until;
  folders_gone_.clear();
  folders_forgotten_ = until;
  for (auto& [id, folder] : folders_) {
    folder->gone.clear();
    folder->forgotten = until;
  }
}

}  // namespace mailward::exchange_sim
