#pragma once

#include <optional>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

/// A task's status, percentage and date of completion say the same: after a change of the property with that URI the
/// others follow it (Microsoft: CompleteDate). Errors: ErrorInvalidPercentCompleteValue.
std::optional<ResponseError> settle_task(Item& task, std::string_view uri, Timestamp now);

}  // namespace mailward::exchange_sim
