#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ews/session.h"

namespace mailward::ews {

/// Signed-in sessions at rest, kept alive for the next call of the same account at the same address with the same
/// credential version. Thread-safe. Opens none itself and never waits: how many there are at once is the gate's affair.
class SessionPool {
 public:
  /// What two uses of a session must share.
  struct Key {
    std::string account;
    std::string credential_version;
    std::string endpoint;  ///< host, address, trust and proxy, as the caller spells them
    auto operator<=>(const Key&) const = default;
  };

  explicit SessionPool(std::size_t idle_limit = 64, std::chrono::seconds idle_time = std::chrono::seconds(60),
                       const Clock& clock = Clock::system());

  /// A session at rest that is still connected, or null. The caller owns it until give_back().
  std::unique_ptr<Session> take(const Key& key);
  /// Keeps it if it is connected, of the key's account and not retired since; closes it otherwise.
  void give_back(const Key& key, std::unique_ptr<Session> session);
  /// Closes all sessions of a credential version at rest, and those lent as they come back: after a rotation.
  void retire(const std::string& account, const std::string& credential_version);
  /// Closes what has rested longer than `idle_time`. Called by whoever has a timer.
  void close_idle();
  std::size_t resting() const;

 private:
  struct Resting {
    std::unique_ptr<Session> session;
    MonotonicTime since;
  };
  const std::size_t idle_limit_;
  const std::chrono::seconds idle_time_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::multimap<Key, Resting> resting_;
  std::vector<std::pair<std::string, std::string>> retired_;
};

}  // namespace mailward::ews
