#include "exchange_sim/sort_order.h"

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

std::expected<std::vector<SortKey>, SoapFault> read_sort_order(const SoapRequest& request, pugi::xml_node node) {
  std::vector<SortKey> keys;
  for (const auto each : elements(node)) {
    if (auto fault = check_attribute(request, each, "Order", "SortDirectionType", kSortDirections)) {
      return std::unexpected(*std::move(fault));
    }
    auto path = read_path(request, path_in(each));
    if (!path) return std::unexpected(std::move(path).error());
    keys.push_back(
        {.path = *std::move(path), .descending = std::string_view(each.attribute("Order").value()) == "Descending"});
  }
  return keys;
}

}  // namespace mailward::exchange_sim
