#pragma once

#include <optional>
#include <string>

#include "base/digest.h"
#include "exchange_sim/front_end.h"

namespace mailward::exchange_sim {

/// One request on its way to its answer.
struct FrontEnd::Exchange {
  const http::Request& request;
  http::Connection& connection;
  VirtualDirectory directory;
  RequestRecord record;
  std::optional<SignedIn> who{};
  std::optional<EventsStream> stream{};          ///< what the answer's body becomes
  std::shared_ptr<Throttling::Permit> permit{};  ///< to be asked at all
  std::string request_id = random_uuid();
  std::filesystem::path kept{};  ///< where its answer is recorded
};

}  // namespace mailward::exchange_sim
