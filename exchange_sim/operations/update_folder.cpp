#include "exchange_sim/extended_checks.h"
#include "exchange_sim/folder_reading.h"
#include "exchange_sim/permission_elements.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

struct Change {
  bool removes = false;
  PropertyPath path;
  pugi::xml_node element{};
  std::optional<ExtendedName> named{};  ///< which extended property the element is
};

struct FolderChange {
  pugi::xml_node node;
  std::vector<Change> changes;
};

std::expected<Change, SoapFault> read_change(const SoapRequest& request, pugi::xml_node node) {
  const std::string_view name = local_name(node);
  if (name != "SetFolderField" && name != "DeleteFolderField" && name != "AppendToFolderField") {
    return std::unexpected(
        unexpected_child(request, node.parent(), node, {"AppendToFolderField", "SetFolderField", "DeleteFolderField"}));
  }
  const auto path_node = path_in(node);
  if (!path_node) return std::unexpected(incomplete(request, node));
  auto path = read_path(request, path_node);
  if (!path) return std::unexpected(std::move(path).error());
  Change change{.removes = name == "DeleteFolderField", .path = *std::move(path)};
  if (change.removes) return change;
  const auto inside = elements(node);
  if (inside.size() != 2) return std::unexpected(incomplete(request, node));
  const auto properties = elements(inside[1]);
  if (properties.size() == 1) change.element = properties.front();
  if (is(change.element, kTypesNs, "PermissionSet")) {
    if (auto fault = check_permission_set(request, change.element)) return std::unexpected(*std::move(fault));
  }
  if (is(change.element, kTypesNs, "ExtendedProperty")) {
    if (auto fault = check_sequence(request, change.element, {"ExtendedFieldURI", "Value|Values"})) {
      return std::unexpected(*std::move(fault));
    }
    auto named = read_path(request, child(change.element, kTypesNs, "ExtendedFieldURI"));
    if (!named) return std::unexpected(std::move(named).error());
    change.named = std::move(named)->extended;
  }
  return change;
}

std::expected<std::vector<FolderChange>, SoapFault> read_changes(const SoapRequest& request) {
  const auto list = child(request.body, kMessagesNs, "FolderChanges");
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  std::vector<FolderChange> found;
  for (const auto node : nodes) {
    if (auto fault = check_sequence(request, node, {"FolderId|DistinguishedFolderId", "Updates"})) {
      return std::unexpected(*std::move(fault));
    }
    FolderChange one{.node = node, .changes = {}};
    for (const auto each : elements(child(node, kTypesNs, "Updates"))) {
      auto change = read_change(request, each);
      if (!change) return std::unexpected(std::move(change).error());
      one.changes.push_back(*std::move(change));
    }
    found.push_back(std::move(one));
  }
  return found;
}

ResponseError refuse(std::string code, std::string text, const PropertyPath& path) {
  return {.code = std::move(code), .text = std::move(text), .values = {}, .path = path.uri};
}

/// Whether the element is the property that the path names.
bool agrees(const Change& change) {
  if (!change.element) return false;
  if (change.path.kind == PathKind::extended) return change.named == change.path.extended;
  return change.path.uri == "folder:" + std::string(local_name(change.element));
}

std::optional<ResponseError> apply(const OperationContext& context, const Mailbox& mailbox, Folder& folder,
                                   const Change& change) {
  if (auto refusal = refusal_of_path(change.path)) return refusal;
  if (change.removes) {
    if (change.path.kind != PathKind::extended) {
      return refuse("ErrorInvalidPropertyDelete", "Delete action is not supported for this property.", change.path);
    }
    folder.erase_extended(change.path.extended.key());
    return std::nullopt;
  }
  if (!agrees(change)) {
    return refuse("ErrorUpdatePropertyMismatch", "The property tag does not match the property value.", change.path);
  }
  if (change.path.uri == "folder:DisplayName" && folder.parent != nullptr) {
    if (!folder.distinguished.empty()) {
      return refuse("ErrorFolderSave", "A default folder cannot be renamed.", change.path);
    }
    if (auto error = refusal_of_name(*folder.parent, text_of(change.element), &folder)) return error;
  }
  if (change.path.uri == "folder:FolderClass") {
    if (auto refusal = refusal_of_class(folder, text_of(change.element))) return refusal;
  }
  if (change.path.uri == "folder:PermissionSet") {
    auto permissions = read_permission_set(context.organisation, folder.kind, change.element);
    if (!permissions) return std::move(permissions).error();
    folder.permissions = *std::move(permissions);
    return std::nullopt;
  }
  if (auto refusal = refusal_of_extended_properties(change.element.parent())) return refusal;
  if (change.path.uri == "folder:SearchParameters") {
    name_folders_by_id(mailbox, child(change.element, kTypesNs, "BaseFolderIds"));
  }
  if (!set_folder_property(folder, change.element)) {
    return refuse("ErrorInvalidPropertySet", "Set action is invalid for property.", change.path);
  }
  return std::nullopt;
}

/// The folder that t:FolderChange names: its first child stands like a target folder.
std::expected<std::expected<FolderRef, ResponseError>, SoapFault> folder_of(const OperationContext& context,
                                                                            const SoapRequest& request,
                                                                            pugi::xml_node change) {
  pugi::xml_document holder;
  auto list = holder.append_child("m:FolderId");
  for (auto scope = change; scope; scope = scope.parent()) {
    for (const auto attribute : scope.attributes()) {
      if (std::string_view(attribute.name()).starts_with("xmlns") && !list.attribute(attribute.name())) {
        list.append_attribute(attribute.name()) = attribute.value();
      }
    }
  }
  list.append_copy(elements(change).front());
  return read_target_folder(context, request, list, FolderUse::own);
}

}  // namespace

/// MS-OXWSFOLD 3.1.4.8.
OperationResult update_folder(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"FolderChanges"})) return std::unexpected(*std::move(fault));
  const auto changes = read_changes(request);
  if (!changes) return std::unexpected(changes.error());
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const FolderChange& change : *changes) {
    const auto ref = folder_of(context, request, change.node);
    if (!ref) return std::unexpected(ref.error());
    if (!*ref) {
      write_error(xml, "UpdateFolder", ref->error());
      continue;
    }
    Folder& folder = *(*ref)->folder;
    std::optional<ResponseError> error;
    for (const Change& each : change.changes) {
      if (!error) error = apply(context, *(*ref)->mailbox, folder, each);
    }
    if (error) {
      write_error(xml, "UpdateFolder", *error);
      continue;
    }
    (*ref)->mailbox->note_change(folder);
    XmlWriter content;
    content.open("m:Folders");
    write_folder(content, context, **ref, {});
    content.close("m:Folders");
    write_success(xml, "UpdateFolder", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
