#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "exchange_sim/field_table.h"
#include "exchange_sim/soap.h"

/// EWS's schema grew with each release of Exchange. A request is held to the one that its RequestServerVersion names,
/// and its answer keeps to that one (Microsoft: Versioning Requests). Which release brought what: Microsoft's reference
/// of elements and operations, and the versions that its Managed API asks for.
namespace mailward::exchange_sim {

/// In the order of request_versions() (builds.h).
enum class SchemaVersion : std::uint8_t {
  exchange2007,
  exchange2007_sp1,
  exchange2010,
  exchange2010_sp1,
  exchange2010_sp2,
  exchange2013,
  exchange2013_sp1,
  exchange2016,
};

/// That of a request with this RequestServerVersion/@Version; without one, or with one that is none, the first.
SchemaVersion schema_version(std::string_view request_version);

/// The first that has the property.
SchemaVersion first_with(FieldId field);
/// The same of a FieldURI of any kind.
SchemaVersion first_with(std::string_view field_uri);

/// What of a request (its operation, paths, named folders, elements, attributes) no schema up to its own has: refused
/// as ErrorIncorrectSchemaVersion where the build knows it, as a breach of the schema where it does not.
std::optional<SoapFault> beyond_its_schema(const Build& build, const SoapRequest& request);

}  // namespace mailward::exchange_sim
