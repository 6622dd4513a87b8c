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

/// Streaming notifications of a group of mailboxes (MS-OXWSNTIF). Sees to it that all calls of the group reach the
/// server that holds the subscriptions, over whatever session of the account that subscribed. Reconnects nothing by
/// itself: after whatever ended the listening but a `closed`, an event may have been lost between two machines, and
/// only a sync tells. One thread.
class NotificationStream {
 public:
  /// `anchor` is one mailbox of the group, the same in each of its calls.
  explicit NotificationStream(std::string anchor);

  /// Subscribes in the mailbox of `context` (impersonation); `request` is made a streaming one. Errors: as call(), with
  /// a response message of class Error as a Failure.
  Outcome<std::string> subscribe(Session& session, Subscribe request, const CallContext& context, Deadline deadline,
                                 std::stop_token stop = {});
  /// Ends a subscription, over another session than one that listens.
  Outcome<void> unsubscribe(Session& session, const std::string& subscription, const CallContext& context,
                            Deadline deadline, std::stop_token stop = {});

  struct Listening {
    std::vector<std::string> subscriptions;  ///< at least one
    std::chrono::minutes timeout{30};        ///< 1 to 30
    /// The longest that the server may say nothing; Exchange says at least "alive" about every minute.
    std::chrono::milliseconds silence{150'000};
  };
  using Take = std::function<Outcome<void>(const StreamEvent& event)>;
  /// Gives what is told, as it is told, until the server closes it: then the last was a `closed` or a `missed`. Keeps
  /// the session busy. Errors: as call(): truncated, closed and timed_out where the connection broke or fell silent,
  /// and the taker's.
  Outcome<void> listen(Session& session, const Listening& listening, const CallContext& context, const Take& take,
                       Deadline deadline, std::stop_token stop = {});

  /// The value of X-BackEndOverrideCookie that the server gave; empty before the first subscription.
  const std::string& affinity() const { return affinity_; }

 private:
  CallContext bound(CallContext context) const;
  std::string anchor_;
  std::string affinity_;
};

}  // namespace mailward::ews
