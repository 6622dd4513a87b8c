#pragma once

#include <string>

#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

/// An appointment as Exchange writes it for IncludeMimeContent (RFC 5545), or what a meeting's message tells a calendar
/// (RFC 5546). Its time zone is described within: the appointment's own, else UTC. Lines of any length are folded.
std::string calendar_text(const ItemView& view);

/// REQUEST, REPLY or CANCEL of a meeting's messages, on which calendars act; empty for all else.
std::string_view scheduling_method(ItemKind kind);

/// Without line ends and NUL.
std::string one_line(std::string text);

}  // namespace mailward::exchange_sim
