#pragma once

#include <memory>
#include <optional>

#include "exchange_sim/operations.h"

/// How an item leaves: what SendItem, CreateItem and UpdateItem have in common.
namespace mailward::exchange_sim {

/// Why it cannot be sent: nobody to send it to, a recipient without a usable address, or a sender in whose name the
/// caller may not write (his own addresses, and those of mailboxes whose delegate he is). None: it can.
std::optional<ResponseError> refusal_to_send(const OperationContext& context, const Item& item);
/// The same of what is sent in the name of the mailbox's owner, as meeting requests out of his calendar are.
std::optional<ResponseError> refusal_to_send_for(const OperationContext& context, const Mailbox& owner);
/// The same of an appointment in the mailbox, whose attendees are to be told of it: an attendee without a usable
/// address, a calendar out of which the caller may not send. None also where there are no attendees.
std::optional<ResponseError> refusal_to_invite(const OperationContext& context, const Mailbox& mailbox,
                                               const Item& appointment);
/// Makes the item a sent one, by the caller for whom it says it is from, and puts its submission into the outbox. It
/// stays where it is.
void send_item_now(OperationContext& context, Mailbox& mailbox, Item& item);
/// t:ReplyToItem, t:ReplyAllToItem, t:ForwardItem: the new message. Errors: those of the item it refers to.
std::expected<std::unique_ptr<Item>, ResponseError> make_reply(const OperationContext& context, pugi::xml_node node);
bool is_reply(std::string_view element);

/// t:AcceptItem, t:TentativelyAcceptItem, t:DeclineItem: the answer goes to the organiser, the request to the deleted
/// items, the meeting into the calendar. The meeting, or none where it was declined. Errors: those of the item it
/// refers to.
std::expected<ItemRef, ResponseError> respond_to_meeting(OperationContext& context, pugi::xml_node node,
                                                         std::string_view disposition);
bool is_meeting_response(std::string_view element);

}  // namespace mailward::exchange_sim
