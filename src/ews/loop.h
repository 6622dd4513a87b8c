#pragma once

#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <vector>

#include "ews/curl_connection.h"
#include "ews/transport.h"

namespace mailward::ews {

/// The loop's inside. Everything of libcurl happens on its thread; others hand it tasks.
class Transport::Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Makes a connection's handles.
  std::unique_ptr<CurlConnection> make(const Endpoint& endpoint, const SessionSettings& settings, const Proxy* proxy);
  /// Closes and frees; does not wait.
  void discard(std::unique_ptr<CurlConnection> connection);
  /// Runs one leg and returns when it ended, which it does by its deadline or soon after `stop`.
  void run(CurlConnection& connection, Leg& leg, const std::stop_token& stop);
  /// The same for a leg with a pipe, whose bytes go to `take` on the caller's thread: false ends the leg. Silence of
  /// the body longer than `silence` ends it as timed out.
  void run(CurlConnection& connection, Leg& leg, const std::stop_token& stop,
           const std::function<bool(std::string_view)>& take, std::chrono::milliseconds silence);

  Counters counters() const;

 private:
  struct Running;
  void post(std::move_only_function<void()> task);
  void serve();
  void take_tasks();
  void take_finished();
  void end(CURL* easy, CURLcode code, bool cancelled);
  void begin(Running& running);
  /// From any thread: does it on the loop's, if that very leg still runs.
  void ask(const Running& running, std::move_only_function<void(CURL*)> act);
  void book(const Leg& leg);
  std::exception_ptr feed(Running& running, const std::function<bool(std::string_view)>& take,
                          std::chrono::milliseconds silence);

  CURLM* multi_;
  std::mutex mutex_;
  std::vector<std::move_only_function<void()>> tasks_;
  bool stopping_ = false;
  std::unordered_map<CURL*, Running*> running_;
  std::atomic<std::uint64_t> connects_{0};
  std::atomic<std::uint64_t> handshakes_{0};
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> active_{0};
  std::atomic<std::uint64_t> serials_{0};
  std::thread thread_;
};

}  // namespace mailward::ews
