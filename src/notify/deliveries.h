#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/net.h"
#include "base/pool.h"
#include "db/database.h"
#include "notify/attempt.h"
#include "notify/channels.h"
#include "notify/outbox.h"

namespace mailward::notify {

/// Sends what is due. Each channel on a thread of its own pool while something is due by it, one message at a time, so
/// that a slow relay holds up nothing but itself. Thread-safe.
///
/// A message is sent again after a kill only where that fell between the other side's yes and our commit, and then with
/// the same Message-ID or Idempotency-Key.
class Deliveries {
 public:
  struct Parts {
    db::Database& database;
    Channels& channels;
    const Resolver& resolver;
    DestinationPolicy destinations;
    const Clock& clock;
    /// Whether that owner of a subscription (a user's id) may still hear of things of that kind; without it, everybody
    /// may. Errors leave the delivery for another time.
    std::function<Result<bool>(const std::string& owner, const Kind& kind)> may_hear{};
    std::function<House()> house{};  ///< as messages name it; its console is known once that listens
  };
  explicit Deliveries(Parts parts, Pacing pacing = {});
  /// Stops what is being sent.
  ~Deliveries();
  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  /// Frees what a former process was sending when it ended; to be called once, at the start, by the one service that
  /// holds the database.
  Status take_up();
  /// Sets going what is due and returns; to be called about once a second.
  Status deliver_due();
  /// Gives up what nobody could send for a day, and drops notices posted before that; to be called now and then.
  Status tidy(Timestamp before);

  struct TestReport {
    Attempt attempt;
    NoticeId notice;  ///< which stands in the list like others
    std::string to;
  };
  /// Sends a test message now and waits for its end, half a minute at most. `to` is for a relay; empty: its own sender.
  /// A password that was refused is not tried again: then the attempt says so. Errors: unknown_channel, invalid_form,
  /// channel_busy, DbError.
  Result<TestReport> test(ChannelId channel, const std::string& to, const By& by, const std::stop_token& stop = {});
  /// Sends a code to the subscription's address, by which its owner confirms it (Channels::confirm), and waits for its
  /// end, half a minute at most. Errors: unknown_subscription, too_many_codes, channel_busy, code_not_sent, DbError.
  Status send_code(SubscriptionId subscription, const std::stop_token& stop = {});

 private:
  class Turn;
  Status take_turn(ChannelId channel);
  /// Sends it now, once, and writes down what became of it; `stored` stands in the list in place of the notice's text.
  /// `more` is written with it.
  Result<TestReport> send_now(const Channel& channel, const std::string& owner, const std::string& to, Notice notice,
                              const std::string& stored, const std::stop_token& stop,
                              const std::function<Status(db::Transaction&, const Attempt&)>& more);
  void drain(ChannelId channel);
  /// False when there is no more to do by this channel for now.
  Result<bool> deliver_one(ChannelId channel);
  /// Which of its parts nobody wants any more who may hear of them.
  Result<std::vector<DeliveryId>> unwanted(const outbox::Claimed& claimed, ChannelId channel) const;
  Attempt send(const Channel& channel, const std::string& address, const Message& message,
               const std::stop_token& stop) const;
  /// What the attempt says of the channel itself.
  Status note(db::Transaction& tx, const Channel& channel, const Attempt& attempt) const;

  const Parts parts_;
  const Pacing pacing_;
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::set<ChannelId> busy_;
  /// Joins its threads before the rest goes.
  Pool pool_;
};

}  // namespace mailward::notify
