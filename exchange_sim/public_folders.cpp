#include "exchange_sim/public_folders.h"

#include <algorithm>
#include <array>

#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

/// How many ids of a request are looked at: its folders and its first items stand in front.
constexpr std::size_t kMostIds = 64;
/// They work on the hierarchy; all others that name public folders work on contents.
constexpr std::array<std::string_view, 8> kHierarchy{"GetFolder",  "FindFolder", "CreateFolder", "UpdateFolder",
                                                     "MoveFolder", "CopyFolder", "DeleteFolder", "ConvertId"};

/// They change or take away what others put there.
constexpr std::array<std::string_view, 9> kChanging{"UpdateItem",   "DeleteItem",   "MoveItem",
                                                    "EmptyFolder",  "CreateFolder", "UpdateFolder",
                                                    "DeleteFolder", "MoveFolder",   "CopyFolder"};

FolderKind kind_of_class(std::string_view folder_class) {
  if (folder_class.starts_with("IPF.Appointment")) return FolderKind::calendar;
  if (folder_class.starts_with("IPF.Contact")) return FolderKind::contacts;
  return folder_class.starts_with("IPF.Task") ? FolderKind::tasks : FolderKind::plain;
}

Folder& ensure_child(Mailbox& store, Folder& above, std::string_view name, const PublicFolderPlan& plan) {
  const auto known =
      std::ranges::find_if(above.children, [&](const Folder* each) { return equal_ignoring_case(each->name, name); });
  if (known != above.children.end()) return **known;
  Folder& made = store.make_folder(
      &above, {.name = std::string(name), .folder_class = plan.folder_class, .kind = kind_of_class(plan.folder_class)});
  made.content_mailbox = plan.mailbox.empty() ? store.smtp : plan.mailbox;
  made.owners = plan.owners;
  made.closed = plan.closed;
  return made;
}

void add_post(Mailbox& store, Folder& folder, std::size_t number) {
  auto item = std::make_unique<Item>();
  const std::string text = "Post " + std::to_string(number + 1) + " in " + folder.name;
  item->kind = ItemKind::post;
  item->item_class = default_class(item->kind);
  item->created = item->modified = item->received = item->sent = store.now();
  item->modified_by = store.display_name;
  item->set(field_id("item:Subject"), {.inner = escape_text(text)});
  item->set(field_id("message:From"), people_value({{.name = store.display_name, .smtp = store.smtp}}));
  item->body = Body{.html = false, .text = store.blobs.add(text + ".\r\n")};
  store.add(std::move(item), folder, Arrival::delivered);
}

bool names_public(pugi::xml_node node, std::string_view guid, std::size_t& left) {  // NOLINT(misc-no-recursion)
  for (const auto inside : elements(node)) {
    if (left == 0) return false;
    if (local_name(inside).ends_with("Shape")) continue;
    for (const auto attribute : inside.attributes()) {
      const std::string_view value = attribute.value();
      if (value == "publicfoldersroot" && local_name(inside) == "DistinguishedFolderId") return true;
      if (value.size() <= 60) continue;
      if (mailbox_guid_of(value) == guid) return true;
      if (--left == 0) return false;
    }
    if (names_public(inside, guid, left)) return true;
  }
  return false;
}

/// By its address, or by GUID@domain, as Autodiscover is asked.
bool is_routed_to(std::string_view routed_to, std::string_view mailbox) {
  return equal_ignoring_case(routed_to, mailbox) ||
         equal_ignoring_case(routed_to.substr(0, routed_to.find('@')), make_guid(mailbox));
}

}  // namespace

void make_public_folders(Mailbox& store, const std::vector<PublicFolderPlan>& plans) {
  store.set_quiet(true);
  for (const PublicFolderPlan& plan : plans) {
    Folder* at = store.find_distinguished("publicfoldersroot");
    std::string_view rest = plan.path;
    while (!rest.empty()) {
      const auto slash = rest.find('/');
      at = &ensure_child(store, *at, rest.substr(0, slash), plan);
      rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    }
    for (std::size_t i = 0; i < plan.items; ++i) add_post(store, *at, i);
  }
  store.set_quiet(false);
}

void route_to_public_folders(OperationContext& context, const SoapRequest& request, std::string_view routed_to) {
  Mailbox* store = context.organisation.public_folders();
  if (store == nullptr || context.mailbox_error) return;
  std::size_t left = kMostIds;
  if (!names_public(request.body, store->guid, left)) return;
  if (const auto refusal = refusal_of_caller(context)) {
    context.mailbox_error = refusal;
    return;
  }
  context.public_caller = context.mailbox->smtp;
  context.changes_public = std::ranges::find(kChanging, request.operation) != kChanging.end();
  context.mailbox = store;
  // A user's own mailbox as the anchor leads to his server, and there to the hierarchy.
  const Mailbox* anchor = context.organisation.find_mailbox(routed_to);
  const bool of_user = anchor != nullptr && !anchor->public_folders;
  context.routed_to = routed_to.empty() || of_user ? store->smtp : std::string(routed_to);
  context.works_on_contents = std::ranges::find(kHierarchy, request.operation) == kHierarchy.end();
}

namespace {

bool owns(const OperationContext& context, const Folder& folder) {
  return folder.owners.empty() || std::ranges::any_of(folder.owners, [&](const std::string& owner) {
           return equal_ignoring_case(owner, context.public_caller);
         });
}

}  // namespace

bool may_see(const OperationContext& context, const Folder& folder) {
  return !folder.closed || owns(context, folder);
}

std::optional<ResponseError> refusal_of_public(const OperationContext& context, const Folder& folder) {
  if (!context.mailbox->public_folders) return std::nullopt;
  if (!may_see(context, folder) || (context.changes_public && !owns(context, folder))) return access_denied();
  if (!context.works_on_contents || folder.content_mailbox.empty()) return std::nullopt;
  if (is_routed_to(context.routed_to, folder.content_mailbox)) return std::nullopt;
  return ResponseError{.code = "ErrorNoPublicFolderReplicaAvailable",
                       .text = "The server couldn't find a public folder replica.",
                       .values = {}};
}

ResponseError not_with_public_folders() {
  return {.code = "ErrorInvalidFolderTypeForOperation",
          .text = "The folder type is invalid for this operation: it does not work with public folders.",
          .values = {}};
}

}  // namespace mailward::exchange_sim
