#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/net.h"
#include "base/tls.h"
#include "tests/ews/support/scripted_server.h"
#include "tests/support/test_ca.h"

namespace mailward::testing {

/// A proxy of the tests' own: answers CONNECT as it is told, then carries bytes to one server, whatever name was asked
/// for. By plain TCP, or inside TLS as "proxy.example.test". A thread for each connection and direction.
class TunnelProxy {
 public:
  enum class Wire { plain, tls };
  /// What to answer instead of a tunnel; nothing: the tunnel. Called under a lock of the proxy.
  using Judge = std::function<std::optional<std::string>(const ReceivedRequest& connect)>;

  TunnelProxy(SocketAddress to, Judge judge, Wire wire = Wire::plain);
  ~TunnelProxy();
  TunnelProxy(const TunnelProxy&) = delete;
  TunnelProxy& operator=(const TunnelProxy&) = delete;

  /// Whither the tunnels lead from now on.
  void lead_to(SocketAddress to);

  /// Ends all connections, as a proxy does that starts anew.
  void drop_all();

  SocketAddress address() const { return {.ip = IpAddress::v4({127, 0, 0, 1}), .port = port_}; }
  const TestCa& authority() const { return authority_; }
  /// The CONNECTs that arrived.
  std::vector<ReceivedRequest> seen() const;
  /// Those that brought a credential.
  std::size_t shown() const;
  unsigned tunnels() const;

 private:
  void accept_loop();
  void serve(int socket, unsigned connection);
  void carry(int socket, SSL* ssl, int server);

  SocketAddress to_;
  Judge judge_;
  Wire wire_;
  TestCa authority_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  unsigned connections_ = 0;
  unsigned tunnels_ = 0;
  std::vector<ReceivedRequest> seen_;
  std::vector<int> sockets_;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

}  // namespace mailward::testing
