#include "exchange_sim/schema_versions.h"

#include <algorithm>
#include <array>
#include <vector>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

using enum SchemaVersion;

struct Since {
  std::string_view name;
  SchemaVersion version;
};

/// What is not in these tables was there from the start, as far as is known here. Where Microsoft's reference and its
/// Managed API name different service packs, contacts' properties are by the reference, the rest by the Managed API.
constexpr auto kOperations = std::to_array<Since>({
    {"AddDelegate", exchange2007_sp1},
    {"ArchiveItem", exchange2013},
    {"ConvertId", exchange2007_sp1},
    {"CreateUserConfiguration", exchange2010},
    {"DeleteUserConfiguration", exchange2010},
    {"EmptyFolder", exchange2010_sp1},
    {"ExportItems", exchange2010_sp1},
    {"FindConversation", exchange2010_sp1},
    {"FindPeople", exchange2013},
    {"GetDelegate", exchange2007_sp1},
    {"GetInboxRules", exchange2010_sp1},
    {"GetMailTips", exchange2010},
    {"GetPasswordExpirationDate", exchange2010_sp1},
    {"GetPersona", exchange2013},
    {"GetRoomLists", exchange2010},
    {"GetRooms", exchange2010},
    {"GetSearchableMailboxes", exchange2013},
    {"GetServerTimeZones", exchange2010},
    {"GetStreamingEvents", exchange2010_sp1},
    {"GetUserConfiguration", exchange2010},
    {"MarkAsJunk", exchange2013},
    {"RemoveDelegate", exchange2007_sp1},
    {"UpdateDelegate", exchange2007_sp1},
    {"UpdateInboxRules", exchange2010_sp1},
    {"UpdateUserConfiguration", exchange2010},
    {"UploadItems", exchange2010_sp1},
});

constexpr auto kUris = std::to_array<Since>({
    {"calendar:EndTimeZone", exchange2010},
    {"calendar:EndTimeZoneId", exchange2013},
    {"calendar:EndWallClock", exchange2013},
    {"calendar:EnhancedLocation", exchange2013},
    {"calendar:IsOrganizer", exchange2013},
    {"calendar:JoinOnlineMeetingUrl", exchange2013},
    {"calendar:OnlineMeetingSettings", exchange2013},
    {"calendar:StartTimeZone", exchange2010},
    {"calendar:StartTimeZoneId", exchange2013},
    {"calendar:StartWallClock", exchange2013},
    {"contacts:Alias", exchange2010_sp2},
    {"contacts:DirectReports", exchange2010_sp2},
    {"contacts:DirectoryId", exchange2010_sp2},
    {"contacts:HasPicture", exchange2010},
    {"contacts:MSExchangeCertificate", exchange2010_sp2},
    {"contacts:ManagerMailbox", exchange2010_sp2},
    {"contacts:Notes", exchange2010_sp2},
    {"contacts:PhoneticFirstName", exchange2010_sp2},
    {"contacts:PhoneticFullName", exchange2010_sp2},
    {"contacts:PhoneticLastName", exchange2010_sp2},
    {"contacts:Photo", exchange2010_sp2},
    {"contacts:UserSMIMECertificate", exchange2010_sp2},
    {"conversation:DraftItemIds", exchange2013},
    {"conversation:GlobalHasIrm", exchange2013},
    {"conversation:GlobalIconIndex", exchange2013},
    {"conversation:HasIrm", exchange2013},
    {"conversation:IconIndex", exchange2013},
    {"conversation:InstanceKey", exchange2013},
    {"conversation:LastModifiedTime", exchange2013},
    {"conversation:Preview", exchange2013},
    {"distributionlist:Members", exchange2010},
    {"distributionlist:Members:Member", exchange2010},
    {"folder:ArchiveTag", exchange2013},
    {"folder:DistinguishedFolderId", exchange2013},
    {"folder:EffectiveRights", exchange2007_sp1},
    {"folder:PermissionSet", exchange2007_sp1},
    {"folder:PolicyTag", exchange2013},
    {"item:ArchiveTag", exchange2013},
    {"item:BlockStatus", exchange2013},
    {"item:ConversationId", exchange2010},
    {"item:EffectiveRights", exchange2007_sp1},
    {"item:EntityExtractionResult", exchange2013},
    {"item:Flag", exchange2013},
    {"item:HasBlockedImages", exchange2013},
    {"item:Hashtags", exchange2016},
    {"item:IconIndex", exchange2013},
    {"item:InstanceKey", exchange2013},
    {"item:IsAssociated", exchange2010},
    {"item:IsClutter", exchange2013_sp1},
    {"item:LastModifiedName", exchange2007_sp1},
    {"item:LastModifiedTime", exchange2007_sp1},
    {"item:MentionedMe", exchange2016},
    {"item:Mentions", exchange2016},
    {"item:MimeContentUTF8", exchange2013_sp1},
    {"item:NormalizedBody", exchange2013},
    {"item:PolicyTag", exchange2013},
    {"item:PredictedActionReasons", exchange2013_sp1},
    {"item:Preview", exchange2013},
    {"item:ReminderNextTime", exchange2013},
    {"item:RetentionDate", exchange2013},
    {"item:RightsManagementLicenseData", exchange2013},
    {"item:StoreEntryId", exchange2010_sp2},
    {"item:TextBody", exchange2013},
    {"item:UniqueBody", exchange2010},
    {"item:WebClientEditFormQueryString", exchange2010},
    {"item:WebClientReadFormQueryString", exchange2010},
    {"meeting:ProposedEnd", exchange2013},
    {"meeting:ProposedStart", exchange2013},
    {"meetingRequest:ChangeHighlights", exchange2013},
    {"message:ApprovalRequestData", exchange2013},
    {"message:ReceivedBy", exchange2007_sp1},
    {"message:ReceivedRepresenting", exchange2007_sp1},
    {"message:ReminderMessageData", exchange2013_sp1},
    {"message:VotingInformation", exchange2013},
    {"postitem:PostedTime", exchange2007_sp1},
});

constexpr auto kFolders = std::to_array<Since>({
    {"adminauditlogs", exchange2013},
    {"archivedeleteditems", exchange2010_sp1},
    {"archiveinbox", exchange2013_sp1},
    {"archivemsgfolderroot", exchange2010_sp1},
    {"archiverecoverableitemsdeletions", exchange2010_sp1},
    {"archiverecoverableitemsdiscoveryholds", exchange2013_sp1},
    {"archiverecoverableitemspurges", exchange2010_sp1},
    {"archiverecoverableitemsroot", exchange2010_sp1},
    {"archiverecoverableitemsversions", exchange2010_sp1},
    {"archiveroot", exchange2010_sp1},
    {"conflicts", exchange2013},
    {"conversationhistory", exchange2013},
    {"directory", exchange2013_sp1},
    {"favorites", exchange2013},
    {"imcontactlist", exchange2013},
    {"localfailures", exchange2013},
    {"mycontacts", exchange2013},
    {"peopleconnect", exchange2013},
    {"publicfoldersroot", exchange2007_sp1},
    {"quickcontacts", exchange2013},
    {"recipientcache", exchange2013},
    {"recoverableitemsdeletions", exchange2010_sp1},
    {"recoverableitemsdiscoveryholds", exchange2013_sp1},
    {"recoverableitemspurges", exchange2010_sp1},
    {"recoverableitemsroot", exchange2010_sp1},
    {"recoverableitemsversions", exchange2010_sp1},
    {"serverfailures", exchange2013},
    {"syncissues", exchange2013},
    {"todosearch", exchange2013},
});

/// Elements that are no property, whatever stands around them.
constexpr auto kElements = std::to_array<Since>({
    {"AcceptSharingInvitation", exchange2010},
    {"AddBlankTargetToLinks", exchange2013},
    {"BlockExternalImages", exchange2013},
    {"ConversationShape", exchange2013},
    {"ConvertHtmlCodePageToUTF8", exchange2010_sp1},
    {"FirstDayOfWeek", exchange2010_sp1},
    {"InlineImageUrlTemplate", exchange2013},
    {"IsContactPhoto", exchange2010},
    {"IsInline", exchange2010},
    {"MailboxScope", exchange2013},
    {"MaximumBodySize", exchange2013},
    {"NormalizedBodyType", exchange2013_sp1},
    {"PostItem", exchange2007_sp1},
    {"PostReplyItem", exchange2007_sp1},
    {"ProposedEnd", exchange2013},
    {"ProposedStart", exchange2013},
    {"QueryString", exchange2010},
    {"ReturnNewItemIds", exchange2010_sp1},
    {"SeekToConditionPageItemView", exchange2013},
    {"StreamingSubscriptionRequest", exchange2010_sp1},
    {"SyncScope", exchange2010},
    {"UniqueBodyType", exchange2013_sp1},
});

constexpr SchemaVersion since(std::span<const Since> table, std::string_view name) {
  const auto found = std::ranges::lower_bound(table, name, {}, &Since::name);
  return found != table.end() && found->name == name ? found->version : exchange2007;
}
static_assert(std::ranges::is_sorted(kOperations, {}, &Since::name));
static_assert(std::ranges::is_sorted(kUris, {}, &Since::name));
static_assert(std::ranges::is_sorted(kFolders, {}, &Since::name));
static_assert(std::ranges::is_sorted(kElements, {}, &Since::name));

/// Something newer than the request, and what a server says that has never heard of it.
struct Newer {
  SchemaVersion version;
  SoapFault unheard;
};

class Search {
 public:
  explicit Search(const SoapRequest& request) : request_(request), own_(schema_version(request.server_version)) {}

  std::optional<Newer> in_operation() const {
    const auto version = since(kOperations, request_.operation);
    if (version <= own_) return in(request_.body);
    return Newer{.version = version,
                 .unheard = schema_violation(request_.xml, request_.body,
                                             "Could not find schema information for the element '" +
                                                 std::string(kMessagesNs) + ":" + request_.operation + "'.")};
  }

 private:
  std::optional<Newer> in(pugi::xml_node node) const {
    if (auto found = in_attributes(node)) return found;
    const auto kind = kind_of_element(local_name(node));
    for (const auto each : elements(node)) {
      if (const auto version = version_of(kind, each); version > own_) {
        return Newer{.version = version, .unheard = unexpected_child(request_, node, each, {})};
      }
      if (auto found = in(each)) return found;
    }
    return std::nullopt;
  }

  /// Of a property, where it stands in an item.
  static SchemaVersion version_of(std::optional<ItemKind> kind, pugi::xml_node element) {
    const auto name = local_name(element);
    const auto property = kind ? field_of_element(*kind, name) : std::nullopt;
    return property ? first_with(*property) : since(kElements, name);
  }

  std::optional<Newer> in_attributes(pugi::xml_node node) const {
    const std::string_view name = local_name(node);
    if (name == "FieldURI") return in_value(node, "FieldURI", kUris, "UnindexedFieldURIType");
    if (name == "IndexedFieldURI") return in_value(node, "FieldURI", kUris, "DictionaryURIType");
    if (name == "DistinguishedFolderId") return in_value(node, "Id", kFolders, "DistinguishedFolderIdNameType");
    if ((name == "UpdateItem" || name == "DeleteItem") && node.attribute("SuppressReadReceipts") &&
        own_ < exchange2013) {
      return Newer{
          .version = exchange2013,
          .unheard = schema_violation(request_.xml, node, "The 'SuppressReadReceipts' attribute is not declared.")};
    }
    if (name == "FindItem" && node.attribute("Traversal").value() == std::string_view("Associated") &&
        own_ < exchange2010) {
      return Newer{.version = exchange2010, .unheard = not_enumerated(node, "Traversal", "ItemQueryTraversalType")};
    }
    return std::nullopt;
  }

  std::optional<Newer> in_value(pugi::xml_node node, const char* attribute, std::span<const Since> table,
                                std::string_view type) const {
    const auto version = since(table, node.attribute(attribute).value());
    if (version <= own_) return std::nullopt;
    return Newer{.version = version, .unheard = not_enumerated(node, attribute, type)};
  }

  SoapFault not_enumerated(pugi::xml_node node, const char* attribute, std::string_view type) const {
    return invalid_attribute(request_, node, attribute, std::string(kTypesNs) + ":" + std::string(type),
                             "The Enumeration constraint failed.");
  }

  const SoapRequest& request_;
  SchemaVersion own_;
};

}  // namespace

SchemaVersion schema_version(std::string_view request_version) {
  const auto versions = request_versions();
  const auto found = std::ranges::find(versions, request_version);
  return found == versions.end() ? exchange2007 : static_cast<SchemaVersion>(found - versions.begin());
}

SchemaVersion first_with(std::string_view field_uri) {
  return since(kUris, field_uri);
}

SchemaVersion first_with(FieldId id) {
  static const std::vector<SchemaVersion> versions = [] {
    std::vector<SchemaVersion> all;
    for (std::size_t each = 0; each < field_count(); ++each) {
      all.push_back(first_with(field(static_cast<FieldId>(each)).uri));
    }
    return all;
  }();
  return versions.at(id);
}

std::optional<SoapFault> beyond_its_schema(const Build& build, const SoapRequest& request) {
  // The newest has everything.
  if (schema_version(request.server_version) == exchange2016) return std::nullopt;
  auto newer = Search(request).in_operation();
  if (!newer) return std::nullopt;
  const auto newest = static_cast<SchemaVersion>(build.understands - 1);
  if (newer->version > newest) return std::move(newer->unheard);
  // Recorded: ms-docs, GetImItemList.
  return plain_fault(
      "ErrorIncorrectSchemaVersion",
      "The request is valid but does not specify the correct server version in the RequestServerVersion SOAP header.  "
      "Ensure that the RequestServerVersion SOAP header is set with the correct RequestServerVersionValue.");
}

}  // namespace mailward::exchange_sim
