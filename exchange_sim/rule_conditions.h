#pragma once

#include <pugixml.hpp>

#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {

enum class Fit { holds, fails, unknown };

/// Whether the mailbox's owner, by any of his addresses, stands in To or Cc.
bool is_to_or_cc_owner(const ItemView& view);

/// One condition of t:Conditions or t:Exceptions, as it stands there.
Fit rule_condition(const ItemView& view, pugi::xml_node condition);

}  // namespace mailward::exchange_sim
