#pragma once

#include "exchange_sim/operations.h"
#include "exchange_sim/subscriptions.h"

namespace mailward::exchange_sim {

/// The events as elements (t:CreatedEvent …), with watermarks or, in a stream, without.
enum class Watermarks { told, none };
void write_events(XmlWriter& xml, const Told& told, Watermarks watermarks);

std::optional<EventKind> event_kind_from(std::string_view name);
ResponseError no_such_subscription();

}  // namespace mailward::exchange_sim
