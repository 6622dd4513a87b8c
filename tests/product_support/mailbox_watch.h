#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "connections/gate.h"

namespace mailward::testing {

/// A product that wants to know of every new item in the inboxes of a group: it listens through the gate, and syncs
/// when it is told to.
class MailboxWatch {
 public:
  MailboxWatch(connections::Gate& gate, connections::ConnectionId connection, connections::MailboxGroup group);
  ~MailboxWatch() { static_cast<void>(stop()); }
  MailboxWatch(const MailboxWatch&) = delete;
  MailboxWatch& operator=(const MailboxWatch&) = delete;

  /// Waits for it. Throws std::runtime_error where it does not come.
  void await_syncs(std::size_t many) const;
  void await_items(const std::set<std::string>& ids) const;
  /// Those of these items that it has not heard of.
  std::vector<std::string> unknown(const std::set<std::string>& ids) const;

  std::size_t syncs() const { return syncs_; }
  std::size_t hints() const { return hints_; }    ///< items that a hint told first
  std::size_t synced() const { return synced_; }  ///< items that a sync told first
  std::size_t interruptions() const { return interruptions_; }
  /// Why mailboxes are not listened to, by their place.
  std::map<std::size_t, std::string> unheard() const;
  bool has_ended() const { return is_over_; }
  /// Ends the listening, and gives what it ended with.
  ews::Outcome<void> stop();

 private:
  ews::Outcome<void> take(const connections::MailboxNews& news);
  ews::Outcome<void> sync(std::size_t mailbox);
  /// Whether it is new.
  bool note(const std::string& id);

  connections::Gate& gate_;
  const connections::ConnectionId connection_;
  const connections::MailboxGroup group_;
  std::vector<std::string> states_;  ///< of the syncs; the listening thread's
  std::atomic<std::size_t> syncs_{0};
  std::atomic<std::size_t> hints_{0};
  std::atomic<std::size_t> synced_{0};
  std::atomic<std::size_t> interruptions_{0};
  mutable std::mutex mutex_;
  std::set<std::string> known_;
  std::map<std::size_t, std::string> unheard_;
  ews::Outcome<void> ended_;
  std::atomic<bool> is_over_{false};
  std::stop_source stop_;
  std::thread thread_;
};

/// Makes items in inboxes, one after another, until it is stopped.
class ItemMaker {
 public:
  ItemMaker(connections::Gate& gate, connections::ConnectionId connection, std::vector<std::string> mailboxes,
            std::chrono::milliseconds pause);
  ~ItemMaker() { stop(); }
  ItemMaker(const ItemMaker&) = delete;
  ItemMaker& operator=(const ItemMaker&) = delete;

  void await_more(std::size_t many) const;
  /// Stops, and gives the ids of what was made for certain.
  std::set<std::string> stop();

 private:
  void make(const std::string& mailbox);

  connections::Gate& gate_;
  const connections::ConnectionId connection_;
  mutable std::mutex mutex_;
  std::condition_variable_any rest_;
  std::set<std::string> made_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace mailward::testing
