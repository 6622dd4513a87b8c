#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "ews/failure.h"

namespace mailward::ews {

/// That the server wants less of us, in whichever way it said so. Waiting is the caller's.
struct Throttling {
  /// Where it stood: a SOAP fault (HTTP 500), a response message (HTTP 200), or bare HTTP.
  enum class Shape { fault, response_message, http_status };
  enum class Reason {
    busy,            ///< the account's budget is spent, or the server is loaded (ErrorServerBusy)
    connections,     ///< too many calls at a time (ErrorExceededConnectionCount)
    subscriptions,   ///< too many subscriptions
    too_much_found,  ///< a search that gives more than the server will make
    open_objects,    ///< too many objects open in the store
    unavailable,     ///< HTTP 503: overload, but also a server that is being taken out, and some dead credentials
  };
  Shape shape = Shape::http_status;
  Reason reason = Reason::unavailable;
  /// How long the server wants to be left alone, at most an hour. None: it did not say; ErrorExceededConnectionCount
  /// never does, for it is over when one of the calls ends.
  std::optional<std::chrono::milliseconds> back_off{};
  std::string policy{};                 ///< ErrorExceededConnectionCount: the policy's name
  std::optional<std::int64_t> limit{};  ///< and how many it allows
};

/// What the failure says of throttling; nothing where it is none. `now` is for a Retry-After that names a moment.
std::optional<Throttling> throttling_of(const Failure& failure, Timestamp now);

}  // namespace mailward::ews
