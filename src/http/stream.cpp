#include "http/stream.h"

#include <map>
#include <mutex>

namespace mailward::http {

struct StreamSignal::State {
  std::mutex mutex;
  std::map<std::uint64_t, std::function<void()>> wakes;
  std::uint64_t next = 1;
};

StreamSignal::StreamSignal() : state_(std::make_shared<State>()) {}

void StreamSignal::notify() const {
  const std::lock_guard lock(state_->mutex);
  for (const auto& [number, wake] : state_->wakes) wake();
}

std::shared_ptr<void> StreamSignal::attach(std::function<void()> wake) const {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(state_->mutex);
    number = state_->next++;
    state_->wakes.emplace(number, std::move(wake));
  }
  return {nullptr, [state = state_, number](void*) {
            const std::lock_guard lock(state->mutex);
            state->wakes.erase(number);
          }};
}

}  // namespace mailward::http
