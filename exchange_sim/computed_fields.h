#pragma once

#include <optional>
#include <unordered_map>

#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

/// What the store itself makes of an item for one of its fields; none where this item has it not.
using Computed = std::optional<Value> (*)(const ItemView& view);
using ComputedTable = std::unordered_map<FieldId, Computed>;

/// Those of appointments and meeting mail.
void add_calendar_fields(ComputedTable& table);

}  // namespace mailward::exchange_sim
