#pragma once

#include <optional>

#include "exchange_sim/operations.h"
#include "exchange_sim/property_path.h"

/// Properties by which nothing can be looked for or put in order. Source: Microsoft's list of response codes; which
/// properties these are stands in the field table.
namespace mailward::exchange_sim {

/// Why no restriction of that element ("Contains", "IsEqualTo") may name the property.
std::optional<ResponseError> refusal_of_restricting(const PropertyPath& path, std::string_view expression);
/// Why nothing can be sorted or grouped by the property.
std::optional<ResponseError> refusal_of_ordering(const PropertyPath& path);

}  // namespace mailward::exchange_sim
