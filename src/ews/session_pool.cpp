#include "ews/session_pool.h"

#include <algorithm>

namespace mailward::ews {

SessionPool::SessionPool(std::size_t idle_limit, std::chrono::seconds idle_time, const Clock& clock)
    : idle_limit_(idle_limit), idle_time_(idle_time), clock_(clock) {}

std::unique_ptr<Session> SessionPool::take(const Key& key) {
  std::scoped_lock lock(mutex_);
  // The one that rested least: it is the likeliest to be open still.
  auto [begin, end] = resting_.equal_range(key);
  auto best = end;
  for (auto at = begin; at != end; ++at) {
    if (best == end || at->second.since > best->second.since) best = at;
  }
  if (best == end) return nullptr;
  auto session = std::move(best->second.session);
  resting_.erase(best);
  return session;
}

void SessionPool::give_back(const Key& key, std::unique_ptr<Session> session) {
  if (!session || !session->connected() || session->account() != key.account) return;
  std::scoped_lock lock(mutex_);
  if (std::ranges::find(retired_, std::pair(key.account, key.credential_version)) != retired_.end()) return;
  if (resting_.size() >= idle_limit_) {
    auto oldest = std::ranges::min_element(resting_, {}, [](const auto& entry) { return entry.second.since; });
    if (oldest != resting_.end()) resting_.erase(oldest);
  }
  if (idle_limit_ > 0) {
    resting_.emplace(key, Resting{.session = std::move(session), .since = clock_.monotonic()});
  }
}

void SessionPool::retire(const std::string& account, const std::string& credential_version) {
  std::scoped_lock lock(mutex_);
  if (std::pair named(account, credential_version); std::ranges::find(retired_, named) == retired_.end()) {
    retired_.push_back(std::move(named));
  }
  std::erase_if(resting_, [&](const auto& entry) {
    return entry.first.account == account && entry.first.credential_version == credential_version;
  });
}

void SessionPool::close_idle() {
  std::scoped_lock lock(mutex_);
  MonotonicTime now = clock_.monotonic();
  std::erase_if(resting_, [&](const auto& entry) { return now - entry.second.since >= idle_time_; });
}

std::size_t SessionPool::resting() const {
  std::scoped_lock lock(mutex_);
  return resting_.size();
}

}  // namespace mailward::ews
