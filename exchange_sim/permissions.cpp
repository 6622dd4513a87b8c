#include "exchange_sim/permissions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "exchange_sim/people.h"

namespace mailward::exchange_sim {
namespace {

/// Microsoft's documentation of PermissionLevel and CalendarPermissionLevel.
constexpr auto kLevels = std::to_array<std::pair<std::string_view, FolderRights>>({
    {"None", {}},
    {"Owner",
     {.create_items = true,
      .create_subfolders = true,
      .owner = true,
      .visible = true,
      .contact = true,
      .edit = ItemScope::all,
      .remove = ItemScope::all,
      .read = ReadDetail::full}},
    {"PublishingEditor",
     {.create_items = true,
      .create_subfolders = true,
      .visible = true,
      .edit = ItemScope::all,
      .remove = ItemScope::all,
      .read = ReadDetail::full}},
    {"Editor",
     {.create_items = true,
      .visible = true,
      .edit = ItemScope::all,
      .remove = ItemScope::all,
      .read = ReadDetail::full}},
    {"PublishingAuthor",
     {.create_items = true,
      .create_subfolders = true,
      .visible = true,
      .edit = ItemScope::owned,
      .remove = ItemScope::owned,
      .read = ReadDetail::full}},
    {"Author",
     {.create_items = true,
      .visible = true,
      .edit = ItemScope::owned,
      .remove = ItemScope::owned,
      .read = ReadDetail::full}},
    {"NoneditingAuthor", {.create_items = true, .visible = true, .remove = ItemScope::owned, .read = ReadDetail::full}},
    {"Reviewer", {.visible = true, .read = ReadDetail::full}},
    {"Contributor", {.create_items = true, .visible = true}},
    {"FreeBusyTimeOnly", {.read = ReadDetail::time_only}},
    {"FreeBusyTimeAndSubjectAndLocation", {.read = ReadDetail::time_and_subject}},
});

}  // namespace

FolderRights FolderRights::joined(const FolderRights& other) const {
  return {.create_items = create_items || other.create_items,
          .create_subfolders = create_subfolders || other.create_subfolders,
          .owner = owner || other.owner,
          .visible = visible || other.visible,
          .contact = contact || other.contact,
          .edit = std::max(edit, other.edit),
          .remove = std::max(remove, other.remove),
          .read = std::max(read, other.read)};
}

std::optional<FolderRights> rights_of_level(std::string_view level) {
  const auto* found = std::ranges::find(kLevels, level, &std::pair<std::string_view, FolderRights>::first);
  if (found == kLevels.end()) return std::nullopt;
  return found->second;
}

std::string_view level_of(const FolderRights& rights) {
  // Who is the contact of a folder, and who is not, has the same level.
  const auto* found = std::ranges::find_if(kLevels, [&](const auto& level) {
    FolderRights same = rights;
    same.contact = level.second.contact;
    return same == level.second;
  });
  return found == kLevels.end() ? "Custom" : found->first;
}

const Permission* PermissionSet::find(PermissionFor who, std::string_view user) const {
  const auto found = std::ranges::find_if(
      entries, [&](const Permission& each) { return each.who == who && equal_ignoring_case(each.user, user); });
  return found == entries.end() ? nullptr : &*found;
}

void PermissionSet::set(Permission permission) {
  const auto known = std::ranges::find_if(entries, [&](const Permission& each) {
    return each.who == permission.who && equal_ignoring_case(each.user, permission.user);
  });
  if (known != entries.end()) {
    *known = std::move(permission);
  } else {
    entries.push_back(std::move(permission));
  }
}

void PermissionSet::remove(std::string_view user) {
  std::erase_if(entries, [&](const Permission& each) {
    return each.who == PermissionFor::user && equal_ignoring_case(each.user, user);
  });
}

}  // namespace mailward::exchange_sim
