#pragma once

#include <string>

#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

/// An appointment as Exchange writes it for IncludeMimeContent (RFC 5545), its time zone described within: the
/// appointment's own, else UTC. Lines of any length are folded.
std::string calendar_text(const ItemView& view);

/// Without line ends and NUL.
std::string one_line(std::string text);

}  // namespace mailward::exchange_sim
