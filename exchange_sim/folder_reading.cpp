#include "exchange_sim/folder_reading.h"

#include <algorithm>

#include "exchange_sim/extended_checks.h"
#include "exchange_sim/people.h"
#include "exchange_sim/permission_elements.h"
#include "exchange_sim/restriction.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

std::optional<FolderKind> kind_of(std::string_view name) {
  if (name == "Folder") return FolderKind::plain;
  if (name == "CalendarFolder") return FolderKind::calendar;
  if (name == "ContactsFolder") return FolderKind::contacts;
  if (name == "TasksFolder") return FolderKind::tasks;
  if (name == "SearchFolder") return FolderKind::search;
  return std::nullopt;
}

std::string_view class_of(FolderKind kind) {
  switch (kind) {
    case FolderKind::calendar:
      return "IPF.Appointment";
    case FolderKind::contacts:
      return "IPF.Contact";
    case FolderKind::tasks:
      return "IPF.Task";
    case FolderKind::search:
    case FolderKind::plain:
      break;
  }
  return "IPF.Note";
}

FolderKind kind_by_class(std::string_view folder_class) {
  for (const FolderKind kind : {FolderKind::calendar, FolderKind::contacts, FolderKind::tasks}) {
    if (folder_class.starts_with(class_of(kind))) return kind;
  }
  return FolderKind::plain;
}

}  // namespace

std::expected<NewFolder, SoapFault> read_new_folder(const SoapRequest& request, pugi::xml_node node) {
  const auto kind = kind_of(local_name(node));
  if (!kind || namespace_of(node) != kTypesNs)
    return std::unexpected(unexpected_child(
        request, node.parent(), node, {"Folder", "CalendarFolder", "ContactsFolder", "SearchFolder", "TasksFolder"}));
  if (auto fault =
          check_sequence(request, node, {"FolderId?", "ParentFolderId?", "FolderClass?", "DisplayName?", "*"})) {
    return std::unexpected(*std::move(fault));
  }
  NewFolder wish;
  wish.kind = *kind;
  wish.name = text_of(child(node, kTypesNs, "DisplayName"));
  wish.folder_class = text_of(child(node, kTypesNs, "FolderClass"));
  if (wish.folder_class.empty()) wish.folder_class = class_of(*kind);
  // What is made as a plain folder becomes what its class says.
  if (wish.kind == FolderKind::plain) wish.kind = kind_by_class(wish.folder_class);
  if (const auto search = child(node, kTypesNs, "SearchParameters")) {
    const auto restriction = Restriction::read(request, child(search, kTypesNs, "Restriction"));
    if (!restriction) return std::unexpected(restriction.error());
  }
  if (const auto permissions = child(node, kTypesNs, "PermissionSet")) {
    if (auto fault = check_permission_set(request, permissions)) return std::unexpected(*std::move(fault));
  }
  for (const auto property : elements(node)) {
    if (!is(property, kTypesNs, "ExtendedProperty")) continue;
    if (auto fault = check_sequence(request, property, {"ExtendedFieldURI", "Value|Values"})) {
      return std::unexpected(*std::move(fault));
    }
    const auto path = read_path(request, child(property, kTypesNs, "ExtendedFieldURI"));
    if (!path) return std::unexpected(path.error());
    wish.extended.push_back({.key = path->extended.key(), .xml = extended_value_xml(property, path->extended.type)});
  }
  return wish;
}

std::optional<ResponseError> refusal_of_class(const Folder& folder, std::string_view folder_class) {
  const FolderKind now = folder.kind == FolderKind::search ? FolderKind::plain : folder.kind;
  if (kind_by_class(folder_class) == now) return std::nullopt;
  return ResponseError{.code = "ErrorObjectTypeChanged",
                       .text = "The folder's class can not become that of another kind of folder.",
                       .values = {},
                       .path = "folder:FolderClass"};
}

std::optional<ResponseError> refusal_of_new_class(pugi::xml_node node) {
  if (local_name(node) == "Folder" || !child(node, kTypesNs, "FolderClass")) return std::nullopt;
  return ResponseError{.code = "ErrorNoFolderClassOverride",
                       .text = "The folder's class is implied by its type and can not be set.",
                       .values = {}};
}

std::optional<ResponseError> refusal_of_name(const Folder& parent, std::string_view name, const Folder* itself) {
  if (name.empty()) {
    return ResponseError{.code = "ErrorFolderSavePropertyError",
                         .text = "The folder save operation failed due to invalid property values.",
                         .values = {}};
  }
  const bool taken = std::ranges::any_of(
      parent.children, [&](const Folder* one) { return one != itself && equal_ignoring_case(one->name, name); });
  if (!taken) return std::nullopt;
  return ResponseError{
      .code = "ErrorFolderExists", .text = "A folder with the specified name already exists.", .values = {}};
}

std::optional<ResponseError> refusal_of_extended_properties(pugi::xml_node node) {
  const SoapRequest nothing{.xml = {}};
  for (const auto property : elements(node)) {
    if (!is(property, kTypesNs, "ExtendedProperty")) continue;
    const auto path = read_path(nothing, child(property, kTypesNs, "ExtendedFieldURI"));
    if (!path) continue;
    if (auto refusal = refusal_of_extended(property, *path)) return refusal;
  }
  return std::nullopt;
}

void name_folders_by_id(const Mailbox& mailbox, pugi::xml_node list) {
  for (auto node : elements(list)) {
    const bool named = is(node, kTypesNs, "DistinguishedFolderId");
    if (!named && !is(node, kTypesNs, "FolderId")) continue;
    const char* id = node.attribute("Id").value();
    const Folder* folder = named ? mailbox.find_distinguished(id) : mailbox.find_folder(id);
    if (folder == nullptr) continue;
    const std::string_view name = node.name();
    const std::string prefix(name.substr(0, name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1));
    node.set_name((prefix + "FolderId").c_str());
    node.remove_children();
    node.attribute("Id").set_value(folder->id.c_str());
    node.remove_attribute("ChangeKey");
    node.append_attribute("ChangeKey").set_value(bare_folder_key().c_str());
  }
}

bool set_folder_property(Folder& folder, pugi::xml_node element) {
  const std::string_view name = local_name(element);
  if (name == "DisplayName") {
    folder.name = text_of(element);
  } else if (name == "FolderClass") {
    folder.folder_class = text_of(element);
  } else if (name == "SearchParameters") {
    folder.search_parameters =
        "<t:SearchParameters" + normalised_attributes(element) + ">" + normalised(element) + "</t:SearchParameters>";
  } else if (name == "ExtendedProperty") {
    const SoapRequest nothing{.xml = {}};
    const auto path = read_path(nothing, child(element, kTypesNs, "ExtendedFieldURI"));
    if (!path) return false;
    folder.set_extended(path->extended.key(), extended_value_xml(element, path->extended.type));
  } else {
    return false;
  }
  return true;
}

}  // namespace mailward::exchange_sim
