#include "exchange_sim/folder.h"

#include <algorithm>

namespace mailward::exchange_sim {

const std::string* Folder::find_extended(std::string_view key) const {
  const auto found = std::ranges::find(extended, key, &ExtendedValue::key);
  return found == extended.end() ? nullptr : &found->xml;
}

void Folder::set_extended(std::string key, std::string xml) {
  erase_extended(key);
  extended.push_back({.key = std::move(key), .xml = std::move(xml)});
}

void Folder::erase_extended(std::string_view key) {
  std::erase_if(extended, [&](const ExtendedValue& each) { return each.key == key; });
}

bool Folder::hidden() const {
  const std::string* value = find_extended("tag:10f4:Boolean");
  return value != nullptr && (value->find(">true<") != std::string::npos || value->find(">1<") != std::string::npos);
}

bool Folder::within(const Folder& other) const {
  for (const Folder* at = this; at != nullptr; at = at->parent) {
    if (at == &other) return true;
  }
  return false;
}

}  // namespace mailward::exchange_sim
