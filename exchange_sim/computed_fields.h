#pragma once

#include <optional>
#include <unordered_map>

#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

/// What the store itself makes of an item for one of its fields; none where this item has it not.
using Computed = std::optional<Value> (*)(const ItemView& view);
using ComputedTable = std::unordered_map<FieldId, Computed>;

/// Of t:ResponseObjects: what may be said to an invitation, and to any message.
inline constexpr std::string_view kMeetingAnswers = "<t:AcceptItem/><t:TentativelyAcceptItem/><t:DeclineItem/>";
inline constexpr std::string_view kReplies = "<t:ReplyToItem/><t:ReplyAllToItem/><t:ForwardItem/>";
/// Of an appointment.
std::optional<Value> calendar_responses(const ItemView& view);
/// Those of appointments and meeting mail.
void add_calendar_fields(ComputedTable& table);

}  // namespace mailward::exchange_sim
