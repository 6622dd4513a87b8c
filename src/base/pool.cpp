#include "base/pool.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"

namespace mailward {

struct Pool::State {
  std::string name;
  std::size_t queue_length;
  mutable std::mutex mutex;
  std::condition_variable arrived;
  std::deque<std::move_only_function<void()>> queue;
  bool ending = false;
  std::vector<std::thread> threads;

  void work() {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    while (true) {
      std::unique_lock lock(mutex);
      arrived.wait(lock, [&] { return ending || !queue.empty(); });
      if (ending) return;
      auto task = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      try {
        task();
      } catch (const std::exception& broken) {
        log::error("pool.task_broken", {{"pool", name}, {"what", broken.what()}});
      }
    }
  }
};

Pool::Pool(std::string name, std::size_t threads, std::size_t queue_length) : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
  state_->queue_length = queue_length;
  for (std::size_t i = 0; i < threads; ++i) state_->threads.emplace_back([state = state_.get()] { state->work(); });
}

Pool::~Pool() {
  std::deque<std::move_only_function<void()>> dropped;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
    dropped.swap(state_->queue);
  }
  state_->arrived.notify_all();
  for (auto& thread : state_->threads) thread.join();
}

Status Pool::submit(std::move_only_function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->ending || state_->queue.size() >= state_->queue_length) {
      return fail(Error(BaseError::pool_full, "the " + state_->name + " pool has no room: " +
                                                  std::to_string(state_->queue.size()) + " tasks wait already")
                      .with_remedy("try again when some of them have ended"));
    }
    state_->queue.push_back(std::move(task));
  }
  state_->arrived.notify_one();
  return {};
}

std::size_t Pool::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

}  // namespace mailward
