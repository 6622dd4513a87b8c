#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

/// Simple values as requests spell them.
namespace mailward::exchange_sim {

/// xs:dateTime or xs:date; without a zone it is taken as UTC.
std::optional<Timestamp> parse_ews_time(std::string_view text);
/// xs:int, blanks around it allowed.
std::optional<int> read_int(std::string_view text);
/// xs:base64Binary: line ends and blanks within are allowed.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace mailward::exchange_sim
