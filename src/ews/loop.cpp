#include "ews/loop.h"

#include <pthread.h>

#include <condition_variable>
#include <exception>
#include <stdexcept>

namespace mailward::ews {
namespace {

/// One thread waits for another's answer. The notifier holds the lock while it notifies, so that the waiter's frame,
/// which owns this, cannot be gone by then.
class Bell {
 public:
  void ring() {
    std::scoped_lock lock(mutex_);
    rung_ = true;
    condition_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return rung_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool rung_ = false;
};

}  // namespace

struct Transport::Loop::Running {
  CurlConnection& connection;
  Leg& leg;
  std::uint64_t serial;  ///< tells this leg from a later one on the same handle
  Bell bell;
};

Transport::Loop::Loop() {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = kReady == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi_ == nullptr) throw std::runtime_error("libcurl cannot be set up");
  thread_ = std::thread([this] { serve(); });
  pthread_setname_np(thread_.native_handle(), "ews");
}

Transport::Loop::~Loop() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

void Transport::Loop::post(std::move_only_function<void()> task) {
  {
    std::scoped_lock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  curl_multi_wakeup(multi_);
}

std::unique_ptr<CurlConnection> Transport::Loop::make(const Endpoint& endpoint, const SessionSettings& settings,
                                                      const Proxy* proxy) {
  std::unique_ptr<CurlConnection> made;
  Bell bell;
  post([&] {
    made = std::make_unique<CurlConnection>(endpoint, settings, proxy);
    bell.ring();
  });
  bell.wait();
  return made;
}

void Transport::Loop::discard(std::unique_ptr<CurlConnection> connection) {
  if (connection) post([gone = std::move(connection)]() mutable { gone.reset(); });
}

void Transport::Loop::begin(Running& running) {
  ++active_;
  post([this, &running] {
    running.connection.prepare(running.leg);
    running_.emplace(running.connection.handle(), &running);
    curl_multi_add_handle(multi_, running.connection.handle());
  });
}

/// The task looks the leg up again: by then it may have ended, and another may run on the handle.
void Transport::Loop::ask(const Running& running, std::move_only_function<void(CURL*)> act) {
  post([this, easy = running.connection.handle(), serial = running.serial, act = std::move(act)]() mutable {
    auto found = running_.find(easy);
    if (found != running_.end() && found->second->serial == serial) act(easy);
  });
}

void Transport::Loop::book(const Leg& leg) {
  --active_;
  connects_ += leg.connects;
  if (leg.connects > 0 && leg.tls) ++handshakes_;
  if (leg.began) ++requests_;
}

void Transport::Loop::run(CurlConnection& connection, Leg& leg, const std::stop_token& stop) {
  run(connection, leg, stop, nullptr, {});
}

void Transport::Loop::run(CurlConnection& connection, Leg& leg, const std::stop_token& stop,
                          const std::function<bool(std::string_view)>& take, std::chrono::milliseconds silence) {
  if (stop.stop_requested()) {
    leg.cancelled = true;
    leg.code = CURLE_ABORTED_BY_CALLBACK;
    return;
  }
  Running running{.connection = connection, .leg = leg, .serial = ++serials_, .bell = {}};
  std::exception_ptr thrown;
  begin(running);
  {
    std::stop_callback on_stop(
        stop, [&] { ask(running, [this](CURL* easy) { end(easy, CURLE_ABORTED_BY_CALLBACK, true); }); });
    if (take) thrown = feed(running, take, silence);
    running.bell.wait();
  }
  book(leg);
  if (thrown) std::rethrow_exception(thrown);
}

/// Gives the body to the taker until the leg has ended. What that throws is kept until the loop is done with the leg.
std::exception_ptr Transport::Loop::feed(Running& running, const std::function<bool(std::string_view)>& take,
                                         std::chrono::milliseconds silence) {
  std::exception_ptr thrown;
  const auto wants_more = [&](std::string_view piece) {
    try {
      return take(piece);
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  };
  std::string bytes;
  bool wanted = true;
  for (bool had_bytes = false;;) {
    // Before the body the leg's own deadline holds; it ends the leg without this.
    const auto until = had_bytes && wanted ? Clock::system().monotonic() + silence : MonotonicTime::max();
    const auto taken = running.leg.pipe->take(bytes, until);
    if (taken.took == BodyPipe::Took::ended) return thrown;
    if (taken.took == BodyPipe::Took::nothing) {
      wanted = false;
      ask(running, [this](CURL* easy) { end(easy, CURLE_OPERATION_TIMEDOUT, false); });
      continue;
    }
    had_bytes = true;
    if (wanted && !wants_more(bytes)) {
      wanted = false;
      ask(running, [this](CURL* easy) { end(easy, CURLE_WRITE_ERROR, false); });
    }
    // Only now: while the caller was busy, the pipe took no more than it holds.
    if (taken.resting && wanted) ask(running, [](CURL* easy) { curl_easy_pause(easy, CURLPAUSE_CONT); });
  }
}

void Transport::Loop::end(CURL* easy, CURLcode code, bool cancelled) {
  auto found = running_.find(easy);
  if (found == running_.end()) return;
  Running* running = found->second;
  running_.erase(found);
  // While the handle is in the multi it still tells whether its connection is open.
  running->connection.finish(code);
  curl_multi_remove_handle(multi_, easy);
  running->leg.cancelled = cancelled;
  if (running->leg.pipe != nullptr) running->leg.pipe->end();
  running->bell.ring();
}

void Transport::Loop::take_tasks() {
  std::vector<std::move_only_function<void()>> tasks;
  {
    std::scoped_lock lock(mutex_);
    tasks.swap(tasks_);
  }
  for (auto& task : tasks) task();
}

void Transport::Loop::take_finished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) end(message->easy_handle, message->data.result, false);
  }
}

void Transport::Loop::serve() {
  constexpr int kLongestRest = 60'000;
  for (;;) {
    take_tasks();
    {
      std::scoped_lock lock(mutex_);
      if (stopping_ && tasks_.empty()) break;
    }
    int busy = 0;
    curl_multi_perform(multi_, &busy);
    take_finished();
    bool waiting = false;
    {
      std::scoped_lock lock(mutex_);
      waiting = tasks_.empty() && !stopping_;
    }
    if (waiting) curl_multi_poll(multi_, nullptr, 0, kLongestRest, nullptr);
  }
  while (!running_.empty()) end(running_.begin()->first, CURLE_ABORTED_BY_CALLBACK, true);
}

Transport::Counters Transport::Loop::counters() const {
  return {.connects = connects_, .handshakes = handshakes_, .requests = requests_, .active = active_};
}

}  // namespace mailward::ews
