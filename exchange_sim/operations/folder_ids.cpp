#include <algorithm>
#include <array>

#include "exchange_sim/access.h"

namespace mailward::exchange_sim {
namespace {

/// DistinguishedFolderIdNameType of the 2016 schema.
constexpr auto kDistinguished = std::to_array<std::string_view>({
    "calendar",
    "contacts",
    "deleteditems",
    "drafts",
    "inbox",
    "journal",
    "notes",
    "outbox",
    "sentitems",
    "tasks",
    "msgfolderroot",
    "publicfoldersroot",
    "root",
    "junkemail",
    "searchfolders",
    "voicemail",
    "recoverableitemsroot",
    "recoverableitemsdeletions",
    "recoverableitemsversions",
    "recoverableitemspurges",
    "recoverableitemsdiscoveryholds",
    "archiveroot",
    "archivemsgfolderroot",
    "archivedeleteditems",
    "archiveinbox",
    "archiverecoverableitemsroot",
    "archiverecoverableitemsdeletions",
    "archiverecoverableitemsversions",
    "archiverecoverableitemspurges",
    "archiverecoverableitemsdiscoveryholds",
    "syncissues",
    "conflicts",
    "localfailures",
    "serverfailures",
    "recipientcache",
    "quickcontacts",
    "conversationhistory",
    "adminauditlogs",
    "todosearch",
    "mycontacts",
    "directory",
    "imcontactlist",
    "peopleconnect",
    "favorites",
    "mecontact",
    "personmetadata",
    "teamspaceactivity",
    "teamspacemessaging",
    "teamspaceworkitems",
    "scheduled",
    "orionnotes",
    "tagitems",
    "alltaggeditems",
    "allcategorizeditems",
    "externalcontacts",
    "teamchat",
    "yammerroot",
    "yammerinbound",
    "yammeroutbound",
    "yammerfeeds",
    "onedriveroot",
    "onedriverecylebin",
    "onedrivesystem",
    "onedrivevolume",
});

ResponseError folder_not_found() {
  return {.code = "ErrorFolderNotFound", .text = "The specified folder could not be found in the store.", .values = {}};
}

ResponseError no_mailbox_of_its_own() {
  return {.code = "ErrorMissingEmailAddress",
          .text =
              "When making a request as an account that does not have a mailbox, you must specify the mailbox primary "
              "SMTP address for any distinguished folder Ids.",
          .values = {}};
}

/// The store in which a default folder is meant.
std::expected<Mailbox*, ResponseError> store_of_name(const OperationContext& context, pugi::xml_node node) {
  if (node.attribute("Id").value() == std::string_view("publicfoldersroot")) {
    Mailbox* store = context.organisation.public_folders();
    if (store == nullptr) return std::unexpected(folder_not_found());
    return store;
  }
  const auto named = child(node, kTypesNs, "Mailbox");
  if (!named && context.mailbox == nullptr) return std::unexpected(no_mailbox_of_its_own());
  if (!named) return context.mailbox;
  Mailbox* wanted = context.organisation.find_mailbox(text_of(child(named, kTypesNs, "EmailAddress")));
  if (wanted == nullptr || wanted->public_folders) {
    return std::unexpected(ResponseError{.code = "ErrorNonExistentMailbox",
                                         .text = "The SMTP address has no mailbox associated with it.",
                                         .values = {}});
  }
  return wanted;
}

std::expected<FolderRef, ResponseError> usable(const OperationContext& context, Mailbox& mailbox, Folder& folder,
                                               FolderUse use) {
  if (auto refusal = refusal_of_use(context, mailbox, folder, use)) return std::unexpected(*std::move(refusal));
  return FolderRef{.mailbox = &mailbox, .folder = &folder};
}

std::expected<FolderRef, ResponseError> by_name(const OperationContext& context, pugi::xml_node node, FolderUse use) {
  const auto store = store_of_name(context, node);
  if (!store) return std::unexpected(store.error());
  Mailbox& mailbox = **store;
  if (auto refusal = refusal_of_place(context, mailbox)) return std::unexpected(*std::move(refusal));
  Folder* folder = mailbox.find_distinguished(node.attribute("Id").value());
  // A name tells nobody what is there.
  if (folder == nullptr || !may_see(context, mailbox, *folder)) return std::unexpected(folder_not_found());
  return usable(context, mailbox, *folder, use);
}

}  // namespace

std::expected<FolderRef, ResponseError> locate_folder(const OperationContext& context, std::string_view id,
                                                      FolderUse use) {
  if (context.mailbox_error) return std::unexpected(*context.mailbox_error);
  if (id.empty()) return std::unexpected(id_empty());
  Mailbox* owner = context.organisation.mailbox_of_id(id);
  if (owner == nullptr) return std::unexpected(id_malformed());
  if (auto refusal = refusal_of_place(context, *owner)) return std::unexpected(*std::move(refusal));
  Folder* folder = owner->find_folder(id);
  if (folder == nullptr && owner->find_item(id) != nullptr) {
    return std::unexpected(
        ResponseError{.code = "ErrorCannotUseItemIdForFolderId", .text = "The ID is an item's.", .values = {}});
  }
  if (folder == nullptr) return std::unexpected(item_not_found());
  return usable(context, *owner, *folder, use);
}

std::expected<std::vector<std::expected<FolderRef, ResponseError>>, SoapFault> read_folder_ids(
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list, FolderUse use) {
  std::vector<std::expected<FolderRef, ResponseError>> found;
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  for (const auto node : nodes) {
    const bool named = is(node, kTypesNs, "DistinguishedFolderId");
    if (!named && !is(node, kTypesNs, "FolderId"))
      return std::unexpected(unexpected_child(request, list, node, {"FolderId", "DistinguishedFolderId"}));
    const auto allowed =
        named ? std::span<const std::string_view>(kDistinguished) : std::span<const std::string_view>();
    if (auto fault = check_attribute(request, node, "Id", "DistinguishedFolderIdNameType", allowed)) {
      return std::unexpected(*std::move(fault));
    }
    if (context.mailbox_error) {
      found.emplace_back(std::unexpected(*context.mailbox_error));
    } else {
      found.push_back(named ? by_name(context, node, use) : locate_folder(context, node.attribute("Id").value(), use));
    }
  }
  return found;
}

std::expected<std::expected<FolderRef, ResponseError>, SoapFault> read_target_folder(const OperationContext& context,
                                                                                     const SoapRequest& request,
                                                                                     pugi::xml_node target,
                                                                                     FolderUse use) {
  auto found = read_folder_ids(context, request, target, use);
  if (!found) return std::unexpected(std::move(found).error());
  if (found->size() != 1) return std::unexpected(unexpected_child(request, target, elements(target).at(1)));
  return std::move(found->front());
}

}  // namespace mailward::exchange_sim
