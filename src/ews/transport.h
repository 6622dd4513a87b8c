#pragma once

#include <cstdint>
#include <memory>

namespace mailward::ews {

/// The one thread ("ews") on which all sessions' bytes move: a libcurl multi loop that never blocks. Thread-safe. Must
/// outlive its sessions.
class Transport {
 public:
  Transport();
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Counted since the start, for tests and metrics.
  struct Counters {
    std::uint64_t connects = 0;    ///< TCP connections asked for
    std::uint64_t handshakes = 0;  ///< TLS handshakes that ended well
    std::uint64_t requests = 0;    ///< HTTP requests begun on the wire
    std::uint64_t active = 0;      ///< calls in flight now
  };
  Counters counters() const;

  class Loop;
  Loop& loop() { return *loop_; }  ///< for Session

 private:
  std::unique_ptr<Loop> loop_;
};

}  // namespace mailward::ews
