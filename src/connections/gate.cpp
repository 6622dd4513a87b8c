#include "connections/gate.h"

#include "connections/gate_state.h"

namespace mailward::connections {
Gate::Gate(Parts parts) : state_(std::make_unique<State>(std::move(parts))) {}
Gate::~Gate() = default;

const Clock& Gate::clock() const {
  return state_->parts.clock;
}

Timestamp Gate::now() const {
  return state_->parts.clock.now();
}

void Gate::close_door(AccountId account, Deadline deadline) {
  std::unique_lock lock(state_->mutex);
  GateKeys& keys = state_->keys[account];
  keys.closed = true;
  state_->changed.wait_until(lock, deadline.moment(), [&] { return keys.signing_in == 0; });
}

void Gate::open_door(AccountId account, std::optional<CredentialVersionId> version,
                     std::shared_ptr<kerberos::Tickets> tickets) {
  {
    const std::scoped_lock lock(state_->mutex);
    GateKeys& keys = state_->keys[account];
    keys.closed = false;
    if (version) {
      keys.version = *version;
      keys.tickets = std::move(tickets);
      keys.proven = true;
      keys.doubted.reset();
    }
    for (auto& [id, lane] : state_->lanes) {
      if (lane.view && lane.view->account.id == account) lane.viewed = MonotonicTime();
    }
  }
  state_->changed.notify_all();
}

Lent Gate::retire_old(AccountId account, CredentialVersionId only) {
  std::vector<std::unique_ptr<ews::Session>> ended;  // closed without the lock
  Lent left;
  {
    const std::scoped_lock lock(state_->mutex);
    for (auto& [id, lane] : state_->lanes) {
      if (!lane.view || lane.view->account.id != account) continue;
      lane.only = only;
      std::erase_if(lane.resting, [&](RestingSession& one) {
        const bool old = one.version != only;
        if (old) ended.push_back(std::move(one.session));
        return old;
      });
      for (const auto& [version, in_use] : lane.lent) {
        if (version == only) continue;
        left.calls += in_use.calls;
        left.streams += in_use.streams;
      }
    }
  }
  return left;
}

std::vector<LoadReport> Gate::loads(AccountId account) const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<LoadReport> all;
  if (const auto found = state_->keys.find(account); found != state_->keys.end()) {
    for (const auto& [name, report] : found->second.loads) all.push_back(report);
  }
  return all;
}

void Gate::reset_loads(AccountId account, const std::vector<LoadReport>& counted) {
  const std::scoped_lock lock(state_->mutex);
  auto& loads = state_->keys[account].loads;
  loads.clear();
  for (const LoadReport& one : counted) loads.emplace(one.load, one);
}

}  // namespace mailward::connections
