#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exchange_sim/organisation.h"
#include "exchange_sim/soap.h"

/// The operations of EWS that the simulator knows: one file each under operations/, and the table that names them.
namespace mailward::exchange_sim {

/// An error within a response message, under HTTP 200.
struct ResponseError {
  std::string code;
  std::string text;
  std::vector<std::pair<std::string, std::string>> values;  ///< t:Value of m:MessageXml
};

/// For whom an operation works.
struct OperationContext {
  Organisation& organisation;
  std::string account;                              ///< who signed in
  const Mailbox* mailbox = nullptr;                 ///< whose store is meant; null: the account has none
  std::optional<ResponseError> mailbox_error = {};  ///< set: every response message says this
};

using OperationResult = std::expected<std::string, SoapFault>;
/// The content of the response element, m:ResponseMessages and all.
using OperationHandler = OperationResult (*)(const OperationContext& context, const SoapRequest& request);

enum class StoreAccess { reads, writes };

struct Operation {
  std::string_view name;
  OperationHandler handler;
  StoreAccess access;  ///< how the caller holds Organisation::contents_mutex() while the handler runs
  /// What a response message with an error still contains, by recorded answers: "<m:Folders/>", "<m:Items/>" or
  /// nothing.
  std::string_view empty_content;
};

std::span<const Operation> operations();
const Operation* find_operation(std::string_view name);

OperationResult convert_id(const OperationContext& context, const SoapRequest& request);
OperationResult create_folder(const OperationContext& context, const SoapRequest& request);
OperationResult create_item(const OperationContext& context, const SoapRequest& request);
OperationResult delete_folder(const OperationContext& context, const SoapRequest& request);
OperationResult delete_item(const OperationContext& context, const SoapRequest& request);
OperationResult get_folder(const OperationContext& context, const SoapRequest& request);
OperationResult find_folder(const OperationContext& context, const SoapRequest& request);
OperationResult find_item(const OperationContext& context, const SoapRequest& request);
OperationResult get_item(const OperationContext& context, const SoapRequest& request);
OperationResult move_item(const OperationContext& context, const SoapRequest& request);
OperationResult resolve_names(const OperationContext& context, const SoapRequest& request);
OperationResult get_server_time_zones(const OperationContext& context, const SoapRequest& request);

/// Who is meant by the impersonation header, and whether the account may. A refusal is a fault, an unknown mailbox or
/// one in Exchange Online a mailbox_error.
std::expected<OperationContext, SoapFault> resolve_caller(Organisation& organisation, std::string_view account,
                                                          const SoapRequest& request);

/// One response message, "m:<operation>ResponseMessage".
void write_success(XmlWriter& xml, std::string_view operation, std::string_view content);
void write_error(XmlWriter& xml, std::string_view operation, const ResponseError& error);

/// Checks the operation's children against its sequence in the schema: `name` with "?" behind may be absent, "a|b" is a
/// choice, "*" ends the check. The fault is what Exchange's validator says.
std::optional<SoapFault> check_sequence(const SoapRequest& request, pugi::xml_node node,
                                        std::initializer_list<std::string_view> sequence);
/// One required attribute, with its allowed values where it is an enumeration.
std::optional<SoapFault> check_attribute(const SoapRequest& request, pugi::xml_node node, const char* name,
                                         std::string_view type, std::span<const std::string_view> allowed);

/// A t:FolderId or t:DistinguishedFolderId, resolved in the caller's store (or the t:Mailbox it names, where allowed).
struct FolderRef {
  const Mailbox* mailbox = nullptr;
  const Folder* folder = nullptr;
};
/// All of m:FolderIds or m:ParentFolderIds; a schema violation is a fault, a folder that is not there an error of its
/// own.
std::expected<std::vector<std::expected<FolderRef, ResponseError>>, SoapFault> read_folder_ids(
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list);
/// The one folder of a t:TargetFolderIdType: m:ParentFolderId, m:ToFolderId, m:SavedItemFolderId.
std::expected<std::expected<FolderRef, ResponseError>, SoapFault> read_target_folder(const OperationContext& context,
                                                                                     const SoapRequest& request,
                                                                                     pugi::xml_node target);

/// A t:ItemId, resolved in the caller's store.
struct ItemRef {
  const Mailbox* mailbox = nullptr;
  const Item* item = nullptr;
};
/// All of m:ItemIds, as read_folder_ids does it.
std::expected<std::vector<std::expected<ItemRef, ResponseError>>, SoapFault> read_item_ids(
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list);

/// The DeleteType attribute (DisposalType); a violation is a fault.
enum class Disposal { hard_delete, soft_delete, move_to_deleted_items };
std::expected<Disposal, SoapFault> read_disposal(const SoapRequest& request);

}  // namespace mailward::exchange_sim
