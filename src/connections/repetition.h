#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "ews/failure.h"
#include "ews/operations/response.h"
#include "ews/throttling.h"

namespace mailward::connections {

/// What a caller lets the gate send again where the answer was lost, so that nobody knows whether it was executed. The
/// table of operations (ews/operations/table.h) is the limit: what may make, send or add a thing twice is never sent
/// again, whatever the caller says.
enum class Repeat {
  never,
  harmless,    ///< where it changes nothing
  converging,  ///< also where done twice is as done once: the caller takes "not found" and "exists" for done
};

/// Whether that operation may be sent again after its answer was lost.
bool may_send_again(std::string_view operation, Repeat repeat);

/// Whether the same request would be taken later. A search that finds too much, or one subscription too many, will be
/// refused then as well.
bool waiting_helps(const ews::Throttling& throttling);

/// Whether the failure may be over by itself in a while: a server that is busy, restarting or silent, a connection that
/// broke. A 401 counts among them: of a proven password it is held against the directory first.
bool is_passing(const ews::Failure& failure, Timestamp now);

/// How long to wait before a request whose answer was lost goes out for the `number`th time more (from 1): short, twice
/// as long each time, and never twice the same, so that many do not come back together.
std::chrono::milliseconds pause_before(unsigned number);

/// Bounds what repetitions add to the load of a server that loses answers: one for ten calls, and a few that are saved
/// up. Not thread-safe.
class RepetitionBudget {
 public:
  /// A call has begun.
  void earn();
  /// One repetition; false where none is left.
  bool spend();

 private:
  static constexpr unsigned kPrice = 10;
  static constexpr unsigned kMost = 10 * kPrice;
  unsigned saved_ = kMost;
};

/// The first response message by which the server says that it is too busy. Those after it may have been executed.
template <typename Response>
std::optional<std::size_t> first_busy(const Response& response, Timestamp now) {
  for (std::size_t at = 0; at < response.messages.size(); ++at) {
    const ews::ResponseStatus& status = response.messages[at].status;
    if (status.ok() || !ews::is_throttling(status.said.code)) continue;
    const auto throttling = ews::throttling_of(ews::failure_of(status), now);
    if (throttling && waiting_helps(*throttling)) return at;
  }
  return std::nullopt;
}

/// Whether nothing of a batch was done.
template <typename Response>
bool nothing_done(const Response& response) {
  return std::ranges::none_of(response.messages, [](const auto& message) { return message.status.ok(); });
}

}  // namespace mailward::connections
