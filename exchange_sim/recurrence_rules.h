#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailward::exchange_sim {

/// The same rule in RFC 5545's words (RRULE's value); empty for what Recurrence::read does not understand.
std::string recurrence_rule(std::string_view inner);

/// What t:Recurrence holds for an RRULE of a series that begins on that day ("2026-12-01"). None for a rule that
/// Exchange knows no pattern for (MS-OXCICAL 2.1.3.2.2): by second, minute or hour, by day of the year, by position in
/// a set of several.
std::optional<std::string> recurrence_inner(const std::string& rule, std::string_view start_date);

}  // namespace mailward::exchange_sim
