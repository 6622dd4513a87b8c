#pragma once

#include <optional>

#include "exchange_sim/operations.h"
#include "exchange_sim/property_path.h"

/// Extended properties that cannot be. Source: Microsoft's documentation of ExtendedFieldURI and of the response codes.
namespace mailward::exchange_sim {

/// Why nothing can have a property of that name: its attributes do not go together, its tag is of the range that each
/// database numbers for itself, or its type is none that EWS carries. None for a path of another kind.
std::optional<ResponseError> refusal_of_path(const PropertyPath& path);

/// Why t:ExtendedProperty cannot be written: its name, or a value that its type cannot have.
std::optional<ResponseError> refusal_of_extended(pugi::xml_node property, const PropertyPath& path);

}  // namespace mailward::exchange_sim
