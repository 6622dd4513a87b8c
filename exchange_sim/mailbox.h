#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange_sim/folder.h"
#include "http/stream.h"

namespace mailward::exchange_sim {

/// `moving`: to another server, and not to be had meanwhile. `gone`: it was deleted.
enum class MailboxPlace { here, exchange_online, moving, gone };
std::string_view mailbox_place_name(MailboxPlace place);
std::optional<MailboxPlace> mailbox_place_from(std::string_view name);

/// What a mailbox is made from.
struct MailboxPlan {
  std::string smtp;
  std::string display_name;
  std::string account;  ///< the account that owns it, "EXAMPLE\usera"; empty for none
  std::vector<std::string> aliases{};
  std::string upn{};  ///< empty: the address
  std::string sid{};  ///< empty: made from the address
  MailboxPlace place = MailboxPlace::here;
  bool ews_enabled = true;
  std::string autodiscover{};  ///< to whom Autodiscover sends on, an address or an https URL; empty: to nobody
  std::size_t messages = 0;    ///< sample messages in the inbox
  bool archive = false;
  bool hold = false;  ///< litigation hold
  bool room = false;
  std::uint64_t quota = 0;  ///< in bytes; 0: none
  bool public_folders = false;
  std::vector<std::string> full_access{};  ///< accounts and mailboxes' addresses
};

/// Somebody who may act for the mailbox's owner: what he may do is in the permissions of its default folders.
struct Delegate {
  std::string smtp;
  bool receives_copies = false;  ///< of meeting messages
  bool sees_private = false;
};

enum class EventKind { created, deleted, modified, moved, copied, new_mail, free_busy_changed };

/// What a subscription can be told. Ids are those of the moment.
struct Event {
  std::uint64_t number = 0;  ///< of the change: what a watermark holds
  EventKind kind = EventKind::created;
  Timestamp at{};
  bool of_folder = false;
  std::string id;
  std::string change_key;  ///< bare, as in recorded events: "DwAAAA=="
  std::string parent_id;
  std::string old_id;  ///< of what was moved or copied
  std::string old_parent_id;
  std::int64_t unread = -1;  ///< of a folder that was modified; -1: not told
};

/// A folder that left its place in the hierarchy.
struct FolderTombstone {
  std::uint64_t left = 0;
  std::uint64_t created = 0;
  std::string id;
  std::vector<std::string> above;  ///< ids of the folders in whose hierarchies it is no more
};

struct NewFolder {
  std::string name;
  std::string folder_class;
  FolderKind kind = FolderKind::plain;
  std::string distinguished{};
  std::vector<ExtendedValue> extended{};
};

enum class Disposal { hard_delete, soft_delete, move_to_deleted_items };
enum class Arrival { created, delivered, copied };

/// A mailbox: who it is, and a store in which every change has a number. From these numbers alone come change keys,
/// sync states, watermarks and events.
///
/// What stands above `mutex` never changes after the start. All else: whoever looks holds it shared, whoever changes it
/// holds it alone. Items and folders stay where they are in memory until they are removed.
class Mailbox {
 public:
  Mailbox(MailboxPlan plan, Blobs& blobs, const Clock& clock);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  std::string smtp;
  std::vector<std::string> aliases;
  std::string display_name;
  std::string upn;
  std::string sid;
  std::string guid;
  std::string account;
  MailboxPlace first_place = MailboxPlace::here;
  bool first_ews_enabled = true;
  std::string first_autodiscover;
  bool archive = false;
  bool room = false;
  /// Public folders: everybody's, and not the mailbox of anybody.
  bool public_folders = false;
  Blobs& blobs;
  const Clock& clock;
  http::StreamSignal changed_signal;  ///< notified after each change

  mutable std::shared_mutex mutex;
  bool hold = false;
  /// Every read of MIME that is made from properties differs, also for what came as MIME.
  bool mime_differs = false;
  std::uint64_t quota = 0;  ///< in bytes; 0: none
  std::vector<Delegate> delegates;
  std::string deliver_meeting_requests = "DelegatesAndSendInformationToMe";
  std::set<std::string> oof_answered;     ///< who had the automatic reply, lower case
  std::set<std::string> blocked_senders;  ///< whose mail is junk, lower case

  /// Bytes of all that counts towards the quota; looks at every item.
  std::uint64_t size() const;
  /// Whether there is room for so many bytes more.
  bool has_room_for(std::uint64_t bytes) const { return quota == 0 || size() + bytes <= quota; }

  const Folder* find_folder(std::string_view id) const;
  Folder* find_folder(std::string_view id);
  /// Null for one that is not there (yet: ensure_distinguished()).
  Folder* find_distinguished(std::string_view name) const;
  Item* find_item(std::string_view id) const;
  const std::vector<Folder*>& roots() const { return roots_; }
  /// Everything below, parents first, not the folder itself.
  static std::vector<Folder*> descendants(const Folder& folder);
  std::size_t item_count() const { return items_.size(); }

  /// Makes a default folder that Exchange makes when it is first asked for, with what it stands below. Whether there is
  /// such a folder now.
  bool ensure_distinguished(std::string_view name);

  Folder& make_folder(Folder* parent, NewFolder wish);
  /// After its name, class or properties were set.
  void note_change(Folder& folder);
  void move_folder(Folder& folder, Folder& parent);
  Folder& copy_folder(const Folder& folder, Folder& parent);
  /// With all that is below and in it; what is within goes as `how` says of items.
  void remove_folder(Folder& folder, Disposal how);

  Item& add(std::unique_ptr<Item> item, Folder& folder, Arrival how);
  /// In the other folder it has another id, as in Exchange.
  void move(Item& item, Folder& folder);
  Item& copy(const Item& item, Folder& folder);
  /// As Exchange deletes: what is soft-deleted can be recovered, what is hard-deleted too while a hold stands.
  void dispose(Item& item, Disposal how);
  /// Under a hold, before an edit: the item as it is goes to the versions.
  void keep_version(const Item& item);
  /// After anything but its read flag was changed.
  void note_change(Item& item);
  void set_read(Item& item, bool read);

  std::uint64_t changes() const { return changes_; }
  const std::deque<Event>& events() const { return events_; }
  /// Events up to this change are kept no more.
  std::uint64_t events_forgotten() const { return events_forgotten_; }
  const std::vector<FolderTombstone>& folders_gone() const { return folders_gone_; }
  std::uint64_t folders_forgotten() const { return folders_forgotten_; }
  /// As after weeks: no tombstone and no event is left, so that older sync states and watermarks are refused.
  void forget_changes();
  /// What is loaded at a start makes no events.
  void set_quiet(bool quiet) { quiet_ = quiet; }

  std::string change_key(const Item& item) const;
  std::string change_key(const Folder& folder) const;
  Timestamp now() const { return clock.now(); }
  /// A name that is given once: for ids.
  std::string next_seed(std::string_view what);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::uint64_t next_change() { return ++changes_; }
  void enter(Item& item, Folder& folder, const std::string& seed);
  void leave(Item& item);
  void erase(Item& item);
  void touched(Folder& folder, std::uint64_t change);
  void bury(Folder& folder, const std::vector<const Folder*>& above);
  Event& tell(EventKind kind);
  void tell_item(EventKind kind, const Item& item);
  void tell_moved(EventKind kind, const Item& item, std::string old_id, const Folder& from);
  void tell_folder(EventKind kind, const Folder& folder);
  void tell_counts(const Folder& folder);
  Folder& recoverable(std::string_view which, const Folder& near);

  std::unordered_map<std::string, std::unique_ptr<Folder>, Hash, std::equal_to<>> folders_;
  std::unordered_map<std::string_view, std::unique_ptr<Item>> items_;
  std::unordered_map<std::string, Folder*, Hash, std::equal_to<>> distinguished_;
  std::vector<Folder*> roots_;
  std::uint64_t changes_ = 0;
  std::uint64_t seeds_ = 0;
  std::deque<Event> events_;
  std::uint64_t events_forgotten_ = 0;
  std::vector<FolderTombstone> folders_gone_;
  std::uint64_t folders_forgotten_ = 0;
  bool quiet_ = false;
};

/// A new mailbox's default folders, two of the organisation's own below the inbox, and the sample's messages.
void fill_with_sample(Mailbox& mailbox, std::size_t messages);
void make_default_folders(Mailbox& mailbox);

}  // namespace mailward::exchange_sim
