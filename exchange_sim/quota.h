#pragma once

#include <optional>

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

ResponseError quota_exceeded();
/// Why the mailbox takes no such item any more: it would be larger than its quota lets it be. The mailbox is held.
std::optional<ResponseError> refusal_of_quota(const Mailbox& mailbox, const Item& item);

}  // namespace mailward::exchange_sim
