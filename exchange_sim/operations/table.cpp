#include <algorithm>
#include <array>
#include <string>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

constexpr auto kOperations = std::to_array<Operation>({
    {"AddDelegate", add_delegate, StoreAccess::writes},
    {"ArchiveItem", archive_item, StoreAccess::writes, "<m:Items/>"},
    {"ConvertId", convert_id, StoreAccess::reads, ""},
    {"CopyFolder", copy_folder, StoreAccess::writes, "<m:Folders/>"},
    {"CopyItem", copy_item, StoreAccess::writes, "<m:Items/>"},
    {"CreateAttachment", create_attachment, StoreAccess::writes, "<m:Attachments/>"},
    {"CreateFolder", create_folder, StoreAccess::writes, "<m:Folders/>"},
    {"CreateItem", create_item, StoreAccess::writes, "<m:Items/>"},
    {"CreateUserConfiguration", create_user_configuration, StoreAccess::writes},
    {"DeleteAttachment", delete_attachment, StoreAccess::writes, ""},
    {"DeleteFolder", delete_folder, StoreAccess::writes, ""},
    {"DeleteItem", delete_item, StoreAccess::writes, ""},
    {"DeleteUserConfiguration", delete_user_configuration, StoreAccess::writes},
    {"EmptyFolder", empty_folder, StoreAccess::writes, ""},
    {"ExpandDL", expand_dl, StoreAccess::reads},
    {"ExportItems", export_items, StoreAccess::reads},
    {"FindConversation", find_conversation, StoreAccess::reads},
    {"FindFolder", find_folder, StoreAccess::reads, ""},
    {"FindItem", find_item, StoreAccess::reads, ""},
    {"FindPeople", find_people, StoreAccess::reads},
    {"GetAttachment", get_attachment, StoreAccess::reads, "<m:Attachments/>"},
    {"GetDelegate", get_delegate, StoreAccess::reads},
    {"GetEvents", get_events, StoreAccess::none, ""},
    {"GetFolder", get_folder, StoreAccess::reads, "<m:Folders/>"},
    {"GetInboxRules", get_inbox_rules, StoreAccess::reads},
    {"GetItem", get_item, StoreAccess::reads, "<m:Items/>"},
    {"GetMailTips", get_mail_tips, StoreAccess::none},
    {"GetPasswordExpirationDate", get_password_expiration_date, StoreAccess::none},
    {"GetPersona", get_persona, StoreAccess::reads, "", "GetPersonaResponseMessage"},
    {"GetRoomLists", get_room_lists, StoreAccess::none},
    {"GetRooms", get_rooms, StoreAccess::none},
    {"GetSearchableMailboxes", get_searchable_mailboxes, StoreAccess::none},
    {"GetServerTimeZones", get_server_time_zones, StoreAccess::reads, "<m:TimeZoneDefinitions/>"},
    {"GetStreamingEvents", get_streaming_events, StoreAccess::reads, ""},
    {"GetUserAvailabilityRequest", get_user_availability, StoreAccess::none, "", "GetUserAvailabilityResponse"},
    {"GetUserConfiguration", get_user_configuration, StoreAccess::reads},
    {"GetUserOofSettingsRequest", get_user_oof_settings, StoreAccess::reads, "", "GetUserOofSettingsResponse"},
    {"MarkAsJunk", mark_as_junk, StoreAccess::writes},
    {"MoveFolder", move_folder, StoreAccess::writes, "<m:Folders/>"},
    {"MoveItem", move_item, StoreAccess::writes, "<m:Items/>"},
    {"RemoveDelegate", remove_delegate, StoreAccess::writes},
    {"ResolveNames", resolve_names, StoreAccess::reads, ""},
    {"SendItem", send_item, StoreAccess::writes, ""},
    {"SetUserOofSettingsRequest", set_user_oof_settings, StoreAccess::writes, "", "SetUserOofSettingsResponse"},
    {"Subscribe", subscribe, StoreAccess::reads, ""},
    {"SyncFolderHierarchy", sync_folder_hierarchy, StoreAccess::reads,
     "<m:SyncState/><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>"},
    {"SyncFolderItems", sync_folder_items, StoreAccess::reads,
     "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"},
    {"Unsubscribe", unsubscribe, StoreAccess::reads, ""},
    {"UpdateDelegate", update_delegate, StoreAccess::writes},
    {"UpdateFolder", update_folder, StoreAccess::writes, "<m:Folders/>"},
    {"UpdateInboxRules", update_inbox_rules, StoreAccess::writes},
    {"UpdateItem", update_item, StoreAccess::writes, "<m:Items/>"},
    {"UpdateUserConfiguration", update_user_configuration, StoreAccess::writes},
    {"UploadItems", upload_items, StoreAccess::writes},
});

struct Attributes {
  std::string_view operation;
  std::array<std::string_view, 4> names;
};
/// Of all others the element has none (messages.xsd).
constexpr auto kAttributes = std::to_array<Attributes>({
    {"ConvertId", {"DestinationFormat"}},
    {"CreateItem", {"MessageDisposition", "SendMeetingInvitations"}},
    {"DeleteFolder", {"DeleteType"}},
    {"DeleteItem", {"DeleteType", "SendMeetingCancellations", "AffectedTaskOccurrences", "SuppressReadReceipts"}},
    {"EmptyFolder", {"DeleteType", "DeleteSubFolders"}},
    {"FindConversation", {"Traversal", "ViewFilter"}},
    {"FindFolder", {"Traversal"}},
    {"FindItem", {"Traversal"}},
    {"FindPeople", {"Traversal"}},  // not by the schema, but exchangelib sends it and is served
    {"GetDelegate", {"IncludePermissions"}},
    {"GetServerTimeZones", {"ReturnFullTimeZoneData"}},
    {"MarkAsJunk", {"IsJunk", "MoveItem"}},
    {"ResolveNames", {"ReturnFullContactData", "SearchScope", "ContactDataShape"}},
    {"SendItem", {"SaveItemToFolder"}},
    {"UpdateItem",
     {"ConflictResolution", "MessageDisposition", "SendMeetingInvitationsOrCancellations", "SuppressReadReceipts"}},
});

}  // namespace

std::optional<SoapFault> check_operation_attributes(const SoapRequest& request) {
  const auto* allowed = std::ranges::find(kAttributes, std::string_view(request.operation), &Attributes::operation);
  for (const auto attribute : request.body.attributes()) {
    const std::string_view name = attribute.name();
    // Declarations, and what says nothing of this schema (xsi:type).
    if (name == "xmlns" || name.find(':') != std::string_view::npos) continue;
    if (allowed != kAttributes.end() && std::ranges::find(allowed->names, name) != allowed->names.end()) continue;
    return schema_violation(request.xml, request.body, "The '" + std::string(name) + "' attribute is not declared.");
  }
  return std::nullopt;
}

std::span<const Operation> operations() {
  return kOperations;
}

const Operation* find_operation(std::string_view name) {
  const auto found = std::ranges::find(kOperations, name, &Operation::name);
  return found == kOperations.end() ? nullptr : &*found;
}

}  // namespace mailward::exchange_sim
