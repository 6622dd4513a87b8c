#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// Exchange's throttling: how much one account may ask at once and in sum.
namespace mailward::exchange_sim {

/// The values of Exchange's default policy; budgets in milliseconds of the server's time, of which each operation here
/// is said to take `cost`.
struct ThrottlingPolicy {
  bool enabled = false;
  unsigned concurrency = 27;                    ///< EwsMaxConcurrency
  unsigned hanging = 10;                        ///< hanging connections: GetStreamingEvents
  unsigned sync_calls = 5;                      ///< SyncFolderItems and SyncFolderHierarchy at once
  unsigned subscriptions = 5000;                ///< EwsMaxSubscriptions
  std::chrono::milliseconds burst{300'000};     ///< EwsMaxBurst: what stands on the account at the beginning, at most
  std::chrono::milliseconds recharge{900'000};  ///< EwsRechargeRate, an hour
  std::chrono::milliseconds cutoff{3'000'000};  ///< EwsCutoffBalance: how far below zero it may fall
  std::chrono::milliseconds cost{10};
};

enum class Throttled {
  concurrency,  ///< fault ErrorExceededConnectionCount
  hanging,      ///< the same of hanging connections
  sync_calls,   ///< ErrorServerBusy in the response message
  budget,       ///< fault ErrorServerBusy
};

struct ThrottledBy {
  Throttled what = Throttled::concurrency;
  unsigned limit = 0;
  std::chrono::milliseconds back_off{0};
};

/// Who asks how much. Thread-safe; outlives its permits.
class Throttling {
 public:
  explicit Throttling(const Clock& clock) : clock_(clock) {}

  void set(ThrottlingPolicy policy);
  ThrottlingPolicy policy() const;
  /// All accounts as if nobody had asked anything.
  void forget();

  /// Held while a request is answered, or a stream lasts.
  class Permit {
   public:
    Permit(Throttling& owner, std::string key, std::string operation)
        : owner_(owner), key_(std::move(key)), operation_(std::move(operation)) {}
    ~Permit() { owner_.leave(*this); }
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;
    /// The answer is on its way so long after the permit was given back.
    void linger(std::chrono::milliseconds time) { lingers_ = time; }

   private:
    friend class Throttling;
    Throttling& owner_;
    std::string key_;
    std::string operation_;
    std::chrono::milliseconds lingers_{0};
  };

  struct Admission {
    std::shared_ptr<Permit> permit;  ///< null where it was refused, or nothing is throttled
    std::optional<ThrottledBy> refusal;
  };
  /// `key`: the account, or with impersonation the mailbox.
  Admission enter(std::string_view key, std::string_view operation);

 private:
  /// A request whose answer is still on its way.
  struct Lingering {
    MonotonicTime until{};
    bool syncs = false;
  };
  struct Account {
    unsigned now = 0;
    unsigned streams = 0;
    unsigned syncs = 0;
    std::vector<Lingering> lingering;
    double balance_ms = 0;
    MonotonicTime counted{};
  };
  void leave(const Permit& permit);
  Account& account_of(const std::string& key);
  std::optional<ThrottledBy> refuses(const Account& account, std::string_view operation) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  ThrottlingPolicy policy_;
  std::map<std::string, Account> accounts_;
};

}  // namespace mailward::exchange_sim
