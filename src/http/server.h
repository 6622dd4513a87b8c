#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/net.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/router.h"

namespace mailward::http {

enum class ServerError {
  address_in_use,     ///< another program listens there
  bad_address,        ///< the address or path cannot be listened on
  bad_certificate,    ///< chain or key unreadable, or they do not belong together
  bad_tls_setting,    ///< protocol versions or ciphers that leave nothing
  socket_permission,  ///< the Unix socket's folder, owner or group cannot be made as wanted
  unknown_listener,
  not_drained,  ///< stop()'s deadline passed with requests under way; they were cut
};
std::string_view error_subject(ServerError code);
std::string_view error_name(ServerError code);

enum class TlsVersion { tls_1_0, tls_1_1, tls_1_2, tls_1_3 };

/// What a listener shows. The chain is sent as it is given, the server's certificate first; nothing is added, so a
/// chain can be incomplete on purpose.
struct TlsOptions {
  std::string certificate_chain_pem{};
  SecretString private_key_pem{};
  TlsVersion min_version = TlsVersion::tls_1_2;
  TlsVersion max_version = TlsVersion::tls_1_3;
  /// OpenSSL's list for TLS up to 1.2 (may hold "@SECLEVEL=0"); empty: the library's.
  std::string ciphers{};
};

/// A socket file. Without a group its folder is made 0700 and the socket 0600; with one, 0750 and 0660, both owned by
/// that group. A folder that exists keeps its mode but must not be writable for others. A stale socket file is
/// replaced, one that a live server answers on is an error.
struct UnixSocket {
  std::filesystem::path path;
  std::string group{};
};

/// What a listener does with those who connect; can be changed while it runs (for the simulator).
enum class ListenerMode {
  serve,
  hang,   ///< accept and never answer, not even the TLS hello
  reset,  ///< reset at once
};

struct ListenerOptions {
  std::string name;
  /// With port 0 a free port is chosen: Server::address() tells it.
  std::variant<SocketAddress, UnixSocket> at;
  /// Not for Unix sockets.
  std::optional<TlsOptions> tls{};
  std::shared_ptr<const Router> router{};
};

struct ServerLimits {
  std::size_t head_bytes = std::size_t{16} * 1024;       ///< request line and headers; more is answered 431
  std::size_t pipelined_bytes = std::size_t{64} * 1024;  ///< read ahead while a request is being answered
  std::size_t connections = 12'000;                      ///< of a listener; more wait in the listen queue
  std::size_t connections_of_address = 12'000;           ///< from one address (IPv6: /64); more are closed
  std::size_t handshakes = 256;                          ///< TLS handshakes under way; more wait their turn
  std::chrono::milliseconds handshake{10'000};           ///< from its turn to its end; also for the first byte
  std::chrono::milliseconds head{10'000};                ///< from a request's first byte to the end of its head
  std::chrono::milliseconds request{60'000};             ///< from a request's first byte to the end of its body
  std::chrono::milliseconds idle{75'000};                ///< between requests, and before the first
  std::chrono::milliseconds write_stall{30'000};         ///< a client that takes nothing for so long is dropped
};

struct ServerOptions {
  std::vector<ListenerOptions> listeners{};
  ServerLimits limits{};
  std::size_t handler_threads = 16;
  std::size_t handler_queue = 256;  ///< requests waiting for a thread; more are answered 503
  std::size_t stream_threads = 2;
  const Clock* clock = &Clock::system();  ///< for the Date header only; must outlive the server
};

/// An HTTP/1.1 server (1.0 is answered too) on one io thread and two pools. Thread-safe.
class Server {
 public:
  /// Listens on all or none. Errors: ServerError.
  static Result<std::unique_ptr<Server>> start(ServerOptions options);
  /// Stops with a deadline of a second.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where a TCP listener listens. Errors: unknown_listener.
  Result<SocketAddress> address(std::string_view listener) const;
  Status set_mode(std::string_view listener, ListenerMode mode);
  /// For connections accepted from now on. Errors: unknown_listener, bad_certificate, bad_tls_setting; then the old
  /// stays.
  Status set_tls(std::string_view listener, const TlsOptions& tls);
  std::size_t open_connections() const;

  /// Stops accepting, closes idle connections, ends streams, lets requests under way be answered (with "Connection:
  /// close"), removes socket files. Safe to call twice. Errors: not_drained.
  Status stop(Deadline deadline);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailward::http
