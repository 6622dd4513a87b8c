#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Who may do what in a folder: MAPI's rights under the names that EWS gives them (MS-OXWSCDATA, MS-OXCPERM 2.2.7).
namespace mailward::exchange_sim {

/// PermissionActionType: of nobody's items, of those that the user made himself, of all.
enum class ItemScope : std::uint8_t { none, owned, all };
/// CalendarPermissionReadAccessType; other folders know the first and the last alone.
enum class ReadDetail : std::uint8_t { none, time_only, time_and_subject, full };

struct FolderRights {
  bool create_items = false;
  bool create_subfolders = false;
  bool owner = false;    ///< may change, move and delete the folder, and see and change its permissions
  bool visible = false;  ///< is told of the folder
  bool contact = false;
  ItemScope edit = ItemScope::none;
  ItemScope remove = ItemScope::none;
  ReadDetail read = ReadDetail::none;

  bool operator==(const FolderRights&) const = default;
  /// What two together give: somebody in several groups has what each of them has.
  FolderRights joined(const FolderRights& other) const;
};

/// A level's rights; none for a name that is no level ("Custom" is none either).
std::optional<FolderRights> rights_of_level(std::string_view level);
/// "Editor"; "Custom" where no level has just these rights.
std::string_view level_of(const FolderRights& rights);

enum class PermissionFor : std::uint8_t { user, everyone, anonymous, external };

struct Permission {
  PermissionFor who = PermissionFor::user;
  std::string user{};  ///< the address of a mailbox or list; of an external user what names him
  FolderRights rights{};
};

/// A folder's permissions, one a user. Who is not named in it and in none of its lists has the rights of everyone
/// (Default), and none where they are not named either.
struct PermissionSet {
  std::vector<Permission> entries{};

  const Permission* find(PermissionFor who, std::string_view user = {}) const;
  /// Replaces what the user had.
  void set(Permission permission);
  void remove(std::string_view user);
};

}  // namespace mailward::exchange_sim
