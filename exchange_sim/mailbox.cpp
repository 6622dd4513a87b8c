#include "exchange_sim/mailbox.h"

#include <algorithm>

#include "exchange_sim/item_values.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostTombstones = 200'000;

constexpr std::array<std::string_view, 5> kRecoverable{"recoverableitemsroot", "recoverableitemsdeletions",
                                                       "recoverableitemsversions", "recoverableitemspurges",
                                                       "recoverableitemsdiscoveryholds"};

bool is_recoverable(const Folder& folder) {
  for (const Folder* at = &folder; at != nullptr; at = at->parent) {
    std::string_view name = at->distinguished;
    if (name.starts_with("archive")) name.remove_prefix(7);
    if (std::ranges::find(kRecoverable, name) != kRecoverable.end()) return true;
  }
  return false;
}

bool in_archive(const Folder& folder) {
  const Folder* at = &folder;
  while (at->parent != nullptr) at = at->parent;
  return at->distinguished == "archiveroot";
}

constexpr auto kPlaces = std::to_array<std::pair<MailboxPlace, std::string_view>>({
    {MailboxPlace::here, "here"},
    {MailboxPlace::exchange_online, "exchange_online"},
    {MailboxPlace::moving, "moving"},
    {MailboxPlace::gone, "gone"},
});

/// A new folder has its parent's permissions; what grants free/busy times means something on calendars alone.
PermissionSet inherited(const PermissionSet& parent, FolderKind kind) {
  PermissionSet set = parent;
  if (kind == FolderKind::calendar) return set;
  for (Permission& each : set.entries) {
    if (each.rights.read != ReadDetail::full) each.rights.read = ReadDetail::none;
  }
  return set;
}

std::vector<const Folder*> line_of(const Folder* folder) {
  std::vector<const Folder*> line;
  for (; folder != nullptr; folder = folder->parent) line.push_back(folder);
  return line;
}

}  // namespace

std::string_view mailbox_place_name(MailboxPlace place) {
  return std::ranges::find(kPlaces, place, &std::pair<MailboxPlace, std::string_view>::first)->second;
}

std::optional<MailboxPlace> mailbox_place_from(std::string_view name) {
  const auto* found = std::ranges::find(kPlaces, name, &std::pair<MailboxPlace, std::string_view>::second);
  if (found == kPlaces.end()) return std::nullopt;
  return found->first;
}

Mailbox::Mailbox(MailboxPlan plan, Blobs& store, const Clock& time)
    : smtp(std::move(plan.smtp)),
      aliases(std::move(plan.aliases)),
      display_name(std::move(plan.display_name)),
      upn(plan.upn.empty() ? smtp : std::move(plan.upn)),
      sid(std::move(plan.sid)),
      guid(make_guid(smtp)),
      account(std::move(plan.account)),
      first_place(plan.place),
      first_ews_enabled(plan.ews_enabled),
      first_autodiscover(std::move(plan.autodiscover)),
      archive(plan.archive),
      room(plan.room),
      public_folders(plan.public_folders),
      blobs(store),
      clock(time),
      hold(plan.hold),
      quota(plan.quota) {
  if (sid.empty()) {
    sid = "S-1-5-21-1004336348-1177238915-682003330-" + std::to_string(1200 + std::hash<std::string>{}(smtp) % 8000);
  }
  quiet_ = true;
  make_default_folders(*this);
  if (!public_folders) fill_with_sample(*this, plan.messages);
  quiet_ = false;
}

const Folder* Mailbox::find_folder(std::string_view id) const {
  const auto found = folders_.find(id);
  return found == folders_.end() ? nullptr : found->second.get();
}

Folder* Mailbox::find_folder(std::string_view id) {
  const auto found = folders_.find(id);
  return found == folders_.end() ? nullptr : found->second.get();
}

Folder* Mailbox::find_distinguished(std::string_view name) const {
  const auto found = distinguished_.find(name);
  return found == distinguished_.end() ? nullptr : found->second;
}

Item* Mailbox::find_item(std::string_view id) const {
  const auto found = items_.find(id);
  return found == items_.end() ? nullptr : found->second.get();
}

std::vector<Folder*> Mailbox::descendants(const Folder& folder) {
  std::vector<Folder*> found(folder.children);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& below = found[i]->children;
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

std::uint64_t Mailbox::size() const {
  std::uint64_t total = 0;
  for (const auto& [id, item] : items_) total += size_of({.mailbox = *this, .item = *item});
  return total;
}

std::string Mailbox::next_seed(std::string_view what) {
  return smtp + "/" + std::string(what) + "/" + std::to_string(seeds_++);
}

std::string Mailbox::change_key(const Item& item) const {
  return make_change_key(item.kind, guid, item.last_change());
}

std::string Mailbox::change_key(const Folder& folder) const {
  return make_folder_change_key(guid, std::max(folder.changed, folder.created));
}

// Folders

Folder& Mailbox::make_folder(Folder* parent, NewFolder wish) {
  const std::string seed = wish.distinguished.empty() ? next_seed("folder") : smtp + "/folder/" + wish.distinguished;
  auto made = std::make_unique<Folder>();
  Folder& folder = *made;
  folder.id = make_store_id(guid, StoreIdKind::folder, seed);
  folder.parent = parent;
  folder.distinguished = std::move(wish.distinguished);
  folder.name = std::move(wish.name);
  folder.folder_class = std::move(wish.folder_class);
  folder.kind = wish.kind;
  folder.extended = std::move(wish.extended);
  if (parent != nullptr) {
    folder.content_mailbox = parent->content_mailbox;
    if (folder.distinguished.empty()) folder.permissions = inherited(parent->permissions, folder.kind);
  }
  folder.created = folder.changed = folder.items_changed = next_change();
  folder.items_changed_at = now();
  if (!folder.distinguished.empty()) distinguished_[folder.distinguished] = &folder;
  (parent == nullptr ? roots_ : parent->children).push_back(&folder);
  folders_.emplace(folder.id, std::move(made));
  tell_folder(EventKind::created, folder);
  if (parent != nullptr) tell_folder(EventKind::modified, *parent);
  changed_signal.notify();
  return folder;
}

void Mailbox::note_change(Folder& folder) {
  folder.changed = next_change();
  tell_folder(EventKind::modified, folder);
  changed_signal.notify();
}

void Mailbox::bury(Folder& folder, const std::vector<const Folder*>& above) {
  if (above.empty()) return;
  FolderTombstone stone{.left = next_change(), .created = folder.created, .id = folder.id, .above = {}};
  for (const Folder* each : above) stone.above.push_back(each->id);
  folders_gone_.push_back(std::move(stone));
}

void Mailbox::move_folder(Folder& folder, Folder& parent) {
  Folder& from = *folder.parent;
  std::vector<const Folder*> above = line_of(&from);
  std::erase_if(above, [&](const Folder* each) { return parent.within(*each); });
  for (Folder* below : descendants(folder)) bury(*below, above);
  bury(folder, above);
  std::erase(from.children, &folder);
  folder.parent = &parent;
  parent.children.push_back(&folder);
  folder.changed = next_change();
  Event& event = tell(EventKind::moved);
  event.of_folder = true;
  event.id = event.old_id = folder.id;
  event.change_key = bare_folder_key();
  event.parent_id = parent.id;
  event.old_parent_id = from.id;
  tell_folder(EventKind::modified, from);
  tell_folder(EventKind::modified, parent);
  changed_signal.notify();
}

Folder& Mailbox::copy_folder(const Folder& folder, Folder& parent) {  // NOLINT(misc-no-recursion): as deep as the tree
  const std::vector<Folder*> below = folder.children;
  Folder& made = make_folder(
      &parent,
      {.name = folder.name, .folder_class = folder.folder_class, .kind = folder.kind, .extended = folder.extended});
  std::vector<const Item*> items;
  for (const auto& [arrival, item] : folder.items) items.push_back(item);
  for (const Item* item : items) copy(*item, made);
  for (const Folder* each : below) copy_folder(*each, made);
  return made;
}

void Mailbox::remove_folder(Folder& folder, Disposal how) {
  std::vector<Folder*> all = descendants(folder);
  all.insert(all.begin(), &folder);
  for (Folder* each : all) {
    while (!each->items.empty()) dispose(*each->items.begin()->second, how);
  }
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    Folder& gone = **each;
    bury(gone, line_of(gone.parent));
    tell_folder(EventKind::deleted, gone);
    std::erase(gone.parent->children, &gone);
    if (!gone.distinguished.empty()) distinguished_.erase(gone.distinguished);
    Folder* parent = gone.parent;
    folders_.erase(gone.id);
    if (*each == &folder) tell_folder(EventKind::modified, *parent);
  }
  changed_signal.notify();
}

// Items

void Mailbox::touched(Folder& folder, std::uint64_t change) {
  folder.items_changed = change;
  folder.items_changed_at = now();
}

void Mailbox::enter(Item& item, Folder& folder, const std::string& seed) {
  item.id = make_store_id(guid, StoreIdKind::item, seed);
  item.folder = &folder;
  item.arrived = item.changed = next_change();
  item.read_changed = 0;
  folder.items.emplace(item.arrived, &item);
  if (item.associated) {
    ++folder.associated;
  } else if (!item.read) {
    ++folder.unread;
  }
  touched(folder, item.arrived);
}

void Mailbox::leave(Item& item) {
  Folder& folder = *item.folder;
  const std::uint64_t change = next_change();
  folder.gone.push_back(
      {.left = change, .arrived = item.arrived, .id = item.id, .kind = item.kind, .associated = item.associated});
  ++folder.gone_count;
  if (folder.gone.size() > kMostTombstones) {
    const auto half = folder.gone.begin() + static_cast<std::ptrdiff_t>(kMostTombstones / 2);
    folder.forgotten = (half - 1)->left;
    folder.gone.erase(folder.gone.begin(), half);
  }
  folder.items.erase(item.arrived);
  if (item.associated) {
    --folder.associated;
  } else if (!item.read) {
    --folder.unread;
  }
  touched(folder, change);
  item.folder = nullptr;
}

Item& Mailbox::add(std::unique_ptr<Item> item, Folder& folder, Arrival how) {
  Item& added = *item;
  enter(added, folder, next_seed("item"));
  items_.emplace(added.id, std::move(item));
  if (how == Arrival::delivered) tell_item(EventKind::new_mail, added);
  tell_item(EventKind::created, added);
  if (added.kind == ItemKind::calendar_item) tell_item(EventKind::free_busy_changed, added);
  tell_counts(folder);
  changed_signal.notify();
  return added;
}

void Mailbox::move(Item& item, Folder& folder) {
  Folder& from = *item.folder;
  const std::string old_id = item.id;
  leave(item);
  auto owner = items_.extract(old_id);
  enter(item, folder, next_seed("item"));
  owner.key() = item.id;
  items_.insert(std::move(owner));
  tell_moved(EventKind::moved, item, old_id, from);
  if (item.kind == ItemKind::calendar_item) tell_item(EventKind::free_busy_changed, item);
  tell_counts(from);
  if (&from != &folder) tell_counts(folder);
  changed_signal.notify();
}

Item& Mailbox::copy(const Item& item, Folder& folder) {
  auto made = item.clone();
  Item& added = *made;
  enter(added, folder, next_seed("item"));
  items_.emplace(added.id, std::move(made));
  tell_moved(EventKind::copied, added, item.id, *item.folder);
  tell_counts(folder);
  changed_signal.notify();
  return added;
}

void Mailbox::erase(Item& item) {
  tell_item(EventKind::deleted, item);
  Folder& folder = *item.folder;
  leave(item);
  tell_counts(folder);
  items_.erase(item.id);
  changed_signal.notify();
}

Folder& Mailbox::recoverable(std::string_view which, const Folder& near) {
  const std::string name = (in_archive(near) ? "archive" : "") + std::string(which);
  return *find_distinguished(name);
}

void Mailbox::dispose(Item& item, Disposal how) {
  Folder& from = *item.folder;
  // Public folders have no deleted items: what is deleted there can be recovered.
  if (how == Disposal::move_to_deleted_items && public_folders) how = Disposal::soft_delete;
  if (how == Disposal::move_to_deleted_items) {
    return move(item, *find_distinguished(in_archive(from) ? "archivedeleteditems" : "deleteditems"));
  }
  const bool recovered_from = is_recoverable(from);
  const bool in_purges = from.distinguished.ends_with("recoverableitemspurges");
  if (how == Disposal::soft_delete && !recovered_from) {
    item.left_folder = from.id;
    return move(item, recoverable("recoverableitemsdeletions", from));
  }
  if (hold && !in_purges && !item.associated) return move(item, recoverable("recoverableitemspurges", from));
  // Under a hold nothing leaves the purges.
  if (hold && in_purges) return;
  erase(item);
}

void Mailbox::keep_version(const Item& item) {
  if (!hold || item.folder == nullptr || item.draft || is_recoverable(*item.folder)) return;
  copy(item, recoverable("recoverableitemsversions", *item.folder));
}

void Mailbox::note_change(Item& item) {
  item.changed = next_change();
  item.modified = now();
  item.modified_by = display_name;
  item.unmodified = false;
  touched(*item.folder, item.changed);
  tell_item(EventKind::modified, item);
  if (item.kind == ItemKind::calendar_item) tell_item(EventKind::free_busy_changed, item);
  changed_signal.notify();
}

void Mailbox::set_read(Item& item, bool read) {
  if (item.read == read) return;
  item.read = read;
  if (item.folder == nullptr) return;
  if (!item.associated) item.folder->unread = read ? item.folder->unread - 1 : item.folder->unread + 1;
  item.read_changed = next_change();
  touched(*item.folder, item.read_changed);
  tell_item(EventKind::modified, item);
  tell_counts(*item.folder);
  changed_signal.notify();
}

}  // namespace mailward::exchange_sim
