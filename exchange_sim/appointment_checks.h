#pragma once

#include <optional>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

/// Why an appointment cannot be as it is: its end stands before its beginning, it lasts longer than Exchange's five
/// years, its recurrence never happens, or cannot, or its occurrences would overlap. None for what is no appointment.
std::optional<ResponseError> refusal_of_appointment(const Item& item);

/// Why an occurrence of the series cannot be changed so: it would begin before the one before it or after the one
/// behind it, or overlap with either. Occurrences that were deleted count no more.
std::optional<ResponseError> refusal_of_moving(const Item& master, const Item& occurrence, const Item& changed);

}  // namespace mailward::exchange_sim
