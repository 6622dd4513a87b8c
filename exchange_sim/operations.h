#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exchange_sim/event_streaming.h"
#include "exchange_sim/organisation.h"
#include "exchange_sim/soap.h"
#include "exchange_sim/submission.h"

/// The operations of EWS that the simulator knows: one file each under operations/, and the table that names them.
namespace mailward::exchange_sim {

class SubscriptionBook;

/// An error within a response message, under HTTP 200.
struct ResponseError {
  std::string code;
  std::string text;
  std::vector<std::pair<std::string, std::string>> values;  ///< t:Value of m:MessageXml
  std::string path = {};                                    ///< t:FieldURI of m:MessageXml; empty for none
};

/// For whom an operation works.
struct OperationContext {
  Organisation& organisation;
  std::string account;                              ///< who signed in
  Mailbox* mailbox = nullptr;                       ///< the caller's own; null: the account has none
  std::optional<ResponseError> mailbox_error = {};  ///< set: every response message says this
  SubscriptionBook* subscriptions = nullptr;        ///< of the front end; null where there are none
  std::size_t most_subscriptions = SIZE_MAX;        ///< that the caller may have at once
  /// What is sent: delivered once the mailbox is let go, for recipients have mailboxes of their own.
  std::vector<Submission> outbox = {};
  /// For the request log: what of the request was not played.
  std::string note = {};
  /// Set by GetStreamingEvents: the answer is this stream.
  std::optional<EventsStream> stream = {};
  /// Where the response element itself is the one response message: its ResponseClass, set by sole_success() and
  /// sole_error().
  std::string_view response_class = {};
  /// Where public folders are named (public_folders.h): the mailbox whither the request was routed, and whether it is
  /// about what is in them.
  std::string routed_to = {};
  bool works_on_contents = false;
};

using OperationResult = std::expected<std::string, SoapFault>;
/// The content of the response element, m:ResponseMessages and all.
using OperationHandler = OperationResult (*)(OperationContext& context, const SoapRequest& request);

/// How the front end holds the mutexes of the caller's mailbox and of all that the request names (named_stores.h) while
/// the handler runs. `none`: not at all, the handler looks into several mailboxes and takes their mutexes itself, one
/// at a time.
enum class StoreAccess { reads, writes, none };

struct Operation {
  std::string_view name;  ///< of the request's element
  OperationHandler handler;
  StoreAccess access;
  /// What a response message with an error still contains, by recorded answers: "<m:Folders/>", "<m:Items/>" or
  /// nothing.
  std::string_view empty_content = {};
  /// The response's element where it is not the request's with "Response" behind.
  std::string_view response = {};
};

std::span<const Operation> operations();
const Operation* find_operation(std::string_view name);
/// Whether the request's element has no attributes but the schema's, of an operation that is served.
std::optional<SoapFault> check_operation_attributes(const SoapRequest& request);
/// Whether Exchange has an operation of that name which the simulator does not serve.
bool is_unserved_operation(std::string_view name);

OperationResult add_delegate(OperationContext& context, const SoapRequest& request);
OperationResult archive_item(OperationContext& context, const SoapRequest& request);
OperationResult convert_id(OperationContext& context, const SoapRequest& request);
OperationResult copy_folder(OperationContext& context, const SoapRequest& request);
OperationResult copy_item(OperationContext& context, const SoapRequest& request);
OperationResult create_attachment(OperationContext& context, const SoapRequest& request);
OperationResult create_folder(OperationContext& context, const SoapRequest& request);
OperationResult create_item(OperationContext& context, const SoapRequest& request);
OperationResult create_user_configuration(OperationContext& context, const SoapRequest& request);
OperationResult delete_attachment(OperationContext& context, const SoapRequest& request);
OperationResult delete_folder(OperationContext& context, const SoapRequest& request);
OperationResult delete_item(OperationContext& context, const SoapRequest& request);
OperationResult delete_user_configuration(OperationContext& context, const SoapRequest& request);
OperationResult empty_folder(OperationContext& context, const SoapRequest& request);
OperationResult expand_dl(OperationContext& context, const SoapRequest& request);
OperationResult export_items(OperationContext& context, const SoapRequest& request);
OperationResult find_conversation(OperationContext& context, const SoapRequest& request);
OperationResult find_folder(OperationContext& context, const SoapRequest& request);
OperationResult find_item(OperationContext& context, const SoapRequest& request);
OperationResult find_people(OperationContext& context, const SoapRequest& request);
OperationResult get_attachment(OperationContext& context, const SoapRequest& request);
OperationResult get_delegate(OperationContext& context, const SoapRequest& request);
OperationResult get_events(OperationContext& context, const SoapRequest& request);
OperationResult get_folder(OperationContext& context, const SoapRequest& request);
OperationResult get_inbox_rules(OperationContext& context, const SoapRequest& request);
OperationResult get_item(OperationContext& context, const SoapRequest& request);
OperationResult get_mail_tips(OperationContext& context, const SoapRequest& request);
OperationResult get_password_expiration_date(OperationContext& context, const SoapRequest& request);
OperationResult get_persona(OperationContext& context, const SoapRequest& request);
OperationResult get_room_lists(OperationContext& context, const SoapRequest& request);
OperationResult get_rooms(OperationContext& context, const SoapRequest& request);
OperationResult get_searchable_mailboxes(OperationContext& context, const SoapRequest& request);
OperationResult get_server_time_zones(OperationContext& context, const SoapRequest& request);
OperationResult get_streaming_events(OperationContext& context, const SoapRequest& request);
OperationResult get_user_availability(OperationContext& context, const SoapRequest& request);
OperationResult get_user_configuration(OperationContext& context, const SoapRequest& request);
OperationResult get_user_oof_settings(OperationContext& context, const SoapRequest& request);
OperationResult mark_as_junk(OperationContext& context, const SoapRequest& request);
OperationResult move_folder(OperationContext& context, const SoapRequest& request);
OperationResult move_item(OperationContext& context, const SoapRequest& request);
OperationResult remove_delegate(OperationContext& context, const SoapRequest& request);
OperationResult resolve_names(OperationContext& context, const SoapRequest& request);
OperationResult send_item(OperationContext& context, const SoapRequest& request);
OperationResult set_user_oof_settings(OperationContext& context, const SoapRequest& request);
OperationResult subscribe(OperationContext& context, const SoapRequest& request);
OperationResult sync_folder_hierarchy(OperationContext& context, const SoapRequest& request);
OperationResult sync_folder_items(OperationContext& context, const SoapRequest& request);
OperationResult unsubscribe(OperationContext& context, const SoapRequest& request);
OperationResult update_delegate(OperationContext& context, const SoapRequest& request);
OperationResult update_folder(OperationContext& context, const SoapRequest& request);
OperationResult update_inbox_rules(OperationContext& context, const SoapRequest& request);
OperationResult update_item(OperationContext& context, const SoapRequest& request);
OperationResult update_user_configuration(OperationContext& context, const SoapRequest& request);
OperationResult upload_items(OperationContext& context, const SoapRequest& request);

/// Who is meant by the impersonation header, and whether the account may. A refusal is a fault, an unknown mailbox or
/// one in Exchange Online a mailbox_error.
std::expected<OperationContext, SoapFault> resolve_caller(Organisation& organisation, std::string_view account,
                                                          const SoapRequest& request);

/// One response message, "m:<operation>ResponseMessage".
void write_success(XmlWriter& xml, std::string_view operation, std::string_view content);
/// `content` stands in the place of the operation's usual content of an error.
void write_error(XmlWriter& xml, std::string_view operation, const ResponseError& error, std::string_view content = {});

/// The same where the response element is itself the message: the content, and the class for the context.
std::string sole_success(OperationContext& context, std::string_view content);
std::string sole_error(OperationContext& context, const ResponseError& error, std::string_view content = {});
/// m:MessageText up to m:MessageXml, as every message with an error has them.
void write_error_content(XmlWriter& xml, const ResponseError& error);

/// Why nothing can be done for the caller: his mailbox is not to be had, or he has none. None: it is there.
std::optional<ResponseError> refusal_of_caller(const OperationContext& context);
/// The mailbox that an operation names by its address (empty: the caller's), for what only its owner may do, and
/// whoever has full access to it.
std::expected<Mailbox*, ResponseError> open_mailbox(const OperationContext& context, std::string_view address);
/// Why another's mailbox is not to be had where it should be; none: it is here. The caller's own is a mailbox_error.
std::optional<ResponseError> refusal_of_place(const OperationContext& context, const Mailbox& mailbox);

/// Errors that several operations know.
ResponseError id_empty();
ResponseError item_not_found();
ResponseError id_malformed();
ResponseError access_denied();
/// A schema violation: what is in `list` does not belong there.
/// `possible`: what could stand there, of the types' namespace.
SoapFault unexpected_child(const SoapRequest& request, pugi::xml_node list, pugi::xml_node node,
                           const std::vector<std::string_view>& possible = {});
SoapFault incomplete(const SoapRequest& request, pugi::xml_node list);
/// A value that its type does not take: the element's, or an attribute's. `type` with its namespace.
SoapFault invalid_value(const SoapRequest& request, pugi::xml_node node, std::string_view type,
                        std::string_view constraint);
SoapFault invalid_attribute(const SoapRequest& request, pugi::xml_node node, const char* name, std::string_view type,
                            std::string_view constraint);
/// A value that is none of an enumeration's.
SoapFault invalid_choice(const SoapRequest& request, pugi::xml_node node, std::string_view type);
/// m:ResponseMessages with that one message.
std::string one_message(std::string_view operation, const std::expected<std::string, ResponseError>& content);
bool is_true(std::string_view text);

/// Checks the operation's children against its sequence in the schema: `name` with "?" behind may be absent, "a|b" is a
/// choice, "*" ends the check. The fault is what Exchange's validator says.
std::optional<SoapFault> check_sequence(const SoapRequest& request, pugi::xml_node node,
                                        std::initializer_list<std::string_view> sequence);
/// One required attribute, with its allowed values where it is an enumeration.
std::optional<SoapFault> check_attribute(const SoapRequest& request, pugi::xml_node node, const char* name,
                                         std::string_view type, std::span<const std::string_view> allowed);

/// An attribute of type xs:int, if it is there.
std::optional<SoapFault> check_int_attribute(const SoapRequest& request, pugi::xml_node node, const char* name);

/// What a folder is named for; who may not do that gets an error in its place (access.h). `see`: to be told of it;
/// `empty`: to delete all that is in it; `own`: to change, move or delete it itself.
enum class FolderUse { see, read, add_items, add_folders, empty, own };
/// What an item is named for; whoever may not read it knows nothing of it.
enum class ItemUse { read, edit, remove };

/// A t:FolderId or t:DistinguishedFolderId, resolved in the store that it names: the caller's where it names none.
struct FolderRef {
  Mailbox* mailbox = nullptr;
  Folder* folder = nullptr;
};
/// All of m:FolderIds or m:ParentFolderIds; a schema violation is a fault, a folder that is not there an error of its
/// own.
std::expected<std::vector<std::expected<FolderRef, ResponseError>>, SoapFault> read_folder_ids(
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list, FolderUse use);
/// The one folder of a t:TargetFolderIdType: m:ParentFolderId, m:ToFolderId, m:SavedItemFolderId.
std::expected<std::expected<FolderRef, ResponseError>, SoapFault> read_target_folder(const OperationContext& context,
                                                                                     const SoapRequest& request,
                                                                                     pugi::xml_node target,
                                                                                     FolderUse use);
/// One t:FolderId's Id.
std::expected<FolderRef, ResponseError> locate_folder(const OperationContext& context, std::string_view id,
                                                      FolderUse use);

/// A t:ItemId, resolved in its store.
struct ItemRef {
  Mailbox* mailbox = nullptr;
  Item* item = nullptr;
  /// Of an occurrence: its series, and the item itself, which is made for whoever looks (series.h).
  Item* master = nullptr;
  std::shared_ptr<Item> made = {};
};
/// One t:ItemId's Id, also an occurrence's.
std::expected<ItemRef, ResponseError> locate_item(const OperationContext& context, std::string_view id, ItemUse use);
/// One t:ItemId, t:OccurrenceItemId or t:RecurringMasterItemId.
std::expected<ItemRef, ResponseError> locate_item(const OperationContext& context, pugi::xml_node id, ItemUse use);
/// Checks a change key against the item's: what a write needs that must not overwrite. None: it is current.
std::optional<ResponseError> check_change_key(const ItemRef& ref, std::string_view change_key);
/// All of m:ItemIds, as read_folder_ids does it.
std::expected<std::vector<std::expected<ItemRef, ResponseError>>, SoapFault> read_item_ids(
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list, ItemUse use);

/// The DeleteType attribute (DisposalType); a violation is a fault.
std::expected<Disposal, SoapFault> read_disposal(const SoapRequest& request);

}  // namespace mailward::exchange_sim
