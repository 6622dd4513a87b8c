#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connections/mailbox_group.h"
#include "ews/notification_stream.h"

namespace mailward::connections {

/// The subscriptions of a group of mailboxes, over all the sessions on which they are listened to one after another.
/// Internal to the gate. One thread.
class GroupListening {
 public:
  /// Both are used as long as it lives.
  GroupListening(const MailboxGroup& group, const TakeNews& take);

  /// Asked whenever the server says something, if only that it is alive; `first`: the connection has been opened. An
  /// error ends the listening.
  using Heard = std::function<Status(bool first)>;
  /// Subscribes what has no subscription, and listens until the server closes the connection. A subscription that the
  /// server has lost ends it well as well. Errors: what ended it otherwise, the taker's and those of `heard`, or why no
  /// mailbox at all could be subscribed.
  ews::Outcome<void> go_on(ews::Session& session, const Heard& heard, const std::stop_token& stop);
  /// Whether the last go_on() came so far that it asked for the stream.
  bool was_asked() const { return asked_; }
  /// Whether the taker ended it.
  bool refused() const { return refused_; }

 private:
  struct Member {
    std::string subscription{};  ///< empty: none
    bool needs_sync = true;
  };
  ews::Outcome<void> subscribe(ews::Session& session, const std::stop_token& stop);
  ews::Outcome<void> hear(const ews::StreamEvent& event, const Heard& heard);
  ews::Outcome<void> ask_for_syncs();
  ews::Outcome<void> tell(const MailboxNews& news);
  void forget(const std::vector<std::string>& subscriptions);
  std::size_t place_of(const std::string& subscription) const;
  ews::CallContext in_mailbox(std::size_t place) const;

  const MailboxGroup& group_;
  const TakeNews& take_;
  ews::NotificationStream stream_;
  std::vector<Member> members_;
  std::chrono::minutes timeout_{};
  bool asked_ = false;
  bool open_ = false;
  bool lost_ = false;  ///< a subscription, in this go
  bool refused_ = false;
};

}  // namespace mailward::connections
