#pragma once

#include <string_view>
#include <vector>

#include "exchange_sim/operations.h"
#include "exchange_sim/people.h"

/// What an organiser's calendar sends to attendees: requests, updates, cancellations.
namespace mailward::exchange_sim {

/// Whether a copy stays in Sent Items.
enum class CopySaved { no, yes };
/// A meeting request for each attendee of an appointment goes into the outbox.
void send_meeting_request(OperationContext& context, Mailbox& mailbox, Item& appointment, CopySaved saves);
/// Who of those who stay get an update.
enum class Updated { all, nobody };
/// After an appointment was changed that `before` were asked to: those who are no more asked get a cancellation, those
/// who are new a request, the others an update or nothing (MS-OXWSMTGS 2.2.5.3). The first time, all a request.
void send_meeting_update(OperationContext& context, Mailbox& mailbox, Item& appointment,
                         const std::vector<Address>& before, Updated updated, CopySaved saves);

/// The organiser's: a cancellation of the meeting, or of one occurrence, for these attendees goes into the outbox.
/// Nothing for what is no meeting, or another's.
void send_meeting_cancellation(OperationContext& context, Mailbox& mailbox, const Item& meeting,
                               const std::vector<Address>& attendees, std::string_view text);

}  // namespace mailward::exchange_sim
