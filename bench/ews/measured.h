#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace mailward::bench {

/// What a load did, and what it cost.
struct Measured {
  std::uint64_t done = 0;   ///< requests or messages
  std::uint64_t bytes = 0;  ///< of answers, or of messages
  double wall_ms = 0;
  double client_ms = 0;  ///< of the processors, by the client alone
  double server_ms = 0;  ///< by the simulator

  double per_second() const { return static_cast<double>(done) * 1000 / wall_ms; }
  double per_client_second() const { return static_cast<double>(done) * 1000 / client_ms; }
  double client_us_each() const { return client_ms * 1000 / static_cast<double>(done); }
  double server_us_each() const { return server_ms * 1000 / static_cast<double>(done); }
  double megabytes_per_second() const { return static_cast<double>(bytes) / 1000 / wall_ms; }
};

struct Did {
  std::uint64_t done = 0;
  std::uint64_t bytes = 0;
};

/// Runs `work` in this process and measures it. `work` throws where anything fails: a load that failed has no figures.
Measured measured(const std::function<Did()>& work);

/// Which server, as whom.
struct Server {
  std::string url;  ///< of the one front end
  std::string host;
  std::string address;
  std::uint16_t port = 0;
  std::string ca_file;
  std::string user;
  std::string password;
};

}  // namespace mailward::bench
