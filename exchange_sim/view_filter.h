#pragma once

#include <array>
#include <string_view>

#include "base/clock.h"
#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

/// t:ViewFilterType.
inline constexpr std::array<std::string_view, 10> kViewFilters{
    "All",        "Flagged",     "HasAttachment", "ToOrCcMe",  "Unread",
    "TaskActive", "TaskOverdue", "TaskCompleted", "NoClutter", "Clutter"};

/// Whether a view with that filter shows the item, now. Empty is All. A message's task is its flag for follow-up
/// (likely); nothing here is Clutter. Source: Microsoft, FindConversation (EWS reference).
bool shows(std::string_view filter, const ItemView& view, Timestamp now);

}  // namespace mailward::exchange_sim
