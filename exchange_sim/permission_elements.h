#pragma once

#include <expected>

#include "exchange_sim/operations.h"
#include "exchange_sim/permissions.h"

/// t:PermissionSet, between its element and what it grants.
namespace mailward::exchange_sim {

/// Against the schema's sequences and enumerations.
std::optional<SoapFault> check_permission_set(const SoapRequest& request, pugi::xml_node element);
/// Of a set that was checked. Who is named must be known to the organisation, and named once; what stands beside a
/// level must not contradict it.
std::expected<PermissionSet, ResponseError> read_permission_set(const Organisation& organisation, FolderKind kind,
                                                                pugi::xml_node element);
/// Default and Anonymous in front, also where nobody set them.
void write_permission_set(XmlWriter& xml, const Organisation& organisation, const Folder& folder);

}  // namespace mailward::exchange_sim
