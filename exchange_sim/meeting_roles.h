#pragma once

#include <optional>

#include "exchange_sim/operations.h"

/// Who may do what with a meeting: the one check before every response object (t:AcceptItem, t:CancelCalendarItem,
/// t:ReplyToItem …) is acted upon.
namespace mailward::exchange_sim {

/// Whether the meeting is the mailbox's own. An appointment without an organiser is; a message about one is not.
bool organizes(const Mailbox& mailbox, const Item& meeting);

/// Whether a later request of the organiser has reached the calendar since.
bool is_out_of_date(const Mailbox& mailbox, const Item& request);

/// Why the response object with that element cannot be made of the item: it is of another class, it is the organiser's
/// where only an attendee may (or the other way round), or the meeting was cancelled. Source: Microsoft's list of
/// response codes.
std::optional<ResponseError> refusal_of_response(const ItemRef& ref, std::string_view element);

}  // namespace mailward::exchange_sim
