#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "connections/gate.h"

namespace mailward::testing {

/// Product-like loads on one connection, through its gate: each of four products keeps some small calls in flight until
/// the end.
class ProductLoads {
 public:
  struct Options {
    int threads_each = 2;
    std::chrono::milliseconds deadline{30'000};  ///< of one call
  };
  ProductLoads(connections::Gate& gate, connections::ConnectionId connection, const std::string& mailbox)
      : ProductLoads(gate, connection, mailbox, Options{}) {}
  ProductLoads(connections::Gate& gate, connections::ConnectionId connection, const std::string& mailbox,
               Options options);
  ~ProductLoads() { stop(); }
  ProductLoads(const ProductLoads&) = delete;
  ProductLoads& operator=(const ProductLoads&) = delete;

  /// Waits until that many more calls have ended well.
  void await_more(std::uint64_t calls) const;
  std::uint64_t succeeded() const { return succeeded_; }
  std::uint64_t failed() const { return failed_; }
  /// The failures' own words, each once.
  std::string failures() const;
  void stop();

 private:
  std::atomic<bool> stopping_{false};
  std::stop_source stop_;
  std::atomic<std::uint64_t> succeeded_{0};
  std::atomic<std::uint64_t> failed_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> words_;
  std::vector<std::thread> threads_;
};

}  // namespace mailward::testing
