#include "exchange_sim/associated_items.h"

#include <pugixml.hpp>

#include "exchange_sim/people.h"
#include "exchange_sim/xml_reading.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {

std::vector<Item*> all_associated(const Folder& folder, std::string_view item_class) {
  std::vector<Item*> found;
  if (folder.associated == 0) return found;
  for (const auto& [arrival, item] : folder.items) {
    if (item->associated && equal_ignoring_case(item->item_class, item_class)) found.push_back(item);
  }
  return found;
}

Item* find_associated(const Folder& folder, std::string_view item_class) {
  const auto found = all_associated(folder, item_class);
  return found.empty() ? nullptr : found.front();
}

std::unique_ptr<Item> new_associated(const Mailbox& mailbox, std::string_view item_class) {
  auto made = std::make_unique<Item>();
  made->item_class = item_class;
  made->associated = made->read = true;
  made->created = made->modified = made->received = made->sent = mailbox.now();
  made->modified_by = mailbox.display_name;
  made->set(field_id("item:Subject"), {.inner = escape_text(item_class)});
  return made;
}

std::string extended_text(const Item& item, std::string_view key) {
  constexpr std::string_view kOpen = "<t:Value>";
  constexpr std::string_view kClose = "</t:Value>";
  const std::string* stored = item.find_extended(key);
  if (stored == nullptr || !stored->starts_with(kOpen)) return {};
  return plain_text(std::string_view(*stored).substr(kOpen.size(), stored->size() - kOpen.size() - kClose.size()));
}

void set_extended_text(Item& item, std::string_view key, std::string_view text) {
  XmlWriter xml;
  xml.text("t:Value", text);
  item.set_extended(std::string(key), xml.take());
}

pugi::xml_document parse_kept(std::string_view inner) {
  pugi::xml_document document;
  std::string text = "<kept xmlns:t=\"" + std::string(kTypesNs) + "\">";
  text += inner;
  text += "</kept>";
  document.load_buffer(text.data(), text.size());
  return document;
}

}  // namespace mailward::exchange_sim
