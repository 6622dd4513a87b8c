#pragma once

#include "exchange_sim/operations.h"
#include "exchange_sim/property_path.h"

/// Folders as clients write them.
namespace mailward::exchange_sim {

/// t:Folder and its kinds, as a wish. The fault is what Exchange's validator says.
std::expected<NewFolder, SoapFault> read_new_folder(const SoapRequest& request, pugi::xml_node node);
/// Whether a folder may be called so below that parent; `itself` is the folder that is renamed or moved, or null.
std::optional<ResponseError> refusal_of_name(const Folder& parent, std::string_view name, const Folder* itself);
/// Why the folder's class cannot become that text: whose kind it says another is.
std::optional<ResponseError> refusal_of_class(const Folder& folder, std::string_view folder_class);
/// Why a new folder of that element cannot be made so: a typed one whose class is named (Microsoft's list of response
/// codes).
std::optional<ResponseError> refusal_of_new_class(pugi::xml_node node);
/// Why the extended properties of the folder's element cannot be written. The request was checked against the schema.
std::optional<ResponseError> refusal_of_extended_properties(pugi::xml_node node);
/// In the request itself: default folders of that mailbox that `list` names become ids with a change key without a
/// number, as Exchange keeps what rules and search folders name (recorded: Microsoft's documentation of GetInboxRules).
void name_folders_by_id(const Mailbox& mailbox, pugi::xml_node list);
/// One property's element, as it stands in a folder. False: that property cannot be set.
bool set_folder_property(Folder& folder, pugi::xml_node element);

}  // namespace mailward::exchange_sim
