#pragma once

#include <string>

#include "exchange_sim/item.h"
#include "exchange_sim/mailbox.h"

namespace mailward::exchange_sim {

/// Fills an appointment from the first event of an iCalendar object (RFC 5545), as Exchange reads MimeContent of a
/// t:CalendarItem: subject, place, text, times (of the object's own time zones, or of Windows' by name), whole days,
/// busy status, sensitivity, importance, categories, people, reminder, recurrence rule with what was deleted and
/// changed of it (1,000 at most). A series keeps its hour in the zone of Windows that is meant or does the same. Its
/// bytes are not kept: what is read again is made from properties. False where it is no calendar, holds no event,
/// recurs as nothing does in Exchange, or more than 4 MB.
bool fill_from_calendar(Item& item, const Mailbox& mailbox, const std::string& bytes);

}  // namespace mailward::exchange_sim
