#pragma once

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mailward::testing {

struct RelayOptions {
  std::string listen_address = "127.0.0.1";
  std::uint16_t listen_port = 0;  ///< 0: any free one
  std::string target_address{};   ///< empty: nobody behind it
  std::uint16_t target_port = 0;
  std::chrono::milliseconds delay{0};  ///< before each piece of an answer goes back
  std::size_t cut_after = SIZE_MAX;    ///< bytes of answer that pass on a connection; then it is closed
  std::string answer{};                ///< with nobody behind it: sent after the first piece of a request; then silence
  int passing =
      INT_MAX;  ///< connections whose answers pass; later ones' are taken and held, `answer` goes back instead
  bool close_at_once = false;  ///< after the accept
};

/// A TCP server that passes bytes on to another, slowly or badly, or stands alone and is silent or talks rubbish. It
/// counts.
class TcpRelay {
 public:
  explicit TcpRelay(RelayOptions options);
  ~TcpRelay();
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  /// Answers that came and were held back.
  int held() const { return held_; }

 private:
  void accept_all();
  void serve(int client, int ordinal);

  RelayOptions options_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<int> held_{0};
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::vector<std::thread> servers_;
};

}  // namespace mailward::testing
