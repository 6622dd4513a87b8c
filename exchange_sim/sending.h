#pragma once

#include <memory>
#include <optional>

#include "exchange_sim/operations.h"

/// How an item leaves: what SendItem, CreateItem and UpdateItem have in common.
namespace mailward::exchange_sim {

/// Why it cannot be sent: nobody to send it to, a recipient without a usable address, or a sender in whose name the
/// mailbox's owner may not write (his own addresses, and those of mailboxes whose delegate he is). None: it can.
std::optional<ResponseError> refusal_to_send(const OperationContext& context, const Mailbox& mailbox, const Item& item);
/// The same of an appointment whose attendees are to be asked: an attendee without a usable address.
std::optional<ResponseError> refusal_to_invite(const Item& appointment);
/// Makes the item a sent one of the mailbox's owner and puts its submission into the outbox. It stays where it is.
void send_item_now(OperationContext& context, Mailbox& mailbox, Item& item);
/// A meeting request for each attendee of an appointment goes into the outbox.
void send_meeting_request(OperationContext& context, Mailbox& mailbox, Item& appointment);

/// t:ReplyToItem, t:ReplyAllToItem, t:ForwardItem: the new message. Errors: those of the item it refers to.
std::expected<std::unique_ptr<Item>, ResponseError> make_reply(const OperationContext& context, pugi::xml_node node);
bool is_reply(std::string_view element);

/// t:AcceptItem, t:TentativelyAcceptItem, t:DeclineItem: the answer goes to the organiser, the request to the deleted
/// items, the meeting into the calendar. The meeting, or null where it was declined. Errors: those of the item it
/// refers to.
std::expected<const Item*, ResponseError> respond_to_meeting(OperationContext& context, pugi::xml_node node,
                                                             std::string_view disposition);
bool is_meeting_response(std::string_view element);

}  // namespace mailward::exchange_sim
