#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "exchange_sim/mailbox.h"

namespace mailward::exchange_sim {

enum class SubscriptionKind { pull, streaming };

/// What somebody wants to be told of.
struct Subscription {
  SubscriptionKind kind = SubscriptionKind::pull;
  std::string id;
  std::string account;                  ///< who subscribed: nobody else may ask
  const Mailbox* subscriber = nullptr;  ///< the same, by his mailbox; null: he has none
  Mailbox* mailbox = nullptr;
  bool all_folders = false;
  std::set<std::string, std::less<>> folders;  ///< ids
  std::set<EventKind> kinds;
  std::uint64_t told = 0;    ///< the change up to which it was told
  std::uint64_t stream = 0;  ///< the number of the stream that is told of it
  std::chrono::minutes timeout{30};
  MonotonicTime used{};
};

/// Subscriptions of all mailboxes, as the mailbox servers keep them. Thread-safe.
class SubscriptionBook {
 public:
  explicit SubscriptionBook(const Clock& clock) : clock_(clock) {}

  /// Gives it an id; none where the subscriber (the account, with impersonation the mailbox) has `most` already.
  std::optional<std::string> add(Subscription subscription, std::size_t most = SIZE_MAX);
  /// A copy; none where there is none, or it was not used for its timeout. Counts as use.
  std::optional<Subscription> find(std::string_view id);
  void set_told(std::string_view id, std::uint64_t change);
  /// The same, by a stream; false where it is another's by now, and nothing was noted.
  bool set_told(std::string_view id, std::uint64_t change, std::uint64_t stream);
  /// A new stream, told of these from now on in place of any that was. Its number.
  std::uint64_t begin_stream(const std::vector<std::string>& ids);
  /// Whether there was one.
  bool remove(std::string_view id);
  /// All of one mailbox.
  void remove_of(const Mailbox& mailbox);
  std::size_t count() const;

 private:
  void drop_expired();

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Subscription, std::less<>> subscriptions_;
  std::uint64_t streams_ = 0;
};

/// The mailbox's events that it wants, from after `told` on, at most so many. The mailbox is held by the caller.
struct Told {
  std::vector<const Event*> events;
  std::uint64_t reached = 0;  ///< up to which it is told with them
  bool more = false;
};
Told events_for(const Subscription& subscription, std::uint64_t told, std::size_t most);

}  // namespace mailward::exchange_sim
