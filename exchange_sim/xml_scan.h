#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exchange_sim/xml_reading.h"

namespace mailward::exchange_sim {

/// Reads a request once before any tree is built: limits, which pugixml has not, and whatever pugixml lets pass but
/// .NET's reader does not: characters that XML forbids (raw or as a reference), bytes that are no UTF-8, unknown
/// entities, DTDs, tags that do not match, more than one root. None: nothing of these.
std::optional<XmlTrouble> scan_xml(std::string_view text, const XmlLimits& limits);

/// Where the byte at this offset stands.
XmlPlace place_in(std::string_view text, std::size_t offset);
/// As .NET's reader ends what it says.
XmlTrouble trouble_at(std::string_view text, std::size_t offset, std::string words);

}  // namespace mailward::exchange_sim
