#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exchange_sim/mailbox.h"

/// What a mailbox answers by itself: out-of-office replies, and those of its rules.
namespace mailward::exchange_sim {

/// To a message's sender, with that subject and no body yet. Null where the message is itself a report or an automatic
/// reply: two mailboxes that answered each other's would never come to an end. The mailbox is held.
std::unique_ptr<Item> begin_automatic_reply(const Mailbox& mailbox, const Item& message, const std::string& sender,
                                            const std::string& subject);

/// What a rule answers with: the template's subject and content (MS-OXORULE 2.2.5.1.2.2). Null as above.
std::unique_ptr<Item> make_rule_reply(const Mailbox& mailbox, const Item& reply_template, const Item& message,
                                      const std::string& sender);

}  // namespace mailward::exchange_sim
