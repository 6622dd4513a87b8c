#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "exchange_sim/item.h"
#include "exchange_sim/permissions.h"

namespace mailward::exchange_sim {

enum class FolderKind { plain, calendar, contacts, tasks, search };

/// What left a folder.
struct Tombstone {
  std::uint64_t left = 0;     ///< the change by which it went
  std::uint64_t arrived = 0;  ///< the one by which it had come
  std::string id;
  ItemKind kind = ItemKind::message;
  bool associated = false;
};

/// A folder of a mailbox. Changed by Mailbox alone, but for its name, class and properties.
struct Folder {
  std::string id;
  Folder* parent = nullptr;  ///< null for a root
  std::vector<Folder*> children;
  std::string distinguished;  ///< "inbox"; empty for an ordinary folder
  std::string name;
  std::string folder_class;  ///< "IPF.Note"; empty for roots
  FolderKind kind = FolderKind::plain;
  std::uint64_t created = 0;        ///< the change by which it was made
  std::uint64_t changed = 0;        ///< the last change of its own properties or place
  std::uint64_t items_changed = 0;  ///< the last change of anything in it
  Timestamp items_changed_at{};
  std::map<std::uint64_t, Item*> items;  ///< by their arrival; associated ones too
  std::size_t unread = 0;                ///< of the normal ones
  std::size_t associated = 0;
  std::vector<Tombstone> gone;  ///< oldest first
  std::uint64_t gone_count = 0;
  std::uint64_t forgotten = 0;  ///< tombstones up to this change are kept no more
  std::vector<ExtendedValue> extended;
  PermissionSet permissions;      ///< of others than the mailbox's owner
  std::string search_parameters;  ///< of a search folder, as written
  std::string content_mailbox;    ///< of a public folder: the address of the mailbox that holds what is in it

  std::size_t total() const { return items.size() - associated; }
  const std::string* find_extended(std::string_view key) const;
  void set_extended(std::string key, std::string xml);
  void erase_extended(std::string_view key);
  bool hidden() const;  ///< PidTagAttributeHidden
  /// Whether it is the other or stands below it.
  bool within(const Folder& other) const;
};

}  // namespace mailward::exchange_sim
