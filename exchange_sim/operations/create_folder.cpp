#include "exchange_sim/folder_reading.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// What a new folder gets besides its name.
void set_rest(Folder& folder, pugi::xml_node node) {
  for (const auto element : elements(node)) {
    const std::string_view name = local_name(element);
    if (name == "PermissionSet" || name == "SearchParameters") set_folder_property(folder, element);
  }
}

}  // namespace

/// MS-OXWSFOLD 3.1.4.2. Shape: linkedin-pyexchange (14.3) and Microsoft's documentation of the operation.
OperationResult create_folder(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ParentFolderId", "Folders"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto parent = read_target_folder(context, request, child(request.body, kMessagesNs, "ParentFolderId"));
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
    Mailbox& mailbox = *(*parent)->mailbox;
    Folder& above = *(*parent)->folder;
    if (const auto refusal = refusal_of_name(above, wishes[i].name, nullptr)) {
      write_error(xml, "CreateFolder", *refusal);
      continue;
    }
    Folder& made = mailbox.make_folder(&above, std::move(wishes[i]));
    set_rest(made, nodes[i]);
    XmlWriter content;
    content.open("m:Folders");
    write_folder(content, mailbox, made, {});
    content.close("m:Folders");
    write_success(xml, "CreateFolder", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
