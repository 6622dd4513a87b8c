#pragma once

#include <functional>
#include <stop_token>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace mailward::ews {

/// What became of a credential that was to be shown to a proxy.
enum class ProxyVerdict {
  taken,     ///< it gave the tunnel
  refused,   ///< it answered 407
  unjudged,  ///< nothing was shown, or what it answered says nothing of the credential
  silent,    ///< it was shown, and no answer came in time
  cut_off,   ///< it was shown, and the connection ended without an answer
};

/// One showing of a credential to a proxy, from before the connection until the proxy has answered. Its witness is told
/// once what came of it; where this object goes before, nothing was shown.
class ProxyTry {
 public:
  using Told = std::move_only_function<void(ProxyVerdict)>;
  /// Nobody watches.
  ProxyTry() = default;
  explicit ProxyTry(Told told) : told_(std::move(told)) {}
  ~ProxyTry() { ended(ProxyVerdict::unjudged); }
  ProxyTry(ProxyTry&& other) noexcept : told_(std::exchange(other.told_, nullptr)) {}
  ProxyTry& operator=(ProxyTry&&) = delete;

  /// The first word counts.
  void ended(ProxyVerdict verdict) {
    if (auto told = std::exchange(told_, nullptr)) told(verdict);
  }

 private:
  Told told_;
};

/// Asked before each connection on which a credential is shown to the proxy; may wait for others to end theirs. Errors:
/// why it may not be shown now; BaseError's timed_out and cancelled.
using ProxyWitness = std::function<Result<ProxyTry>(Deadline deadline, const std::stop_token& stop)>;

}  // namespace mailward::ews
