#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "base/pool.h"
#include "http/inner/io.h"
#include "http/inner/listen.h"
#include "http/inner/tls_context.h"
#include "http/server.h"

namespace mailward::http {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

class Session;

/// A socket that listens, and what those who connect to it get.
class Listener {
 public:
  Listener(const Executor& executor, ListenerOptions& options, ListeningSocket opened,
           std::shared_ptr<const TlsContext> tls)
      : name(std::move(options.name)),
        router(std::move(options.router)),
        socket(std::move(opened)),
        descriptor(executor, socket.fd()),
        tls_(std::move(tls)) {}
  ~Listener() { stop(); }

  /// Stops listening; the Unix socket's file goes.
  void stop();
  std::shared_ptr<const TlsContext> tls() const {
    const std::lock_guard lock(mutex_);
    return tls_;
  }
  void set_tls(std::shared_ptr<const TlsContext> tls) {
    const std::lock_guard lock(mutex_);
    tls_ = std::move(tls);
  }

  std::string name;
  std::shared_ptr<const Router> router;
  ListeningSocket socket;
  asio::posix::basic_stream_descriptor<Executor> descriptor;
  std::atomic<ListenerMode> mode = ListenerMode::serve;
  std::size_t open = 0;         ///< connections
  bool waits_for_room = false;  ///< for a connection to end
  bool is_paused = false;       ///< for want of descriptors or memory

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> tls_;
};

/// What all connections of a server share. But for what is marked, everything here is the io thread's own.
class Core {
 public:
  explicit Core(ServerOptions& options);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void add_listener(ListenerOptions& options, ListeningSocket socket, std::shared_ptr<const TlsContext> tls);
  /// Starts the io thread.
  void start();
  /// From any thread: see Server::stop().
  Status stop(Deadline deadline);

  void forget(Session& session);
  /// Whether a TLS handshake may begin now; else the session's wake-up is notified when its turn has come.
  bool enter_handshake(const std::shared_ptr<Session>& session);
  void leave_handshake();
  /// The Date field's value for now.
  std::string_view date();

  const ServerLimits limits;
  const Clock& clock;
  asio::io_context io{1};
  std::optional<Pool> handlers;
  std::optional<Pool> streams;
  std::vector<std::unique_ptr<Listener>> listeners;    ///< the list itself is fixed once started
  std::array<char, std::size_t{64} * 1024> scratch{};  ///< what is read lands here first
  bool draining = false;
  std::atomic<std::size_t> open = 0;  ///< for any thread

 private:
  void accept_when_ready(Listener& listener);
  void accept_some(Listener& listener);
  void accept_later(Listener& listener);
  void begin(Listener& listener, int fd);
  void take_out(Session& session);
  void drain();
  void kill_all();
  void schedule_sweep();
  void sweep();
  /// Runs `action` on the io thread and waits for its end.
  void on_io_thread(std::move_only_function<void()> action);
  bool wait_until_empty(MonotonicTime moment);

  std::unordered_map<std::uint64_t, Session*> sessions_;
  std::map<IpAddress, std::size_t> of_network_;
  std::uint64_t next_number_ = 1;
  std::size_t handshakes_ = 0;
  std::deque<std::weak_ptr<Session>> handshake_queue_;
  std::size_t peak_ = 0;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::chrono::milliseconds sweep_interval_;
  Timer sweep_timer_;
  std::vector<std::unique_ptr<Timer>> retry_timers_;
  std::optional<asio::executor_work_guard<Executor>> work_;
  std::mutex stop_mutex_;
  bool stopped_ = false;
  std::mutex empty_mutex_;
  std::condition_variable empty_;
  std::thread thread_;
};

}  // namespace mailward::http
