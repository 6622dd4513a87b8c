#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exchange_sim/mailbox.h"

/// Out-of-office settings (MS-OXWOOF): kept as what t:OofSettings holds, in an associated item of the inbox.
namespace mailward::exchange_sim {

/// What t:OofSettings holds; that of a mailbox where nobody ever set any is switched off. The mailbox is held.
std::string oof_settings(const Mailbox& mailbox);
/// Replaces them, and forgets to whom it was answered before.
void set_oof_settings(Mailbox& mailbox, const std::string& xml);
/// The reply to those inside that is due at this moment, HTML; none where it is off, or not now.
std::optional<std::string> oof_reply(const Mailbox& mailbox);

/// The automatic reply to a message that was just delivered, or null: the settings are off, its sender had one already,
/// or it is itself a report or an automatic reply. Remembers the sender.
std::unique_ptr<Item> make_oof_reply(Mailbox& mailbox, const Item& message, const std::string& sender);

}  // namespace mailward::exchange_sim
