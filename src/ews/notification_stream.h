#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "ews/operations/get_streaming_events.h"
#include "ews/operations/subscribe.h"
#include "ews/soap.h"

namespace mailward::ews {

/// One thing that a streaming connection told.
struct StreamEvent {
  enum class Kind {
    opened,        ///< the server has taken the subscriptions up
    alive,         ///< nothing happened, and the connection stands
    notification,  ///< `notification` says what changed, as a hint
    missed,        ///< of `subscriptions` events were or will be missed: to be subscribed anew, and synced
    closed,        ///< the time agreed on is over; the subscriptions live on, and may be listened to again
  };
  Kind kind = Kind::alive;
  Notification notification{};
  std::vector<std::string> subscriptions{};
  ServerWords said{};  ///< of missed
};

/// Streaming notifications of a group of mailboxes over one session (MS-OXWSNTIF), which it keeps busy while it
/// listens. Sees to it that all calls of the group reach the server that holds the subscriptions. Reconnects nothing by
/// itself: after whatever ended the listening but a `closed`, an event may have been lost between two machines, and
/// only a sync tells. One thread.
class NotificationStream {
 public:
  /// Subscribes and listens on `session`. `anchor` is one mailbox of the group, the same in each of its calls.
  NotificationStream(Session& session, std::string anchor);

  /// Subscribes in the mailbox of `context` (impersonation); `request` is made a streaming one. Errors: as call(), with
  /// a response message of class Error as a Failure.
  Outcome<std::string> subscribe(Subscribe request, const CallContext& context, Deadline deadline,
                                 std::stop_token stop = {});
  /// Ends a subscription, over another session where this one listens.
  Outcome<void> unsubscribe(Session& session, const std::string& subscription, const CallContext& context,
                            Deadline deadline, std::stop_token stop = {});

  struct Listening {
    std::vector<std::string> subscriptions;  ///< at least one
    std::chrono::minutes timeout{30};        ///< 1 to 30
    /// The longest that the server may say nothing; Exchange says at least "alive" about every minute.
    std::chrono::milliseconds silence{150'000};
  };
  using Take = std::function<Outcome<void>(const StreamEvent& event)>;
  /// Gives what is told, as it is told, until the server closes it: then the last was a `closed` or a `missed`. Errors:
  /// as call(): truncated, closed and timed_out where the connection broke or fell silent, and the taker's. The
  /// context's account must be the one that subscribed.
  Outcome<void> listen(const Listening& listening, const CallContext& context, const Take& take, Deadline deadline,
                       std::stop_token stop = {});

  /// The value of X-BackEndOverrideCookie that the server gave; empty before the first subscription.
  const std::string& affinity() const { return affinity_; }

 private:
  CallContext bound(CallContext context) const;
  Session& session_;
  std::string anchor_;
  std::string affinity_;
};

}  // namespace mailward::ews
