#include "exchange_sim/access.h"
#include "exchange_sim/folder_reading.h"
#include "exchange_sim/permission_elements.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// What a new folder gets besides its name.
void set_rest(const Mailbox& mailbox, Folder& folder, pugi::xml_node node) {
  if (const auto search = child(node, kTypesNs, "SearchParameters")) {
    name_folders_by_id(mailbox, child(search, kTypesNs, "BaseFolderIds"));
    set_folder_property(folder, search);
  }
}

/// The permissions that its element asks for; none: those of the folder above.
std::expected<std::optional<PermissionSet>, ResponseError> permissions_for(const OperationContext& context,
                                                                           FolderKind kind, pugi::xml_node node) {
  const auto element = child(node, kTypesNs, "PermissionSet");
  if (!element) return std::nullopt;
  auto read = read_permission_set(context.organisation, kind, element);
  if (!read) return std::unexpected(std::move(read).error());
  return *std::move(read);
}

std::expected<Folder*, ResponseError> make(const OperationContext& context, const FolderRef& parent, NewFolder wish,
                                           pugi::xml_node node) {
  if (auto refusal = refusal_of_name(*parent.folder, wish.name, nullptr)) return std::unexpected(*std::move(refusal));
  if (auto refusal = refusal_of_extended_properties(node)) return std::unexpected(*std::move(refusal));
  if (auto refusal = refusal_of_new_class(node)) return std::unexpected(*std::move(refusal));
  if (wish.kind == FolderKind::search && parent.mailbox->public_folders) {
    return std::unexpected(ResponseError{.code = "ErrorInvalidFolderTypeForOperation",
                                         .text = "Search folders can not be made among public folders.",
                                         .values = {}});
  }
  auto permissions = permissions_for(context, wish.kind, node);
  if (!permissions) return std::unexpected(std::move(permissions).error());
  Folder& made = parent.mailbox->make_folder(parent.folder, std::move(wish));
  set_rest(*parent.mailbox, made, node);
  if (*permissions) made.permissions = **std::move(permissions);
  // Whoever makes a folder in another's mailbox, or a public one, owns it.
  if (context.mailbox != nullptr && !rights_in(context, *parent.mailbox, made).owner) {
    made.permissions.set({.user = context.mailbox->smtp, .rights = *rights_of_level("Owner")});
  }
  return &made;
}

}  // namespace

/// MS-OXWSFOLD 3.1.4.2. Shape: linkedin-pyexchange (14.3) and Microsoft's documentation of the operation.
OperationResult create_folder(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ParentFolderId", "Folders"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto parent =
      read_target_folder(context, request, child(request.body, kMessagesNs, "ParentFolderId"), FolderUse::add_folders);
  if (!parent) return std::unexpected(parent.error());
  const auto list = child(request.body, kMessagesNs, "Folders");
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  std::vector<NewFolder> wishes;
  for (const auto node : nodes) {
    auto wish = read_new_folder(request, node);
    if (!wish) return std::unexpected(std::move(wish).error());
    wishes.push_back(*std::move(wish));
  }

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    if (!*parent) {
      write_error(xml, "CreateFolder", parent->error());
      continue;
    }
    const auto made = make(context, **parent, std::move(wishes[i]), nodes[i]);
    if (!made) {
      write_error(xml, "CreateFolder", made.error());
      continue;
    }
    XmlWriter content;
    content.open("m:Folders");
    write_folder(content, context, {.mailbox = (*parent)->mailbox, .folder = *made}, {});
    content.close("m:Folders");
    write_success(xml, "CreateFolder", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
