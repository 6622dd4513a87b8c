#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ews/failure.h"
#include "ews/operations/notification.h"
#include "ews/operations/subscribe.h"

namespace mailward::connections {

/// Mailboxes that are listened to over one connection (MS-OXWSNTIF): Exchange keeps ten such connections for an
/// account, and takes as many mailboxes on each as its documentation names, 200.
struct MailboxGroup {
  static constexpr std::size_t kMost = 200;

  std::vector<std::string> mailboxes;  ///< SMTP addresses, 1 to kMost
  ews::Subscribe what{};               ///< which folders and events; always streaming
  /// How long one connection lasts, 1 to 30. Shorter where a mailbox is to be tried again.
  std::chrono::minutes timeout{30};
  /// The longest that the server may say nothing; Exchange says at least "alive" about every minute.
  std::chrono::milliseconds silence{150'000};
};

/// What Gate::listen tells. Hints come at once and may be lost with a connection; then a sync is asked for, which tells
/// the truth: whoever syncs when told to, and at every hint, misses nothing.
struct MailboxNews {
  enum class Kind {
    sync,         ///< anything may have changed in the mailbox; what happens from now on is listened for
    changed,      ///< `events` say where it changed
    unheard,      ///< the mailbox is not listened to, for `failure`; it is tried again in some minutes
    interrupted,  ///< no mailbox is listened to for the moment, for `failure`; the next is a `sync` for each
  };
  Kind kind = Kind::sync;
  std::size_t mailbox = 0;  ///< its place in the group
  std::vector<ews::Event> events{};
  std::optional<ews::Failure> failure{};
};
using TakeNews = std::function<ews::Outcome<void>(const MailboxNews& news)>;

}  // namespace mailward::connections
