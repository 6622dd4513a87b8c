#include <algorithm>
#include <array>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

constexpr auto kOperations = std::to_array<Operation>({
    {"ConvertId", convert_id, StoreAccess::reads, ""},
    {"CopyFolder", copy_folder, StoreAccess::writes, "<m:Folders/>"},
    {"CopyItem", copy_item, StoreAccess::writes, "<m:Items/>"},
    {"CreateAttachment", create_attachment, StoreAccess::writes, "<m:Attachments/>"},
    {"CreateFolder", create_folder, StoreAccess::writes, "<m:Folders/>"},
    {"CreateItem", create_item, StoreAccess::writes, "<m:Items/>"},
    {"DeleteAttachment", delete_attachment, StoreAccess::writes, ""},
    {"DeleteFolder", delete_folder, StoreAccess::writes, ""},
    {"DeleteItem", delete_item, StoreAccess::writes, ""},
    {"EmptyFolder", empty_folder, StoreAccess::writes, ""},
    {"FindFolder", find_folder, StoreAccess::reads, ""},
    {"FindItem", find_item, StoreAccess::reads, ""},
    {"GetAttachment", get_attachment, StoreAccess::reads, "<m:Attachments/>"},
    {"GetEvents", get_events, StoreAccess::reads, ""},
    {"GetFolder", get_folder, StoreAccess::reads, "<m:Folders/>"},
    {"GetItem", get_item, StoreAccess::reads, "<m:Items/>"},
    {"GetServerTimeZones", get_server_time_zones, StoreAccess::reads, "<m:TimeZoneDefinitions/>"},
    {"GetStreamingEvents", get_streaming_events, StoreAccess::reads, ""},
    {"MoveFolder", move_folder, StoreAccess::writes, "<m:Folders/>"},
    {"MoveItem", move_item, StoreAccess::writes, "<m:Items/>"},
    {"ResolveNames", resolve_names, StoreAccess::reads, ""},
    {"SendItem", send_item, StoreAccess::writes, ""},
    {"Subscribe", subscribe, StoreAccess::reads, ""},
    {"SyncFolderHierarchy", sync_folder_hierarchy, StoreAccess::reads,
     "<m:SyncState/><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>"},
    {"SyncFolderItems", sync_folder_items, StoreAccess::reads,
     "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"},
    {"Unsubscribe", unsubscribe, StoreAccess::reads, ""},
    {"UpdateFolder", update_folder, StoreAccess::writes, "<m:Folders/>"},
    {"UpdateItem", update_item, StoreAccess::writes, "<m:Items/>"},
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
