#include "http/inner/core.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>

#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "http/inner/response_head.h"
#include "http/inner/session.h"

namespace mailward::http {

namespace {

constexpr int kAcceptedInARow = 64;
constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr std::size_t kBurst = 1000;  ///< so many connections leave memory behind that is worth giving back

/// How often deadlines are looked at: fine enough for the shortest of them.
std::chrono::milliseconds sweep_interval(const ServerLimits& limits) {
  const auto shortest = std::min({limits.handshake, limits.head, limits.request, limits.idle, limits.write_stall});
  return std::clamp(shortest / 4, std::chrono::milliseconds(20), std::chrono::milliseconds(500));
}

/// The process's signals are the main thread's; a write to a closed TLS connection must not end the program.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

void Listener::stop() {
  if (!descriptor.is_open()) return;
  descriptor.release();
  socket.close();
}

Core::Core(ServerOptions& options)
    : limits(options.limits),
      clock(*options.clock),
      handlers(std::in_place, "http", options.handler_threads, options.handler_queue),
      streams(std::in_place, "http-streams", options.stream_threads, options.limits.connections),
      sweep_interval_(sweep_interval(options.limits)),
      sweep_timer_(io.get_executor()),
      work_(io.get_executor()) {}

Core::~Core() {
  if (!thread_.joinable()) return;
  [[maybe_unused]] const Status drained = stop(Deadline::after(std::chrono::seconds(1)));
  on_io_thread([this] { kill_all(); });
  // Handlers that still run are waited for here. What they leave undone is told to the sessions by the dropped tasks.
  handlers.reset();
  streams.reset();
  on_io_thread([this] {
    sweep_timer_.cancel();
    for (const auto& timer : retry_timers_) timer->cancel();
    work_.reset();
  });
  thread_.join();
}

void Core::add_listener(ListenerOptions& options, ListeningSocket socket, std::shared_ptr<const TlsContext> tls) {
  listeners.push_back(std::make_unique<Listener>(io.get_executor(), options, std::move(socket), std::move(tls)));
}

void Core::start() {
  for (const auto& listener : listeners) accept_when_ready(*listener);
  schedule_sweep();
  thread_ = std::thread([this] {
    block_signals();
    pthread_setname_np(pthread_self(), "http-io");
    io.run();
  });
}

void Core::on_io_thread(std::move_only_function<void()> action) {
  std::promise<void> done;
  auto finished = done.get_future();
  asio::post(io, [&] {
    action();
    done.set_value();
  });
  finished.wait();
}

bool Core::wait_until_empty(MonotonicTime moment) {
  std::unique_lock lock(empty_mutex_);
  return empty_.wait_until(lock, moment, [this] { return open == 0; });
}

Status Core::stop(Deadline deadline) {
  const std::lock_guard lock(stop_mutex_);
  if (stopped_) return {};
  stopped_ = true;
  on_io_thread([this] { drain(); });
  if (wait_until_empty(deadline.moment())) return {};
  const std::size_t cut = open;
  on_io_thread([this] { kill_all(); });
  wait_until_empty(Deadline::after(std::chrono::milliseconds(200)).moment());
  return fail(ServerError::not_drained,
              std::to_string(cut) + " connections were cut: their requests took longer than the stop allows.");
}

void Core::accept_when_ready(Listener& listener) {
  listener.descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                                 [this, &listener](boost::system::error_code error) {
                                   if (!error && !draining) accept_some(listener);
                                 });
}

void Core::accept_later(Listener& listener) {
  auto& timer = *retry_timers_.emplace_back(std::make_unique<Timer>(io.get_executor(), kAcceptRetry));
  timer.async_wait([this, &listener, &timer](boost::system::error_code) {
    std::erase_if(retry_timers_, [&](const auto& kept) { return kept.get() == &timer; });
    if (!draining) accept_some(listener);
  });
}

void Core::accept_some(Listener& listener) {
  for (int count = 0; count < kAcceptedInARow; ++count) {
    if (listener.open >= limits.connections) {
      listener.waits_for_room = true;
      return;
    }
    const int fd = accept4(listener.socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      listener.is_paused = false;
      begin(listener, fd);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      // EMFILE and its like: what waits in the queue stays there until a descriptor is free again.
      if (!std::exchange(listener.is_paused, true)) {
        log::warn("accepting connections is paused", {{"listener", listener.name}, {"why", strerrordesc_np(errno)}});
      }
      accept_later(listener);
      return;
    }
  }
  accept_when_ready(listener);
}

void Core::begin(Listener& listener, int fd) {
  const int on = 1;
  if (listener.socket.address()) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::uint64_t number = next_number_++;
  std::shared_ptr<Session> session;
  try {
    session = std::make_shared<Session>(*this, listener, fd, number);
    if (session->network() && of_network_[*session->network()] >= limits.connections_of_address) return;
    sessions_.emplace(number, session.get());
    ++listener.open;
    if (session->network()) ++of_network_[*session->network()];
    peak_ = std::max(peak_, sessions_.size());
    open = sessions_.size();
    Session::begin(session);
  } catch (const std::exception& error) {
    log::warn("a connection could not be taken on", {{"listener", listener.name}, {"why", error.what()}});
    if (!session) ::close(fd);
    if (session) take_out(*session);
    open = sessions_.size();
  }
}

void Core::take_out(Session& session) {
  if (sessions_.erase(session.number()) == 0) return;
  --session.listener().open;
  if (!session.network()) return;
  const auto counted = of_network_.find(*session.network());
  if (--counted->second == 0) of_network_.erase(counted);
}

void Core::forget(Session& session) {
  take_out(session);
  {
    const std::lock_guard lock(empty_mutex_);
    open = sessions_.size();
  }
  if (sessions_.empty()) empty_.notify_all();
  for (const auto& listener : listeners) {
    if (!listener->waits_for_room || draining) continue;
    listener->waits_for_room = false;
    asio::post(io, [this, &listener = *listener] {
      if (!draining) accept_some(listener);
    });
  }
}

bool Core::enter_handshake(const std::shared_ptr<Session>& session) {
  if (handshakes_ < limits.handshakes) {
    ++handshakes_;
    return true;
  }
  handshake_queue_.push_back(session);
  return false;
}

void Core::leave_handshake() {
  --handshakes_;
  while (!handshake_queue_.empty() && handshakes_ < limits.handshakes) {
    const auto next = handshake_queue_.front().lock();
    handshake_queue_.pop_front();
    if (next && next->take_turn()) ++handshakes_;
  }
}

std::string_view Core::date() {
  const Timestamp now = clock.now();
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(now);
  }
  return date_;
}

void Core::drain() {
  draining = true;
  for (const auto& listener : listeners) listener->stop();
  for (const auto& [number, session] : sessions_) session->drain();
}

void Core::kill_all() {
  draining = true;
  for (const auto& [number, session] : sessions_) session->kill();
}

void Core::schedule_sweep() {
  sweep_timer_.expires_after(sweep_interval_);
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    sweep();
    schedule_sweep();
  });
}

void Core::sweep() {
  const MonotonicTime now = Clock::system().monotonic();
  for (const auto& [number, session] : sessions_) session->expire(now);
  if (peak_ >= kBurst && sessions_.size() < peak_ / 2) {
    malloc_trim(0);
    peak_ = sessions_.size();
  }
}

}  // namespace mailward::http
