#pragma once

#include <functional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mailward::http {

namespace asio = boost::asio;

/// The io thread's executor by its concrete type: the polymorphic one costs seconds of compiling.
using Executor = asio::io_context::executor_type;
template <typename T>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> kAwait{};

/// Lets one coroutine of the io thread wait until something has changed. For the io thread only.
class Wakeup {
 public:
  explicit Wakeup(Executor executor) : executor_(std::move(executor)) {}

  /// Returns after a notify() that came since the last wait; may return without cause, so the condition is checked in a
  /// loop.
  Task<void> wait() {
    if (std::exchange(notified_, false)) co_return;
    co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
        [this](auto handler) { waiter_ = [handler = std::move(handler)]() mutable { std::move(handler)(); }; }, kAwait);
  }
  void notify() {
    if (waiter_) {
      asio::post(executor_, std::exchange(waiter_, nullptr));
    } else {
      notified_ = true;
    }
  }

 private:
  Executor executor_;
  bool notified_ = false;
  std::move_only_function<void()> waiter_;
};

}  // namespace mailward::http
