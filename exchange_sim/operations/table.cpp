#include <algorithm>
#include <array>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<Operation, 7> kOperations{{
    {"ConvertId", convert_id, ""},
    {"FindFolder", find_folder, ""},
    {"FindItem", find_item, ""},
    {"GetFolder", get_folder, "<m:Folders/>"},
    {"GetItem", get_item, "<m:Items/>"},
    {"GetServerTimeZones", get_server_time_zones, "<m:TimeZoneDefinitions/>"},
    {"ResolveNames", resolve_names, ""},
}};

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

const Operation* find_operation(std::string_view name) {
  const auto found = std::ranges::find(kOperations, name, &Operation::name);
  return found == kOperations.end() ? nullptr : &*found;
}

}  // namespace mailward::exchange_sim
