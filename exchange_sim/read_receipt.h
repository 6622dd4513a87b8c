#pragma once

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

/// Tells the sender that the message was read, where he asked for that; once. Microsoft: IsRead,
/// IsReadReceiptRequested.
void send_read_receipt(OperationContext& context, Mailbox& mailbox, Item& message);
/// He will not be told.
void suppress_read_receipt(Item& message);

}  // namespace mailward::exchange_sim
