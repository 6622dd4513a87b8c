#include <algorithm>

#include "exchange_sim/mailbox_changes.h"
#include "exchange_sim/operations.h"
#include "exchange_sim/shapes.h"

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

std::expected<NewFolder, SoapFault> read_wish(const SoapRequest& request, pugi::xml_node node) {
  const auto kind = kind_of(local_name(node));
  if (!kind || namespace_of(node) != kTypesNs) {
    return std::unexpected(schema_violation(request.xml, node,
                                            "The element 'Folders' in namespace '" + std::string(kMessagesNs) +
                                                "' has invalid child element '" + std::string(local_name(node)) +
                                                "' in namespace '" + std::string(namespace_of(node)) + "'."));
  }
  if (auto fault = check_sequence(request, node, {"FolderClass?", "DisplayName?", "*"})) {
    return std::unexpected(*std::move(fault));
  }
  NewFolder wish;
  wish.kind = *kind;
  wish.name = text_of(child(node, kTypesNs, "DisplayName"));
  wish.folder_class = text_of(child(node, kTypesNs, "FolderClass"));
  if (wish.folder_class.empty()) wish.folder_class = class_of(*kind);
  for (const auto property : elements(node)) {
    if (!is(property, kTypesNs, "ExtendedProperty")) continue;
    if (!names_hidden(child(property, kTypesNs, "ExtendedFieldURI"))) continue;
    const std::string_view value = text_of(child(property, kTypesNs, "Value"));
    wish.hidden = value == "true" || value == "1";
  }
  return wish;
}

std::optional<ResponseError> refusal_of(const Mailbox& mailbox, std::string_view parent, const NewFolder& wish) {
  if (wish.name.empty()) {
    return ResponseError{.code = "ErrorFolderSavePropertyError",
                         .text = "The folder save operation failed due to invalid property values.",
                         .values = {}};
  }
  const auto beside = mailbox.children(parent);
  if (std::ranges::any_of(beside, [&](const Folder* one) { return equal_ignoring_case(one->name, wish.name); })) {
    return ResponseError{
        .code = "ErrorFolderExists", .text = "A folder with the specified name already exists.", .values = {}};
  }
  return std::nullopt;
}

}  // namespace

/// MS-OXWSFOLD 3.1.4.2. Shape: linkedin-pyexchange (14.3) and Microsoft's documentation of the operation.
OperationResult create_folder(const OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ParentFolderId", "Folders"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto parent = read_target_folder(context, request, child(request.body, kMessagesNs, "ParentFolderId"));
  if (!parent) return std::unexpected(parent.error());
  const auto list = child(request.body, kMessagesNs, "Folders");
  const auto nodes = elements(list);
  if (nodes.empty()) {
    return std::unexpected(schema_violation(
        request.xml, list,
        "The element 'Folders' in namespace '" + std::string(kMessagesNs) + "' has incomplete content."));
  }
  std::vector<NewFolder> wishes;
  for (const auto node : nodes) {
    auto wish = read_wish(request, node);
    if (!wish) return std::unexpected(std::move(wish).error());
    wishes.push_back(*std::move(wish));
  }

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  const std::string parent_id = *parent ? (*parent)->folder->id : std::string();
  for (NewFolder& wish : wishes) {
    if (!*parent) {
      write_error(xml, "CreateFolder", parent->error());
      continue;
    }
    Mailbox& mailbox = context.organisation.contents_of(*(*parent)->mailbox);
    if (const auto refusal = refusal_of(mailbox, parent_id, wish)) {
      write_error(xml, "CreateFolder", *refusal);
      continue;
    }
    const Folder& made = make_folder(mailbox, parent_id, std::move(wish));
    XmlWriter content;
    content.open("m:Folders");
    write_folder(content, mailbox, made, {.additional = {}});
    content.close("m:Folders");
    write_success(xml, "CreateFolder", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
