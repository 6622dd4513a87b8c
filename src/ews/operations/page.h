#pragma once

#include "ews/operations/find_folder.h"

namespace mailward::ews {

/// The attributes of m:RootFolder. `last` is true where the server does not say otherwise.
template <typename Found>
Page<Found> read_page(XmlElement root) {
  auto number = [&](std::string_view name) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    std::string_view digits = root.attribute(name);
    if (digits.empty() || digits.size() > 18) return std::nullopt;
    for (char letter : digits) {
      if (letter < '0' || letter > '9') return std::nullopt;
      value = value * 10 + (letter - '0');
    }
    return value;
  };
  return {.found = {},
          .total = number("TotalItemsInView"),
          .next_offset = number("IndexedPagingOffset"),
          .last = root.attribute("IncludesLastItemInRange") != "false"};
}

}  // namespace mailward::ews
