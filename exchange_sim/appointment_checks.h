#pragma once

#include <optional>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

/// Why an appointment cannot be as it is: its end stands before its beginning, it lasts longer than Exchange's five
/// years, or its recurrence never happens, or cannot. None for what is no appointment.
std::optional<ResponseError> refusal_of_appointment(const Item& item);

}  // namespace mailward::exchange_sim
