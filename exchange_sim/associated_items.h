#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "exchange_sim/mailbox.h"

/// Settings that a mailbox keeps within itself, as Exchange does: associated items, told apart by their class. What is
/// in them travels with the mailbox like any item.
namespace mailward::exchange_sim {

/// The oldest of that class, in any case; null for none. The mailbox is held by the caller, as by all here.
Item* find_associated(const Folder& folder, std::string_view item_class);
std::vector<Item*> all_associated(const Folder& folder, std::string_view item_class);
/// An empty one; nothing else is set but its class and subject, which are the same.
std::unique_ptr<Item> new_associated(const Mailbox& mailbox, std::string_view item_class);

/// An extended property with one value, by its key; empty where it is not there.
std::string extended_text(const Item& item, std::string_view key);
void set_extended_text(Item& item, std::string_view key, std::string_view text);

/// XML that was kept with the prefix t:, parsed again below an element that declares it.
pugi::xml_document parse_kept(std::string_view inner);

}  // namespace mailward::exchange_sim
