#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "exchange_sim/operations.h"
#include "exchange_sim/people.h"

/// Meetings between mailboxes: what requests, answers and cancellations do to calendars, as Exchange's calendar
/// attendant does it when they are delivered.
namespace mailward::exchange_sim {

/// The meeting in the calendar, by its UID; null where it is not there. The mailbox is held by the caller.
Item* find_meeting(const Mailbox& mailbox, std::string_view uid);
/// What the calendar has of the meeting that a message is about: the meeting, or the one occurrence, which is made for
/// whoever looks. Null where it is not there.
std::shared_ptr<const Item> find_meeting_of(const Mailbox& mailbox, const Item& message);
/// What two of an appointment, a request, an answer and a cancellation have in common: subject, times, place,
/// attendees, UID.
void copy_meeting_fields(const Item& from, Item& to);
/// Changes the meeting that a message is about: the one occurrence, where it is about one (`original` says when that
/// would have begun, as Item::original_start), else all of it. Nothing where that occurrence was deleted.
void change_meeting(Mailbox& mailbox, Item& meeting, Timestamp original, const std::function<void(Item&)>& change);
/// The meeting of a request, in the calendar by now: tentative, and not answered, where it was not there before.
Item& put_into_calendar(Mailbox& mailbox, const Item& request);

/// A request comes into the calendar, an answer is noted at its attendee, a cancelled meeting is shown as such. The
/// mailbox is held by the caller alone.
void attend_to(Mailbox& mailbox, const Item& message);

/// Everyone who is asked to a meeting.
std::vector<Address> attendees_of(const Item& meeting);
/// "Canceled: " and the subject.
std::string cancelled_subject(const Item& meeting);

}  // namespace mailward::exchange_sim
