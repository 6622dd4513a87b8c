#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exchange_sim/builds.h"
#include "exchange_sim/subscriptions.h"
#include "http/stream.h"

namespace mailward::exchange_sim {

/// What GetStreamingEvents was asked for, and found to be in order.
struct EventsStream {
  std::vector<std::string> ids;
  std::chrono::minutes lasts{30};
  std::shared_ptr<void> held{};  ///< for as long as the stream lasts
};

/// The body of that answer, as recorded: whole envelopes one after another, without declaration or separator. The first
/// has the connection's status alone; those with notifications have none; the last says that it is closed. `book`
/// outlives it.
std::function<http::BodyPiece(http::Connection&)> stream_events(SubscriptionBook& book, EventsStream wish,
                                                                const Build& build, const Clock& clock);

}  // namespace mailward::exchange_sim
