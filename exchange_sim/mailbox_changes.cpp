#include "exchange_sim/mailbox_changes.h"

#include <algorithm>
#include <set>

#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

std::string next_seed(Mailbox& mailbox) {
  return mailbox.smtp + "/change/" + std::to_string(++mailbox.changes);
}

Folder& folder_of(Mailbox& mailbox, std::string_view id) {
  return *std::ranges::find(mailbox.folders, id, &Folder::id);
}

Item take_item(Mailbox& mailbox, std::string_view id) {
  Item taken;
  for (Folder& folder : mailbox.folders) {
    const auto found = std::ranges::find(folder.items, id, &Item::id);
    if (found == folder.items.end()) continue;
    taken = std::move(*found);
    folder.items.erase(found);
    break;
  }
  return taken;
}

}  // namespace

const Folder& make_folder(Mailbox& mailbox, std::string_view parent, NewFolder wish) {
  const std::string seed = next_seed(mailbox);
  Folder folder;
  folder.id = make_store_id(mailbox.guid, StoreIdKind::folder, seed);
  folder.change_key = make_change_key(seed);
  folder.parent_id = parent;
  folder.name = std::move(wish.name);
  folder.folder_class = std::move(wish.folder_class);
  folder.kind = wish.kind;
  folder.hidden = wish.hidden;
  return mailbox.folders.emplace_back(std::move(folder));
}

void remove_folder(Mailbox& mailbox, std::string_view id) {
  std::set<std::string, std::less<>> gone{std::string(id)};
  for (const Folder* below : mailbox.descendants(id)) gone.insert(below->id);
  std::erase_if(mailbox.folders, [&](const Folder& folder) { return gone.contains(folder.id); });
}

void reparent_folder(Mailbox& mailbox, std::string_view id, std::string_view parent) {
  folder_of(mailbox, id).parent_id = parent;
}

const Item& make_draft(Mailbox& mailbox, std::string_view folder, std::string subject, std::string body) {
  const std::string seed = next_seed(mailbox);
  Item item;
  item.id = make_store_id(mailbox.guid, StoreIdKind::item, seed);
  item.change_key = make_change_key(seed);
  item.folder_id = folder;
  item.subject = std::move(subject);
  item.body = std::move(body);
  item.from = {.name = mailbox.display_name, .smtp = mailbox.smtp};
  item.internet_message_id = "<" + make_guid(seed) + "@" + mailbox.smtp.substr(mailbox.smtp.find('@') + 1) + ">";
  item.conversation_id = make_store_id(mailbox.guid, StoreIdKind::conversation, seed);
  item.received = Clock::system().now();
  item.draft = true;
  return folder_of(mailbox, folder).items.emplace_back(std::move(item));
}

const Item& move_item(Mailbox& mailbox, std::string_view id, std::string_view folder) {
  const std::string seed = next_seed(mailbox);
  Item item = take_item(mailbox, id);
  item.id = make_store_id(mailbox.guid, StoreIdKind::item, seed);
  item.change_key = make_change_key(seed);
  item.folder_id = folder;
  return folder_of(mailbox, folder).items.emplace_back(std::move(item));
}

void remove_item(Mailbox& mailbox, std::string_view id) {
  take_item(mailbox, id);
}

}  // namespace mailward::exchange_sim
