#pragma once

#include <array>
#include <expected>
#include <string_view>
#include <vector>

#include "exchange_sim/property_path.h"

namespace mailward::exchange_sim {

/// t:SortDirectionType.
inline constexpr std::array<std::string_view, 2> kSortDirections{"Ascending", "Descending"};

struct SortKey {
  PropertyPath path;
  bool descending = false;
};

/// m:SortOrder, the first key first; a null node: none. The fault is what Exchange's validator says.
std::expected<std::vector<SortKey>, SoapFault> read_sort_order(const SoapRequest& request, pugi::xml_node node);

}  // namespace mailward::exchange_sim
