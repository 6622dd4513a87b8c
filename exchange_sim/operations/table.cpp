#include <algorithm>
#include <array>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

constexpr auto kOperations = std::to_array<Operation>({
    {"ConvertId", convert_id, StoreAccess::reads, ""},
    {"CreateFolder", create_folder, StoreAccess::writes, "<m:Folders/>"},
    {"CreateItem", create_item, StoreAccess::writes, "<m:Items/>"},
    {"DeleteFolder", delete_folder, StoreAccess::writes, ""},
    {"DeleteItem", delete_item, StoreAccess::writes, ""},
    {"FindFolder", find_folder, StoreAccess::reads, ""},
    {"FindItem", find_item, StoreAccess::reads, ""},
    {"GetFolder", get_folder, StoreAccess::reads, "<m:Folders/>"},
    {"GetItem", get_item, StoreAccess::reads, "<m:Items/>"},
    {"GetServerTimeZones", get_server_time_zones, StoreAccess::reads, "<m:TimeZoneDefinitions/>"},
    {"MoveItem", move_item, StoreAccess::writes, "<m:Items/>"},
    {"ResolveNames", resolve_names, StoreAccess::reads, ""},
});

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

const Operation* find_operation(std::string_view name) {
  const auto found = std::ranges::find(kOperations, name, &Operation::name);
  return found == kOperations.end() ? nullptr : &*found;
}

}  // namespace mailward::exchange_sim
