#pragma once

#include <atomic>
#include <cstdint>

namespace mailward::ews {

/// What all sessions together do on the wire, counted since the start; and libcurl, set up once. Each session is driven
/// by the thread that calls it (curl_connection.h). Thread-safe. Must outlive its sessions.
class Transport {
 public:
  /// Throws std::runtime_error where libcurl cannot be set up.
  Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// For tests and metrics.
  struct Counters {
    std::uint64_t connects = 0;    ///< TCP connections asked for
    std::uint64_t handshakes = 0;  ///< TLS handshakes that ended well
    std::uint64_t requests = 0;    ///< HTTP requests begun on the wire
    std::uint64_t active = 0;      ///< requests in flight now
  };
  Counters counters() const;

 private:
  friend class Session;
  std::atomic<std::uint64_t> connects_{0};
  std::atomic<std::uint64_t> handshakes_{0};
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> active_{0};
};

}  // namespace mailward::ews
