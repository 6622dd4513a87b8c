#pragma once

#include <string_view>

#include "exchange_sim/operations.h"

/// Meetings between mailboxes: what requests, answers and cancellations do to calendars, as Exchange's calendar
/// attendant does it when they are delivered.
namespace mailward::exchange_sim {

/// The meeting in the calendar, by its UID; null where it is not there. The mailbox is held by the caller.
Item* find_meeting(const Mailbox& mailbox, std::string_view uid);
/// What two of an appointment, a request, an answer and a cancellation have in common: subject, times, place,
/// attendees, UID.
void copy_meeting_fields(const Item& from, Item& to);
/// The meeting of a request, in the calendar by now: tentative, and not answered, where it was not there before.
Item& put_into_calendar(Mailbox& mailbox, const Item& request);

/// A request comes into the calendar, an answer is noted at its attendee, a cancelled meeting is shown as such. The
/// mailbox is held by the caller alone.
void attend_to(Mailbox& mailbox, const Item& message);

/// The organiser's: a cancellation of the meeting, or of one occurrence, for each attendee goes into the outbox.
/// Nothing for what is no meeting, or another's.
void send_meeting_cancellation(OperationContext& context, Mailbox& mailbox, const Item& meeting, std::string_view text);

}  // namespace mailward::exchange_sim
