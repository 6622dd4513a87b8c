#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/net.h"

namespace mailward::exchange_sim {

/// A balancer of layer 4 without affinity: each TCP connection goes to the next front end, bytes pass as they are, and
/// a reset on one side becomes one on the other. One thread of its own.
class Balancer {
 public:
  /// `targets` is asked at each connection, so that front ends may move. Errors: io where it cannot listen.
  static Result<std::unique_ptr<Balancer>> start(const SocketAddress& listen,
                                                 std::function<std::vector<SocketAddress>()> targets);
  ~Balancer();
  Balancer(const Balancer&) = delete;
  Balancer& operator=(const Balancer&) = delete;

  const SocketAddress& address() const;

 private:
  struct Loop;
  explicit Balancer(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace mailward::exchange_sim
