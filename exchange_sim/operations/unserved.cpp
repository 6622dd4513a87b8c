#include <algorithm>
#include <array>

#include "exchange_sim/operations.h"

/// Operations of the service's description that are not served here: a real Exchange refuses those that it has not, or
/// has switched off, with ErrorInvalidRequest, unlike an element that no schema names.
namespace mailward::exchange_sim {
namespace {

constexpr auto kUnserved = std::to_array<std::string_view>({
    "AddDistributionGroupToImList",
    "AddImContactToGroup",
    "AddImGroup",
    "AddNewImContactToGroup",
    "AddNewTelUriContactToGroup",
    "AddTag",
    "ApplyConversationAction",
    "CreateFolderPath",
    "CreateManagedFolder",
    "CreateMeetingInstanceRequest",
    "CreateMeetingSpace",
    "DeleteMeetingInstanceRequest",
    "DeleteMeetingSpace",
    "DeleteSearchSuggestion",
    "DisableApp",
    "DisconnectPhoneCall",
    "EndSearchSession",
    "ExecuteSearch",
    "FindAvailableMeetingTimes",
    "FindMeetingSpaceByJoinUrl",
    "FindMeetingTimeCandidates",
    "FindMessageTrackingReport",
    "FindTags",
    "GetAppManifests",
    "GetAppMarketplaceUrl",
    "GetClientAccessToken",
    "GetConversationItems",
    "GetDiscoverySearchConfiguration",
    "GetHoldOnMailboxes",
    "GetImItemList",
    "GetImItems",
    "GetLastPrivateCatalogUpdate",
    "GetMeetingInstanceRequest",
    "GetMeetingSpace",
    "GetMessageTrackingReport",
    "GetNonIndexableItemDetails",
    "GetNonIndexableItemStatistics",
    "GetPhoneCallInformation",
    "GetPrivateCatalogAddIns",
    "GetSearchSuggestions",
    "GetServiceConfiguration",
    "GetSharingFolder",
    "GetSharingMetadata",
    "GetSpecificUserConfiguration",
    "GetUserPhoto",
    "GetUserRetentionPolicyTags",
    "HideTag",
    "InstallApp",
    "MarkAllItemsAsRead",
    "PlayOnPhone",
    "RefreshSharingFolder",
    "RemoveContactFromImList",
    "RemoveDistributionGroupFromImList",
    "RemoveImContactFromGroup",
    "RemoveImGroup",
    "ReportMessage",
    "SearchMailboxes",
    "SetHoldOnMailboxes",
    "SetImGroup",
    "SetImListMigrationCompleted",
    "SetTeamMailbox",
    "SetUserPhoto",
    "StartSearchSession",
    "UninstallApp",
    "UnpinTeamMailbox",
    "UpdateItemInRecoverableItems",
    "UpdateMeetingInstanceRequest",
    "UpdateMeetingSpace",
});

}  // namespace

bool is_unserved_operation(std::string_view name) {
  return find_operation(name) == nullptr && std::ranges::find(kUnserved, name) != kUnserved.end();
}

}  // namespace mailward::exchange_sim
