#pragma once

#include <string>
#include <string_view>

#include "exchange_sim/organisation.h"

/// How a mailbox's contents change. Whoever calls holds Organisation::contents_mutex() alone; pointers and references
/// into the mailbox's folders and items are void after each call but for what it returns.
namespace mailward::exchange_sim {

struct NewFolder {
  std::string name;
  std::string folder_class;
  FolderKind kind = FolderKind::plain;
  bool hidden = false;
};

/// `parent` is the id of one of its folders.
const Folder& make_folder(Mailbox& mailbox, std::string_view parent, NewFolder wish);
/// With all that is below and in it. An id that is not there changes nothing.
void remove_folder(Mailbox& mailbox, std::string_view id);
/// Below another folder of the mailbox.
void reparent_folder(Mailbox& mailbox, std::string_view id, std::string_view parent);

/// A message that is a draft, from the mailbox's owner, received now. `folder` is the id of one of its folders.
const Item& make_draft(Mailbox& mailbox, std::string_view folder, std::string subject, std::string body);
/// In the other folder the item has another id, as in Exchange. Both are there.
const Item& move_item(Mailbox& mailbox, std::string_view id, std::string_view folder);
void remove_item(Mailbox& mailbox, std::string_view id);

}  // namespace mailward::exchange_sim
