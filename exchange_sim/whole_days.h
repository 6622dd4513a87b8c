#pragma once

#include "exchange_sim/item.h"

namespace mailward::exchange_sim {

/// Moves an all-day event's start back to midnight and its end on to one, in its own time zone; a day at least. Leaves
/// all else as it is. Source: Microsoft, "Create all-day events by using EWS in Exchange".
void settle_whole_days(Item& item);

}  // namespace mailward::exchange_sim
