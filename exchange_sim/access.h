#pragma once

#include <optional>

#include "exchange_sim/item_values.h"
#include "exchange_sim/operations.h"
#include "exchange_sim/permissions.h"

/// What the caller may do in a folder and with an item: the one place that decides it, for his own mailbox, for
/// another's and for public folders. The mailbox is held by whoever asks.
namespace mailward::exchange_sim {

/// Everything in his own mailbox, and in one to which he has full access; elsewhere what the folder's permissions grant
/// him: his own entry, else what the lists that he is in have together, else everyone's (MS-OXCPERM 2.2.1).
FolderRights rights_in(const OperationContext& context, const Mailbox& mailbox, const Folder& folder);

/// The item as the caller sees it.
ItemView view_of(const OperationContext& context, const Mailbox& mailbox, const Item& item);
ItemRights rights_on(const OperationContext& context, const Mailbox& mailbox, const Item& item);

/// Whether the caller may see what is private in the mailbox: a delegate only where the owner said so.
bool sees_private(const OperationContext& context, const Mailbox& mailbox);

/// Whether the mailbox is the caller's, or he has full access to it.
bool opens(const OperationContext& context, const Mailbox& mailbox);
/// Whether the caller knows of the folder at all.
bool may_see(const OperationContext& context, const Mailbox& mailbox, const Folder& folder);
/// Whether the caller is shown the item among others of a folder that he may read: what is private, only where he may
/// see that.
bool may_see(const OperationContext& context, const Mailbox& mailbox, const Item& item);

/// Why the folder or the item cannot be used so; none: it can. What the caller does not know of is not there; what he
/// knows and may not do is denied (Microsoft: Handling delegation-related errors in EWS).
std::optional<ResponseError> refusal_of_use(const OperationContext& context, const Mailbox& mailbox,
                                            const Folder& folder, FolderUse use);
std::optional<ResponseError> refusal_of_use(const OperationContext& context, const Mailbox& mailbox, const Item& item,
                                            ItemUse use);

/// Whose name stands at what the caller makes: his own, where he has a mailbox; else the mailbox's.
const Mailbox& acting(const OperationContext& context, const Mailbox& mailbox);

}  // namespace mailward::exchange_sim
