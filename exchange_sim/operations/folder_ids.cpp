#include <algorithm>
#include <array>

#include "exchange_sim/operations.h"
#include "exchange_sim/public_folders.h"

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

std::expected<FolderRef, ResponseError> by_name(const OperationContext& context, pugi::xml_node node) {
  Mailbox* mailbox = context.mailbox;
  const bool of_all = std::string_view(node.attribute("Id").value()) == "publicfoldersroot";
  if (mailbox != nullptr && mailbox->public_folders) {
    if (!of_all) return std::unexpected(access_denied());
    Folder* root = mailbox->find_distinguished("publicfoldersroot");
    return FolderRef{.mailbox = mailbox, .folder = root};
  }
  if (const auto named = child(node, kTypesNs, "Mailbox")) {
    const Mailbox* wanted = context.organisation.find_mailbox(text_of(child(named, kTypesNs, "EmailAddress")));
    if (wanted == nullptr) {
      return std::unexpected(ResponseError{.code = "ErrorNonExistentMailbox",
                                           .text = "The SMTP address has no mailbox associated with it.",
                                           .values = {}});
    }
    if (wanted != mailbox) return std::unexpected(access_denied());
  }
  if (mailbox == nullptr) return std::unexpected(no_mailbox_of_its_own());
  Folder* folder = mailbox->find_distinguished(node.attribute("Id").value());
  if (folder == nullptr) return std::unexpected(folder_not_found());
  return FolderRef{.mailbox = mailbox, .folder = folder};
}

std::expected<FolderRef, ResponseError> by_id(const OperationContext& context, pugi::xml_node node) {
  const std::string_view id = node.attribute("Id").value();
  const Mailbox* owner = context.organisation.mailbox_of_id(id);
  if (owner == nullptr) return std::unexpected(id_malformed());
  if (owner != context.mailbox) return std::unexpected(access_denied());
  Folder* folder = context.mailbox->find_folder(id);
  if (folder == nullptr) return std::unexpected(item_not_found());
  if (auto refusal = refusal_of_public(context, *folder)) return std::unexpected(*std::move(refusal));
  return FolderRef{.mailbox = context.mailbox, .folder = folder};
}

/// Every t:DistinguishedFolderId of the request, wherever it stands.
void collect_names(pugi::xml_node node, std::vector<std::string>& names) {  // NOLINT(misc-no-recursion): bounded depth
  for (const auto inside : elements(node)) {
    if (local_name(inside) == "DistinguishedFolderId") names.emplace_back(inside.attribute("Id").value());
    collect_names(inside, names);
  }
}

}  // namespace

bool names_unmade_folders(const OperationContext& context, const SoapRequest& request) {
  if (context.mailbox == nullptr || context.mailbox_error) return false;
  std::vector<std::string> names;
  collect_names(request.body, names);
  return std::ranges::any_of(
      names, [&](const std::string& name) { return context.mailbox->find_distinguished(name) == nullptr; });
}

void make_named_folders(OperationContext& context, const SoapRequest& request) {
  std::vector<std::string> names;
  collect_names(request.body, names);
  for (const std::string& name : names) context.mailbox->ensure_distinguished(name);
}

std::expected<std::vector<std::expected<FolderRef, ResponseError>>, SoapFault> read_folder_ids(
    const OperationContext& context, const SoapRequest& request, pugi::xml_node list) {
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
      found.push_back(named ? by_name(context, node) : by_id(context, node));
    }
  }
  return found;
}

std::expected<std::expected<FolderRef, ResponseError>, SoapFault> read_target_folder(const OperationContext& context,
                                                                                     const SoapRequest& request,
                                                                                     pugi::xml_node target) {
  auto found = read_folder_ids(context, request, target);
  if (!found) return std::unexpected(std::move(found).error());
  if (found->size() != 1) return std::unexpected(unexpected_child(request, target, elements(target).at(1)));
  return std::move(found->front());
}

}  // namespace mailward::exchange_sim
