#include "exchange_sim/throttling.h"

#include <algorithm>

namespace mailward::exchange_sim {
namespace {

constexpr double kHourMs = 3'600'000;
/// What a server says that has no better idea (recorded: thunderbird-ews-rs).
constexpr std::chrono::milliseconds kSyncBackOff{5000};

bool hangs(std::string_view operation) {
  return operation == "GetStreamingEvents";
}
bool syncs(std::string_view operation) {
  return operation == "SyncFolderItems" || operation == "SyncFolderHierarchy";
}

double in_ms(auto duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

void Throttling::set(ThrottlingPolicy policy) {
  const std::scoped_lock lock(mutex_);
  policy_ = policy;
}

ThrottlingPolicy Throttling::policy() const {
  const std::scoped_lock lock(mutex_);
  return policy_;
}

void Throttling::forget() {
  const std::scoped_lock lock(mutex_);
  for (auto& [key, account] : accounts_) {
    account.lingering.clear();
    account.balance_ms = in_ms(policy_.burst);
    account.counted = clock_.monotonic();
  }
}

Throttling::Account& Throttling::account_of(const std::string& key) {
  const MonotonicTime now = clock_.monotonic();
  const auto [found, is_new] = accounts_.try_emplace(key);
  Account& account = found->second;
  if (is_new) {
    account.balance_ms = in_ms(policy_.burst);
  } else {
    account.balance_ms += in_ms(now - account.counted) * in_ms(policy_.recharge) / kHourMs;
    account.balance_ms = std::min(account.balance_ms, in_ms(policy_.burst));
  }
  account.counted = now;
  std::erase_if(account.lingering, [&](const Lingering& each) { return each.until <= now; });
  return account;
}

std::optional<ThrottledBy> Throttling::refuses(const Account& account, std::string_view operation) const {
  if (account.balance_ms < -in_ms(policy_.cutoff)) {
    const double wait = -account.balance_ms * kHourMs / std::max(in_ms(policy_.recharge), 1.0);
    return ThrottledBy{.what = Throttled::budget,
                       .limit = 0,
                       .back_off = std::chrono::milliseconds(static_cast<std::int64_t>(wait) + 1)};
  }
  if (hangs(operation)) {
    if (account.streams < policy_.hanging) return std::nullopt;
    return ThrottledBy{.what = Throttled::hanging, .limit = policy_.hanging};
  }
  const auto slow = static_cast<unsigned>(std::ranges::count(account.lingering, true, &Lingering::syncs));
  if (syncs(operation) && account.syncs + slow >= policy_.sync_calls) {
    return ThrottledBy{.what = Throttled::sync_calls, .limit = policy_.sync_calls, .back_off = kSyncBackOff};
  }
  if (account.now + account.lingering.size() >= policy_.concurrency) {
    return ThrottledBy{.what = Throttled::concurrency, .limit = policy_.concurrency};
  }
  return std::nullopt;
}

Throttling::Admission Throttling::enter(std::string_view key, std::string_view operation) {
  const std::scoped_lock lock(mutex_);
  if (!policy_.enabled) return {};
  const std::string name(key);
  Account& account = account_of(name);
  if (auto refusal = refuses(account, operation)) return {.permit = nullptr, .refusal = refusal};
  account.balance_ms -= in_ms(policy_.cost);
  if (hangs(operation)) {
    ++account.streams;
  } else {
    ++account.now;
  }
  if (syncs(operation)) ++account.syncs;
  return {.permit = std::make_shared<Permit>(*this, name, std::string(operation)), .refusal = std::nullopt};
}

void Throttling::leave(const Permit& permit) {
  const std::scoped_lock lock(mutex_);
  Account& account = accounts_[permit.key_];
  if (hangs(permit.operation_)) {
    --account.streams;
    return;
  }
  --account.now;
  if (syncs(permit.operation_)) --account.syncs;
  if (permit.lingers_.count() > 0) {
    account.lingering.push_back({.until = clock_.monotonic() + permit.lingers_, .syncs = syncs(permit.operation_)});
  }
}

}  // namespace mailward::exchange_sim
