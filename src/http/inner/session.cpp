#include "http/inner/session.h"

#include <atomic>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.h"
#include "base/secret.h"

namespace mailward::http {

namespace {

using Wait = asio::posix::descriptor_base;

constexpr std::size_t kMostDiscarded =
    std::size_t{4} * 1024 * 1024;  ///< read after the last answer, so that the client sees it
constexpr std::chrono::milliseconds kGoodbye{2'000};
constexpr std::chrono::milliseconds kShortGoodbye{200};  ///< while the server stops

/// What stands in the socket's send queue.
int bytes_unsent(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

Session::Session(Core& core, Listener& listener, int fd, std::uint64_t number)
    : core_(core), listener_(listener), transport_(core.io.get_executor(), fd), wakeup_(core.io.get_executor()) {
  connection_.listener = listener.name;
  connection_.number = number;
  if (listener.socket.address()) {
    connection_.peer = peer_address(fd);
    connection_.local = local_address(fd);
    if (connection_.peer) network_ = connection_.peer->ip.network();
    return;
  }
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
    connection_.credentials = PeerCredentials{credentials.uid, credentials.gid, credentials.pid};
  }
}

void Session::begin(const std::shared_ptr<Session>& session) {
  asio::co_spawn(session->core_.io.get_executor(), run(session), [session](const std::exception_ptr& failure) {
    if (failure) {
      session->transport_.close();
      log::error("a connection ended by an exception", {{"listener", session->listener_.name}});
    }
    session->core_.forget(*session);
  });
}

Task<void> Session::run(std::shared_ptr<Session> self) {
  const ListenerMode mode = self->listener_.mode;
  if (mode == ListenerMode::reset) {
    self->transport_.reset();
    co_return;
  }
  if (mode == ListenerMode::hang) {
    co_await self->hang();
  } else if (co_await self->shake_hands()) {
    while (co_await self->serve_one()) {
    }
  }
  co_await self->finish();
}

void Session::set_deadline(std::chrono::milliseconds span) {
  deadline_ = Deadline::after(span).moment();
}

void Session::expire(MonotonicTime now) {
  if (now < deadline_) return;
  // The descriptor becomes writable only after much was taken: a slow client that takes anything is not a stuck one.
  if (unsent_ && bytes_unsent(transport_.fd()) < *unsent_) {
    unsent_ = bytes_unsent(transport_.fd());
    deadline_ = now + core_.limits.write_stall;
    return;
  }
  timed_out_ = true;
  deadline_ = kNever;
  transport_.shutdown_both();
  wakeup_.notify();
}

void Session::drain() {
  // A request that is here already, but not read yet, is still answered.
  if (idle_ && (connection_.tls || !listener_.tls())) read_once();
  if (closing_ || (idle_ && input_.empty())) {
    kill();
  } else {
    wakeup_.notify();
  }
}

void Session::kill() {
  if (killed_) return;
  killed_ = true;
  connection_.mark_gone();
  if (transport_.descriptor().is_open()) transport_.shutdown_both();
  wakeup_.notify();
}

bool Session::take_turn() {
  if (!waits_for_turn_) return false;
  waits_for_turn_ = false;
  has_turn_ = true;
  wakeup_.notify();
  return true;
}

Task<bool> Session::shake_hands() {
  const auto context = listener_.tls();
  if (!context) co_return true;
  // Whoever connects and says nothing holds no place among those that shake hands.
  set_deadline(core_.limits.handshake);
  co_await transport_.wait_until(Wait::wait_read);
  if (over()) co_return false;
  has_turn_ = core_.enter_handshake(shared_from_this());
  waits_for_turn_ = !has_turn_;
  set_deadline(core_.limits.idle);
  while (!has_turn_ && !over()) co_await wakeup_.wait();
  waits_for_turn_ = false;
  if (!has_turn_) co_return false;

  set_deadline(core_.limits.handshake);
  bool done = false;
  if (transport_.begin_tls(*context)) {
    while (!over()) {
      const auto attempt = transport_.handshake();
      done = attempt.outcome == Transport::Outcome::done;
      if (done || attempt.outcome == Transport::Outcome::closed) break;
      co_await transport_.wait_until(attempt.outcome == Transport::Outcome::wants_read ? Wait::wait_read
                                                                                       : Wait::wait_write);
    }
  }
  core_.leave_handshake();
  deadline_ = kNever;
  connection_.tls = done;
  connection_.tls_protocol = transport_.tls_protocol();
  connection_.server_end_point = context->server_end_point();
  co_return done && !over();
}

Task<void> Session::hang() {
  while (co_await fill()) input_.clear();
}

void Session::read_once() {
  const auto attempt = transport_.read(core_.scratch);
  if (attempt.outcome == Transport::Outcome::done) {
    input_.append(core_.scratch.data(), attempt.bytes);
    wipe(core_.scratch.data(), attempt.bytes);
  } else if (attempt.outcome == Transport::Outcome::closed) {
    eof_ = true;
    connection_.mark_gone();
  }
}

void Session::take_from_input(std::size_t bytes) {
  const std::size_t before = input_.size();
  input_.erase(0, bytes);
  // Zeros take the place of what moved to the front.
  input_.resize(before);
  input_.resize(before - bytes);
}

void Session::watch() {
  if (armed_ || eof_) return;
  const std::size_t most = std::max(core_.limits.pipelined_bytes, 2 * core_.limits.head_bytes);
  // OpenSSL may hold bytes that the descriptor no longer shows as readable: only when it wants more is it waited upon.
  for (std::size_t before = input_.size();; before = input_.size()) {
    if (before >= most) return;
    read_once();
    if (eof_) return wakeup_.notify();
    if (input_.size() == before) break;
  }
  armed_ = true;
  transport_.descriptor().async_wait(Wait::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    self->armed_ = false;
    if (!error) self->read_once();
    self->wakeup_.notify();
  });
}

Task<bool> Session::fill() {
  const std::size_t before = input_.size();
  while (!over()) {
    if (input_.size() > before) co_return true;
    if (eof_) co_return false;
    if (!armed_) read_once();
    if (input_.size() > before || eof_) continue;
    watch();
    if (input_.size() == before && !eof_) co_await wakeup_.wait();
    if (core_.draining && idle_ && input_.empty()) co_return false;
  }
  co_return false;
}

Task<bool> Session::write_all(std::string_view bytes) {
  while (!bytes.empty() && !over()) {
    const auto attempt = transport_.write(bytes);
    switch (attempt.outcome) {
      case Transport::Outcome::done:
        bytes.remove_prefix(attempt.bytes);
        break;
      case Transport::Outcome::closed:
        connection_.mark_gone();
        co_return false;
      case Transport::Outcome::wants_read:
      case Transport::Outcome::wants_write:
        set_deadline(core_.limits.write_stall);
        unsent_ = bytes_unsent(transport_.fd());
        co_await transport_.wait_until(attempt.outcome == Transport::Outcome::wants_read ? Wait::wait_read
                                                                                         : Wait::wait_write);
        unsent_.reset();
        deadline_ = kNever;
        break;
    }
  }
  co_return bytes.empty() && !over();
}

Task<void> Session::pause(std::chrono::milliseconds span, std::function<bool()> early) {
  const auto due = std::make_shared<bool>(false);
  Timer timer(core_.io.get_executor(), span);
  timer.async_wait([self = shared_from_this(), due](boost::system::error_code) {
    *due = true;
    self->wakeup_.notify();
  });
  while (!*due && !over() && !eof_ && !(early && early())) {
    watch();
    if (!eof_) co_await wakeup_.wait();
  }
}

Task<bool> Session::on_pool(Pool& pool, std::function<void()> work) {
  struct Job {
    bool ran = false;
    bool finished = false;
  };
  /// Tells the session of the job's end, also when the pool drops it unrun.
  struct Completion {
    std::shared_ptr<Session> session;
    std::shared_ptr<Job> job;
    Completion(std::shared_ptr<Session> of, std::shared_ptr<Job> which)
        : session(std::move(of)), job(std::move(which)) {}
    Completion(Completion&&) noexcept = default;
    Completion(const Completion&) = delete;
    Completion& operator=(const Completion&) = delete;
    Completion& operator=(Completion&&) = delete;
    ~Completion() {
      if (!session) return;
      // The session moves with the message: its last reference must not be dropped on a pool's thread.
      auto& io = session->core_.io;
      asio::post(io, [kept = std::move(session), which = std::move(job)] {
        which->finished = true;
        kept->wakeup_.notify();
      });
    }
  };
  const auto job = std::make_shared<Job>();
  const Status submitted =
      pool.submit([completion = Completion(shared_from_this(), job), work = std::move(work)]() mutable {
        completion.job->ran = true;
        work();
      });
  while (!job->finished) {
    watch();
    co_await wakeup_.wait();
  }
  co_return submitted.has_value() && job->ran;
}

Task<void> Session::finish() {
  if (ending_ == Ending::reset) {
    transport_.reset();
    co_return;
  }
  if (!over() && !eof_) read_once();
  if (!over()) {
    if (!abrupt_) transport_.say_goodbye();
    transport_.shutdown_write();
  }
  // An answer that the client has not read yet is lost if its own bytes are still unread here when the socket closes.
  if (!over() && !eof_ && (lingers_ || !input_.empty())) {
    closing_ = true;
    idle_ = false;
    set_deadline(core_.draining ? kShortGoodbye : kGoodbye);
    std::size_t discarded = input_.size();
    input_.clear();
    while (discarded < kMostDiscarded && co_await fill()) {
      discarded += input_.size();
      input_.clear();
    }
  }
  deadline_ = kNever;
  transport_.close();
}

}  // namespace mailward::http
