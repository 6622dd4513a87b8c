#pragma once

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

enum class Transfer { move, copy };

/// The item where it is afterwards. What goes to another mailbox is made anew there, with the same PidTagSearchKey, by
/// which it can be found again. Both mailboxes are held alone.
Item& transfer(const OperationContext& context, const ItemRef& ref, const FolderRef& to, Transfer how);

}  // namespace mailward::exchange_sim
