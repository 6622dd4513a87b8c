#include "exchange_sim/public_folders.h"

#include <algorithm>
#include <array>

#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

/// They work on the hierarchy; all others that name public folders work on contents.
constexpr std::array<std::string_view, 8> kHierarchy{"GetFolder",  "FindFolder", "CreateFolder", "UpdateFolder",
                                                     "MoveFolder", "CopyFolder", "DeleteFolder", "ConvertId"};

FolderKind kind_of_class(std::string_view folder_class) {
  if (folder_class.starts_with("IPF.Appointment")) return FolderKind::calendar;
  if (folder_class.starts_with("IPF.Contact")) return FolderKind::contacts;
  return folder_class.starts_with("IPF.Task") ? FolderKind::tasks : FolderKind::plain;
}

/// Where there are owners others are authors, or closed out; else everybody owns it.
PermissionSet permissions_of(const PublicFolderPlan& plan) {
  const std::string_view others = plan.owners.empty() ? "Owner" : plan.closed ? "None" : "Author";
  PermissionSet set;
  set.set({.who = PermissionFor::everyone, .rights = *rights_of_level(others)});
  for (const std::string& owner : plan.owners) set.set({.user = owner, .rights = *rights_of_level("Owner")});
  return set;
}

Folder& ensure_child(Mailbox& store, Folder& above, std::string_view name, const PublicFolderPlan& plan) {
  const auto known =
      std::ranges::find_if(above.children, [&](const Folder* each) { return equal_ignoring_case(each->name, name); });
  if (known != above.children.end()) return **known;
  Folder& made = store.make_folder(
      &above, {.name = std::string(name), .folder_class = plan.folder_class, .kind = kind_of_class(plan.folder_class)});
  made.content_mailbox = plan.mailbox.empty() ? store.smtp : plan.mailbox;
  made.permissions = permissions_of(plan);
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
  item->set(field_id("message:From"), owner_value(store));
  item->body = Body{.html = false, .text = store.blobs.add(text + ".\r\n")};
  store.add(std::move(item), folder, Arrival::delivered);
}

}  // namespace

void make_public_folders(Mailbox& store, const std::vector<PublicFolderPlan>& plans) {
  store.set_quiet(true);
  store.find_distinguished("publicfoldersroot")->permissions = permissions_of({});
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

void note_route(OperationContext& context, std::string_view operation, std::string_view routed_to) {
  const Mailbox* store = context.organisation.public_folders();
  if (store == nullptr) return;
  context.routed_to = context.organisation.public_folder_holder(routed_to);
  if (context.routed_to.empty()) {
    // A user's own mailbox as the anchor leads to his server, and there to the hierarchy.
    const Organisation& organisation = context.organisation;
    const bool of_user =
        organisation.find_mailbox(routed_to) != nullptr || organisation.mailbox_of_guid_address(routed_to) != nullptr;
    context.routed_to = routed_to.empty() || of_user ? store->smtp : std::string(routed_to);
  }
  context.works_on_contents = std::ranges::find(kHierarchy, operation) == kHierarchy.end();
}

std::optional<ResponseError> refusal_of_route(const OperationContext& context, const Mailbox& mailbox,
                                              const Folder& folder) {
  if (!mailbox.public_folders) return std::nullopt;
  if (const auto refusal = refusal_of_caller(context)) return refusal;
  if (!context.works_on_contents || folder.content_mailbox.empty()) return std::nullopt;
  if (equal_ignoring_case(context.routed_to, folder.content_mailbox)) return std::nullopt;
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
