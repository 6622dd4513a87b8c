#pragma once

#include "exchange_sim/soap.h"

namespace mailward::exchange_sim {

/// Makes UTC of the times in a request that name no zone: starts, ends, due dates and their like, the bounds of views,
/// and what restrictions compare. Those of a calendar item are of the StartTimeZone and EndTimeZone in its element
/// (MeetingTimeZone where it has neither), all others of t:TimeZoneContext; where there is none they are UTC. A new
/// appointment keeps that zone as its StartTimeZone. A zone that Windows does not know by that name is UTC. The days of
/// a recurrence are UTC's (recorded: garethp-php-ews 15.2.1748). Source: Microsoft, "Time zones and EWS in Exchange".
void resolve_local_times(const SoapRequest& request);

}  // namespace mailward::exchange_sim
